from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest
from sqlalchemy import func, select, update

from tasks.deadlines import announce, sweep
from tests.support import diagrams as d
from tests.support.notices import OF_2027, notice
from tests.tasks.conftest import BEGIN
from workflows import runtime
from workflows.runtime import Resource, holiday_notices
from workflows.store import read, transaction
from workflows.store.tables import Deadline, Escalation, Event, ProcessInstance, Timer


def levels(swept):
    return [fired.level for fired in swept.escalations]


@pytest.fixture
def show(database):
    """Shows rungs as Prefect's runs do: it records that they are announced. ``show.shown`` are those shown so far."""

    def show(some):
        for fired in some:
            assert runtime.announce_escalation(database, fired.key)
        show.shown += some
        return len(some)

    show.shown = []
    return show


def test_nothing_is_due_at_the_beginning(database, start):
    start("clocked")
    start("waiting")
    assert not sweep(database)


def test_a_rung_fires_once_when_its_time_has_come(database, start, move):
    start("clocked")
    move(6.9)
    assert not sweep(database)
    move(7)
    swept = sweep(database)
    assert [(one.stage, one.level, one.recipient) for one in swept.escalations] == [("处置", 1, "handler@fire")]
    assert not sweep(database)


def test_a_late_sweep_fires_every_rung_it_missed_in_order(database, start, move):
    start("clocked")
    move(24 * 7)
    fired = sweep(database).escalations
    assert [one.level for one in fired] == [1, 2]
    assert [one.at - BEGIN for one in fired] == [timedelta(hours=7), timedelta(hours=10)]


def test_what_was_done_in_time_does_not_escalate(database, start, move):
    instance = start("clocked")
    with read(database) as session:
        task = session.execute(select(Deadline.element_instance_key)).scalar_one()
    with transaction(database) as session:
        runtime.complete_user_task(session, task, {}, actor="p-0001")
    move(48)
    assert not sweep(database)
    with read(database) as session:
        assert session.get(ProcessInstance, instance).state == "COMPLETED"


def test_what_fired_is_shown_later_once_and_in_order(database, start, move, show):
    start("clocked")
    move(24)
    sweep(database)
    assert announce(database, show) == 2
    assert announce(database, show) == 0
    assert [one.level for one in show.shown] == [1, 2]


def test_more_than_a_batch_is_swept_in_one_go(database, start, move, show):
    for _ in range(7):
        start("clocked")
        start("waiting")
    move(24)
    swept = sweep(database, batch=3)
    assert (swept.timers, sorted(levels(swept))) == (7, [1] * 7 + [2] * 7)
    assert announce(database, show, batch=3) == 14


def test_showing_ends_when_its_time_is_over(database, start, move, show):
    for _ in range(7):
        start("clocked")
    move(8)
    sweep(database)
    assert announce(database, show, batch=3, seconds=0) == 0

    def slowly(some):
        sleep(0.3)
        return show(some)

    assert announce(database, slowly, batch=3, seconds=0.2) == 3


def test_a_timer_fires_once(database, start, move):
    instance = start("waiting")
    move(1)
    assert sweep(database).timers == 1
    assert sweep(database).timers == 0
    with read(database) as session:
        assert session.get(ProcessInstance, instance).state == "COMPLETED"


def test_one_that_cannot_be_shown_keeps_those_above_it_and_no_others(database, start, move, show):
    first, second = start("clocked"), start("clocked")
    move(24)
    sweep(database)

    def fail(some):
        if first in {one.process_instance_key for one in some}:
            raise ConnectionError("the telephone is broken")
        return show(some)

    assert announce(database, fail) == 2
    assert [(one.process_instance_key, one.level) for one in show.shown] == [(second, 1), (second, 2)]


TICK = "from tasks.cli import app; app(['tick'])"


def tick(url, tmp_path, crash_at=""):
    """`bihuan tick` in a process of its own, which may be killed at a named point."""
    environment = {**os.environ, "DATABASE_URL": url, "BIHUAN_DATA": str(tmp_path), "BIHUAN_CRASH_AT": crash_at}
    return subprocess.run(
        [sys.executable, "-c", TICK], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after_claim", "before_commit", "after_escalation"])
def test_a_killed_sweep_and_its_restart_fire_nothing_twice_and_lose_nothing(
    database, start, move, url, tmp_path, point
):
    for _ in range(3):
        start("clocked")
        start("waiting")
    move(24)
    killed = tick(url, tmp_path, point)
    assert killed.returncode == 137, killed.stderr
    with transaction(database) as session:  # a minute later: the claims of the dead are over
        for table in (Deadline, Timer, Escalation):
            session.execute(update(table).values(claimed_until=BEGIN - timedelta(days=1)))
    restarted = tick(url, tmp_path)
    assert restarted.returncode == 0, restarted.stderr
    with read(database) as session:
        fired = session.execute(select(Escalation.deadline_key, func.count()).group_by(Escalation.deadline_key)).all()
        assert [number for _, number in fired] == [2, 2, 2]
        waiting = session.scalar(select(func.count()).where(Escalation.announced.is_(None)))
        assert waiting == 6, "only Prefect's run announces"
        assert session.scalar(select(func.count()).where(Event.tag == "timer:fire")) == 3
        assert session.scalar(select(func.count()).where(Event.tag == "deadline:escalate")) == 6
        assert runtime.verify(session) == []
    said = (killed.stdout + restarted.stdout).count("督办 · ")
    assert said == (0 if point == "after_escalation" else 6), (
        "what fired before the death is on record, not on the console"
    )


def batch(database, type="CANCEL_PROCESS_INSTANCE"):
    with transaction(database) as session:
        return runtime.create_batch_operation(session, type, [], filter={"state": "ACTIVE"}, actor="supervisor")


def test_a_sweep_carries_out_batch_operations(database, start):
    for _ in range(7):
        start("waiting")
    batch(database)
    swept = sweep(database, batch=3)
    assert (swept.items, bool(swept)) == (7, True)
    with read(database) as session:
        assert session.scalars(select(ProcessInstance.state).distinct()).all() == ["TERMINATED"]
    assert not sweep(database)


def test_what_becomes_due_comes_before_the_rest_of_a_batch(database, start, move):
    for _ in range(9):
        start("working")
    batch(database)
    start("clocked")
    move(7)
    assert levels(sweep(database, batch=3, seconds=0)) == [1]
    with read(database) as session:
        states = session.scalars(select(ProcessInstance.state).order_by(ProcessInstance.key)).all()
    assert states == ["TERMINATED"] * 3 + ["ACTIVE"] * 7


def test_a_sweep_counts_the_deadlines_anew_that_a_holiday_notice_has_left(database, start, monkeypatch):
    monkeypatch.setattr(holiday_notices, "AT_ONCE", 1)
    drawn = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "work_day", number: 5}')
    process = d.bpmn(d.start(), d.user("a", drawn), d.end(), flows="start>a; a>end", process_id="dated")
    with transaction(database) as session:
        runtime.deploy(session, [Resource("dated.bpmn", process)], actor="designer")
        runtime.pin_clock(session, datetime(2026, 12, 28, 1, tzinfo=UTC), actor="designer")
    for _ in range(3):
        start("dated")
    with transaction(database) as session:
        assert not runtime.import_notice(session, notice(2027, OF_2027), actor="clerk").finished
    sweep(database)
    with read(database) as session:
        assert not runtime.calendar_status(session).recounting
        assert set(session.scalars(select(Deadline.due))) == {datetime(2027, 1, 5, 1, tzinfo=UTC)}
