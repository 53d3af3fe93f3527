from __future__ import annotations

import pytest

from tests.support.city import REPORT
from workflows.governance import submissions
from workflows.governance.submissions import ReportMismatch
from workflows.store.json import NotJson

LEAST = {"channel": "web", "conditionCode": "C0101-01", "text": "井盖", "lon": 112, "lat": 27.73}


def test_the_least_that_can_be_said_is_filled_with_defaults():
    given = submissions.read(LEAST)
    assert (given.place_kind, given.origin_level, given.address, given.photos) == ("street", "grid", "", 0)
    assert (given.anonymous, given.contact, given.class_code) == (False, False, None)


def test_who_left_a_telephone_can_be_reached():
    assert submissions.read(REPORT).contact is True
    assert submissions.read(REPORT | {"contact": False}).contact is False
    assert submissions.read(LEAST | {"contact": True}).contact is True


def test_who_wants_to_be_anonymous_leaves_nothing_behind():
    given = submissions.read(REPORT | {"anonymous": True, "contact": True})
    assert (given.reporter_name, given.reporter_phone, given.contact) == (None, None, False)


@pytest.mark.parametrize("text", ["x" * 2_000, "<script>", "'; DROP TABLE", "🕳️\u202e\u200d", " \t\n坑\u3000", "𠮷"])
def test_odd_text_is_still_text_and_kept_as_it_is(text):
    assert submissions.read(LEAST | {"text": text}).text == text


@pytest.mark.parametrize("field", list(LEAST))
def test_a_missing_field_is_named(field):
    with pytest.raises(ReportMismatch) as refused:
        submissions.read({name: value for name, value in LEAST.items() if name != field})
    assert refused.value.details == [{"pointer": f"/{field}", "message": "必填"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channel", "pigeon"),
        ("conditionCode", 101),
        ("text", ""),
        ("text", " \n\t"),
        ("text", "x" * 2_001),
        ("address", "x" * 201),
        ("address", None),
        ("lon", 180.1),
        ("lon", "112"),
        ("lat", -90.1),
        ("lat", True),
        ("placeKind", "moon"),
        ("originLevel", "area"),
        ("anonymous", "no"),
        ("contact", 1),
        ("photos", -1),
        ("photos", 10),
        ("photos", 1.5),
        ("reporter", "样例"),
        ("typename", "x"),
        ("__proto__", {}),
        ("len", 1),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(field, value):
    with pytest.raises(ReportMismatch) as refused:
        submissions.read(LEAST | {field: value})
    assert [problem["pointer"] for problem in refused.value.details] == [f"/{field}"]


@pytest.mark.parametrize(
    ("reporter", "pointer"),
    [
        ({"phone": "call me"}, "/reporter/phone"),
        ({"phone": "1234"}, "/reporter/phone"),
        ({"name": "x" * 51}, "/reporter/name"),
        ({"idCard": "1"}, "/reporter/idCard"),
    ],
)
def test_a_wrong_reporter_is_refused_with_its_place(reporter, pointer):
    with pytest.raises(ReportMismatch) as refused:
        submissions.read(LEAST | {"reporter": reporter})
    assert [problem["pointer"] for problem in refused.value.details] == [pointer]


@pytest.mark.parametrize("value", [{"text": "a\0b"}, {"text": "\ud800"}, {"lon": float("nan")}, {"lat": float("inf")}])
def test_what_no_database_can_hold_is_refused(value):
    with pytest.raises(NotJson):
        submissions.read(LEAST | value)
