from __future__ import annotations

import pytest

from tests.support.city import NOW
from workflows.governance import entries
from workflows.governance.lookups import LookupInvalid
from workflows.governance.registers import RegisterMissing
from workflows.runtime.errors import BpmnError, Invalid
from workflows.runtime.handlers import registers
from workflows.runtime.inline import InlineCall


@pytest.fixture
def call(session):
    def make(variables=None, **headers):
        return InlineCall(
            session=session,
            now=NOW,
            actor="p-0032",
            process_instance_key=7 << 20,
            case_id=None,
            element_id="task",
            variables=variables or {},
            headers=headers,
        )

    return make


def test_a_lookup_gives_the_first_and_all_of_them(call):
    asked = {"where": {"matter": "E0410"}, "at": "2026-03-02T09:00:00+08:00"}
    result = registers.look_up(call({"lookup": asked}, register="powers"))
    assert result["entries"] == [result["found"]]
    assert result["found"]["key"] == "W-E0410-2"
    assert (result["found"]["version"], result["found"]["data"]["organ"]) == (1, "enforcement")
    assert result["found"]["validFrom"] == "2025-12-31T16:00:00+00:00"
    assert registers.look_up(call({"lookup": {"key": "W-9"}}, register="powers")) == {"found": None, "entries": []}


def test_nothing_personal_comes_into_variables(call):
    found = registers.look_up(call({"lookup": {"key": "P-0001"}}, register="parties"))["found"]
    assert found["data"]["personId"] == ["430***11"]
    assert found["data"]["phone"] == "073***01"
    assert found["data"]["plate"] == ["湘K·A0001"]


def test_a_lookup_that_is_wrong_is_told(call):
    with pytest.raises(LookupInvalid):
        registers.look_up(call({"lookup": {"who": 1}}, register="parties"))
    with pytest.raises(RegisterMissing):
        registers.look_up(call({"lookup": {}}, register="nothing"))


def test_what_is_written_names_the_instance_the_person_and_the_reason(call, session):
    given = {"data": {"kind": "person", "name": "样例-摊主", "phone": "0738-0000009"}}
    entry = registers.write(call({"entry": given, "reason": "现场登记"}, register="parties"))["entry"]
    assert entry["version"] == 1
    assert entry["data"]["phone"] == "073***09"
    row = entries.find(session, "parties", entry["key"])
    assert (row.actor, row.reason, row.process_instance_key) == ("p-0032", "现场登记", 7 << 20)
    assert row.data["phone"] == "0738-0000009"


@pytest.mark.parametrize(
    ("entry", "reason", "code"),
    [
        ({"data": {"kind": "person", "name": "样例"}}, "", "REASON_MISSING"),
        ({"data": {"kind": "person"}}, "登记", "REGISTER_MISMATCH"),
        ({"key": "P-0001", "version": 3, "data": {"kind": "person", "name": "样例"}}, "登记", "STALE_ENTRY"),
        ({"data": {"kind": "person", "name": "样例", "plate": ["湘KA0001"]}}, "登记", "ALIAS_TAKEN"),
        ({"data": {"kind": "person", "name": "样例", "plate": ["湘" * 200 + "x"]}}, "登记", "REGISTER_MISMATCH"),
        ({"data": 7}, "登记", "INVALID"),
        (None, "登记", "INVALID"),
    ],
)
def test_what_cannot_be_written_is_an_error_that_the_diagram_catches(call, entry, reason, code):
    with pytest.raises(BpmnError) as error:
        registers.write(call({"entry": entry, "reason": reason}, register="parties"))
    assert error.value.code == "REGISTER_REFUSED"
    assert error.value.variables["refusal"]["code"] == code


STALL = {"matter": "E0401", "place": {"lon": 112.0130, "lat": 27.7360}}


def test_a_permit_is_valid_or_in_its_grace_or_none(call):
    def permit(at, **more):
        return registers.check_permit(call(STALL | {"at": at} | more))["permit"]

    valid = permit("2026-03-02T18:00:00+08:00")
    assert (valid["valid"], valid["grace"], valid["entry"]["key"]) == (True, False, "X-STALL-01")
    grace = permit("2026-03-02T23:45:00+08:00", party="P-0001")
    assert (grace["valid"], grace["grace"]) == (False, True)
    assert permit("2026-03-02T10:00:00+08:00") is None


@pytest.mark.parametrize("change", [{"at": "noon"}, {"at": None}, {"at": 7}, {"place": "here"}, {"place": {"lon": 1}}])
def test_a_permit_needs_a_moment_and_a_place(call, change):
    with pytest.raises(Invalid):
        registers.check_permit(call(STALL | {"at": "2026-03-02"} | change))


def test_officers_are_valid_or_it_is_told_why_not(call):
    asked = {"officers": ["湘示例-0032", "湘示例-0033"], "at": "2026-03-02", "organ": "enforcement"}
    assert registers.check_officers(call(asked)) == {"officersValid": True, "officersReason": None}
    alone = registers.check_officers(call(asked | {"officers": ["湘示例-0032"]}))
    assert alone["officersValid"] is False
    assert "现有 1 名" in alone["officersReason"]
    assert registers.check_officers(call(asked | {"officers": None}))["officersValid"] is False
    with pytest.raises(Invalid, match="列表"):
        registers.check_officers(call(asked | {"officers": "湘示例-0032"}))


@pytest.mark.parametrize(
    ("at", "valid"),
    [
        ("2025-12-31T23:59:59@Asia/Shanghai", True),
        ("2026-01-01T00:00:00@Asia/Shanghai", False),
        ("2025-12-31T15:59:59Z", True),
    ],
)
def test_a_moment_may_be_written_as_feel_does(call, at, valid):
    asked = {"officers": ["湘示例-0033", "湘示例-0034"], "at": at, "organ": "enforcement"}
    assert registers.check_officers(call(asked))["officersValid"] is valid


@pytest.mark.parametrize("at", ["2026-01-01T00:00:00@Nowhere/City", "2026-01-01T00:00:00", 5, ["@"]])
def test_what_is_no_moment_is_told(call, at):
    with pytest.raises(Invalid, match="时刻"):
        registers.check_officers(call({"officers": [], "at": at, "organ": None}))


def test_one_reviewer_suffices_where_the_diagram_says_so(call):
    asked = {"officers": ["湘示例-0031"], "at": "2026-03-02", "organ": "enforcement"}
    headers = {"number": "1", "qualification": "reviewer"}
    assert registers.check_officers(call(asked, **headers))["officersValid"] is True
    plain = registers.check_officers(call(asked | {"officers": ["湘示例-0032"]}, **headers))
    assert "法制审核" in plain["officersReason"]


def test_what_was_looked_up_and_written_back_keeps_what_is_personal(call, session):
    found = registers.look_up(call({"lookup": {"key": "P-0001"}}, register="parties"))["found"]
    changed = {"key": found["key"], "version": found["version"], "data": found["data"] | {"name": "样例-改名"}}
    registers.write(call({"entry": changed, "reason": "改名"}, register="parties"))
    data = entries.find(session, "parties", "P-0001").data
    assert (data["name"], data["phone"], data["personId"]) == ("样例-改名", "0738-0001001", ["430000199001010011"])
