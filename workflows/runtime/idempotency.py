"""Requests that may be sent again: the first is carried out, a repetition is given its answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from workflows.store.tables import IdempotencyKey

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

KEPT = timedelta(hours=72)
UNANSWERED = 0  # the status until there is an answer; it is never committed


def claim(session: Session, scope: str, key: str, request_hash: str, now: datetime) -> IdempotencyKey:
    """The row of this key. ``status`` tells whether it has an answer; else it is ours, and nobody else's, to give.

    On PostgreSQL a second request waits here for the first to commit.
    """
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.expires <= now))
    row = session.get(IdempotencyKey, (scope, key))
    if row is not None:
        return row
    row = IdempotencyKey(
        scope=scope,
        key=key,
        request_hash=request_hash,
        status=UNANSWERED,
        response=b"",
        created=now,
        expires=now + KEPT,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return session.get_one(IdempotencyKey, (scope, key), populate_existing=True)
    return row


def answer(session: Session, row: IdempotencyKey, status: int, response: bytes) -> None:
    row.status, row.response = status, response
    session.flush()
