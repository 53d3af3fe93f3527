from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from tasks.fallback import FALLBACK, SWEEP, Fallback
from workflows import runtime
from workflows.runtime.demo import DONE, say_percent
from workflows.store import read, transaction
from workflows.store.tables import Beat, Escalation

PERIOD = timedelta(seconds=20)


@pytest.fixture
def said():
    return []


@pytest.fixture
def fallback(database, said):
    """One that has watched for an hour."""
    fallback = Fallback(database, PERIOD, said.append)
    fallback._since -= timedelta(hours=1)
    return fallback


@pytest.fixture
def prefect_beat(database):
    def prefect_beat(ago=timedelta()):
        with transaction(database) as session:
            runtime.beat(session, SWEEP, by="prefect")
            session.execute(update(Beat).where(Beat.name == SWEEP).values(at=datetime.now(UTC) - ago))

    return prefect_beat


def fired(database):
    with read(database) as session:
        return session.execute(select(Escalation.level, Escalation.announced).order_by(Escalation.key)).all()


def test_as_long_as_prefect_beats_nothing_is_done(database, start, move, fallback, prefect_beat):
    start("clocked")
    move(8)
    prefect_beat(ago=1.9 * PERIOD)
    assert not fallback.look()
    assert fired(database) == []


def test_after_two_missed_beats_what_is_due_fires_and_stays_to_be_announced(
    database, start, move, fallback, prefect_beat, said
):
    start("clocked")
    move(8)
    prefect_beat(ago=2.1 * PERIOD)
    assert fallback.look()
    assert fired(database) == [(1, None)]
    assert "没有 Prefect 的巡检" in said[0]
    assert "第1级 · 迟 1 小时 → handler@fire" in said[1]
    with read(database) as session:
        assert FALLBACK in runtime.last_beats(session, [FALLBACK])


def test_where_prefect_never_was_the_clock_runs_nevertheless(database, start, move, fallback):
    start("clocked")
    move(8)
    assert fallback.look()
    assert fired(database) == [(1, None)]


def test_it_gives_prefect_time_to_start(database, said, prefect_beat):
    prefect_beat(ago=timedelta(days=3))
    assert not Fallback(database, PERIOD, said.append).look()


def test_it_stops_when_prefect_is_back_and_says_each_change_once(database, start, move, fallback, prefect_beat, said):
    fallback.look()
    fallback.look()
    prefect_beat()
    start("clocked")
    move(8)
    assert not fallback.look()
    assert not fallback.look()
    assert fired(database) == []
    assert [("恢复" in line) for line in said] == [False, True]


def test_a_beat_from_before_the_clock_was_set_back_is_no_sign_of_life(
    database, start, move, fallback, prefect_beat, said
):
    start("clocked")
    move(8)
    prefect_beat(ago=-timedelta(days=1))
    fallback._since += timedelta(days=1)
    assert not fallback.look(), "it is given its time anew"
    fallback._since -= 2.1 * PERIOD
    assert fallback.look()
    assert fired(database) == [(1, None)]
    prefect_beat()
    assert not fallback.look()


def test_a_machine_whose_clock_is_a_little_ahead_is_heard(database, fallback, prefect_beat):
    prefect_beat(ago=-0.5 * PERIOD)
    assert not fallback.look()


@pytest.mark.slow
def test_the_loop_of_the_command_line_fires_what_is_due_and_ends_when_asked(database, start, move, url, tmp_path):
    start("clocked")
    move(8)
    environment = {**os.environ, "DATABASE_URL": url, "BIHUAN_DATA": str(tmp_path), "BIHUAN_SWEEP_SECONDS": "5"}
    loop = "import tasks.fallback as f; f.LOOK_SECONDS = 0.2; f.MISSED = 0.2; from tasks.cli import app; app(['tick', '--loop'])"
    process = subprocess.Popen([sys.executable, "-c", loop], env=environment, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not fired(database):
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "第1级 · 迟 1 小时 → handler@fire" in said


def test_while_a_sample_month_is_made_its_clocks_are_left_alone(database, start, move, fallback, prefect_beat):
    start("clocked")
    move(8)
    prefect_beat(ago=3 * PERIOD)
    with transaction(database) as session:
        say_percent(session, 40)
    assert not fallback.look()
    assert fired(database) == []
    with transaction(database) as session:
        say_percent(session, DONE)
    assert fallback.look()
    assert [level for level, _ in fired(database)] == [1]
