"""`escalate-case`: one run for each rung that fired, with its facts. It comes into being completed, and once."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Semaphore
from typing import TYPE_CHECKING, Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentFlowRunCreate
from prefect.client.schemas.filters import FlowRunFilter
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Failed, to_state_create

from tasks.escalations import describe
from tasks.settings import Settings
from workflows import runtime
from workflows.store import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import State

    from tasks.escalations import Message
    from workflows.runtime import FiredEscalation
    from workflows.store import Database

NAME = "escalate-case"
DIGITS = 19  # of a key, at most


@flow(
    name=NAME,
    flow_run_name="督办 {escalation} · 现状",
    description="每一级督办公布为一次运行;再运行一次,看它现在的情况。",
)
def escalate_case(escalation: str) -> State[None]:
    """Show a rung that has fired as it stands now; ``escalation`` is its key, as the run that told of it has it."""
    database = connect(Settings().database_url)
    try:
        keys = [int(escalation)] if escalation.isdecimal() and len(escalation) <= DIGITS else []
        found = runtime.find_escalations(database, keys)
        if not found:
            return Failed(message="没有这一级督办")
        message = describe(database, found[0])
        create_markdown_artifact(message.markdown(), description=message.heading)
        return Completed(message=message.heading)
    finally:
        database.engine.dispose()


class Showing:
    """Shows rungs that fired as runs, several in one request; threads may call it, ``requests`` of which are at the
    server at once.

    On SQLite Prefect's server refuses one of two requests that meet, and each refusal costs its client seconds: there
    one is as many as there should be, and a further thread reads and records meanwhile.

    The rungs have fired in the database before, so a run only tells: it needs no process and has no beginning. Whoever
    is killed between the runs and our record of them leaves the rungs to another, who finds the runs by escalation.
    """

    def __init__(self, database: Database, client: SyncPrefectClient, requests: int = 1) -> None:
        self._database = database
        self._client = client
        self._runs = f"/deployments/{_deployment(client)}/create_flow_run/bulk"
        self._server = Semaphore(requests)

    def __call__(self, fired: Sequence[FiredEscalation]) -> int:
        """Show them, each with its facts as an artifact, and record that they are shown; how many."""
        messages = [describe(self._database, one) for one in fired]
        wanted = [_wanted(message, one) for message, one in zip(messages, fired, strict=True)]
        told = [_artifact(message) for message in messages]
        with self._server:
            runs = self._create(wanted)
            with_facts = self._with_facts(runs)
            for run, facts in zip(runs, told, strict=True):
                if run not in with_facts:
                    self._client.request("POST", "/artifacts/", json={**facts, "flow_run_id": run})
        for one, run in zip(fired, runs, strict=True):
            runtime.announce_escalation(self._database, one.key, run=run)
        return len(runs)

    def _create(self, wanted: list[dict[str, Any]]) -> list[str]:
        """The runs, made now or before. RuntimeError when one of them is refused."""
        request: Any = self._client.request  # whose type does not know this address yet
        results = request("POST", self._runs, json=wanted).json()["results"]
        if refused := [result["error"] for result in results if not result["flow_run_id"]]:
            raise RuntimeError(f"Prefect refused {len(refused)} of {len(wanted)} runs, the first: {refused[0]}")
        return [result["flow_run_id"] for result in results]

    def _with_facts(self, runs: list[str]) -> set[str]:
        """Those of the runs that had been made before, by one who died, and have their artifact."""
        of = FlowRunFilter.model_validate({"id": {"any_": runs}})
        return {str(artifact.flow_run_id) for artifact in self._client.read_artifacts(flow_run_filter=of)}


def _wanted(message: Message, fired: FiredEscalation) -> dict[str, Any]:
    return DeploymentFlowRunCreate(
        name=message.name,
        parameters={"escalation": str(message.key)},
        tags=message.tags,
        state=to_state_create(Completed(message=message.label)),
        idempotency_key=f"{NAME}:{fired.key}:{fired.fired.isoformat()}",
    ).model_dump(mode="json", exclude_unset=True)


def _artifact(message: Message) -> dict[str, str]:
    return {"type": "markdown", "data": message.markdown(), "description": message.heading}


def _deployment(client: SyncPrefectClient) -> UUID:
    """The deployment that the runs belong to; made without anything to run it where nobody serves it yet."""
    try:
        return client.read_deployment_by_name(f"{NAME}/{NAME}").id
    except ObjectNotFound:
        return client.create_deployment(client.create_flow_from_name(NAME), NAME)


@contextmanager
def shown_as_runs(database: Database, requests: int = 1) -> Iterator[Showing]:
    """What shows rungs as runs, for as long as a client is open."""
    with get_client(sync_client=True) as client:
        yield Showing(database, client, requests)
