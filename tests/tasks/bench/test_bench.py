"""The benchmark runs and measures what it says; how fast it is, no test asks."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tasks.bench import durable, spiff
from tasks.bench.diagrams import TASKS
from tasks.cli import app, bench


def test_both_engines_go_through_the_same_lifecycle(tmp_path):
    database = durable.prepared(tmp_path / "bihuan.db")
    ours, theirs = durable.completions(database, 2), spiff.in_memory(2)
    database.engine.dispose()
    assert len(ours) == len(theirs) == 2 * len(TASKS)
    assert min(ours) > 0


def test_both_engines_go_round_the_same_loop(tmp_path):
    database = durable.prepared(tmp_path / "bihuan.db")
    assert len(durable.rounds(database, 4)) == 4
    database.engine.dispose()
    assert len(spiff.saved_rounds(tmp_path / "spiff.db", 4)) == 4


@pytest.mark.slow
def test_the_figures_are_printed_and_written_only_when_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "ROUNDS", 12)
    monkeypatch.setattr(bench, "SHOWN", (1, 5, 10))
    monkeypatch.setattr(bench, "LOOPS", 1)
    page = tmp_path / "benchmarks.md"
    printed = CliRunner().invoke(app, ["bench", "--lifecycles", "3"])
    assert printed.exit_code == 0, printed.output
    assert "lifecycles per second over HTTP" in printed.output
    assert not page.exists()
    CliRunner().invoke(app, ["bench", "--lifecycles", "3", "--write", str(page)])
    assert page.read_text("utf-8").startswith("# Benchmarks\n")
