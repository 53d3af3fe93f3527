"""A department is reorganised while it has work: what is open goes to its successor, what is new goes straight there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.city import REPORT, settle
from tests.support.world import LADDER, World, table
from tests.workflows.governance.test_successions import reorganised
from workflows import runtime
from workflows.governance import cases, organisation
from workflows.governance.indicators import by_department
from workflows.governance.successions import NoSuccession
from workflows.runtime import Resource
from workflows.runtime.events import Tag
from workflows.runtime.reorganising import SuccessionNotDue
from workflows.store import read, transaction
from workflows.store.queries.variables import variables as variables_of
from workflows.store.tables import Case, Deadline, Notification, UserTask

BEFORE = datetime(2026, 3, 31, 8, 0, tzinfo=UTC)
AFTER = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
CLOCK = {"bihuan_stage": "处置", "bihuan_limit": '={unit: "natural_day", number: 4}', "bihuan_holder": "=who"}
HANDLING = d.bpmn(
    d.start(),
    d.user("handle", d.z("assignmentDefinition", candidateGroups='=[who, "handler@enforcement"]')
           + d.properties(**CLOCK, bihuan_ladder="ladder")),
    d.xor("result", default="result_end"),
    d.user("again", d.z("assignmentDefinition", candidateGroups="=who")
           + d.properties(**CLOCK, bihuan_ladder="ladder", bihuan_resumes="=true")),
    d.end(), flows="start>handle; handle>result; result>again[back]; result>end; again>end", process_id="handling",
)  # fmt: skip
EACH = d.bpmn(
    d.start(), d.user("each", d.z("assignmentDefinition", candidateGroups="=one"), d.each("who", "one")), d.end(),
    flows="start>each; each>end", process_id="each",
)  # fmt: skip
SEATED = table("seated", ["stage"], ["level", "at", "role"], ["-", "1", "1", '"department-lead@fire"'], policy="COLLECT")  # fmt: skip


@pytest.fixture
def city(world: World) -> World:
    """``fire`` is succeeded by ``housing`` from the first of April."""
    with transaction(world.database) as session:
        settle(session)
        organisation.load(session, reorganised(("fire", "housing", "2026-04-01")))
    world.deploy(HANDLING, EACH, Resource("ladder.dmn", LADDER), Resource("seated.dmn", SEATED))
    world.pin(BEFORE)
    return world


def start(world: World, who: str = "handler@fire", *, case: bool = False) -> int:
    with transaction(world.database) as session:
        made = cases.report(session, REPORT, now=BEFORE) if case else None
        if made is not None:
            cases.hand_to(session, made.key, who)
        return runtime.start_process(
            session,
            process_id="handling",
            variables={"who": who, "back": True},
            case_id=made.key if made else None,
            actor="tests",
        )


def sweep(world: World) -> None:
    runtime.start_successions(world.database)
    while runtime.run_batches(world.database):
        pass


def groups(world: World) -> list[list[str]]:
    query = select(UserTask.candidate_groups).where(UserTask.state == "CREATED").order_by(UserTask.key)
    return [row[0] for row in world.rows(query)]


def holders(world: World) -> list[str]:
    return [
        row.holder for row in world.rows(select(Deadline.holder).where(Deadline.ended.is_(None)).order_by(Deadline.key))
    ]


def test_before_the_day_nothing_moves(city: World) -> None:
    start(city)
    sweep(city)
    assert groups(city) == [["handler@fire", "handler@enforcement"]]
    with pytest.raises(SuccessionNotDue):
        city.run(runtime.reorganise, "fire")
    with pytest.raises(NoSuccession):
        city.run(runtime.reorganise, "housing")
    assert city.count("batch_operation") == 0


def test_from_the_day_on_tasks_clocks_and_the_case_are_the_successors(city: World) -> None:
    mine, other = start(city, case=True), start(city, "handler@enforcement")
    city.pin(AFTER)
    sweep(city)
    assert groups(city) == [["handler@housing", "handler@enforcement"], ["handler@enforcement"] * 2]
    assert holders(city) == ["handler@housing", "handler@enforcement"]
    assert city.rows(select(Case.handler_group)) == [("handler@housing",)]
    event = city.events(mine)[-1]
    assert (event.tag, event.actor) == (Tag.PROCESS_INSTANCE_HAND_OVER, "clock:succession")
    said = event.details
    assert (said["unit"], said["successor"], said["date"], said["document"]) == (
        "fire",
        "housing",
        "2026-04-01",
        "示例〔2026〕1号",
    )
    assert (said["recheck"], said["case"]) == (["competence", "signatures"], "2026-000001")
    assert (len(said["tasks"]), len(said["clocks"])) == (1, 1)
    assert [one.tag for one in city.events(other)] == ["process-instance:start"]


def test_the_diagram_sees_what_has_to_be_looked_at_again(city: World) -> None:
    key = start(city)
    city.pin(AFTER)
    sweep(city)
    [told] = variables(city, key)["successions"]
    assert (told["from"], told["to"], told["recheck"]) == ("fire", "housing", ["competence", "signatures"])


def variables(world: World, key: int) -> dict[str, Any]:
    with read(world.database) as session:
        return {each.name: each.value for each in variables_of(session, key)}


def test_new_work_goes_straight_to_the_successor(city: World) -> None:
    city.pin(AFTER)
    start(city)
    assert groups(city) == [["handler@housing", "handler@enforcement"]]
    assert holders(city) == ["handler@housing"]


def test_a_clock_goes_on_with_the_successor(city: World) -> None:
    """退回 to the same duty resumes the clock, though the unit is called otherwise by now."""
    start(city)
    city.complete("handle")
    city.pin(AFTER)
    sweep(city)
    assert holders(city) == ["handler@housing"]
    [first, second] = city.deadlines()
    assert (first.holder, second.continues) == ("handler@fire", first.key)


def test_a_clock_that_ended_before_the_day_is_gone_on_with_after_it(city: World) -> None:
    start(city)
    city.pin(AFTER)
    city.complete("handle")
    [first, second] = city.deadlines()
    assert (first.holder, second.holder, second.continues) == ("handler@fire", "handler@housing", first.key)


def test_who_had_a_clock_until_then_and_whom_its_rungs_tell_is_kept(city: World) -> None:
    city.deploy(HANDLING.replace(b'value="ladder"', b'value="seated"'))
    start(city)
    due = city.deadlines()[0].due
    city.pin(AFTER)
    sweep(city)
    [clock] = city.deadlines()
    assert clock.handed_over == [["handler@fire", AFTER.isoformat()]]
    assert [rung["role"] for rung in clock.rungs] == ["department-lead@housing"]
    assert (clock.due, clock.next_at) == (due, due)
    city.pin(due)
    [fired] = runtime.sweep_deadlines(city.database)
    assert fired.recipient == "department-lead@housing"


def test_the_successor_is_told_once(city: World) -> None:
    for _ in range(3):
        start(city)
    city.pin(AFTER)
    sweep(city)
    sweep(city)
    told = city.rows(select(Notification.subject, Notification.text).where(Notification.kind == "succession"))
    assert len(told) == 2, "the lead and the handlers of the successor"
    assert told[0][0] == "承接消防（示例部门）的在办工作 3 件"
    assert "示例〔2026〕1号" in told[0][1]


def test_again_it_moves_what_is_left_and_nothing_twice(city: World) -> None:
    key = start(city)
    city.pin(AFTER)
    first = city.run(runtime.reorganise, "fire", reason="提前办理移交")
    assert city.run(runtime.reorganise, "fire") == first, "it runs"
    sweep(city)
    revision = city.instance(key).revision
    second = city.run(runtime.reorganise, "fire")
    assert second != first
    assert city.instance(key).revision == revision
    [row] = city.run(runtime.list_successions, actor=None)
    assert (row.state, row.batch_operation_key, row.total) == ("done", second, 0)


def test_how_far_it_is(city: World) -> None:
    def state() -> tuple[str, int, int]:
        [row] = city.run(runtime.list_successions, actor=None)
        return row.state, row.total, row.completed

    start(city)
    assert state() == ("pending", 0, 0)
    city.pin(AFTER)
    assert state() == ("due", 0, 0)
    runtime.start_successions(city.database)
    assert state() == ("running", 1, 0)
    sweep(city)
    assert state() == ("done", 1, 1)


def test_a_suspended_instance_is_handed_over_too(city: World) -> None:
    key = start(city)
    city.run(runtime.suspend_process_instance, key)
    city.pin(AFTER)
    sweep(city)
    assert (city.state(key), groups(city)) == ("SUSPENDED", [["handler@housing", "handler@enforcement"]])
    city.run(runtime.resume_process_instance, key)


def test_a_case_without_a_task_of_the_unit_is_handed_over_too(city: World) -> None:
    waiting = d.bpmn(d.start(), d.catch("told", d.on_message("m-x")), d.end(), flows="start>told; told>end",
                     process_id="waiting", more=d.message("x", '="1"'))  # fmt: skip
    city.deploy(waiting)
    with transaction(city.database) as session:
        case = cases.report(session, REPORT, now=BEFORE)
        cases.hand_to(session, case.key, "handler@fire")
        key = runtime.start_process(session, process_id="waiting", variables={}, case_id=case.key, actor="tests")
    city.pin(AFTER)
    sweep(city)
    assert city.rows(select(Case.handler_group)) == [("handler@housing",)]
    assert city.events(key)[-1].details["case"] == "2026-000001"


def test_items_that_are_kept_apart_are_handed_over(city: World) -> None:
    who = ["handler@fire" if number % 3 else "handler@enforcement" for number in range(150)]
    with transaction(city.database) as session:
        runtime.start_process(session, process_id="each", variables={"who": who}, actor="tests")
    assert city.count("instance_part") > 0
    city.pin(AFTER)
    sweep(city)
    assert [group for [group] in groups(city)] == [one.replace("fire", "housing") for one in who]


def test_one_that_has_ended_meanwhile_is_skipped(city: World) -> None:
    key = start(city)
    city.pin(AFTER)
    runtime.start_successions(city.database)
    city.run(runtime.cancel_process_instance, key)
    sweep(city)
    assert city.rows("SELECT state FROM batch_operation_item") == [("SKIPPED",)]


def test_two_sweeps_at_once_begin_it_once(city: World) -> None:
    for _ in range(4):
        start(city)
    city.pin(AFTER)
    threads = [Thread(target=sweep, args=(city,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sweep(city)
    assert city.count("batch_operation") == 1
    assert holders(city) == ["handler@housing"] * 4


def test_figures_are_split_at_the_day(city: World) -> None:
    """What was overdue before counts for the unit that let it become so; what is due later, for the successor."""
    city.pin(BEFORE - timedelta(days=10))
    start(city, case=True)
    city.pin(BEFORE)
    start(city, case=True)
    city.pin(AFTER)
    sweep(city)
    with read(city.database) as session:
        found = by_department(session, BEFORE - timedelta(days=30), AFTER + timedelta(days=30))
    assert {unit: (of.received, of.due) for unit, of in found.items()} == {"fire": (2, 1), "housing": (0, 1)}
