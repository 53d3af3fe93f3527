"""The inbox: what a person and their groups were told."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import Field
from sqlalchemy import Row
from typing_extensions import TypedDict

from api.auth import PERSON
from api.permissions import Actor, Permission, needs
from api.problems import Problem
from api.replies import Reply, key, moment, no_content
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KeyParameter
from workflows import runtime
from workflows.governance import organisation
from workflows.store.queries import notifications

router = new_router("Notification", "/notifications")
P = Permission


class NotificationResult(TypedDict):
    notificationKey: str
    recipient: Annotated[str, Field(description="The group, `role@unit`, or the person.")]
    kind: str
    subject: str
    text: str
    caseNumber: str | None
    processInstanceKey: str | None
    at: str | None
    read: str | None


class Inbox(TypedDict):
    items: list[NotificationResult]
    unread: int
    next: Annotated[str | None, Field(description="``after`` of the next page; null on the last.")]


def notification(row: Row[Any]) -> NotificationResult:
    return {
        "notificationKey": str(row.key),
        "recipient": row.recipient,
        "kind": row.kind,
        "subject": row.subject,
        "text": row.text,
        "caseNumber": row.case_number,
        "processInstanceKey": key(row.process_instance_key),
        "at": moment(row.at),
        "read": moment(row.read),
    }


def _person(actor: Actor) -> str:
    """Whose inbox it is. A program has none."""
    if not PERSON.fullmatch(actor):
        raise Problem(400, "请求头 On-Behalf-Of 须写明是谁的消息", code="PERSON_MISSING")
    return actor


Person = Annotated[str, Depends(_person)]


@router.get("", dependencies=[needs(P.NOTIFICATION_READ)], response_model=Inbox)
def list_notifications(
    session: ReadSession,
    person: Person,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[KeyParameter | None, Query(description="``next`` of the page before.")] = None,
) -> Response:
    """What the person and their groups were told: unread first, then the newest. 400 without On-Behalf-Of."""
    groups = organisation.groups_of(session, person, runtime.now(session))
    found = notifications.inbox(session, person, groups, limit=limit + 1, after=after)
    page = found.rows[:limit]
    result: Inbox = {
        "items": [notification(row) for row in page],
        "unread": notifications.unread(session, person, groups),
        "next": str(page[-1].key) if len(found.rows) > limit else None,
    }
    return Reply(result)


@router.post("/{notificationKey}/read", dependencies=[needs(P.NOTIFICATION_READ)], status_code=204)
def read_notification(session: WriteSession, person: Person, notificationKey: KeyParameter) -> Response:
    """Mark as read, by this person. 404 when it does not concern them."""
    runtime.read_notification(session, notificationKey, person=person)
    return no_content()
