"""Cases with clocks, for measuring: a stage with its milestones, who has it, and a ladder of three rungs."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from tasks.bench.copies import copy_instances
from tasks.packs import deploy_pack, packs
from workflows import runtime
from workflows.governance import organisation
from workflows.runtime import Resource
from workflows.store import Database, connect, migrate, transaction

if TYPE_CHECKING:
    from pathlib import Path

ACTOR = "bench"
FAR = 98  # limits: no rung of these ladders comes due while anybody measures
AGO = timedelta(hours=40)  # when these clocks began: by now they are in all four lights
HOLDERS = tuple(f"grid-worker-{kind}@G{number:02}" for kind, number in product(("street", "sanitation"), range(1, 13)))

_ZEEBE = "http://camunda.org/schema/zeebe/1.0"
_DIAGRAM = f"""\
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:bihuan:bench"
  xmlns:zeebe="{_ZEEBE}">
  <process id="bench-clocked" isExecutable="true">
    <startEvent id="start" />
    <userTask id="handle" name="处置">
      <extensionElements>
        <zeebe:userTask />
        <zeebe:assignmentDefinition candidateGroups="=holder" />
        <zeebe:properties>
          <zeebe:property name="bihuan:stage" value="处置" />
          <zeebe:property name="bihuan:limit" value="=limit" />
          <zeebe:property name="bihuan:ladder" value="bench-ladder" />
          <zeebe:property name="bihuan:holder" value="=holder" />
        </zeebe:properties>
      </extensionElements>
    </userTask>
    <endEvent id="end" />
    <sequenceFlow id="to-handle" sourceRef="start" targetRef="handle" />
    <sequenceFlow id="to-end" sourceRef="handle" targetRef="end" />
  </process>
</definitions>"""
_RUNGS = (
    ("1", "first", "grid-lead", "超期"),
    ("2", "first + 1", "area-lead", "督办"),
    ("3", "first + 2", "dispatch-desk", "联席"),
)
_LADDER = """\
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="bench-ladders" name="bench" namespace="urn:bench">
  <decision id="bench-ladder" name="bench-ladder"><decisionTable id="rungs" hitPolicy="COLLECT">
    <input id="i"><inputExpression id="ie"><text>stage</text></inputExpression></input>
    <output id="o1" name="level" /><output id="o2" name="at" /><output id="o3" name="role" />
    <output id="o4" name="label" /><output id="o5" name="channel" />{rules}
  </decisionTable></decision>
</definitions>"""


def prepared(url: str, packs_folder: Path) -> Database:
    """A new database with the city's organisation, the diagram and its ladder."""
    migrate(url)
    database = connect(url)
    for pack in packs(packs_folder):
        if (pack / "registers" / f"{organisation.NAME}.json").exists():
            deploy_pack(database, pack, actor=ACTOR)
    files = [Resource("clocked.bpmn", _DIAGRAM.encode()), Resource("ladder.dmn", ladder())]
    with transaction(database) as session:
        runtime.deploy(session, files, actor=ACTOR)
    return database


def ladder() -> bytes:
    """Three rungs: at ``first`` limits, one limit and two limits later."""
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="r{n}i"><text>-</text></inputEntry>'
        + "".join(
            f'<outputEntry id="r{n}o{column}"><text>{text}</text></outputEntry>'
            for column, text in enumerate((level, at, f'"{role}"', f'"{label}"', '"inbox"'))
        )
        + "</rule>"
        for n, (level, at, role, label) in enumerate(_RUNGS)
    )
    return _LADDER.format(rules=rules).encode()


def start(database: Database, holder: str, hours: float, first: float, milestones: int = 0) -> int:
    """One case: a clock of so many hours and as many milestones, rungs from ``first`` limits on; its instance's key."""
    parts = [
        {"name": f"第{n + 1}项", "unit": "urgent_hour", "number": round(hours * (n + 1) / milestones, 2)}
        for n in range(milestones)
    ]
    variables: dict[str, Any] = {
        "holder": holder,
        "first": first,
        "limit": {"unit": "urgent_hour", "number": hours, "milestones": parts},
    }
    with transaction(database) as session:
        return runtime.start_process(session, process_id="bench-clocked", variables=variables, actor=ACTOR)


def open_far(database: Database, count: int, milestones: int = 19) -> None:
    """At least so many clocks that run in all four lights and have no rung due, 20 to a case."""
    with transaction(database) as session:
        runtime.pin_clock(session, runtime.now(session) - AGO, actor=ACTOR)
    keys = [start(database, holder, hours, FAR, milestones) for holder, hours in product(HOLDERS, range(10, 110, 5))]
    with transaction(database) as session:
        runtime.reset_clock(session, actor=ACTOR)
    copy_instances(database, keys, max(1, -(-count // (len(keys) * (milestones + 1))) - 1))


def open_due(database: Database, count: int) -> int:
    """About so many clocks, each of a case of its own, whose first of three rungs is due now; how many."""
    keys = [start(database, holder, 100, 0) for holder in HOLDERS]
    return len(keys) + len(copy_instances(database, keys, max(1, count // len(keys) - 1)))
