"""Units that are reorganised: when, by whom they are succeeded, and how far their work is handed over."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response
from pydantic import Field
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import Reply, key
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.searching import Strict
from workflows import runtime

router = new_router("Organisation", "/organisation")
MAX_REASON = 2_000
UnitParameter = Annotated[str, Path(max_length=100, examples=["fire"])]


class SuccessionResult(TypedDict):
    unit: str
    unitName: str
    successor: str
    successorName: str
    date: Annotated[str, Field(description="The first day of the successor.")]
    document: str
    state: Annotated[
        runtime.SuccessionState,
        Field(description="``due``: its day has come, nothing is moved yet; ``stopped``: somebody cancelled the rest."),
    ]
    batchOperationKey: Annotated[str | None, Field(description="The batch operation that hands over.")]
    instances: Annotated[int, Field(description="Process instances that had something open of the unit.")]
    handedOver: int
    failed: int


class SuccessionList(TypedDict):
    items: list[SuccessionResult]


class HandOver(Strict):
    """Why it is done by hand; on record."""

    reason: str | None = Field(None, min_length=1, max_length=MAX_REASON, examples=["提前办理移交"])


class HandOverReply(TypedDict):
    batchOperationKey: str


@router.get("/successions", dependencies=[needs(Permission.ORGANISATION_READ)], response_model=SuccessionList)
def list_successions(session: ReadSession) -> Response:
    """Units that are succeeded by others, by their day, and how far their open work is handed over."""
    return Reply({"items": [_shown(one) for one in runtime.list_successions(session)]})


@router.post(
    "/successions/{unit}/execution",
    status_code=202,
    dependencies=[needs(Permission.ORGANISATION_UPDATE)],
    response_model=HandOverReply,
)
def hand_over_unit(session: WriteSession, actor: Actor, unit: UnitParameter, body: HandOver) -> Response:
    """Hand over what is open of a unit, or what is left of it. 409 before its day. The sweep does it by itself."""
    started = runtime.reorganise(session, unit, reason=body.reason, actor=actor)
    return Reply({"batchOperationKey": key(started)}, status_code=202)


def _shown(one: runtime.Reorganised) -> SuccessionResult:
    return {
        "unit": one.unit,
        "unitName": one.unit_name,
        "successor": one.successor,
        "successorName": one.successor_name,
        "date": one.day.isoformat(),
        "document": one.document,
        "state": one.state,
        "batchOperationKey": key(one.batch_operation_key),
        "instances": one.total,
        "handedOver": one.completed,
        "failed": one.failed,
    }
