"""The engine's clock: it runs, or it is pinned for tests and rehearsals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from workflows.runtime.errors import Invalid
from workflows.runtime.events import Tag, record_engine_event
from workflows.store.base import table
from workflows.store.memo import forget, once
from workflows.store.tables import Clock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FIRST_YEAR, LAST_YEAR = 1970, 9000  # of a pinned clock

clock = table(Clock)
_PINNED_AT = select(clock.c.pinned_at)
PINNED_AT = _PINNED_AT.scalar_subquery()


def real_now() -> datetime:
    return datetime.now(UTC)


def now(session: Session) -> datetime:
    """The pinned moment, else the real one. UTC."""
    pinned = once(session, ("clock",), lambda: session.connection().execute(_PINNED_AT).scalar())
    return pinned or real_now()


def pin_clock(session: Session, at: datetime, *, actor: str) -> None:
    """Stop the clock at a moment. Invalid when it has no time zone or leaves no room to count from there."""
    if at.tzinfo is None:
        raise Invalid("时间必须带时区")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Invalid(f"时间须在 {FIRST_YEAR} 年到 {LAST_YEAR} 年之间")
    session.connection().execute(update(clock).values(pinned_at=at))
    forget(session)
    record_engine_event(session, Tag.CLOCK_PIN, {"at": at.astimezone(UTC).isoformat()}, at=real_now(), actor=actor)


def reset_clock(session: Session, *, actor: str) -> None:
    """Let the clock run again."""
    session.connection().execute(update(clock).values(pinned_at=None))
    forget(session)
    record_engine_event(session, Tag.CLOCK_RESET, {}, at=real_now(), actor=actor)
