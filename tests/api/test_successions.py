"""Reorganised units over HTTP: what is ahead, and handing over by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import Server, serve
from tests.support.city import settle
from tests.support.databases import KINDS
from tests.support.world import LADDER, World
from tests.workflows.governance.test_successions import reorganised
from tests.workflows.runtime.test_reorganising import AFTER, BEFORE, HANDLING
from workflows import runtime
from workflows.governance import organisation
from workflows.runtime import Resource
from workflows.store import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx


@pytest.fixture(params=KINDS)
def city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with serve(tmp_path, request.param) as server:
        world = World(server.database)
        with transaction(world.database) as session:
            settle(session)
            organisation.load(session, reorganised(("fire", "housing", "2026-04-01")))
        world.deploy(HANDLING, Resource("ladder.dmn", LADDER))
        world.pin(BEFORE)
        world.start("handling", who="handler@fire", back=False)
        yield server


@pytest.fixture
def supervisor(city: Server) -> Iterator[httpx.Client]:
    with city.client("supervisor") as client:
        yield client


def test_what_is_ahead_is_seen_and_not_done_before_its_day(supervisor: httpx.Client) -> None:
    [one] = supervisor.get("/organisation/successions").json()["items"]
    assert (one["unit"], one["successorName"], one["date"], one["state"]) == (
        "fire",
        "住建（示例部门）",
        "2026-04-01",
        "pending",
    )
    early = supervisor.post("/organisation/successions/fire/execution", json={})
    assert (early.status_code, early.json()["code"]) == (409, "SUCCESSION_NOT_DUE")
    none = supervisor.post("/organisation/successions/housing/execution", json={})
    assert (none.status_code, none.json()["code"]) == (404, "NO_SUCCESSION")


def test_it_is_handed_over_by_hand_as_a_batch_operation(city: Server, supervisor: httpx.Client) -> None:
    World(city.database).pin(AFTER)
    begun = supervisor.post("/organisation/successions/fire/execution", json={"reason": "提前办理移交"})
    assert begun.status_code == 202, begun.text
    key = begun.json()["batchOperationKey"]
    runtime.run_batches(city.database)
    batch = supervisor.get(f"/v2/batch-operations/{key}").json()
    assert (batch["batchOperationType"], batch["state"], batch["reason"]) == (
        "HAND_OVER_PROCESS_INSTANCE",
        "COMPLETED",
        "提前办理移交",
    )
    [one] = supervisor.get("/organisation/successions").json()["items"]
    assert (one["state"], one["batchOperationKey"], one["instances"], one["handedOver"]) == ("done", key, 1, 1)
    found = supervisor.post("/v2/user-tasks/search", json={"filter": {"candidateGroup": "handler@housing"}}).json()
    assert [task["elementId"] for task in found["items"]] == ["handle"]


def test_one_that_was_stopped_says_so(city: Server, supervisor: httpx.Client) -> None:
    World(city.database).pin(AFTER)
    key = supervisor.post("/organisation/successions/fire/execution", json={}).json()["batchOperationKey"]
    assert supervisor.post(f"/v2/batch-operations/{key}/cancellation").status_code == 204
    [one] = supervisor.get("/organisation/successions").json()["items"]
    assert (one["state"], one["handedOver"]) == ("stopped", 0)
