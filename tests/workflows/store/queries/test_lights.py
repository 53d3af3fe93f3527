from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select

from tests.support import diagrams as d
from tests.support.databases import KINDS, database_url, opened
from tests.support.world import MONDAY, World
from workflows import runtime
from workflows.store import read
from workflows.store.queries.lights import LIGHTS, OPEN, Count, Light, count_lights, overdue, rank, showing
from workflows.store.tables import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
CLOCK = d.user(
    "handle",
    d.properties(
        bihuan_stage="处置",
        bihuan_limit='={unit: "urgent_hour", number: hours, milestones: parts}',
        bihuan_holder="=holder",
    ),
)


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with database_url(request.param, tmp_path) as url, opened(url) as database:
        world = World(database)
        world.process(d.start(), CLOCK, d.end(), flows="start>handle; handle>end")
        world.pin(MONDAY)
        yield world


def begin(
    world: World, hours: int = 10, holder: str | None = None, parts: list[dict[str, object]] | None = None
) -> int:
    return world.start(hours=hours, holder=holder, parts=parts or [])


def burning(world: World, now: datetime) -> dict[int, Light | None]:
    """The light of each instance's clock, which is the one whose condition holds, as the counts say."""
    with read(world.database) as session:
        found = {
            key: None if light is None else LIGHTS[light]
            for key, light in session.execute(select(Deadline.process_instance_key, rank(now))).tuples()
        }
        for light, condition in showing(now).items():
            under = session.scalars(select(Deadline.process_instance_key).where(condition)).all()
            assert sorted(under) == sorted(key for key, its in found.items() if its is light)
        total = count_lights(session, now).total
        assert tuple(total)[:4] == tuple(list(found.values()).count(light) for light in LIGHTS)
        assert session.scalars(select(Deadline.key).where(OPEN)).all().__len__() == total.open
    return found


@pytest.mark.parametrize(
    ("after", "light"),
    [
        (timedelta(), Light.GREEN),
        (7 * HOUR - INSTANT, Light.GREEN),
        (7 * HOUR, Light.YELLOW),
        (10 * HOUR - INSTANT, Light.YELLOW),
        (10 * HOUR, Light.RED),
        (20 * HOUR - INSTANT, Light.RED),
        (20 * HOUR, Light.PURPLE),
        (2000 * HOUR, Light.PURPLE),
    ],
)
def test_a_light_changes_at_the_moment_itself(world: World, after: timedelta, light: Light) -> None:
    key = begin(world)
    assert burning(world, MONDAY + after) == {key: light}


@pytest.mark.parametrize(("after", "light"), list(zip((1, 8, 15, 25), Light, strict=True)))
def test_a_clock_that_stands_still_keeps_its_light(world: World, after: int, light: Light) -> None:
    key = begin(world)
    world.move(after * HOUR)
    world.run(runtime.suspend_process_instance, key)
    for later in (0, 5, 5000):
        assert burning(world, MONDAY + (after + later) * HOUR) == {key: light}
    with read(world.database) as session:
        assert count_lights(session, MONDAY + 5000 * HOUR).total.paused == 1


def test_a_clock_that_has_ended_has_no_light_but_may_have_been_overdue(world: World) -> None:
    late, early = begin(world), begin(world)
    world.move(9 * HOUR)
    world.complete("handle")
    world.move(2 * HOUR)
    key = begin(world)
    running = world.rows(select(Deadline.process_instance_key).where(Deadline.ended.is_(None)).order_by(Deadline.key))
    assert [row[0] for row in running] == [late, key]
    assert burning(world, MONDAY + 11 * HOUR) == {late: Light.RED, early: None, key: Light.GREEN}

    def is_overdue() -> list[int]:
        found = select(Deadline.process_instance_key).where(overdue(MONDAY + 11 * HOUR)).order_by(Deadline.key)
        return [row[0] for row in world.rows(found)]

    assert is_overdue() == [late]
    world.run(runtime.cancel_process_instance, late)
    assert is_overdue() == [late]
    assert burning(world, MONDAY + 11 * HOUR) == {late: None, early: None, key: Light.GREEN}


def test_counts_are_by_stage_with_its_milestones_and_by_the_holder_s_unit(world: World) -> None:
    part = {"name": "排险", "unit": "urgent_hour", "number": 2}
    begin(world, 10, "grid-worker-street@G07", [part])
    begin(world, 10, "grid-worker-sanitation@G07")
    begin(world, 100, "p-0001")
    begin(world, 5)
    with read(world.database) as session:
        counted = count_lights(session, MONDAY + 7 * HOUR)
    assert counted.total == Count(green=1, yellow=2, red=1, purple=1)
    assert counted.total.open == 5
    assert counted.stages == {("处置", ""): Count(1, 2, 1, 0), ("处置", "排险"): Count(0, 0, 0, 1)}
    assert counted.units == {"G07": Count(0, 2, 0, 1), None: Count(1, 0, 1, 0)}


def test_without_clocks_nothing_burns(world: World) -> None:
    with read(world.database) as session:
        assert count_lights(session, MONDAY) == (Count(), {}, {})


def test_the_counts_and_what_is_overdue_come_from_an_index(world: World) -> None:
    if world.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL decides by how many rows there are")
    begin(world)
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.extend(row[-1] for row in cursor.fetchall())

    with read(world.database) as session:
        event.listen(session.connection(), "before_cursor_execute", explain)
        count_lights(session, MONDAY)
        for light in (Light.RED, Light.PURPLE):
            session.execute(select(Deadline.key).where(showing(MONDAY)[light]).order_by(Deadline.due).limit(10))
    assert plans == [
        "SCAN deadline USING INDEX ix_deadline_lights",
        *["SEARCH deadline USING INDEX ix_deadline_open (due<?)"] * 2,
    ]
