"""Each rung of each clock fires exactly once and in order, whatever is killed, locked, full or late."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from tasks.bench.copies import copy_instances
from tests.support import diagrams as d
from tests.support.databases import opened
from tests.support.sweepers import Sweeper, killed_at_random
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.calendar import CHINA
from workflows.runtime import Resource
from workflows.runtime.crash import AFTER_CLAIM, AFTER_ESCALATION, BEFORE_COMMIT
from workflows.store import connect
from workflows.store.tables import Escalation, ProcessInstance

if TYPE_CHECKING:
    from workflows.store import Database

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
LEVELS = [0, 1, 2]  # at 2, 4 and 8 hours


def clocked(world: World, copies: int, limit: str = '{unit: "urgent_hour", number: 4}') -> int:
    """So many clocks that begin on Monday morning; how many."""
    clock = d.properties(bihuan_stage="处置", bihuan_limit=f"={limit}", bihuan_ladder="ladder")
    process = d.bpmn(d.start(), d.user("handle", clock), d.end(), flows="start>handle; handle>end")
    world.deploy(process, Resource("ladder.dmn", LADDER))
    world.pin(MONDAY)
    return 1 + len(copy_instances(world.database, [world.start()], copies))


def fired(world: World) -> list[list[int]]:
    """The levels that fired, by clock, in the order in which they did; whole, as the record says."""
    rows = world.rows(
        "SELECT deadline.key, escalation.level FROM deadline LEFT JOIN escalation ON escalation.deadline_key = deadline.key"
        " ORDER BY deadline.key, escalation.key"
    )
    levels: dict[int, list[int]] = {}
    for key, level in rows:
        levels.setdefault(key, []).extend([] if level is None else [level])
    assert world.verify() == []
    return list(levels.values())


def sweep(database: Database, now: datetime | None = None, most: int = 100) -> int:
    """Fire all that is due; claims that somebody has left behind are over at once."""
    number = 0
    for _ in range(most):
        rungs = runtime.sweep_deadlines(database, now, lease=timedelta())
        number += len(rungs)
        if not rungs:
            break
    return number


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_sweepers_killed_at_random_moments_lose_nothing_and_repeat_nothing(world: World, url: str, seed: int) -> None:
    clocks = clocked(world, 60)
    chance = random.Random(seed)  # noqa: S311 no secret
    died = killed_at_random(url, MONDAY + 9 * HOUR, [chance.uniform(0.02, 1.0) for _ in range(4)], at_once=3)
    assert died > 0
    assert fired(world) == [LEVELS] * clocks


@pytest.mark.slow
def test_sweepers_killed_at_every_point_lose_nothing_and_repeat_nothing(world: World, url: str) -> None:
    clocks = clocked(world, 30)
    now = MONDAY + 9 * HOUR
    dying = [Sweeper(url, now, crash_at=point) for point in (AFTER_CLAIM, BEFORE_COMMIT, AFTER_ESCALATION)]
    assert [one.ended() for one in dying] == [137] * 3
    after = [Sweeper(url, now) for _ in range(2)]
    assert [one.ended() for one in after] == [0, 0]
    assert fired(world) == [LEVELS] * clocks


@pytest.mark.slow
def test_a_sweeper_that_sleeps_longer_than_its_claims_repeats_nothing_when_it_wakes(world: World, url: str) -> None:
    clocks = clocked(world, 60)
    chance = random.Random(7)  # noqa: S311 no secret
    sleeper, other = Sweeper(url, MONDAY + 9 * HOUR, lease=0.2), Sweeper(url, MONDAY + 9 * HOUR, lease=0.2)
    sleeper.ready()
    slept = 0
    for _ in range(4):
        time.sleep(chance.uniform(0.01, 0.1))
        slept += sleeper.stopped(0.6)  # meanwhile the other takes what was claimed
    assert [sleeper.ended(), other.ended()] == [0, 0]
    assert slept > 0
    assert fired(world) == [LEVELS] * clocks


@pytest.mark.slow
def test_sweepers_at_once_share_the_work(world: World, url: str) -> None:
    clocks = clocked(world, 60)
    together = [Sweeper(url, MONDAY + 9 * HOUR) for _ in range(3)]
    assert [one.ended() for one in together] == [0] * 3
    assert fired(world) == [LEVELS] * clocks


def test_a_clock_that_jumps_back_repeats_nothing_and_one_that_jumps_ahead_leaves_nothing_out(world: World) -> None:
    clocks = clocked(world, 2)
    world.pin(MONDAY + 5 * HOUR)
    assert sweep(world.database) == 2 * clocks
    world.pin(MONDAY + HOUR)
    assert sweep(world.database) == 0
    world.pin(MONDAY + 3 * HOUR)
    assert sweep(world.database) == 0
    assert fired(world) == [[0, 1]] * clocks
    world.complete("handle")
    world.pin(MONDAY - HOUR)
    world.complete("handle")  # before it began
    world.pin(MONDAY + WEEK)
    assert sweep(world.database) == 1
    assert sorted(fired(world)) == [[0, 1], [0, 1], LEVELS]


def test_a_claim_from_a_week_ahead_does_not_keep_a_rung_from_firing(world: World) -> None:
    clocks = clocked(world, 2)
    ahead = (datetime.now(UTC) + WEEK).strftime("%Y-%m-%d %H:%M:%S.%f")
    world.damage(f"UPDATE deadline SET claimed_until = '{ahead}'")  # noqa: S608
    runtime.sweep_deadlines(world.database, MONDAY + 9 * HOUR)
    assert fired(world) == [LEVELS] * clocks


def test_after_a_week_s_downtime_with_a_holiday_every_rung_fires_late_and_says_when_it_was_due(world: World) -> None:
    clocked(world, 2, '{unit: "work_day", number: 2}')
    before = datetime(2026, 4, 30, 2, 0, tzinfo=UTC)  # a Thursday, 10 o'clock; from Friday to Tuesday is a holiday
    world.pin(before)
    world.start()
    up_again = before + timedelta(days=11)
    world.pin(up_again)
    assert sweep(world.database) == 3 * 4
    assert fired(world) == [LEVELS] * 4
    newest = select(Escalation.at).order_by(Escalation.deadline_key.desc(), Escalation.level).limit(3)
    days = [at.astimezone(CHINA.zone) for (at,) in world.rows(newest)]
    assert [(at.date(), at.hour) for at in days] == [
        (date(2026, 5, 6), 10),  # one working day later, not on Friday
        (date(2026, 5, 7), 10),
        (date(2026, 5, 9), 10),  # the Saturday is worked instead
    ]


def test_while_another_writer_holds_the_file_nothing_fires_and_afterwards_everything(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL has no lock on everything")
    clocks = clocked(world, 5)
    monkeypatch.setattr("workflows.store.database.BUSY_SECONDS", 0.1)
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    with opened(url) as impatient:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            runtime.sweep_deadlines(impatient, MONDAY + 9 * HOUR)
        other.execute("ROLLBACK")
        assert fired(world) == [[]] * clocks
        assert sweep(impatient, MONDAY + 9 * HOUR) == 3 * clocks
    other.close()
    assert fired(world) == [LEVELS] * clocks


def test_a_transaction_that_does_not_end_holds_up_its_own_instance_only(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url.startswith("sqlite"):
        pytest.skip("SQLite has no locks on rows")
    clocks = clocked(world, 4)
    monkeypatch.setattr("workflows.store.database.BUSY_SECONDS", 0.1)
    key = world.deadlines()[1].process_instance_key
    with opened(url) as impatient:
        with world.database.engine.connect() as stuck:
            stuck.execute(select(ProcessInstance.key).where(ProcessInstance.key == key).with_for_update())
            assert sweep(impatient, MONDAY + 9 * HOUR, most=3) == 3 * (clocks - 1)
            assert fired(world) == [LEVELS, [], *[LEVELS] * (clocks - 2)]
        assert sweep(impatient, MONDAY + 9 * HOUR) == 3
    assert fired(world) == [LEVELS] * clocks


@pytest.mark.slow
def test_a_writer_that_comes_between_again_and_again_leaves_no_rung_out(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL has no lock on everything")
    clocks = clocked(world, 40)
    monkeypatch.setattr("workflows.store.database.BUSY_SECONDS", 0.02)
    over = threading.Event()

    def hold() -> None:
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
        while not over.is_set():
            other.execute("BEGIN IMMEDIATE")
            time.sleep(0.1)
            other.execute("ROLLBACK")
            time.sleep(0.1)
        other.close()

    holding = threading.Thread(target=hold)
    holding.start()
    refused, end = 0, time.monotonic() + 60
    with opened(url) as impatient:
        while world.count("escalation") < 3 * clocks and time.monotonic() < end:
            try:
                runtime.sweep_deadlines(impatient, MONDAY + 9 * HOUR, limit=10, lease=timedelta())
            except OperationalError:
                refused += 1
    over.set()
    holding.join()
    assert fired(world) == [LEVELS] * clocks
    assert refused > 0


def test_on_a_full_disk_what_is_committed_stays_and_the_rest_fires_when_there_is_room(world: World, url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("only SQLite can be told how large it may be")
    clocks = clocked(world, 60)
    [(pages,)] = world.rows("PRAGMA page_count")
    with opened(url) as cramped:
        event.listen(cramped.engine, "connect", lambda made, _: made.execute(f"PRAGMA max_page_count = {pages + 12}"))
        with suppress(OperationalError):
            runtime.sweep_deadlines(cramped, MONDAY + 9 * HOUR, lease=timedelta())
        some = fired(world)
        assert 0 < sum(map(len, some)) < 3 * clocks
        assert all(levels == LEVELS[: len(levels)] for levels in some)
    database = connect(url)
    assert sum(map(len, some)) + sweep(database, MONDAY + 9 * HOUR) == 3 * clocks
    database.engine.dispose()
    assert fired(world) == [LEVELS] * clocks
