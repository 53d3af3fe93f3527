"""Batch operations: what is being done to many instances, how far it is, and stopping it."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import Field
from sqlalchemy import Row, case, func, select
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import key, moment, no_content
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KEY, MOMENT, TEXT, KeyParameter, choice
from api.v2.searching import Listed, Listing, Query, SearchResult, Strict
from workflows import runtime
from workflows.store.tables import BatchOperation, BatchOperationItem, ProcessInstance

router = new_router("Batch operation", "/v2")
P = Permission
CLIENT = "client:"  # how the log calls those who are no person

TYPES = choice(*runtime.BATCH_OPERATIONS)
STATES = choice("CREATED", "ACTIVE", "SUSPENDED", "COMPLETED", "CANCELED", "FAILED", "PARTIALLY_COMPLETED")
ACTOR_TYPE = case((BatchOperation.actor.startswith(CLIENT, autoescape=True), "CLIENT"), else_="USER")
ACTOR_ID = func.replace(BatchOperation.actor, CLIENT, "")
# Camunda 8 has no word for what was over before its turn; the message says why.
ITEM_STATE = case((BatchOperationItem.state == "SKIPPED", "CANCELED"), else_=BatchOperationItem.state)


class BatchOperationResult(TypedDict):
    batchOperationKey: str
    batchOperationType: str
    state: str
    startDate: str | None
    endDate: str | None
    actorType: str
    actorId: str
    reason: str | None
    operationsTotalCount: int
    operationsCompletedCount: int
    operationsFailedCount: int
    operationsSkippedCount: int
    errors: list[dict[str, Any]]


class BatchOperationItemResult(TypedDict):
    batchOperationKey: str
    operationType: str
    itemKey: str
    processInstanceKey: str | None
    rootProcessInstanceKey: str | None
    state: str
    processedDate: str | None
    errorMessage: str | None


def batch_operation(row: Row[Any]) -> BatchOperationResult:
    return {
        "batchOperationKey": str(row.key),
        "batchOperationType": row.type,
        "state": row.state,
        "startDate": moment(row.started),
        "endDate": moment(row.ended),
        "actorType": row.actor_type,
        "actorId": row.actor_id,
        "reason": row.reason,
        "operationsTotalCount": row.total,
        "operationsCompletedCount": row.completed,
        "operationsFailedCount": row.failed,
        "operationsSkippedCount": row.skipped,
        "errors": [],
    }


def batch_operation_item(row: Row[Any]) -> BatchOperationItemResult:
    return {
        "batchOperationKey": str(row.batch_operation_key),
        "operationType": row.type,
        "itemKey": str(row.item_key),
        "processInstanceKey": key(row.process_instance_key),
        "rootProcessInstanceKey": key(row.root_process_instance_key),
        "state": row.state,
        "processedDate": moment(row.processed),
        "errorMessage": row.message,
    }


BATCHES = Listing(
    name="批量操作",
    statement=select(*BatchOperation.__table__.c, ACTOR_TYPE.label("actor_type"), ACTOR_ID.label("actor_id")),
    key="batchOperationKey",
    shape=batch_operation,
    fields={
        "batchOperationKey": Listed(BatchOperation.key, KEY),
        "operationType": Listed(BatchOperation.type, TYPES),
        "state": Listed(BatchOperation.state, STATES),
        "actorType": Listed(ACTOR_TYPE, choice("CLIENT", "USER")),
        "actorId": Listed(ACTOR_ID, TEXT),
        "startDate": Listed(BatchOperation.started, MOMENT),
        "endDate": Listed(BatchOperation.ended, MOMENT),
    },
)

_SHOWN = ("key", "batch_operation_key", "item_key", "process_instance_key", "message", "processed")
ITEMS = Listing(
    name="批量操作的项目",
    statement=select(
        *(getattr(BatchOperationItem, name) for name in _SHOWN),
        ITEM_STATE.label("state"),
        BatchOperation.type,
        ProcessInstance.root_process_instance_key,
    )
    .join(BatchOperation, BatchOperation.key == BatchOperationItem.batch_operation_key)
    .outerjoin(ProcessInstance, ProcessInstance.key == BatchOperationItem.process_instance_key),
    key="itemKey",
    shape=batch_operation_item,
    fields={
        "batchOperationKey": Listed(BatchOperationItem.batch_operation_key, KEY),
        "itemKey": Listed(BatchOperationItem.item_key, KEY),
        "processInstanceKey": Listed(BatchOperationItem.process_instance_key, KEY),
        "state": Listed(ITEM_STATE, choice("ACTIVE", "COMPLETED", "FAILED", "CANCELED")),
        "operationType": Listed(BatchOperation.type, TYPES),
        "processedDate": Listed(BatchOperationItem.processed, MOMENT),
    },
)


class Steering(Strict):
    operationReference: int | None = Field(default=None, examples=[1], description="Of the client; not kept.")


@router.post(
    "/batch-operations/search",
    dependencies=[needs(P.BATCH_READ)],
    response_model=SearchResult[BatchOperationResult],
    openapi_extra=BATCHES.documented,
)
def search_batch_operations(session: ReadSession, query: Query) -> Response:
    """Find batch operations, for example those that run."""
    return BATCHES.search(session, query)


@router.post(
    "/batch-operation-items/search",
    dependencies=[needs(P.BATCH_READ)],
    response_model=SearchResult[BatchOperationItemResult],
    openapi_extra=ITEMS.documented,
)
def search_batch_operation_items(session: ReadSession, query: Query) -> Response:
    """Find items of batch operations, for example those that failed, each with its reason."""
    return ITEMS.search(session, query)


@router.get(
    "/batch-operations/{batchOperationKey}",
    dependencies=[needs(P.BATCH_READ)],
    response_model=BatchOperationResult,
)
def get_batch_operation(session: ReadSession, batchOperationKey: KeyParameter) -> Response:
    """One batch operation and how far it is."""
    return BATCHES.get(session, batchOperationKey)


@router.post("/batch-operations/{batchOperationKey}/suspension", dependencies=[needs(P.BATCH_UPDATE)], status_code=204)
def suspend_batch_operation(
    session: WriteSession, actor: Actor, batchOperationKey: KeyParameter, _body: Steering | None = None
) -> Response:
    """Begin nothing more until it is resumed."""
    runtime.suspend_batch_operation(session, batchOperationKey, actor=actor)
    return no_content()


@router.post("/batch-operations/{batchOperationKey}/resumption", dependencies=[needs(P.BATCH_UPDATE)], status_code=204)
def resume_batch_operation(
    session: WriteSession, actor: Actor, batchOperationKey: KeyParameter, _body: Steering | None = None
) -> Response:
    """Go on with a suspended batch operation."""
    runtime.resume_batch_operation(session, batchOperationKey, actor=actor)
    return no_content()


@router.post(
    "/batch-operations/{batchOperationKey}/cancellation", dependencies=[needs(P.BATCH_UPDATE)], status_code=204
)
def cancel_batch_operation(
    session: WriteSession, actor: Actor, batchOperationKey: KeyParameter, _body: Steering | None = None
) -> Response:
    """Leave what is not done yet. What is done stays done."""
    runtime.cancel_batch_operation(session, batchOperationKey, actor=actor)
    return no_content()
