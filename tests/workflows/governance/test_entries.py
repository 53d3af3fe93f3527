from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.support.city import BOTH_CITIES, NOW, PACKS, add_schema
from workflows.governance import entries, register_schemas
from workflows.governance.entries import EntryMerged, EntryMissing, SchemaBreaksEntries, StaleEntry
from workflows.governance.registers import RegisterMismatch, RegisterMissing
from workflows.store.errors import Invalid
from workflows.store.json import loads

WHO = {"reason": "登记", "actor": "p-0001"}
SHOP = {"kind": "shop", "name": "样例-门面", "location": {"lon": 112.0, "lat": 27.7}}


def put(session, data, minutes=0, **more):
    return entries.put(session, "parties", data, at=NOW + timedelta(minutes=minutes), **(WHO | more))


@BOTH_CITIES
def test_a_change_is_a_new_version_and_the_old_one_stays(session):
    first = put(session, SHOP | {"id": "S-1"})
    second = put(session, SHOP | {"id": "S-1", "name": "样例-换了招牌"}, 5, reason="换招牌", actor="p-0002")
    versions = entries.history(session, "parties", "S-1", limit=10)
    assert [(one.version, one.data["name"], one.reason, one.actor) for one in versions] == [
        (2, "样例-换了招牌", "换招牌", "p-0002"),
        (1, "样例-门面", "登记", "p-0001"),
    ]
    assert (first.superseded, second.superseded) == (second.recorded, None)
    assert [one.version for one in entries.history(session, "parties", "S-1", limit=1, before=2)] == [1]


def test_what_stays_as_it_is_gets_no_new_version(session):
    assert put(session, SHOP | {"id": "S-1"}).version == 1
    assert put(session, SHOP | {"id": "S-1"}, 5).version == 1


@BOTH_CITIES
def test_nobody_overwrites_what_they_have_not_seen(session):
    put(session, SHOP | {"id": "S-1"}, version=0)
    with pytest.raises(StaleEntry):
        put(session, SHOP | {"id": "S-1", "name": "样例-另一个"}, version=0)
    put(session, SHOP | {"id": "S-1", "name": "样例-另一个"}, version=1)
    with pytest.raises(StaleEntry):
        put(session, SHOP | {"id": "S-1"}, version=1)
    with pytest.raises(StaleEntry):
        put(session, SHOP | {"id": "S-2"}, version=3)


def test_an_entry_without_a_key_is_given_one_where_the_register_numbers_them(session):
    one, other = put(session, SHOP), put(session, SHOP)
    assert one.key != other.key
    assert one.key.startswith("P-")
    assert one.data["id"] == one.key
    with pytest.raises(RegisterMismatch, match="/id 必填"):
        entries.put(session, "powers", {"matter": "E0402"}, at=NOW, **WHO)


def test_the_key_of_an_entry_does_not_change(session):
    put(session, SHOP | {"id": "S-1"})
    with pytest.raises(RegisterMismatch, match="不一致"):
        put(session, SHOP | {"id": "S-2"}, key="S-1")
    assert put(session, SHOP | {"name": "样例-改名"}, key="S-1").version == 2


def test_unknown_registers_and_entries_are_told(session):
    with pytest.raises(RegisterMissing):
        entries.put(session, "nothing", {}, at=NOW, **WHO)
    with pytest.raises(EntryMissing):
        entries.find(session, "parties", "P-9999")


def test_an_ended_entry_holds_until_then(session):
    ended = entries.end(session, "permits", "X-STALL-01", ends=NOW, at=NOW, **WHO)
    assert (ended.version, ended.valid_to) == (2, NOW)
    with pytest.raises(Invalid, match="没有有效期"):
        entries.end(session, "parties", "P-0001", ends=NOW, at=NOW, **WHO)
    with pytest.raises(RegisterMismatch, match="/to"):
        entries.end(session, "permits", "X-STALL-02", ends=NOW - timedelta(days=3650), at=NOW, **WHO)


@BOTH_CITIES
def test_two_that_are_one_keep_their_history_and_lead_to_the_one_that_stays(session):
    for key in ("S-1", "S-2", "S-3"):
        put(session, SHOP | {"id": key})

    def merge(key, into):
        return entries.merge(session, "parties", key, into, at=NOW, **WHO)

    assert merge("S-1", "S-2").merged_into == "S-2"
    assert merge("S-2", "S-3").merged_into == "S-3"
    assert {entries.survivor(session, "parties", key) for key in ("S-1", "S-2", "S-3")} == {"S-3"}
    for key in ("S-1", "S-3"):
        assert entries.family(session, "parties", key) == {"S-1", "S-2", "S-3"}
    assert [one.version for one in entries.history(session, "parties", "S-1", limit=9)] == [2, 1]
    with pytest.raises(EntryMerged, match="S-2"):
        put(session, SHOP | {"id": "S-1", "name": "样例-改名"})
    with pytest.raises(EntryMerged):
        merge("S-1", "S-3")
    with pytest.raises(Invalid, match="自己"):
        merge("S-3", "S-1")
    with pytest.raises(EntryMissing, match="S-9"):
        merge("S-3", "S-9")


def test_a_deployed_file_adds_what_is_missing_and_changes_nothing(session):
    put(session, SHOP | {"id": "S-1"})
    entries.seed(
        session, "parties", [SHOP | {"id": "S-1", "name": "样例-别的"}, SHOP | {"id": "S-2"}], actor="x", at=NOW
    )
    assert entries.find(session, "parties", "S-1").data["name"] == "样例-门面"
    assert entries.find(session, "parties", "S-2").reason == entries.SEEDED


def permits():
    return loads((PACKS / "enforcement" / "registers" / "permits.schema.json").read_bytes())


@BOTH_CITIES
def test_a_schema_that_entries_break_is_refused_with_the_entries_named(session):
    changed = permits()
    changed["items"]["required"].append("document")
    add_schema(session, "permits", changed, version=2)
    with pytest.raises(SchemaBreaksEntries, match=r"3 个条目.*X-FRONT-01.*/document 必填") as refused:
        entries.adopt(session, "permits", at=NOW)
    assert [one["pointer"] for one in refused.value.details] == ["/X-FRONT-01", "/X-STALL-01", "/X-STALL-02"]


@BOTH_CITIES
def test_entries_live_by_the_new_schema(session):
    changed = permits()
    changed["x-register"] |= {"valid": None, "place": None, "aliases": ["document"]}
    del changed["x-register"]["valid"]
    add_schema(session, "permits", changed, version=2)
    entries.adopt(session, "permits", at=NOW)
    assert register_schemas.find(session, "permits").version == 2
    entry = entries.find(session, "permits", "X-FEST-01")
    assert (entry.version, entry.valid_from, entry.valid_to) == (1, None, None)
    assert entries.find(session, "permits", "X-STALL-01").west is None


def test_who_is_the_same_as_an_entry_is_searched_for_and_not_looked_through(session):
    put(session, SHOP | {"id": "S-1"})
    plans = []

    def explain(connection, _cursor, statement, parameters, *_):
        if "UNION" in statement or "merged_into" in statement:
            rows = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in rows if "register_entry" in row[3])

    event.listen(session.bind, "before_cursor_execute", explain)
    try:
        assert entries.family(session, "parties", "S-1") == {"S-1"}
    finally:
        event.remove(session.bind, "before_cursor_execute", explain)
    assert plans
    assert [
        plan for plan in plans if not plan.endswith(("register=? AND key=?)", "register=? AND merged_into=?)"))
    ] == []
