"""What fired is shown once, and on each ladder from the bottom up."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from tests.support import diagrams as d
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.clock import real_now


@pytest.fixture
def fired(world: World) -> World:
    """Two clocks that have climbed all of their three rungs."""
    clock = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 4}', bihuan_ladder="ladder")
    world.deploy(
        d.bpmn(d.start(), d.user("handle", clock), d.end(), flows="start>handle; handle>end"),
        Resource("ladder.dmn", LADDER),
    )
    world.pin(MONDAY)
    world.start()
    world.start()
    assert len(runtime.sweep_deadlines(world.database, MONDAY + timedelta(days=7))) == 6
    return world


def claimed(world: World, **options: timedelta) -> list[int]:
    return [one.level for one in runtime.claim_escalations(world.database, **options)]


def test_a_rung_is_handed_out_when_those_below_it_are_announced(fired: World) -> None:
    first = runtime.claim_escalations(fired.database)
    assert [one.level for one in first] == [0, 0]
    assert claimed(fired) == []
    assert runtime.announce_escalation(fired.database, first[1].key)
    [second] = runtime.claim_escalations(fired.database)
    assert (second.level, second.deadline_key) == (1, first[1].deadline_key)


def test_what_was_claimed_and_not_announced_is_handed_out_again_after_its_lease(fired: World) -> None:
    assert claimed(fired, lease=timedelta()) == [0, 0]
    assert claimed(fired) == [0, 0]
    assert claimed(fired) == []


def test_it_is_announced_once_in_real_time(fired: World) -> None:
    [one, _] = runtime.claim_escalations(fired.database)
    before = real_now()
    assert runtime.announce_escalation(fired.database, one.key)
    assert not runtime.announce_escalation(fired.database, one.key)
    [at] = fired.rows("SELECT announced FROM escalation WHERE announced IS NOT NULL")
    assert str(at[0])[:10] == before.date().isoformat()


def test_several_that_announce_at_once_show_each_once_and_in_order(fired: World) -> None:
    barrier, shown = Barrier(3), []

    def act() -> None:
        barrier.wait()
        for _ in range(12):
            for one in runtime.claim_escalations(fired.database, 1):
                shown.append((one.deadline_key, one.level))
                runtime.announce_escalation(fired.database, one.key)

    threads = [Thread(target=act) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for clock in {key for key, _ in shown}:
        assert [level for key, level in shown if key == clock] == [0, 1, 2]
    assert len(shown) == 6
