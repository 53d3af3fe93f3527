"""Messages: what a person and their seats were told, escalations first of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Form, Request, Response
from sqlalchemy import or_, select

from api.console.pages import go, page
from api.console.people import SignedIn, Staff
from api.console.shown import unit_titles
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import key_or_none
from workflows import runtime
from workflows.store.queries import inbox, notifications
from workflows.store.tables import UserTask

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

router = new_router("Console")
PAGE = 50


@router.get("/messages")
def get_messages(request: Request, session: ReadSession, staff: SignedIn, after: str = "") -> Response:
    """Unread first, then the newest."""
    found = notifications.inbox(session, staff.person, staff.groups, limit=PAGE + 1, after=key_or_none(after))
    rows = found.rows
    return page(
        request,
        "messages.html",
        staff,
        rows=rows[:PAGE],
        tasks=_tasks(session, staff, {row.process_instance_key for row in rows if row.process_instance_key}),
        titles=unit_titles(session, {row.recipient for row in rows if "@" in row.recipient}),
        next=rows[PAGE - 1].key if len(rows) > PAGE else None,
    )


def _tasks(session: Session, staff: Staff, instances: Collection[int]) -> dict[int, tuple[int, str]]:
    """By process instance the open task in it that is mine or that I may take: there it is done."""
    own = or_(inbox.mine(staff.person), inbox.claimable(staff.person, staff.groups))
    query = (
        select(UserTask.process_instance_key, UserTask.key, UserTask.name, UserTask.element_id)
        .where(UserTask.process_instance_key.in_(instances), UserTask.state == "CREATED", own)
        .order_by(UserTask.key)
    )
    return {row.process_instance_key: (row.key, row.name or row.element_id) for row in session.execute(query)}


@router.post("/messages/read")
def post_read(
    request: Request, session: WriteSession, staff: SignedIn, key: Annotated[list[str] | None, Form()] = None
) -> Response:
    """Read by me; the others of my seat still have it before them."""
    for text in (key or [])[: 2 * PAGE]:
        if message := key_or_none(text):
            runtime.read_notification(session, message, person=staff.person)
    return go(request, "/messages", "read")
