"""One real Prefect server for all of these tests, and what is seen of its runs."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowRunFilter
from prefect.testing.utilities import prefect_test_harness

from workflows.store import transaction
from workflows.store.keys import next_keys

TESTS = count(1)


@pytest.fixture(scope="session")
def prefect_server():
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(autouse=True)
def _settings(prefect_server, url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)


@pytest.fixture(autouse=True)
def _keys_of_its_own(database):
    """All tests share the server, and their clocks stand at the same moment: their keys tell what they made apart."""
    with transaction(database) as session:
        next_keys(session, next(TESTS) * 10_000)


@pytest.fixture
def runs(prefect_server):
    """The runs of a flow that this test has made, those that ended first before the others."""
    began = datetime.now(UTC)

    def runs(name, tag=None):
        wanted = {"tags": {"all_": [tag]}} if tag else {}
        with get_client(sync_client=True) as client:
            found = client.read_flow_runs(
                flow_filter=FlowFilter.model_validate({"name": {"any_": [name]}}),
                flow_run_filter=FlowRunFilter.model_validate(wanted),
            )
        made = [run for run in found if run.created >= began]
        return sorted(made, key=lambda run: (run.end_time is None, run.end_time or run.created))

    return runs


@pytest.fixture
def artifacts():
    """What the artifacts of a run hold, by key."""

    def artifacts(run):
        with get_client(sync_client=True) as client:
            of = FlowRunFilter.model_validate({"id": {"any_": [run.id]}})
            return {artifact.key: artifact.data for artifact in client.read_artifacts(flow_run_filter=of)}

    return artifacts
