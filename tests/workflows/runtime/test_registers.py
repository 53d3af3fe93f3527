from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.world import MONDAY
from workflows import runtime
from workflows.governance import entries, violations
from workflows.governance.aliases import AliasTaken
from workflows.governance.entries import SchemaBreaksEntries, StaleEntry
from workflows.governance.validating import TooComplex
from workflows.governance.violations import Act, Outcome
from workflows.runtime import Resource
from workflows.runtime.errors import Refused
from workflows.runtime.events import ENGINE
from workflows.runtime.reasons import ReasonMissing
from workflows.store import read, transaction
from workflows.store.queries.variables import variables
from workflows.store.tables import RegisterEntry

SCHEMA = {
    "title": "摊位",
    "x-register": {"key": "id", "prefix": "T-", "aliases": ["plate"], "valid": ["from", "to"], "personal": ["phone"]},
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {name: {"type": "string"} for name in ("id", "name", "plate", "phone", "from", "to")},
    },
}
SEED = [{"id": "T-A", "name": "甲", "plate": "湘K1"}, {"id": "T-B", "name": "乙", "phone": "0738-0000001"}]


def files(schema=SCHEMA, seed=SEED, pack="market", name="stalls"):
    given = {f"{name}.schema.json": schema, f"{name}.json": seed}
    return [
        Resource(f"{pack}/registers/{file}", json.dumps(content).encode())
        for file, content in given.items()
        if content is not None
    ]


@pytest.fixture
def market(world):
    world.pin(MONDAY)
    world.deploy(*files())
    return world


def versions(world):
    query = select(RegisterEntry.key, RegisterEntry.version).order_by(RegisterEntry.id)
    return [tuple(row) for row in world.rows(query)]


def engine_events(world, *tags):
    return [(row.tag, row.actor, row.details) for row in world.events(ENGINE) if row.tag in tags]


def test_a_pack_brings_a_register_and_its_first_entries(market):
    assert versions(market) == [("T-A", 1), ("T-B", 1)]
    again = market.deploy(*files())
    assert [(row["name"], row["version"]) for row in [*again.registers, *again.schemas]] == [("stalls", 1)] * 2
    assert versions(market) == [("T-A", 1), ("T-B", 1)]


def test_a_pack_that_is_deployed_again_adds_what_is_new_and_leaves_what_people_changed(market):
    market.run(runtime.put_entry, "stalls", {"name": "甲甲"}, key="T-A", reason="改名", actor="p-0001")
    market.deploy(*files(seed=[*SEED, {"id": "T-C", "name": "丙"}]))
    assert versions(market) == [("T-A", 1), ("T-B", 1), ("T-A", 2), ("T-C", 1)]


def test_a_schema_that_entries_break_is_refused_and_nothing_is_deployed(market):
    strict = SCHEMA | {"items": SCHEMA["items"] | {"required": ["name", "phone"]}}
    with pytest.raises(SchemaBreaksEntries, match="T-A"):
        market.deploy(*files(strict, []))
    assert market.count("register_schema") == 1
    looser = SCHEMA | {"items": SCHEMA["items"] | {"required": []}}
    assert market.deploy(*files(looser)).schemas[0]["version"] == 2


def found(refused):
    return [(one.rule, one.message) for _, one in refused.value.findings]


@pytest.mark.parametrize(
    ("bad", "rule", "said"),
    [
        (files(SCHEMA | {"x-register": {"key": "nothing"}}), "schema-invalid", "没有字段"),
        (files(seed=[{"name": "甲"}]), "register-invalid", "/0/id 必填"),
        (files(seed=[{"id": "T-A", "name": "甲"}, {"id": "T-A", "name": "乙"}]), "register-invalid", "两次"),
        (files(seed=[{"id": "T-A", "name": "甲", "plate": "x" * 10_000}]), "register-invalid", "/plate"),
        (files(seed=[{"id": "T-A", "name": "甲", "from": "2026-02-30"}]), "register-invalid", "/from"),
        (files(seed=[{"id": "T-A"}]), "register-invalid", "必填"),
        (files(name="Stalls"), "schema-invalid", "名称"),
        (files(pack="other"), "register-elsewhere", "另一个流程包"),
    ],
)
def test_a_register_that_cannot_be_is_refused(market, bad, rule, said):
    with pytest.raises(Refused) as refused:
        market.deploy(*bad)
    assert [(name, said in text) for name, text in found(refused)] == [(rule, True)]


def test_each_change_is_an_event_with_who_and_why(market):
    market.run(runtime.put_entry, "stalls", {"name": "丙"}, reason="新登记", actor="p-0001")
    market.run(runtime.put_entry, "stalls", SEED[0], key="T-A", reason="没有变化", actor="p-0001")
    market.run(runtime.end_entry, "stalls", "T-A", reason="收摊", actor="p-0002")
    market.run(runtime.merge_entries, "stalls", "T-A", "T-B", reason="同一家", actor="p-0003")
    market.run(runtime.reveal_entry, "stalls", "T-B", reason="核对电话", actor="p-0004")
    events = engine_events(market, "register:put", "register:end", "register:merge", "register:reveal")
    assert [(tag, actor, details["version"], details["reason"]) for tag, actor, details in events] == [
        ("register:put", "p-0001", 1, "新登记"),
        ("register:end", "p-0002", 2, "收摊"),
        ("register:merge", "p-0003", 3, "同一家"),
        ("register:reveal", "p-0004", 1, "核对电话"),
    ]
    assert events[2][2]["into"] == "T-B"
    assert "0738" not in str(events)


@pytest.mark.parametrize(
    ("command", "args"),
    [
        (runtime.put_entry, ("stalls", {"name": "丙"})),
        (runtime.end_entry, ("stalls", "T-A")),
        (runtime.merge_entries, ("stalls", "T-A", "T-B")),
        (runtime.reveal_entry, ("stalls", "T-A")),
        (runtime.annul_violation, (7,)),
    ],
)
def test_nothing_is_done_without_a_reason(market, command, args):
    with pytest.raises(ReasonMissing):
        market.run(command, *args, reason="  ")


def test_what_was_masked_when_it_was_read_stays_what_it_was(market):
    given = {"id": "T-B", "name": "乙乙", "phone": "073***01"}
    entry = market.run(runtime.put_entry, "stalls", given, key="T-B", reason="改名")
    assert entry.data == {"id": "T-B", "name": "乙乙", "phone": "0738-0000001"}


def test_an_entry_ends_when_it_is_said(market):
    day = datetime(2026, 6, 1, tzinfo=UTC)
    assert market.run(runtime.end_entry, "stalls", "T-A", ends=day, reason="到期").valid_to == day
    assert market.run(runtime.end_entry, "stalls", "T-B", reason="收摊").valid_to == MONDAY


@pytest.mark.parametrize(
    ("data", "seen", "refused"),
    [
        ({"key": "T-A"}, 1, StaleEntry),
        ({"key": "T-Z"}, 0, StaleEntry),
        ({"plate": "湘K9"}, None, AliasTaken),
    ],
    ids=["change", "create", "alias"],
)
def test_of_many_who_write_the_same_at_once_one_succeeds(market, data, seen, refused):
    together = Barrier(6)

    def write(number):
        given = {"name": f"第{number}个"} | {name: value for name, value in data.items() if name != "key"}
        together.wait()
        try:
            market.run(runtime.put_entry, "stalls", given, key=data.get("key"), version=seen, reason="抢")
        except refused:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(write, range(6))) == 1


def test_a_decision_that_is_set_aside_is_an_event_once(market):
    act = Act(party=None, matter="E0402", at=MONDAY)
    with transaction(market.database) as session:
        key = violations.record(
            session, act, Outcome.EXEMPT_MAY, process_instance_key=1 << 20, case_key=None, actor="x", at=MONDAY
        ).key
    market.run(runtime.annul_violation, key, reason="复议撤销", actor="p-0001")
    market.run(runtime.annul_violation, key, reason="再撤", actor="p-0002")
    assert [(actor, details["reason"]) for _, actor, details in engine_events(market, "violation:annul")] == [
        ("p-0001", "复议撤销")
    ]


def asks(register, lookup):
    header = f"<zeebe:taskHeaders>{d.z('header', key='register', value=register)}</zeebe:taskHeaders>"
    service = d.service("ask", "register/lookup", header + d.io(inputs={"lookup": f"={lookup}"}))
    return d.bpmn(d.start(), service, d.user("a"), d.end(), flows="start>ask; ask>a; a>end")


def test_a_diagram_looks_something_up_in_its_step(market):
    market.deploy(asks("stalls", '{alias: {kind: "plate", value: "湘k1"}}'))
    key = market.start()
    assert market.tasks() == ["a"]
    with read(market.database) as session:
        found = {each.name: each.value for each in variables(session, key)}
        assert found["found"]["data"]["name"] == entries.find(session, "stalls", "T-A").data["name"]


def test_a_lookup_that_fails_is_an_incident_and_loses_nothing(market):
    market.deploy(asks("nothing", "{}"))
    market.start()
    [incident] = market.incidents()
    assert (incident.error_type, incident.element_id) == ("JOB_NO_RETRIES", "ask")
    assert "没有台账 nothing" in incident.message


def test_a_schema_that_is_a_bomb_goes_off_where_it_hurts_nobody(market):
    """In the process that reads files where it meets an entry, else within a budget when the first entry comes."""
    doubling = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)} | {"d40": {}}
    properties = SCHEMA["items"]["properties"] | {"name": {"$ref": "#/$defs/d0"}}
    bomb = SCHEMA | {"items": SCHEMA["items"] | {"properties": properties}, "$defs": doubling}
    assert market.deploy(*files(bomb, [], name="bombs")).schemas
    with pytest.raises(TooComplex):
        market.run(runtime.put_entry, "bombs", {"name": "甲"}, reason="试")
    with pytest.raises(TooComplex):  # and entries that are there keep theirs
        market.deploy(*files(bomb, []))
