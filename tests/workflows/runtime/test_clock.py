from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support.world import MONDAY, World
from workflows import runtime
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
