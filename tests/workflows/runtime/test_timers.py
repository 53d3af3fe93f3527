from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

from sqlalchemy import update

from tests.support import diagrams as d
from tests.support.world import MONDAY, World
from workflows import runtime
from workflows.runtime.claims import LEASE, claim
from workflows.runtime.timers import timer
from workflows.store.tables import ProcessInstance

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def reminded(world: World) -> int:
    world.process(
        d.start(), d.user("a"), d.boundary("late", "a", d.timer("Duration", "PT2H")), d.user("escalated"), d.end(),
        flows="start>a; a>end; late>escalated; escalated>end",
    )  # fmt: skip
    world.pin(MONDAY)
    return world.start()


def test_a_timer_fires_when_it_is_due_and_not_before(world: World) -> None:
    key = reminded(world)
    assert runtime.fire_timers(world.database, MONDAY + HOUR) == 0
    assert runtime.fire_timers(world.database, MONDAY + 2 * HOUR) == 1
    assert world.tasks() == ["escalated"]
    fired = world.events(key)[-1]
    assert (fired.tag, fired.actor, fired.details["element"]) == ("timer:fire", "clock:timer", "late")
    assert runtime.fire_timers(world.database, MONDAY + 3 * HOUR) == 0


def test_without_a_moment_the_engines_clock_is_asked(world: World) -> None:
    reminded(world)
    world.move(2 * HOUR)
    assert runtime.fire_timers(world.database) == 1


def test_a_timer_nobody_waits_for_any_more_is_gone(world: World) -> None:
    reminded(world)
    world.complete("a")
    assert world.timers() == []
    assert runtime.fire_timers(world.database, MONDAY + DAY) == 0


def test_a_claimed_timer_is_left_to_its_worker_until_the_lease_is_over(world: World) -> None:
    reminded(world)
    due = timer.c.due <= MONDAY + 2 * HOUR
    assert len(claim(world.database, timer, due, timer.c.due, limit=10, lease=LEASE)) == 1
    assert runtime.fire_timers(world.database, MONDAY + 2 * HOUR) == 0
    world.damage("UPDATE timer SET claimed_until = NULL")
    assert runtime.fire_timers(world.database, MONDAY + 2 * HOUR) == 1


def test_a_cycle_catches_up_one_by_one(world: World) -> None:
    world.process(
        d.start(), d.user("a"), d.boundary("tick", "a", d.timer("Cycle", "R3/PT1H"), interrupting=False), d.user("remind"), d.end(),
        flows="start>a; a>end; tick>remind; remind>end",
    )  # fmt: skip
    world.pin(MONDAY)
    world.start()
    fired = [runtime.fire_timers(world.database, MONDAY + DAY) for _ in range(5)]
    assert fired == [1, 1, 1, 0, 0]
    assert world.tasks().count("remind") == 3
    assert world.timers() == []


def test_of_many_sweeps_at_once_each_timer_fires_once(world: World) -> None:
    reminded(world)
    for _ in range(9):
        world.start()
    barrier, counts = Barrier(4), []

    def sweep() -> None:
        barrier.wait()
        counts.append(runtime.fire_timers(world.database, MONDAY + 2 * HOUR))

    threads = [Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 10
    assert world.tasks() == ["escalated"] * 10


def test_a_broken_timer_does_not_hold_up_the_others(world: World) -> None:
    first = reminded(world)
    world.start()
    [kept] = world.rows("SELECT snapshot FROM process_instance ORDER BY key LIMIT 1")
    state = update(ProcessInstance).where(ProcessInstance.key == first)
    world.run(lambda session: session.execute(state.values(snapshot=b"")), actor=None)
    assert runtime.fire_timers(world.database, MONDAY + 2 * HOUR) == 1
    assert world.tasks() == ["a", "escalated"]
    assert [problem.rule for problem in world.verify()] == ["state-unreadable"]
    world.run(lambda session: session.execute(state.values(snapshot=kept[0])), actor=None)


def test_a_process_starts_by_the_clock_and_again(world: World) -> None:
    world.pin(MONDAY)
    world.process(
        d.start("daily", d.timer("Cycle", "R/P1D")), d.user("patrol"), d.end(), flows="daily>patrol; patrol>end"
    )
    assert [row.due for row in world.timers()] == [MONDAY + DAY]
    assert runtime.fire_timers(world.database, MONDAY + DAY) == 1
    assert [row.due for row in world.timers()] == [MONDAY + 2 * DAY]
    assert runtime.fire_timers(world.database, MONDAY + 2 * DAY) == 1
    assert world.tasks() == ["patrol", "patrol"]


def test_a_date_starts_a_process_once(world: World) -> None:
    world.pin(MONDAY)
    world.process(
        d.start("once", d.timer("Date", "2026-03-03T09:00:00+08:00")), d.user("a"), d.end(), flows="once>a; a>end"
    )
    assert runtime.fire_timers(world.database, MONDAY + 9 * DAY) == 1
    assert world.timers() == []
    assert runtime.fire_timers(world.database, MONDAY + 9 * DAY) == 0


def test_a_counted_cycle_comes_to_an_end(world: World) -> None:
    world.pin(MONDAY)
    world.process(d.start("twice", d.timer("Cycle", "R2/PT1H")), d.user("a"), d.end(), flows="twice>a; a>end")
    assert [runtime.fire_timers(world.database, MONDAY + DAY) for _ in range(4)] == [1, 1, 0, 0]


def test_a_new_version_takes_over_the_clock(world: World) -> None:
    world.pin(MONDAY)
    world.process(d.start("daily", d.timer("Cycle", "R/P1D")), d.user("a"), d.end(), flows="daily>a; a>end")
    world.process(d.start("daily", d.timer("Cycle", "R/P2D")), d.user("b"), d.end(), flows="daily>b; b>end")
    assert [row.due for row in world.timers()] == [MONDAY + 2 * DAY]
