"""Batch operations on process instances: one command for all that a filter finds."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import Field
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import Reply
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.migration import MigrationPlan, Reason
from api.v2.process_instances import INSTANCES
from api.v2.searching import Strict, check_filter
from workflows import runtime

router = new_router("Process instance", "/v2")
P = Permission


class Selection(Strict):
    """What it is done to: those of the instances that it can be done to when the request comes."""

    filter: dict[str, Any] = Field(
        min_length=1, examples=[{"processDefinitionId": "case-handling", "state": "ACTIVE"}],
        description="As of the search of process instances; not empty.",
    )  # fmt: skip
    reason: str | None = Reason
    operationReference: int | None = Field(default=None, examples=[1], description="Of the client; not kept.")


class MigrationSelection(Selection):
    migrationPlan: MigrationPlan


class Move(Strict):
    sourceElementId: str = Field(min_length=1, examples=["handle"])
    targetElementId: str = Field(min_length=1, examples=["dispatch"])


class ModificationSelection(Selection):
    moveInstructions: list[Move] = Field(min_length=1, max_length=100)


class BatchOperationCreated(TypedDict):
    batchOperationKey: str
    batchOperationType: str


def _asked(body: Selection, actor: str) -> dict[str, Any]:
    check_filter(body.filter)
    conditions = INSTANCES.conditions(body.filter, "/filter")
    return {"conditions": conditions, "filter": body.filter, "reason": body.reason, "actor": actor}


def _created(key: int, type: str) -> Response:
    result: BatchOperationCreated = {"batchOperationKey": str(key), "batchOperationType": type}
    return Reply(result)


@router.post(
    "/process-instances/cancellation",
    dependencies=[needs(P.BATCH_CREATE), needs(P.INSTANCE_CANCEL)],
    response_model=BatchOperationCreated,
)
def cancel_process_instances_batch_operation(session: WriteSession, actor: Actor, body: Selection) -> Response:
    """Cancel every open instance that the filter finds and nobody called, one by one."""
    kind = "CANCEL_PROCESS_INSTANCE"
    return _created(runtime.create_batch_operation(session, kind, **_asked(body, actor)), kind)


@router.post(
    "/process-instances/incident-resolution",
    dependencies=[needs(P.BATCH_CREATE), needs(P.INCIDENT_RESOLVE)],
    response_model=BatchOperationCreated,
)
def resolve_incidents_batch_operation(session: WriteSession, actor: Actor, body: Selection) -> Response:
    """Resolve every open incident of the instances that the filter finds; a job without retries gets one."""
    kind = "RESOLVE_INCIDENT"
    return _created(runtime.create_batch_operation(session, kind, **_asked(body, actor)), kind)


@router.post(
    "/process-instances/migration",
    dependencies=[needs(P.BATCH_CREATE), needs(P.INSTANCE_MIGRATE)],
    response_model=BatchOperationCreated,
)
def migrate_process_instances_batch_operation(
    session: WriteSession, actor: Actor, body: MigrationSelection
) -> Response:
    """Migrate every active instance that the filter finds. One that cannot be migrated stays as it is."""
    plan = body.migrationPlan
    asked = _asked(body, actor)
    key = runtime.create_migration_batch(session, plan.targetProcessDefinitionKey, plan.pairs, **asked)
    return _created(key, "MIGRATE_PROCESS_INSTANCE")


@router.post(
    "/process-instances/modification",
    dependencies=[needs(P.BATCH_CREATE), needs(P.INSTANCE_MODIFY)],
    response_model=BatchOperationCreated,
)
def modify_process_instances_batch_operation(
    session: WriteSession, actor: Actor, body: ModificationSelection
) -> Response:
    """Move elements in every active instance that the filter finds. One where that cannot be done stays as it is."""
    kind = "MODIFY_PROCESS_INSTANCE"
    moves = [[move.sourceElementId, move.targetElementId] for move in body.moveInstructions]
    asked = _asked(body, actor)
    return _created(runtime.create_batch_operation(session, kind, details={"moves": moves}, **asked), kind)


@router.post(
    "/process-instances/suspension",
    dependencies=[needs(P.BATCH_CREATE), needs(P.INSTANCE_UPDATE)],
    response_model=BatchOperationCreated,
)
def suspend_process_instances_batch_operation(session: WriteSession, actor: Actor, body: Selection) -> Response:
    """Suspend every active instance that the filter finds and nobody called, with those it called."""
    kind = "SUSPEND_PROCESS_INSTANCE"
    return _created(runtime.create_batch_operation(session, kind, **_asked(body, actor)), kind)


@router.post(
    "/process-instances/resumption",
    dependencies=[needs(P.BATCH_CREATE), needs(P.INSTANCE_UPDATE)],
    response_model=BatchOperationCreated,
)
def resume_process_instances_batch_operation(session: WriteSession, actor: Actor, body: Selection) -> Response:
    """Resume every suspended instance that the filter finds and nobody called, with those it called."""
    kind = "RESUME_PROCESS_INSTANCE"
    return _created(runtime.create_batch_operation(session, kind, **_asked(body, actor)), kind)
