"""Signals: broadcast to everyone who waits."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import Field
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import TENANT, OneTenant, Reply
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.messages import MAX_NAME
from api.v2.searching import Strict
from workflows import runtime

router = new_router("Signal", "/v2")


class Broadcast(Strict):
    signalName: str = Field(min_length=1, max_length=MAX_NAME, examples=["typhoon-warning-lifted"])
    variables: dict[str, Any] = Field(default={})
    tenantId: OneTenant = TENANT


class BroadcastResult(TypedDict):
    signalKey: str
    tenantId: str


@router.post("/signals/broadcast", dependencies=[needs(Permission.SIGNAL_CREATE)], response_model=BroadcastResult)
def broadcast_signal(session: WriteSession, actor: Actor, body: Broadcast) -> Response:
    """To all who wait for it now; processes with a signal start event of this name begin."""
    key = runtime.broadcast_signal(session, body.signalName, body.variables, actor=actor)
    result: BroadcastResult = {"signalKey": str(key), "tenantId": TENANT}
    return Reply(result)
