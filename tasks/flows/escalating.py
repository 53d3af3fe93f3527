"""`escalate-case`: one run for each rung that fired, with its facts. It comes into being completed, and once."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from prefect import Task
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate, FlowRunCreate
from prefect.client.schemas.filters import FlowRunFilter
from prefect.runtime import flow_run
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
    """Shows rungs that fired as runs under the one it is made in; several threads may call it.

    The rung has fired in the database before, so its run only tells: it needs no process and has no beginning. Whoever
    is killed between the run and our record of it leaves the rung to another, who finds the run by its escalation.
    """

    def __init__(self, database: Database, client: SyncPrefectClient) -> None:
        self._database = database
        self._client = client
        self._run = flow_run.id

    def __call__(self, fired: FiredEscalation) -> None:
        """Show one, with its facts as an artifact, and record that it is shown."""
        message = describe(self._database, fired)
        run, new = self._shown(message, f"{NAME}:{fired.key}:{fired.fired.isoformat()}")
        if new or not self._client.read_artifacts(flow_run_filter=_only(run)):
            told, heading = message.markdown(), message.heading
            facts = ArtifactCreate(type="markdown", data=told, description=heading, flow_run_id=run)
            self._client.create_artifact(facts)
        runtime.announce_escalation(self._database, fired.key)

    @cached_property
    def _flow(self) -> UUID:
        return self._client.create_flow_from_name(NAME)

    @cached_property
    def _place(self) -> UUID | None:
        """What these runs hang on in the one that shows them: Prefect knows runs under runs by a task between them."""
        if self._run is None:
            return None
        between = Task(name="公布督办", fn=lambda: None)
        return self._client.create_task_run(between, UUID(self._run), dynamic_key=NAME, state=Completed()).id

    def _shown(self, message: Message, once: str) -> tuple[UUID, bool]:
        wanted = FlowRunCreate(
            flow_id=self._flow,
            name=message.name,
            parameters={"escalation": str(message.key)},
            tags=message.tags,
            parent_task_run_id=self._place,
            state=to_state_create(Completed(message=message.label)),
            idempotency_key=once,
        )
        answer = self._client.request("POST", "/flow_runs/", json=wanted.model_dump(mode="json", exclude_unset=True))
        return UUID(answer.json()["id"]), answer.status_code == CREATED


@contextmanager
def shown_as_runs(database: Database) -> Iterator[Showing]:
    """What shows a rung as a run, for as long as a client is open."""
    with get_client(sync_client=True) as client:
        yield Showing(database, client)


def _only(run: UUID) -> FlowRunFilter:
    return FlowRunFilter.model_validate({"id": {"any_": [run]}})
