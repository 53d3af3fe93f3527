"""Webhook endpoints: made, listed, deleted. What they are sent is described in docs/guides/notifications.md."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response
from pydantic import Field
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import Reply, moment, no_content
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KeyParameter
from api.v2.searching import Strict
from workflows import runtime

router = new_router("Webhook", "/webhooks")
P = Permission
MAX_URL = 2_000
MAX_TYPES = 50


class NewEndpoint(Strict):
    url: str = Field(min_length=1, max_length=MAX_URL, examples=["https://receiver.example/hooks"])
    eventTypes: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        min_length=1,
        max_length=MAX_TYPES,
        examples=[["escalation"]],
        description="Kinds of notifications; `*` means all.",
    )


class CreatedEndpoint(TypedDict):
    endpointKey: str
    secret: Annotated[str, Field(description="Signs every request. Shown only now.")]


class Endpoint(TypedDict):
    endpointKey: str
    url: str
    eventTypes: list[str]
    active: Annotated[bool, Field(description="False after it has answered 410.")]
    created: str | None


class Endpoints(TypedDict):
    items: list[Endpoint]


@router.post("", dependencies=[needs(P.WEBHOOK_CREATE)], response_model=CreatedEndpoint)
def create_webhook_endpoint(session: WriteSession, actor: Actor, body: NewEndpoint) -> Response:
    """Tell another system of some kinds of notifications. The secret is shown only in this answer."""
    made = runtime.create_webhook_endpoint(session, body.url, body.eventTypes, actor=actor)
    result: CreatedEndpoint = {"endpointKey": str(made.key), "secret": made.secret}
    return Reply(result)


@router.get("", dependencies=[needs(P.WEBHOOK_READ)], response_model=Endpoints)
def list_webhook_endpoints(session: ReadSession) -> Response:
    """The endpoints that are told of something, the oldest first."""
    items: list[Endpoint] = [
        {
            "endpointKey": str(one.key),
            "url": one.url,
            "eventTypes": one.event_types,
            "active": one.active,
            "created": moment(one.created),
        }
        for one in runtime.webhook_endpoints(session)
    ]
    return Reply({"items": items})


@router.delete("/{endpointKey}", dependencies=[needs(P.WEBHOOK_DELETE)], status_code=204)
def delete_webhook_endpoint(session: WriteSession, actor: Actor, endpointKey: KeyParameter) -> Response:
    """Tell it nothing more. What has not left yet fails."""
    runtime.delete_webhook_endpoint(session, endpointKey, actor=actor)
    return no_content()
