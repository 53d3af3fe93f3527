"""Messages: publish with a time to live, or correlate at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import Response
from pydantic import Field
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import TENANT, OneTenant, Reply
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.searching import Strict
from workflows import runtime

router = new_router("Message", "/v2")
YEAR = 366 * 24 * 3600 * 1000
MAX_NAME = 200  # characters: all three stand in one index, which takes 2704 bytes on PostgreSQL


class Correlation(Strict):
    name: str = Field(min_length=1, max_length=MAX_NAME, examples=["citizen-replied"])
    correlationKey: str = Field(default="", max_length=MAX_NAME, examples=["2026-000012"])
    variables: dict[str, Any] = Field(default={})
    tenantId: OneTenant = TENANT


class Publication(Correlation):
    timeToLive: int = Field(default=0, ge=0, le=YEAR, description="Milliseconds the message waits for a process.")
    messageId: str | None = Field(
        default=None, min_length=1, max_length=MAX_NAME, description="No second message with this id while it waits."
    )


class PublicationResult(TypedDict):
    messageKey: str
    tenantId: str


class CorrelationResult(PublicationResult):
    processInstanceKey: str


@router.post("/messages/publication", dependencies=[needs(Permission.MESSAGE_CREATE)], response_model=PublicationResult)
def publish_message(session: WriteSession, actor: Actor, body: Publication) -> Response:
    """To whoever waits for it now or within its time to live. 409 when the message id is in use."""
    message_key = runtime.publish_message(
        session,
        body.name,
        body.correlationKey,
        body.variables,
        timedelta(milliseconds=body.timeToLive),
        body.messageId,
        actor=actor,
    )
    result: PublicationResult = {"messageKey": str(message_key), "tenantId": TENANT}
    return Reply(result)


@router.post("/messages/correlation", dependencies=[needs(Permission.MESSAGE_CREATE)], response_model=CorrelationResult)
def correlate_message(session: WriteSession, actor: Actor, body: Correlation) -> Response:
    """To the one who waits for it now. 404 when nobody does."""
    had = runtime.correlate_message(session, body.name, body.correlationKey, body.variables, actor=actor)
    result: CorrelationResult = {
        "messageKey": str(had.message_key),
        "processInstanceKey": str(had.process_instance_key),
        "tenantId": TENANT,
    }
    return Reply(result)
