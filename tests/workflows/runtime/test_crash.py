"""What is left when a process dies in the middle, and that the next one goes on from there."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support import diagrams as d
from tests.support.notices import OF_2027, notice
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.runtime import Resource, holiday_notices
from workflows.runtime.crash import (
    AFTER_CLAIM,
    AFTER_ESCALATION,
    BEFORE_COMMIT,
    BETWEEN_ITEMS,
    VARIABLE,
    WITHIN_ITEMS,
)
from workflows.store.tables import ProcessInstance

ROOT = Path(__file__).parents[3]
CLAIMED = ("batch_operation", "timer", "deadline", "escalation", "batch_operation_item")
LATER = MONDAY + timedelta(hours=9)


def die(url: str, at: str, code: str) -> None:
    """Run some code in a process of its own that dies at a crash point."""
    program = (
        "import sys; from datetime import datetime, timedelta; from workflows import runtime;"
        "from workflows.store import connect, transaction;"
        "database = connect(sys.argv[1]); now = datetime.fromisoformat(sys.argv[2])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program + dedent(code), url, LATER.isoformat()],
        env={**os.environ, VARIABLE: at, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 137, done.stderr


@pytest.fixture
def clocked(world: World) -> World:
    task = d.user(
        "handle",
        d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 4}', bihuan_ladder="ladder"),
    )
    late = d.boundary("late", "handle", d.timer("Duration", "PT1H"), interrupting=False)
    process = d.bpmn(
        d.start(), task, late, d.user("look"), d.end(), flows="start>handle; handle>end; late>look; look>end"
    )
    world.deploy(process, Resource("ladder.dmn", LADDER))
    world.pin(MONDAY)
    world.start()
    return world


def sweep(world: World) -> list[int]:
    """The levels that are announced after a sweep, whoever fired them."""
    runtime.sweep_deadlines(world.database, LATER)
    told = []
    while claimed := runtime.claim_escalations(world.database):
        told += [one.level for one in claimed if runtime.announce_escalation(world.database, one.key)]
    return told


def forget_leases(world: World) -> None:
    """As if the lease of the dead had run out."""
    world.damage(*(f"UPDATE {name} SET claimed_until = NULL" for name in CLAIMED))  # noqa: S608


@pytest.mark.parametrize("at", [AFTER_CLAIM, BEFORE_COMMIT, AFTER_ESCALATION])
def test_a_sweep_that_dies_loses_no_rung_and_repeats_none(clocked: World, url: str, at: str) -> None:
    die(url, at, "runtime.sweep_deadlines(database, now)")
    forget_leases(clocked)
    assert sweep(clocked) == [0, 1, 2]
    assert sweep(clocked) == []
    assert clocked.rows("SELECT level FROM escalation ORDER BY key") == [(0,), (1,), (2,)]


def test_an_escalation_told_before_the_death_may_be_told_again_but_is_one(clocked: World, url: str) -> None:
    die(
        url,
        "never",
        "import os; runtime.sweep_deadlines(database, now); runtime.claim_escalations(database); os._exit(137)",
    )
    assert clocked.count("escalation") == 3
    forget_leases(clocked)
    assert sweep(clocked) == [0, 1, 2]
    assert clocked.count("escalation") == 3


@pytest.mark.parametrize("at", [AFTER_CLAIM, BEFORE_COMMIT])
def test_a_timer_whose_worker_dies_fires_once(clocked: World, url: str, at: str) -> None:
    die(url, at, "runtime.fire_timers(database, now)")
    assert clocked.tasks() == ["handle"]
    forget_leases(clocked)
    assert runtime.fire_timers(clocked.database, LATER) == 1
    assert runtime.fire_timers(clocked.database, LATER) == 0
    assert clocked.tasks() == ["handle", "look"]


def test_a_command_that_dies_before_its_commit_has_not_happened(clocked: World, url: str) -> None:
    key = clocked.task("handle")
    die(
        url,
        BEFORE_COMMIT,
        f"with transaction(database) as session: runtime.complete_user_task(session, {key}, {{}}, actor='p')",
    )
    assert clocked.tasks() == ["handle"]
    assert clocked.verify() == []
    clocked.complete("handle")
    assert clocked.tasks() == []


@pytest.mark.parametrize("at", [AFTER_CLAIM, BEFORE_COMMIT, BETWEEN_ITEMS])
def test_a_batch_whose_worker_dies_between_two_items_does_each_once(clocked: World, url: str, at: str) -> None:
    keys = [clocked.start() for _ in range(5)]
    mine = [ProcessInstance.key.in_(keys)]
    batch = clocked.run(
        runtime.create_batch_operation, "CANCEL_PROCESS_INSTANCE", mine, filter={"processInstanceKey": "…"}
    )
    die(url, at, "runtime.run_batches(database)")
    assert [clocked.state(key) for key in keys].count("TERMINATED") == (1 if at == BETWEEN_ITEMS else 0)
    forget_leases(clocked)
    runtime.run_batches(clocked.database)
    assert [clocked.state(key) for key in keys] == ["TERMINATED"] * 5
    cancelled = [[event.tag for event in clocked.events(key)].count("process-instance:cancel") for key in keys]
    assert cancelled == [1] * 5
    counts = f"SELECT state, total, completed, failed, skipped FROM batch_operation WHERE key = {batch}"  # noqa: S608
    assert clocked.rows(counts) == [("COMPLETED", 5, 5, 0, 0)]


@pytest.mark.parametrize("at", [AFTER_CLAIM, WITHIN_ITEMS, BEFORE_COMMIT, BETWEEN_ITEMS])
def test_lines_whose_worker_dies_are_started_once_each(clocked: World, url: str, at: str) -> None:
    before = clocked.rows("SELECT count(*) FROM process_instance")[0][0]
    clocked.run(runtime.create_start_batch, "p", [(number, {"line": number}) for number in range(5)])
    patient = "from workflows.runtime import batch_work; batch_work.AT_ONCE_FOR = 60;"
    die(url, at, f"{patient} runtime.run_batches(database)")
    done = clocked.rows("SELECT count(*) FROM process_instance")[0][0] - before
    assert done == (5 if at == BETWEEN_ITEMS else 0), "they are one transaction"
    assert clocked.rows("SELECT count(*) FROM batch_operation_item WHERE state = 'COMPLETED'") == [(done,)]
    forget_leases(clocked)
    runtime.run_batches(clocked.database)
    assert clocked.rows("SELECT count(*) FROM process_instance")[0][0] - before == 5
    counts = clocked.rows("SELECT count(DISTINCT process_instance_key), count(*) FROM batch_operation_item")
    assert counts == [(5, 5)]


def test_a_batch_that_dies_again_and_again_gets_to_its_end(clocked: World, url: str) -> None:
    keys = [clocked.start() for _ in range(4)]
    mine = [ProcessInstance.key.in_(keys)]
    clocked.run(runtime.create_batch_operation, "CANCEL_PROCESS_INSTANCE", mine, filter={"processInstanceKey": "…"})
    for done in range(1, 5):
        die(url, BETWEEN_ITEMS, "runtime.run_batches(database)")
        forget_leases(clocked)
        assert [clocked.state(key) for key in keys].count("TERMINATED") == done
    assert runtime.run_batches(clocked.database) == 0
    assert clocked.rows("SELECT state, completed FROM batch_operation") == [("COMPLETED", 4)]


def test_a_holiday_notice_whose_recount_was_killed_is_gone_on_with(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holiday_notices, "AT_ONCE", 2)
    drawn = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "work_day", number: 5}')
    world.process(d.start(), d.user("a", drawn), d.end(), flows="start>a; a>end")
    world.pin(datetime(2026, 12, 28, 1, tzinfo=UTC))
    keys = [world.start() for _ in range(5)]
    world.run(runtime.import_notice, notice(2027, OF_2027))
    die(url, BEFORE_COMMIT, "runtime.recount_deadlines(database, 2)")
    assert len({row.due for row in world.deadlines()}) == 2
    while runtime.recount_deadlines(world.database, 2):
        pass
    assert {row.due for row in world.deadlines()} == {datetime(2027, 1, 5, 1, tzinfo=UTC)}
    assert [[event.tag for event in world.events(key)].count("deadline:recount") for key in keys] == [1] * 5
