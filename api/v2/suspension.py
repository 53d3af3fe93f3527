"""Suspend and resume process instances."""

from __future__ import annotations

from fastapi import Response
from pydantic import Field

from api.permissions import Actor, Permission, needs
from api.replies import no_content
from api.revisions import IfMatch, require
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.kinds import KeyParameter
from api.v2.searching import Strict
from workflows import runtime

router = new_router("Process instance", "/v2")
MAX_REASON = 2_000
REASON = Field(default=None, max_length=MAX_REASON, examples=["台风停工"], description="Goes on record.")


class Interference(Strict):
    """Camunda 8's body; the reason is our own addition."""

    operationReference: int | None = Field(default=None, examples=[1], description="Of the client; not kept.")
    reason: str | None = REASON


@router.post(
    "/process-instances/{processInstanceKey}/suspension",
    dependencies=[needs(Permission.INSTANCE_UPDATE)],
    status_code=204,
)
def suspend_process_instance(
    session: WriteSession,
    actor: Actor,
    processInstanceKey: KeyParameter,
    body: Interference | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Let an instance and those it called stand still, with their clocks. 409 when it is not active."""
    require(session, processInstanceKey, if_match)
    runtime.suspend_process_instance(session, processInstanceKey, reason=body.reason if body else None, actor=actor)
    return no_content()


@router.post(
    "/process-instances/{processInstanceKey}/resumption",
    dependencies=[needs(Permission.INSTANCE_UPDATE)],
    status_code=204,
)
def resume_process_instance(
    session: WriteSession,
    actor: Actor,
    processInstanceKey: KeyParameter,
    body: Interference | None = None,
) -> Response:
    """Let it go on where it stood still; timers and deadlines are due as much later. 409 when it is not suspended."""
    runtime.resume_process_instance(session, processInstanceKey, reason=body.reason if body else None, actor=actor)
    return no_content()
