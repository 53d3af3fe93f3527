"""The clocks that are measured are real ones; how fast they are, no test asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from tasks.bench import clocked, copies, deadlines
from tasks.cli import app
from tests.support.databases import KINDS, database_url
from workflows import runtime
from workflows.store import read
from workflows.store.queries.lights import count_lights
from workflows.store.tables import Deadline, Escalation

PACKS = Path(__file__).parents[3] / "bpmn"


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with database_url(request.param, tmp_path) as url:
        database = clocked.prepared(url, PACKS)
        yield database
        with read(database) as session:
            assert runtime.verify(session) == []
        database.engine.dispose()


def test_copies_are_as_whole_as_what_they_are_copies_of(database):
    first, second = (clocked.start(database, holder, 5, 0, 2) for holder in clocked.HOLDERS[:2])
    made = copies.copy_instances(database, [first, second], 3)
    assert len(set(made) | {first, second}) == 8
    assert copies.open_clocks(database) == 8 * 3
    with read(database) as session:
        counted = session.execute(select(Deadline.holder, func.count()).group_by(Deadline.holder)).all()
    assert sorted(counted) == sorted((holder, 4 * 3) for holder in clocked.HOLDERS[:2])
    another = clocked.start(database, clocked.HOLDERS[0], 5, 0)
    assert another > max(made), "keys go on after those of the copies"


def test_a_storm_fires_one_rung_of_each_clock(database):
    due = clocked.open_due(database, 30)
    storm = deadlines.fire(database)
    assert storm.rungs == due > 0
    with read(database) as session:
        told = session.scalars(select(Escalation.recipient).distinct()).all()
    assert {group.partition("@")[0] for group in told} == {"grid-lead"}
    assert deadlines.looks(database, 2)


def test_far_clocks_burn_in_all_lights_and_none_is_due_until_it_is_armed(database, monkeypatch):
    monkeypatch.setattr(clocked, "HOLDERS", clocked.HOLDERS[:1])
    clocked.open_far(database, 500)
    with read(database) as session:
        total = count_lights(session, runtime.now(session)).total
    assert total.open >= 500
    assert min(total.green, total.yellow, total.red, total.purple) > 0
    assert len(deadlines.looks(database, 2)) == 2
    late = deadlines.lateness(database, 1, 5, every=0.2)
    assert len(late) == 5
    assert min(late) >= 0


@pytest.mark.slow
def test_deadlines_are_measured_by_a_command_of_their_own(tmp_path):
    page = tmp_path / "deadlines.md"
    few = ["--open", "100", "--due", "10", "--seconds", "1", "--write", str(page)]
    printed = CliRunner().invoke(app, ["bench", "deadlines", *few])
    assert printed.exit_code == 0, printed.output
    assert "a look at which nothing is due" in printed.output
    assert page.read_text("utf-8").startswith("# Deadlines\n")


@pytest.mark.prefect
@pytest.mark.slow
def test_with_prefect_what_a_run_costs_is_measured_too(tmp_path, monkeypatch):
    monkeypatch.setattr(clocked, "HOLDERS", clocked.HOLDERS[:2])
    few = ["--open", "100", "--due", "10", "--seconds", "1", "--prefect", "--shown", "4", "--scheduled", "2"]
    printed = CliRunner().invoke(app, ["bench", "deadlines", *few])
    assert printed.exit_code == 0, printed.output
    assert "of them shown as runs, finished | 4 in" in printed.output
    assert "of them finished | 2 in" in printed.output
    assert "due → shown as a run, s | p50 " in printed.output
