"""Joint operations (部门联合整治): asked for about a case, listed, counted."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import Field
from typing_extensions import TypedDict

from api.idempotency import Key, once
from api.moments import Moment
from api.permissions import Actor, Permission, needs
from api.replies import Reply
from api.replies import key as key_text
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.searching import Strict
from workflows import runtime
from workflows.governance import joint_views
from workflows.governance.joint_operations import Outcome

router = new_router("Joint operation")
READ = [needs(Permission.CASE_READ)]
MAX_REASON = 2_000
GROUP = r"^[a-z][a-z-]*@[A-Za-z][A-Za-z0-9-]*$"


class JointRequest(Strict):
    """Why, and in whose name; whoever decides reads it, and it stays on record."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, examples=["占道、违停、消防几家都管一段"])
    requestedBy: str | None = Field(None, max_length=100, pattern=GROUP, examples=["grid-lead@G07"])


class JointRequested(TypedDict):
    processInstanceKey: Annotated[str, Field(description="Of the process that handles the case and now waits.")]


class OperationPage(TypedDict):
    items: list[dict[str, Any]]
    next: Annotated[str | None, Field(description="``before`` of the next page; null on the last.")]


@router.post(
    "/cases/{number}/joint-rectification",
    status_code=201,
    dependencies=[needs(Permission.JOINT_REQUEST)],
    response_model=JointRequested,
)
def request_joint_rectification(
    session: WriteSession, actor: Actor, number: str, body: JointRequest, key: Key
) -> Response:
    """Ask for a joint operation about a case: it leaves its unit and waits. 409 when no unit has it at the moment."""

    def ask() -> dict[str, Any]:
        started = runtime.request_joint_rectification(
            session, number, reason=body.reason, requested_by=body.requestedBy, actor=actor
        )
        return {"processInstanceKey": key_text(started)}

    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    return once(session, f"{actor} POST /cases/{number}/joint-rectification", key, digest, ask)


def wanted(  # one parameter per filter, as they stand in the address
    *,
    grid: str | None = None,
    area: str | None = None,
    classCode: str | None = None,
    outcome: Outcome | None = None,
    startedFrom: Moment | None = None,
    startedBefore: Moment | None = None,
) -> joint_views.Filter:
    return joint_views.Filter(grid, area, classCode, outcome and outcome.value, startedFrom, startedBefore)


Wanted = Annotated[joint_views.Filter, Depends(wanted)]


@router.get("/joint-operations", dependencies=READ, response_model=OperationPage)
def list_joint_operations(
    session: ReadSession,
    wanted: Wanted,
    *,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(pattern=r"^[0-9]{1,19}$", description="``next`` of the page before.")] = None,
) -> Response:
    """Joint operations, the newest first, each with its state, its departments, its cases and what it counted."""
    last = int(before) if before else None
    found = joint_views.list_operations(session, wanted, limit=limit + 1, before=last)
    page = found[:limit]
    following = key_text(page[-1].key) if len(found) > limit else None
    return Reply({"items": joint_views.summaries(session, page), "next": following})


@router.get("/joint-operations/totals", dependencies=READ, response_model=dict[str, Any])
def count_joint_operations(session: ReadSession, wanted: Wanted) -> Response:
    """How many operations there were, how they ended, what they did, and how many cases they solved."""
    return Reply(joint_views.totals(session, wanted))
