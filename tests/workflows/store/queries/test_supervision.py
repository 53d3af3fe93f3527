"""Counted by hand: clocks that stand still, and the seats that escalations met."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from tests.support.databases import KINDS, database_url, opened
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.runtime import Resource
from workflows.store import read
from workflows.store.queries.supervision import rungs_climbed, suspended_clocks, vacant_seats

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = timedelta(hours=1)


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with database_url(request.param, tmp_path) as url, opened(url) as database:
        world = World(database)
        clock = d.properties(
            bihuan_stage="处置",
            bihuan_holder="handler@fire",
            bihuan_limit='={unit: "urgent_hour", number: 10}',
            bihuan_ladder="ladder",
        )
        task = d.user("handle", d.z("assignmentDefinition", candidateGroups="handler@fire") + clock)
        world.deploy(d.bpmn(d.start(), task, d.end(), flows="start>handle; handle>end"), Resource("l.dmn", LADDER))
        world.pin(MONDAY)
        yield world


def test_what_stands_still_is_listed_since_when_and_until_when(world: World) -> None:
    world.start()
    key = world.start()
    world.pin(MONDAY + HOUR)
    world.run(runtime.suspend_process_instance, key)
    with read(world.database) as session:
        [row] = suspended_clocks(session)
    assert row == (None, key, "处置", "", "handler@fire", MONDAY + HOUR, None)


def test_the_rungs_of_a_clock_are_listed_from_the_bottom(world: World) -> None:
    world.start()
    runtime.sweep_deadlines(world.database, MONDAY + 30 * HOUR)
    [clock] = world.deadlines()
    with read(world.database) as session:
        assert [rung.level for rung in rungs_climbed(session, clock.key)] == [0, 1, 2]


def test_seats_that_nobody_holds_are_counted_where_an_escalation_met_them(world: World) -> None:
    world.start()
    world.start()
    runtime.sweep_deadlines(world.database, MONDAY + 30 * HOUR)
    world.damage(
        "UPDATE escalation SET vacant = true WHERE level > 0", "UPDATE escalation SET recipient = 'c' WHERE level > 0"
    )
    with read(world.database) as session:
        fired = MONDAY + 30 * HOUR
        assert vacant_seats(session, fired, fired + HOUR) == [("area-lead", "c", 2), ("grid-lead", "c", 2)]
        assert vacant_seats(session, fired - HOUR, fired) == []
