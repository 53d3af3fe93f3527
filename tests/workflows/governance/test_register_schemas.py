from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflows.governance import register_schemas
from workflows.governance.register_schemas import MAX_BYTES, EntrySchema, mask, moment_of, read
from workflows.governance.registers import RegisterMismatch, RegisterMissing
from workflows.store.json import NotJson

CONTENT = {
    "title": "摊位",
    "x-register": {
        "key": "id",
        "aliases": ["plate"],
        "valid": ["from", "to"],
        "place": "location",
        "personal": ["phone"],
    },
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string", "minLength": 2},
            "plate": {"type": ["array", "string"]},
            "phone": {},
            "from": {},
            "to": {},
            "location": {},
            "more": {},
        },
    },
}


def schema(**annotation) -> EntrySchema:
    made = read("stalls", "p", CONTENT | {"x-register": CONTENT["x-register"] | annotation})
    assert made is not None
    return made


GOOD = {"id": "A-1", "name": "夜市"}


def test_a_schema_without_the_annotation_describes_one_document():
    assert read("x", "p", {"type": "array"}) is None
    assert read("x", "p", True) is None


@pytest.mark.parametrize(
    "change",
    [
        {"x-register": {}},
        {"x-register": "id"},
        {"x-register": {"key": "nothing"}},
        {"x-register": {"key": "id", "aliases": ["nothing"]}},
        {"x-register": {"key": "id", "valid": ["from"]}},
        {"x-register": {"key": "id", "place": "nowhere"}},
        {"x-register": {"key": "id", "unknown": 1}},
        {"type": "object"},
        {"items": True},
        {"items": {"properties": {"id": {}, 'a"b': {}}}, "x-register": {"key": "id"}},
    ],
)
def test_an_annotation_that_means_nothing_is_refused(change):
    with pytest.raises(RegisterMismatch, match="x-register"):
        read("stalls", "p", CONTENT | change)


@pytest.mark.parametrize("name", ["", "Stalls", "摊位", "a/b", "a" * 64])
def test_a_register_has_a_name_that_an_address_can_hold(name):
    with pytest.raises(RegisterMismatch, match="名称"):
        read(name, "p", CONTENT)


def test_an_entry_that_breaks_the_schema_names_the_place_in_the_entry():
    with pytest.raises(RegisterMismatch, match="摊位：/name 至少 2 个字") as refused:
        schema().checked(GOOD | {"name": "夜"})
    assert refused.value.details == [{"pointer": "/name", "message": "至少 2 个字"}]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"from": "yesterday"}, "/from"),
        ({"from": "2026-02-30"}, "/from"),
        ({"from": 7}, "/from"),
        ({"from": "2026-03-02T10:00:00"}, "/from"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "/to"),
        ({"to": "9999-12-31"}, "/to"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "/to"),
        ({"plate": ["A" * 10_000]}, "/plate"),
        ({"plate": " 　"}, "/plate"),
        ({"plate": [7]}, "/plate"),
        ({"location": {}}, "/location"),
        ({"location": "here"}, "/location"),
        ({"location": {"lon": 200, "lat": 0}}, "/location"),
        ({"location": {"lon": 1, "lat": 1, "radius": -1}}, "/location"),
        ({"location": {"boundary": [[1, 1], [2, 2]]}}, "/location"),
        ({"location": {"boundary": [[1, 1], [2, 2], [3]]}}, "/location"),
    ],
)
def test_what_the_house_reads_of_an_entry_must_make_sense(change, pointer):
    with pytest.raises(RegisterMismatch) as refused:
        schema().checked(GOOD | change)
    assert [one["pointer"] for one in refused.value.details] == [pointer]


def test_an_entry_is_small_and_shallow():
    with pytest.raises(RegisterMismatch, match=str(MAX_BYTES)):
        schema().checked(GOOD | {"more": "大" * 10_000_000})
    deep: list = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(NotJson, match="嵌套"):
        schema().checked(GOOD | {"more": deep})
    with pytest.raises(NotJson, match="U\\+0000"):
        schema().checked(GOOD | {"more": "\0"})


@pytest.mark.parametrize("key", ["", "a/b", "../x", "a b", "x" * 101, 7, "a\n"])
def test_a_key_is_short_and_plain(key):
    with pytest.raises(RegisterMismatch, match="编号"):
        schema().key_of({"id": key})


def test_a_day_begins_at_its_midnight_in_the_city_and_the_last_day_is_included():
    begins, ends = schema().validity({"from": "2026-03-02", "to": "2026-03-02"})
    assert (begins, ends) == (datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC))
    assert moment_of("2026-03-02T08:00:00+08:00") == datetime(2026, 3, 2, tzinfo=UTC)
    assert schema().validity({}) == (None, None)


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("430000199001010011", "430***11"),
        ("样例-甲", "样**"),
        ("甲", "***"),
        ("", "***"),
        (["0738-0000001"], ["073***01"]),
        (7, "***"),
        ({"a": 1}, "***"),
        (None, None),
    ],
)
def test_what_is_personal_is_recognised_only_by_who_knows_it(value, masked):
    assert mask(value) == masked


def test_what_comes_back_masked_stays_what_it_was():
    known = GOOD | {"phone": "0738-0000001"}
    seen = schema().masked(known)
    assert seen["phone"] == "073***01"
    assert schema().unmasked(seen | {"name": "早市"}, known) == known | {"name": "早市"}
    assert schema().unmasked(seen | {"phone": "0738-0000002"}, known)["phone"] == "0738-0000002"


def test_a_register_nobody_deployed_is_missing(session):
    with pytest.raises(RegisterMissing):
        register_schemas.find(session, "nothing")
    assert [one.name for one in register_schemas.every(session)] == ["officers", "parties", "permits", "powers"]
