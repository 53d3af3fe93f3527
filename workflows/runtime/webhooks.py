"""Webhook endpoints: other systems that want to be told, each with a secret of its own (Standard Webhooks)."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import select

from workflows.runtime.clock import now
from workflows.runtime.errors import Invalid, NotFound
from workflows.runtime.events import Tag, record_engine_event
from workflows.store.keys import next_keys
from workflows.store.tables import WebhookEndpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

ALL = "*"
MOST_TYPES = 50
LONGEST_URL = 2_000  # characters
EVENT_TYPE = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*|\*")
VISIBLE = re.compile(r"[!-~]+")
SECRET_BYTES = 32
# Asked whenever somebody is told something, so built once.
_ACTIVE = (
    select(WebhookEndpoint.key, WebhookEndpoint.url, WebhookEndpoint.event_types)
    .where(WebhookEndpoint.active)
    .order_by(WebhookEndpoint.key)
)


class BadWebhookUrl(Invalid):
    """Webhook 的地址须是 http 或 https 网址,不带用户名和片段。"""

    code = "BAD_WEBHOOK_URL"


@dataclass(frozen=True, slots=True)
class CreatedEndpoint:
    """The only time anyone sees the secret."""

    key: int
    secret: str


def create_webhook_endpoint(session: Session, url: str, event_types: Sequence[str], *, actor: str) -> CreatedEndpoint:
    """Tell ``url`` of every notification whose kind is among ``event_types``; ``*`` means all. BadWebhookUrl, Invalid.

    Whether the address may be reached at all is decided for each letter, when its name has been resolved.
    """
    _check_url(url)
    if not 0 < len(event_types) <= MOST_TYPES or not all(map(EVENT_TYPE.fullmatch, event_types)):
        raise Invalid(f"事件类型须是 1 到 {MOST_TYPES} 个小写名称,或 *")
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
    at = now(session)
    endpoint = WebhookEndpoint(
        key=next_keys(session)[0],
        url=url,
        secret=secret,
        event_types=sorted(set(event_types)),
        active=True,
        created=at,
        deleted=None,
    )
    session.add(endpoint)
    session.flush()
    details = {"key": endpoint.key, "url": url, "eventTypes": endpoint.event_types}
    record_engine_event(session, Tag.WEBHOOK_ENDPOINT_CREATE, details, at=at, actor=actor)
    return CreatedEndpoint(endpoint.key, secret)


def webhook_endpoints(session: Session) -> list[WebhookEndpoint]:
    """Those that are not deleted, the oldest first."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.deleted.is_(None)).order_by(WebhookEndpoint.key)
    return list(session.scalars(query))


def delete_webhook_endpoint(session: Session, key: int, *, actor: str) -> None:
    """It is told of nothing more; letters that have not left yet fail. NotFound."""
    endpoint = session.get(WebhookEndpoint, key, with_for_update=True)
    if endpoint is None or endpoint.deleted is not None:
        raise NotFound(f"没有编号为 {key} 的 Webhook")
    endpoint.active, endpoint.deleted = False, now(session)
    session.flush()
    record_engine_event(session, Tag.WEBHOOK_ENDPOINT_DELETE, {"key": key}, at=endpoint.deleted, actor=actor)


def disable_webhook_endpoint(session: Session, key: int, *, actor: str) -> None:
    """It has said that it is gone (410)."""
    endpoint = session.get(WebhookEndpoint, key, with_for_update=True)
    if endpoint is not None and endpoint.active:
        endpoint.active = False
        session.flush()
        record_engine_event(session, Tag.WEBHOOK_ENDPOINT_DISABLE, {"key": key}, at=now(session), actor=actor)


def subscribed(session: Session, kind: str) -> list[tuple[int, str]]:
    """Key and address of the endpoints that want to be told of this kind."""
    rows = session.connection().execute(_ACTIVE)
    return [(row.key, row.url) for row in rows if {kind, ALL} & set(row.event_types)]


def _check_url(url: str) -> None:
    if len(url) > LONGEST_URL or not VISIBLE.fullmatch(url):
        raise BadWebhookUrl
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadWebhookUrl from error
    wrong = parts.scheme not in {"http", "https"} or not parts.hostname or port == 0
    if wrong or "@" in parts.netloc or "\\" in url or "#" in url:
        raise BadWebhookUrl
