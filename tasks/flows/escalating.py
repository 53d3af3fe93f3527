"""`escalate-case`: one run for each rung that fired, with its facts. It comes into being completed, and once."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Semaphore
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import FlowRunCreate
from prefect.client.schemas.filters import FlowRunFilter
from prefect.states import Completed, to_state_create

from tasks.escalations import describe
from workflows import runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prefect.client.orchestration import SyncPrefectClient

    from tasks.escalations import Message
    from workflows.runtime import FiredEscalation
    from workflows.store import Database

NAME = "escalate-case"
CREATED = 201  # HTTP: 200 where the run was there before


class Showing:
    """Shows rungs that fired as runs; several threads may call it, of which ``requests`` are at the server at once.

    On SQLite Prefect's server refuses one of two requests that meet, and each refusal costs its client seconds: there
    one is as many as there should be, and a further thread reads and records meanwhile.

    The rung has fired in the database before, so its run only tells: it needs no process and has no beginning. Whoever
    is killed between the run and our record of it leaves the rung to another, who finds the run by its escalation.
    """

    def __init__(self, database: Database, client: SyncPrefectClient, requests: int = 1) -> None:
        self._database = database
        self._client = client
        self._flow = client.create_flow_from_name(NAME)
        self._server = Semaphore(requests)

    def __call__(self, fired: FiredEscalation) -> None:
        """Show one, with its facts as an artifact, and record that it is shown."""
        message = describe(self._database, fired)
        wanted = self._wanted(message, f"{NAME}:{fired.key}:{fired.fired.isoformat()}")
        told = {"type": "markdown", "data": message.markdown(), "description": message.heading}
        with self._server:
            run = self._show(wanted, told)
        runtime.announce_escalation(self._database, fired.key, run=run)

    def _wanted(self, message: Message, once: str) -> dict[str, Any]:
        return FlowRunCreate(
            flow_id=self._flow,
            name=message.name,
            parameters={"escalation": str(message.key)},
            tags=message.tags,
            state=to_state_create(Completed(message=message.label)),
            idempotency_key=once,
        ).model_dump(mode="json", exclude_unset=True)

    def _show(self, wanted: dict[str, Any], told: dict[str, str]) -> str:
        answer = self._client.request("POST", "/flow_runs/", json=wanted)
        run: str = answer.json()["id"]
        if answer.status_code == CREATED or not self._client.read_artifacts(flow_run_filter=_only(UUID(run))):
            self._client.request("POST", "/artifacts/", json={**told, "flow_run_id": run})
        return run


@contextmanager
def shown_as_runs(database: Database, requests: int = 1) -> Iterator[Showing]:
    """What shows a rung as a run, for as long as a client is open."""
    with get_client(sync_client=True) as client:
        yield Showing(database, client, requests)


def _only(run: UUID) -> FlowRunFilter:
    return FlowRunFilter.model_validate({"id": {"any_": [run]}})
