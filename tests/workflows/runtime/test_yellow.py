from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from tests.support.world import MONDAY
from workflows import runtime
from workflows.runtime import deadline_rows
from workflows.runtime.beats import last_beats
from workflows.runtime.yellow import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.world import World

HOUR = timedelta(hours=1)
CLOCK = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 10}')


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Start again with another share."""

    def share(text: str) -> None:
        monkeypatch.setenv("BIHUAN_YELLOW_SHARE", text)
        deadline_rows.yellow_share.cache_clear()

    yield share
    monkeypatch.undo()
    deadline_rows.yellow_share.cache_clear()


@pytest.fixture
def clocks(world: World) -> World:
    """One that has ended, one that stands still, and three that run."""
    world.process(d.start(), d.user("handle", CLOCK), d.end(), flows="start>handle; handle>end")
    world.pin(MONDAY)
    world.start()
    world.complete("handle")
    still = world.start()
    for _ in range(3):
        world.start()
    world.move(HOUR)
    world.run(runtime.suspend_process_instance, still)
    while runtime.recount_yellow(world.database):
        pass
    return world


def yellow(world: World) -> list[timedelta]:
    return [row.yellow_at - MONDAY for row in world.deadlines()]


def test_clocks_that_run_follow_a_share_that_was_changed(clocks: World, share: Callable[[str], None]) -> None:
    before = clocks.deadlines()
    assert yellow(clocks) == [7 * HOUR] * 5
    share("0.5")
    assert runtime.recount_yellow(clocks.database) == 4
    assert yellow(clocks) == [7 * HOUR, *[5 * HOUR] * 4]
    assert [row.due for row in clocks.deadlines()] == [row.due for row in before]
    assert runtime.recount_yellow(clocks.database) == 0
    assert clocks.verify() == []


def test_what_was_begun_is_gone_on_with_unless_the_share_changes_again(
    clocks: World, share: Callable[[str], None]
) -> None:
    share("0.5")
    assert runtime.recount_yellow(clocks.database, 2) == 2
    assert yellow(clocks)[1:] == [5 * HOUR, 5 * HOUR, 7 * HOUR, 7 * HOUR]
    share("0.9")
    assert [runtime.recount_yellow(clocks.database, 3) for _ in range(3)] == [3, 1, 0]
    assert yellow(clocks)[1:] == [9 * HOUR] * 4


def test_as_long_as_the_share_stays_no_clock_is_looked_at(clocks: World, share: Callable[[str], None]) -> None:
    share("0.70")
    clocks.damage("UPDATE deadline SET yellow_at = due")
    assert runtime.recount_yellow(clocks.database) == 0
    assert yellow(clocks) == [10 * HOUR] * 5
    said = clocks.run(lambda session: last_beats(session, [NAME])[NAME].by, actor=None)
    assert said == "0.7"
