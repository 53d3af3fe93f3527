from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from tests.support.world import MONDAY, World
from workflows.runtime.claims import LEASE, claim
from workflows.store.base import table
from workflows.store.tables import Timer

if TYPE_CHECKING:
    from workflows.store import Database

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
timer = table(Timer)


@pytest.fixture
def timed(world: World, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Three timers that are due, and the machine's clock, which a test may set."""
    world.process(d.start(), d.catch("pause", d.timer("Duration", "PT1H")), d.end(), flows="start>pause; pause>end")
    world.pin(MONDAY)
    for _ in range(3):
        world.start()
    clock = [datetime.now(UTC)]
    monkeypatch.setattr("workflows.runtime.claims.real_now", lambda: clock[0])
    return clock


def taken(database: Database, limit: int = 10, lease: timedelta = LEASE) -> int:
    return len(claim(database, timer, timer.c.due <= MONDAY + WEEK, timer.c.due, limit=limit, lease=lease))


def test_what_is_claimed_is_free_again_when_the_lease_is_over(world: World, timed: list[datetime]) -> None:
    assert (taken(world.database, 2), taken(world.database), taken(world.database)) == (2, 1, 0)
    timed[0] += LEASE - SECOND
    assert taken(world.database) == 0
    timed[0] += SECOND
    assert taken(world.database) == 3


@pytest.mark.parametrize("back", [WEEK, timedelta(hours=1), timedelta(minutes=3)])
def test_a_claim_from_before_the_clock_was_set_back_does_not_last(
    world: World, timed: list[datetime], back: timedelta
) -> None:
    assert taken(world.database) == 3
    timed[0] -= back
    assert taken(world.database) == 3
    assert taken(world.database) == 0


def test_a_machine_whose_clock_is_behind_takes_nothing_from_one_that_is_at_work(
    world: World, timed: list[datetime]
) -> None:
    assert taken(world.database) == 3
    timed[0] -= LEASE - SECOND
    assert taken(world.database) == 0


def test_a_short_lease_does_not_make_a_longer_one_a_mistake(world: World, timed: list[datetime]) -> None:
    assert taken(world.database) == 3
    assert taken(world.database, lease=SECOND) == 0
