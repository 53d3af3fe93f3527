from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support import diagrams as d
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.errors import Invalid
from workflows.store import read


def now(world: World) -> datetime:
    with read(world.database) as session:
        return runtime.now(session)


def test_the_clock_runs_until_it_is_pinned_and_again_when_it_is_reset(world: World) -> None:
    assert abs(now(world) - datetime.now(UTC)) < timedelta(minutes=1)
    world.pin(MONDAY)
    assert now(world) == MONDAY
    world.run(runtime.reset_clock)
    assert abs(now(world) - datetime.now(UTC)) < timedelta(minutes=1)
    assert [event.tag for event in world.events(0)] == ["clock:pin", "clock:reset"]


def test_a_moment_in_another_zone_is_the_same_moment(world: World) -> None:
    world.pin(MONDAY.astimezone(timezone(timedelta(hours=8))))
    assert now(world) == MONDAY


def test_a_moment_without_a_zone_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        world.run(runtime.pin_clock, datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_a_moment_from_which_nothing_can_be_counted_is_refused(world: World, at: datetime) -> None:
    with pytest.raises(Invalid):
        world.pin(at)
    assert world.count("event") == 0


def test_a_clock_that_goes_back_fires_nothing_twice(world: World) -> None:
    hour = timedelta(hours=1)
    clock = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 4}', bihuan_ladder="ladder")
    tick = d.boundary("tick", "a", d.timer("Cycle", "R/PT2H"), interrupting=False)
    flows = "start>a; a>end; tick>b; b>end"
    world.deploy(
        d.bpmn(d.start(), d.user("a", clock), tick, d.user("b"), d.end(), flows=flows), Resource("ladder.dmn", LADDER)
    )
    told: list[runtime.FiredEscalation] = []

    def sweep_at(at: datetime) -> tuple[int, list[int]]:
        world.pin(at)
        while runtime.fire_timers(world.database):
            pass
        told.extend(runtime.sweep_deadlines(world.database))
        return world.tasks().count("b"), [one.level for one in told]

    world.pin(MONDAY)
    world.start()
    assert sweep_at(MONDAY + 5 * hour) == (2, [0, 1])
    for at in (MONDAY - 24 * hour, MONDAY + 2 * hour, MONDAY + 5 * hour):
        assert sweep_at(at) == (2, [0, 1])
    assert sweep_at(MONDAY + 8 * hour) == (4, [0, 1, 2])
    world.pin(MONDAY - 24 * hour)
    world.complete("a")
    assert [(row.met, row.used) for row in world.deadlines()] == [(True, "0")]
