"""A large batch operation has one run that goes on until it is over, whoever stops it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from tasks.flows import batching
from tasks.flows.batching import NAME, run_batch, start_if_large
from tasks.serve import deployments
from tasks.settings import Settings
from tests.support import diagrams as d
from workflows import runtime
from workflows.runtime import Resource
from workflows.store import read, transaction
from workflows.store.tables import BatchOperation, ProcessInstance

pytestmark = [pytest.mark.prefect, pytest.mark.slow]


@pytest.fixture
def lines(database):
    """A batch operation that starts so many instances."""
    with transaction(database) as session:
        diagram = d.bpmn(d.start(), d.end(), flows="start>end", process_id="line")
        runtime.deploy(session, [Resource("line.bpmn", diagram)], actor="someone")

    def lines(number):
        with transaction(database) as session:
            return runtime.create_start_batch(session, "line", [(n, {"n": n}) for n in range(number)], actor="someone")

    return lines


def started(database):
    with read(database) as session:
        return session.scalar(select(func.count()).where(ProcessInstance.process_id == "line"))


def test_each_type_has_a_name_for_people():
    assert set(batching.NAMES) == set(runtime.BATCH_OPERATIONS)


def test_a_small_one_is_the_sweeps_own_work(database, lines, runs):
    lines(batching.LARGE - 1)
    assert start_if_large(database) == 0
    assert runs(NAME) == []


def test_a_large_one_is_given_one_run_and_no_second_beside_it(database, lines, runs):
    key = lines(batching.LARGE)
    [deployed] = [one for one in deployments(Settings()) if one.name == NAME]
    deployed.apply()
    assert start_if_large(database) == 1
    assert start_if_large(database) == 0
    [run] = runs(NAME)
    assert (run.state_name, run.tags) == ("Scheduled", [f"batch:{key}"])
    assert run.parameters == {"batch": str(key), "title": f"逐条启动流程 {batching.LARGE} 项"}


def test_its_run_does_all_of_it_and_says_how_far_it_is(database, lines, runs, artifacts):
    key = lines(150)
    state = run_batch(str(key), "逐条启动流程 150 项", return_state=True)
    assert state.message == "共 150 项,办结 150,失败 0,跳过 0"
    assert started(database) == 150
    [run] = runs(NAME)
    assert run.name == "批量 · 逐条启动流程 150 项"
    assert list(artifacts(run).values()) == [100.0]


def test_its_run_ends_when_it_is_suspended_and_another_does_the_rest(database, lines, monkeypatch):
    key = lines(250)
    carry_out = runtime.run_batches

    def suspended_after_the_first_round(*args, **more):
        monkeypatch.setattr(runtime, "run_batches", carry_out)
        done = carry_out(*args, **more)
        with transaction(database) as session:
            runtime.suspend_batch_operation(session, key, actor="someone")
        return done

    monkeypatch.setattr(runtime, "run_batches", suspended_after_the_first_round)
    state = run_batch(str(key), "…", return_state=True)
    assert state.message == "共 250 项,办结 100,失败 0,跳过 0,尚余 150"
    with transaction(database) as session:
        runtime.resume_batch_operation(session, key, actor="someone")
    assert run_batch(str(key), "…", return_state=True).message.startswith("共 250 项,办结 250")
    assert started(database) == 250


def test_its_run_goes_on_when_a_sweep_is_at_the_lines_for_a_while(database, lines):
    key = lines(20)
    with transaction(database) as session:
        busy = datetime.now(UTC) + timedelta(seconds=1)
        session.execute(update(BatchOperation).where(BatchOperation.key == key).values(claimed_until=busy))
    assert run_batch(str(key), "…", return_state=True).message == "共 20 项,办结 20,失败 0,跳过 0"
