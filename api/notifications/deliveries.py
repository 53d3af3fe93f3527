"""Deliveries: which letters arrived, failed or may have arrived, and sending one again."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import Field
from sqlalchemy import Row, select
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import key, moment, no_content
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KEY, MOMENT, TEXT, KeyParameter, choice
from api.v2.searching import Listed, Listing, Query, SearchResult, Strict
from api.v2.suspension import MAX_REASON
from workflows import runtime
from workflows.governance.views import mask
from workflows.runtime.deliveries import STATES
from workflows.store.tables import Case, Delivery, Notification

router = new_router("Delivery", "/deliveries")
P = Permission


class DeliveryResult(TypedDict):
    deliveryKey: str
    notificationKey: str
    channel: str
    state: str
    personId: str | None
    endpointKey: str | None
    address: str
    subject: str
    caseNumber: str | None
    processInstanceKey: str | None
    attempts: int
    retries: int
    errorMessage: str | None
    creationTime: str | None
    nextTime: str | None
    sentTime: str | None


def shown(channel: str, address: str) -> str:
    """An address as it may be shown: that of a person is masked."""
    if channel == "webhook":
        return address.partition("?")[0]
    user, at, domain = address.partition("@")
    return mask(user) + at + domain


def delivery(row: Row[Any]) -> DeliveryResult:
    return {
        "deliveryKey": str(row.key),
        "notificationKey": str(row.notification_key),
        "channel": row.channel,
        "state": row.state,
        "personId": row.person_id,
        "endpointKey": key(row.endpoint_key),
        "address": shown(row.channel, row.address),
        "subject": row.subject,
        "caseNumber": row.case_number,
        "processInstanceKey": key(row.process_instance_key),
        "attempts": row.attempts,
        "retries": row.retries,
        "errorMessage": row.error,
        "creationTime": moment(row.created),
        "nextTime": moment(row.next_at),
        "sentTime": moment(row.sent),
    }


CASE_NUMBER = Case.number.label("case_number")
DELIVERIES = Listing(
    name="发送",
    statement=select(*Delivery.__table__.c, Notification.subject, Notification.process_instance_key, CASE_NUMBER)
    .join(Notification, Notification.key == Delivery.notification_key)
    .outerjoin(Case, Case.key == Notification.case_id),
    key="deliveryKey",
    shape=delivery,
    fields={
        "deliveryKey": Listed(Delivery.key, KEY),
        "notificationKey": Listed(Delivery.notification_key, KEY),
        "channel": Listed(Delivery.channel, choice("email", "sms", "webhook")),
        "state": Listed(Delivery.state, choice(*STATES)),
        "personId": Listed(Delivery.person_id, TEXT),
        "endpointKey": Listed(Delivery.endpoint_key, KEY),
        "caseNumber": Listed(CASE_NUMBER, TEXT),
        "processInstanceKey": Listed(Notification.process_instance_key, KEY),
        "creationTime": Listed(Delivery.created, MOMENT),
        "sentTime": Listed(Delivery.sent, MOMENT),
    },
)


class Resend(Strict):
    reason: str = Field(
        min_length=1, max_length=MAX_REASON, examples=["收件人说没有收到"], description="Goes on record."
    )


@router.post(
    "/search",
    dependencies=[needs(P.DELIVERY_READ)],
    response_model=SearchResult[DeliveryResult],
    openapi_extra=DELIVERIES.documented,
)
def search_deliveries(session: ReadSession, query: Query) -> Response:
    """Find letters, for example those that failed or may have arrived. Addresses of persons are masked."""
    return DELIVERIES.search(session, query)


@router.post("/{deliveryKey}/resend", dependencies=[needs(P.DELIVERY_UPDATE)], status_code=204)
def resend_delivery(session: WriteSession, actor: Actor, deliveryKey: KeyParameter, body: Resend) -> Response:
    """Send again what failed, or may have arrived and did not. 409 for what is on its way or has arrived."""
    runtime.resend_delivery(session, deliveryKey, reason=body.reason, actor=actor)
    return no_content()
