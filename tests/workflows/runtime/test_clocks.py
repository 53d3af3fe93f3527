from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support import diagrams as d
from tests.support.world import MONDAY, World, table
from workflows import runtime
from workflows.runtime import Resource

HOUR = timedelta(hours=1)
LIMIT = '={unit: "urgent_hour", number: 4}'
LADDER = table(
    "ladder",
    ["stage", "milestone"],
    ["level", "at", "role", "label"],
    ["-", "-", "0", "0.5", '"handler"', '"提醒"'],
    ["-", "-", "1", "1", '"grid-lead"', '"超时"'],
    policy="COLLECT",
)
#: A case that is handled, may be given back (退回) and dispatched anew, or done again (返工) after a check.
HANDLING = d.bpmn(
    d.start(),
    d.user("dispatch", d.io(outputs={"unit": "=unit"})),
    d.user(
        "handle",
        d.properties(
            bihuan_stage="处置",
            bihuan_limit=LIMIT,
            bihuan_ladder="ladder",
            bihuan_holder="=unit",
            bihuan_resumes='=result = "退回"',
        )
        + d.io(outputs={"result": "=result"}),
    ),
    d.xor("returned", default="returned_check"),
    d.user("check", d.io(outputs={"result": "=result"})),
    d.xor("passed", default="passed_end"),
    d.end(),
    flows='start>dispatch; dispatch>handle; handle>returned; returned>dispatch[result = "退回"]; returned>check;'
    'check>passed; passed>handle[result = "返工"]; passed>end',
)


@pytest.fixture
def handled(world: World) -> World:
    world.deploy(HANDLING, Resource("ladder.dmn", LADDER))
    world.pin(MONDAY)
    world.start()
    world.complete("dispatch", unit="handler@fire")
    return world


def levels(world: World) -> list[int]:
    return [one.level for one in runtime.sweep_deadlines(world.database)]


def whole(world: World) -> None:
    assert world.run(runtime.verify, actor=None) == []


def test_who_has_a_clock_is_on_it(handled: World) -> None:
    assert handled.deadlines()[0].holder == "handler@fire"


def test_the_same_unit_goes_on_with_what_is_left(handled: World) -> None:
    handled.move(3 * HOUR)
    assert levels(handled) == [0]
    handled.complete("handle", result="退回")
    handled.move(10 * HOUR)
    assert levels(handled) == []
    handled.complete("dispatch", unit="handler@fire")
    first, second = handled.deadlines()
    assert (first.met, first.used) == (None, "3")
    assert (first.returned, second.returned) == (MONDAY + 13 * HOUR, None)
    assert (second.continues, second.due, second.fired_level) == (first.key, MONDAY + 14 * HOUR, 0)
    handled.move(HOUR)
    assert levels(handled) == [1]  # the reminder was given before
    handled.move(HOUR)
    handled.complete("handle", result="已处置")
    second = handled.deadlines()[1]
    assert (second.met, second.used) == (False, "5")
    whole(handled)


def test_another_unit_begins_anew(handled: World) -> None:
    handled.move(3 * HOUR)
    handled.complete("handle", result="退回")
    handled.complete("dispatch", unit="handler@housing")
    first, second = handled.deadlines()
    assert (first.met, second.continues, second.due) == (True, None, MONDAY + 7 * HOUR)
    assert first.returned == MONDAY + 3 * HOUR
    handled.complete("handle", result="退回")
    handled.complete("dispatch", unit="handler@fire")  # the last clock was another's
    assert handled.deadlines()[2].continues is None
    whole(handled)


def test_rework_is_a_clock_of_its_own(handled: World) -> None:
    handled.move(HOUR)
    handled.complete("handle", result="已处置")
    handled.complete("check", result="返工")
    first, second = handled.deadlines()
    assert (first.met, second.continues, second.due) == (True, None, MONDAY + 5 * HOUR)
    assert first.returned is None


def test_that_a_clock_was_overdue_is_not_lost_when_it_goes_on(handled: World) -> None:
    handled.move(5 * HOUR)
    assert levels(handled) == [0, 1]
    handled.complete("handle", result="退回")
    handled.complete("dispatch", unit="handler@fire")
    first, second = handled.deadlines()
    assert (first.met, second.due, second.next_level) == (False, MONDAY + 5 * HOUR, None)
    whole(handled)


def test_a_clock_goes_on_with_one_that_ends_in_the_same_step(world: World) -> None:
    again = d.bpmn(
        d.start(),
        d.user("a", d.properties(bihuan_stage="处置", bihuan_limit=LIMIT, bihuan_holder="x@y", bihuan_resumes="=true")),
        d.xor("g", default="g_end"),
        d.end(),
        flows="start>a; a>g; g>a[again]; g>end",
    )
    world.deploy(again)
    world.pin(MONDAY)
    world.start()
    world.move(HOUR)
    world.complete("a", again=True)
    first, second = world.deadlines()
    assert (first.met, first.used) == (None, "1")
    assert (second.continues, second.carried, second.due) == (first.key, "1", MONDAY + 4 * HOUR)
    whole(world)


STEPS = '={unit: "work_day", number: 5, milestones: [{name: "排险", unit: "urgent_hour", number: 1}]}'


def in_two_steps(world: World, limit: str = STEPS) -> None:
    clock = d.properties(bihuan_stage="处置", bihuan_limit=limit, bihuan_ladder="ladder")
    work = d.sub(
        "work",
        d.start("s1"),
        d.user("safe", d.properties(bihuan_milestone="排险")),
        d.user("repair"),
        d.end("e1"),
        flows="s1>safe; safe>repair; repair>e1",
        extensions=clock,
    )
    world.deploy(
        d.bpmn(d.start(), work, d.end(), flows="start>work; work>end"),
        Resource("ladder.dmn", LADDER),
    )
    world.pin(MONDAY)
    world.start()


def test_a_milestone_has_a_deadline_of_its_own_from_the_same_start(world: World) -> None:
    in_two_steps(world)
    stage, safe = world.deadlines()
    assert (stage.milestone, stage.unit, stage.number) == ("", "work_day", "5")
    assert (safe.milestone, safe.stage, safe.due) == ("排险", "处置", MONDAY + HOUR)
    world.move(HOUR / 2)
    world.complete("safe")
    stage, safe = world.deadlines()
    assert (safe.ended, safe.met, stage.ended) == (MONDAY + HOUR / 2, True, None)
    whole(world)
    world.complete("repair")
    assert [row.met for row in world.deadlines()] == [True, True]


def test_a_milestone_that_is_late_climbs_its_own_ladder(world: World) -> None:
    in_two_steps(world)
    world.move(2 * HOUR)
    assert levels(world) == [0, 1]
    stage, safe = world.deadlines()
    assert (stage.fired_level, safe.fired_level) == (None, 1)
    whole(world)


def test_a_milestone_that_was_never_reached_ends_with_its_stage(world: World) -> None:
    in_two_steps(world, STEPS.replace("排险", "验收"))
    world.complete("safe")  # reaches one that nobody waits for
    world.complete("repair")
    assert [row.ended for row in world.deadlines()] == [MONDAY, MONDAY]


@pytest.mark.parametrize(
    "milestones",
    ['"x"', "[1]", "[{}]", '[{name: "", unit: "work_day", number: 1}]', '[{name: "a", unit: "x", number: 1}]',
     '[{name: "a", unit: "work_day", number: 0}]', '[{name: "a", unit: "work_day", number: 1}, {name: "a", unit: "work_day", number: 2}]'],
)  # fmt: skip
def test_milestones_that_make_no_sense_are_an_incident(world: World, milestones: str) -> None:
    in_two_steps(world, f'={{unit: "work_day", number: 5, milestones: {milestones}}}')
    [incident] = world.incidents()
    assert incident.error_type == "EXTRACT_VALUE_ERROR"


@pytest.mark.parametrize("number", ["-1", "0", "1000000000", "1e400", '"4"', "null", "4 / 0"])
def test_a_limit_that_is_no_limit_is_an_incident_and_the_case_is_kept(world: World, number: str) -> None:
    in_two_steps(world, f'={{unit: "work_day", number: {number}}}')
    [incident] = world.incidents()
    assert incident.element_id == "work"
    assert world.deadlines() == []


def test_a_limit_may_be_a_fraction(world: World) -> None:
    in_two_steps(world, '={unit: "work_hour", number: 0.25}')
    assert world.deadlines()[0].due == MONDAY + HOUR / 4


def test_a_statutory_limit_says_so(world: World) -> None:
    in_two_steps(world, '={unit: "work_day", number: 5, legal: true}')
    assert world.deadlines()[0].legal is True
