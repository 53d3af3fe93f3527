"""The Prefect side, on a real Prefect server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowRunFilter
from prefect.states import Running
from prefect.testing.utilities import prefect_test_harness

from tasks import serve

pytestmark = [pytest.mark.prefect, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def _prefect():
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(autouse=True)
def _settings(database, url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)


def runs(name):
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(flow_filter=FlowFilter.model_validate({"name": {"any_": [name]}}))


def test_each_escalation_is_a_named_and_tagged_run_with_its_facts(start, move):
    instance = start("clocked")
    move(24)
    state = serve.sweep_deadlines(return_state=True)
    assert state.message == "传达信号 0 个,触发定时器 0 个,督办 2 次,公布 2 次,批量办理 0 项"
    found = {run.name: run for run in runs("escalate-case") if str(instance) in run.name}
    assert set(found) == {
        f"督办 · 案件 {instance} · 处置 · 第1级",
        f"督办 · 案件 {instance} · 处置 · 第2级",
    }
    second = found[f"督办 · 案件 {instance} · 处置 · 第2级"]
    assert set(second.tags) == {f"case:{instance}", "stage:处置", "level:2", "recipient:handler@fire"}
    assert second.state.is_completed()
    with get_client(sync_client=True) as client:
        artifacts = client.read_artifacts(flow_run_filter=FlowRunFilter.model_validate({"id": {"any_": [second.id]}}))
    assert "| 办理时限 | 2026-03-02 19:00 |" in artifacts[0].data


def test_a_sweep_that_finds_nothing_says_so(start):
    start("clocked")
    state = serve.sweep_deadlines(return_state=True)
    assert (state.name, state.is_completed()) == (serve.NOTHING_DUE, True)


def test_sweeps_that_found_nothing_are_cleared_away():
    serve.sweep_deadlines()
    empty = [run for run in runs(serve.NAME) if run.state_name == serve.NOTHING_DUE]
    assert empty
    serve._tidy(datetime.now(UTC) + serve.KEEP_EMPTY + timedelta(minutes=1))
    left = {run.id for run in runs(serve.NAME)}
    assert not left & {run.id for run in empty}


def test_a_run_whose_worker_was_killed_does_not_look_alive_for_ever():
    with get_client(sync_client=True) as client:
        lost = client.create_flow_run(serve.sweep_deadlines, state=Running())
    serve._tidy(datetime.now(UTC))
    assert [run.state_name for run in runs(serve.NAME) if run.id == lost.id] == ["Running"]
    serve._tidy(datetime.now(UTC) + timedelta(seconds=3 * serve.LONGEST_SECONDS))
    assert [run.state_name for run in runs(serve.NAME) if run.id == lost.id] == ["Crashed"]
