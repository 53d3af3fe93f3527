from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from tests.support import diagrams as d
from tests.support.world import LADDER, MONDAY, World, table
from workflows import runtime
from workflows.runtime import FiredEscalation, Resource

HOUR = timedelta(hours=1)


def clocked(name: str = "handle", limit: str = '={unit: "urgent_hour", number: 4}', ladder: str = "ladder") -> str:
    drawn = d.properties(bihuan_stage="处置", bihuan_limit=limit, bihuan_ladder=ladder)
    return d.user(name, d.z("assignmentDefinition", candidateGroups="grid-worker@G07") + drawn)


def begin(world: World, limit: str = '={unit: "urgent_hour", number: 4}', ladder: bytes = LADDER) -> int:
    process = d.bpmn(
        d.start(), clocked(limit=limit), d.user("check"), d.end(), flows="start>handle; handle>check; check>end"
    )
    world.deploy(process, Resource("ladder.dmn", ladder))
    world.pin(MONDAY)
    return world.start()


def sweep(world: World, after: timedelta, told: list[FiredEscalation] | None = None) -> list[FiredEscalation]:
    fired = runtime.sweep_deadlines(world.database, MONDAY + after)
    if told is not None:
        told += fired
    return fired


def levels(fired: list[FiredEscalation]) -> list[int]:
    return [one.level for one in fired]


def test_a_clock_starts_with_its_element_and_knows_its_first_rung(world: World) -> None:
    begin(world)
    [row] = world.deadlines()
    assert (row.stage, row.unit, row.number, row.due) == ("处置", "urgent_hour", "4", MONDAY + 4 * HOUR)
    assert (row.next_level, row.next_at) == (0, MONDAY + 2 * HOUR)
    assert [rung["level"] for rung in row.rungs] == [0, 1, 2]
    assert row.ended is None


def test_a_clock_runs_in_working_time(world: World) -> None:
    begin(world, limit='={unit: "work_hour", number: 4}')
    [row] = world.deadlines()
    assert row.due == MONDAY + 6 * HOUR  # 9 o'clock to 15 o'clock, without the noon break


def test_work_done_in_time_stops_the_clock(world: World) -> None:
    begin(world)
    world.move(HOUR)
    world.complete("handle")
    [row] = world.deadlines()
    assert (row.ended, row.met, row.used, row.next_at) == (MONDAY + HOUR, True, "1", None)
    assert sweep(world, 100 * HOUR) == []


def test_work_done_late_says_so(world: World) -> None:
    begin(world)
    world.move(5 * HOUR)
    world.complete("handle")
    [row] = world.deadlines()
    assert (row.met, row.used) == (False, "5")


def test_each_rung_fires_when_it_is_due_and_is_on_record(world: World) -> None:
    key = begin(world)
    told: list[FiredEscalation] = []
    assert sweep(world, HOUR, told) == []
    assert levels(sweep(world, 2 * HOUR, told)) == [0]
    assert sweep(world, 3 * HOUR, told) == []
    assert levels(sweep(world, 4 * HOUR, told)) == [1]
    reminder, overdue = told
    assert (reminder.role, reminder.recipient, reminder.label) == ("handler", "grid-worker@G07", "提醒")
    assert (overdue.stage, overdue.recipient, overdue.at, overdue.case_id) == (
        "处置",
        "grid-lead",
        MONDAY + 4 * HOUR,
        None,
    )
    event = world.events(key)[-1]
    assert (event.tag, event.actor, event.details["level"]) == ("deadline:escalate", "clock:deadline", 1)
    assert world.instance(key).revision == 3
    world.complete("handle")


def test_after_a_week_of_downtime_each_missed_rung_fires_once_and_in_order(world: World) -> None:
    begin(world)
    told: list[FiredEscalation] = []
    sweep(world, timedelta(days=7), told)
    assert [(one.level, one.at) for one in told] == [
        (0, MONDAY + 2 * HOUR),
        (1, MONDAY + 4 * HOUR),
        (2, MONDAY + 8 * HOUR),
    ]
    assert sweep(world, timedelta(days=8), told) == []
    [row] = world.deadlines()
    assert (row.next_level, row.next_at) == (None, None)


def test_of_many_sweeps_at_once_each_rung_fires_once(world: World) -> None:
    begin(world)
    for _ in range(4):
        world.start()
    barrier, told = Barrier(4), []

    def act() -> None:
        barrier.wait()
        sweep(world, 100 * HOUR, told)
        sweep(world, 100 * HOUR, told)

    threads = [Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.count("escalation") == 15
    assert len({one.key for one in told}) == len(told) == 15


def test_a_limit_of_null_is_no_clock(world: World) -> None:
    begin(world, limit="=null")
    assert world.deadlines() == []


def test_a_clock_without_a_ladder_has_a_due_date_and_no_rungs(world: World) -> None:
    task = d.user("a", d.properties(bihuan_stage="受理", bihuan_limit='={unit: "work_day", number: 1}'))
    world.process(d.start(), task, d.end(), flows="start>a; a>end")
    world.pin(MONDAY)
    world.start()
    [row] = world.deadlines()
    assert (row.due, row.next_at, row.rungs) == (MONDAY + timedelta(days=1), None, [])


@pytest.mark.parametrize(
    "ladder",
    [
        table("ladder", ["stage"], ["level"], ["-", "1"], policy="COLLECT"),
        table(
            "ladder",
            ["stage"],
            ["level", "at", "role"],
            ["-", "1", "1", '"a"'],
            ["-", "2 - 1", "2", '"b"'],  # written plainly it would be refused at deployment
            policy="COLLECT",
        ),
        *(
            table("ladder", ["stage"], ["level", "at", "role"], ["-", *rung], policy="COLLECT")
            for rung in (
                ["1", "-1", '"a"'],
                ["1.5", "1", '"a"'],
                ["3000000000", "1", '"a"'],
                ["true", "1", '"a"'],
                ["1", "1e30", '"a"'],
                ["1", "1", "null"],
                ["1", "1", '"nul\\u0000"'],
            )
        ),
    ],
)
def test_a_wrong_ladder_is_an_incident_and_the_clock_starts_when_it_is_mended(world: World, ladder: bytes) -> None:
    begin(world, ladder=ladder)
    assert world.deadlines() == []
    [incident] = world.incidents()
    assert incident.element_id == "handle"
    world.deploy(Resource("ladder.dmn", LADDER))
    world.move(HOUR)
    world.run(runtime.resolve_incident, incident.key)
    [row] = world.deadlines()
    assert row.due == MONDAY + 4 * HOUR  # it counts from when the work began
    world.complete("handle")
    assert world.deadlines()[0].met is True


def test_work_is_done_even_when_its_clock_could_not_start(world: World) -> None:
    begin(world, ladder=table("ladder", ["stage"], ["level"], ["-", "1"], policy="COLLECT"))
    assert [incident.element_id for incident in world.incidents()] == ["handle"]
    world.complete("handle")
    assert (world.incidents(), world.deadlines(), world.tasks()) == ([], [], ["check"])
