"""The benchmark runs and measures what it says; how fast it is, no test asks."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tasks.bench import decisions, durable, engine, spiff
from tasks.bench.diagrams import TASKS
from tasks.cli import app, bench, bench_engine, bench_joint
from workflows.feel import parse_expression


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


def test_both_engines_decide_alike_whichever_way_the_cells_are_written():
    cases = decisions.cases(40)
    (_, plain), (_, shared) = (decisions.ours(decisions.table(ranges=ranges), cases) for ranges in (True, False))
    assert plain == shared == decisions.theirs(decisions.table(ranges=False), cases)[1]
    assert len(set(plain)) > 3


def test_every_condition_has_a_value():
    for text, scopes in decisions.CONDITIONS.items():
        for scope in scopes:
            result = parse_expression(text).evaluate(scope)
            assert (result.value is None, result.warnings) == (False, ()), (text, scope)


def test_without_feelin_there_is_no_figure_for_it(tmp_path, monkeypatch):
    monkeypatch.delenv("NODE_PATH", raising=False)
    assert decisions.feelin(1, tmp_path) is None


def test_decisions_are_measured_by_a_command_of_their_own(tmp_path):
    page = tmp_path / "decisions.md"
    printed = CliRunner().invoke(app, ["bench", "decisions", "--rounds", "1", "--write", str(page)])
    assert printed.exit_code == 0, printed.output
    assert "SpiffWorkflow 3.2.0" in printed.output
    assert "lifecycles" not in printed.output
    assert page.read_text("utf-8").startswith("# Decisions\n")


def test_both_engines_do_the_same_items_and_chains(tmp_path):
    assert engine.items_each(3) > 0
    assert engine.chain_of(3) > 0
    assert spiff.items_each(3) > 0
    assert spiff.chain_of(3) > 0
    assert spiff.chain_of(1_000) is None, "it cannot be read"
    assert len(engine.rounds(4)) == 4


def test_the_engine_is_measured_by_a_command_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_engine, "ROUNDS", (1, 12))
    monkeypatch.setattr(bench_engine, "ITEMS", (3,))
    monkeypatch.setattr(bench_engine, "NODES", (3,))
    page = tmp_path / "engine.md"
    printed = CliRunner().invoke(app, ["bench", "engine", "--write", str(page)])
    assert printed.exit_code == 0, printed.output
    assert "chain of 3 tasks" in printed.output
    assert page.read_text("utf-8").startswith("# The engine\n")


@pytest.mark.slow
def test_joint_operations_are_measured_by_a_command_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_joint, "DEPARTMENTS", (2, 6))
    page = tmp_path / "joint.md"
    printed = CliRunner().invoke(app, ["bench", "joint", "--open", "60", "--write", str(page)])
    assert printed.exit_code == 0, printed.output
    assert "| commands | 15 | 27 |" in printed.output
    assert "handing over" in printed.output
    assert page.read_text("utf-8").startswith("# Joint operations\n")


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
