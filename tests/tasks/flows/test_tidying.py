"""Runs end as what happened: workers that are killed for real, on a real Prefect server."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL
from prefect.states import Running, Scheduled
from sqlalchemy import func, select, update

from tasks.fallback import SWEEP
from tasks.flows import tidying
from tasks.flows.escalating import NAME as ESCALATING
from tasks.flows.living import IDLE, alive, here
from tasks.flows.sweeping import BEATING, NAME, sweep_deadlines
from workflows import runtime
from workflows.store import read, transaction
from workflows.store.tables import Escalation

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
A_SWEEP = "from tasks.flows.sweeping import sweep_deadlines; sweep_deadlines()"
MINUTE = timedelta(minutes=1)


def tidy(database, later=timedelta()):
    period = timedelta(seconds=20)
    tidying.tidy(database, datetime.now(UTC) + later, sweeps=NAME, period=period, beating=BEATING)


def die(url, at):
    """A sweep in a process of its own that is killed at a point."""
    environment = {**os.environ, "DATABASE_URL": url, "BIHUAN_CRASH_AT": at, "PREFECT_API_URL": PREFECT_API_URL.value()}
    killed = subprocess.run(
        [sys.executable, "-c", A_SWEEP],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert killed.returncode == 137, killed.stderr


@pytest.mark.parametrize("at", ["before_announcing", "after_announcing"])
def test_a_killed_sweep_ends_crashed_and_each_of_its_escalations_is_one_completed_run(
    database, url, start, move, runs, artifacts, at
):
    instance = start("clocked")
    move(24)
    before = {run.id for run in runs(NAME)}
    die(url, at)
    [sweep] = [run for run in runs(NAME) if run.id not in before]
    tidy(database)
    assert [run.state_name for run in runs(NAME) if run.id == sweep.id] == ["Running"], "it might be alive"
    tidy(database, MINUTE + timedelta(seconds=1))
    assert [run.state_name for run in runs(NAME) if run.id == sweep.id] == ["Crashed"]
    with transaction(database) as session:  # a minute later: the claims and the beats of the dead are over
        session.execute(update(Escalation).values(claimed_until=None))
        runtime.beat(session, here(SWEEP), by=IDLE)
    sweep_deadlines()
    shown = runs(ESCALATING, f"case:{instance}")
    assert [(run.state_name, "level:1" in run.tags, "level:2" in run.tags) for run in shown] == [
        ("Completed", True, False),
        ("Completed", False, True),
    ]
    assert [len(artifacts(run)) for run in shown] == [1, 1]
    with read(database) as session:
        assert session.scalar(select(func.count()).where(Escalation.announced.is_(None))) == 0
        assert runtime.verify(session) == []


def test_a_run_that_gives_signs_of_life_is_left_alone(database, runs):
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(sweep_deadlines, state=Running())
    with alive(database, run.id):
        tidy(database, timedelta(seconds=29))
        assert [one.state_name for one in runs(NAME) if one.id == run.id] == ["Running"]
    tidy(database, MINUTE)
    assert [one.state_name for one in runs(NAME) if one.id == run.id] == ["Crashed"]


def test_sweeps_that_found_nothing_are_cleared_away(database, runs):
    sweep_deadlines()
    empty = {run.id for run in runs(NAME) if run.state_name == tidying.NOTHING_DUE}
    assert empty
    tidy(database)
    assert empty <= {run.id for run in runs(NAME)}
    tidy(database, tidying.KEEP_EMPTY + MINUTE)
    assert not empty & {run.id for run in runs(NAME)}


def test_sweeps_that_were_missed_are_not_made_up_for(database, runs):
    now = datetime.now(UTC)
    with get_client(sync_client=True) as client:
        missed = client.create_flow_run(sweep_deadlines, state=Scheduled(scheduled_time=now - MINUTE))
        due = client.create_flow_run(sweep_deadlines, state=Scheduled(scheduled_time=now - timedelta(seconds=10)))
    tidy(database)
    left = {run.id for run in runs(NAME)}
    assert missed.id not in left
    assert due.id in left


def test_what_another_sweep_has_deleted_meanwhile_is_no_failure(database, runs, monkeypatch):
    with get_client(sync_client=True) as client:
        late = Scheduled(scheduled_time=datetime.now(UTC) - MINUTE)
        missed = client.create_flow_run(sweep_deadlines, state=late)
    read_once = tidying._runs
    monkeypatch.setattr(
        tidying, "_runs", lambda *asked: read_once(*asked) * 2
    )  # the second is gone when it is its turn
    tidy(database)
    assert missed.id not in {run.id for run in runs(NAME)}
