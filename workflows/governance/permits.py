"""Permits and waivers (潮汐摊位、跨店经营、节日放宽): whether something was allowed at a place and a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_, select

from workflows.calendar import CHINA
from workflows.governance import entries, lookups, parties, register_schemas
from workflows.store.tables import RegisterEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from workflows.governance.extents import Where

REGISTER = "permits"
MOST_GRACE = timedelta(days=1)
_DAY = timedelta(days=1)
_EVER = datetime(9000, 1, 1, tzinfo=UTC)
_NEVER = datetime(1000, 1, 1, tzinfo=UTC)
_CANDIDATES = (
    select(RegisterEntry)
    .where(
        RegisterEntry.register == REGISTER,
        RegisterEntry.superseded.is_(None),
        RegisterEntry.merged_into.is_(None),
        or_(RegisterEntry.valid_from.is_(None), RegisterEntry.valid_from <= bindparam("b_at")),
        or_(RegisterEntry.valid_to.is_(None), RegisterEntry.valid_to > bindparam("b_graced")),
        or_(and_(RegisterEntry.unit.is_(None), RegisterEntry.west.is_(None)), lookups.NEAR),
    )
    .order_by(RegisterEntry.key)
)


@dataclass(frozen=True, slots=True)
class Permit:
    """What allowed it. ``grace``: its time was over, but not for long, so that one advises."""

    entry: RegisterEntry
    grace: bool


def check(session: Session, *, matter: str, where: Where, at: datetime, party: str | None) -> Permit | None:
    """The permit that covers a matter at a place and a moment, for everyone or for the party; else one in its grace."""
    schema = register_schemas.find(session, REGISTER)
    graced = None
    names: set[str] | None = None
    for entry in session.scalars(_CANDIDATES, lookups.around_of(where) | {"b_at": at, "b_graced": at - MOST_GRACE}):
        data = entry.data
        if matter not in data["matters"]:
            continue
        extent = schema.extent(data)
        if extent is not None and not extent.covers(where):
            continue
        if data.get("party"):
            names = _names(session, party, at) if names is None else names
            if data["party"] not in names:
                continue
        grace = timedelta(minutes=int(data.get("graceMinutes") or 0))
        for begins, ends in _times(entry, at):
            if begins <= at < ends:
                return Permit(entry, grace=False)
            if ends <= at < ends + min(grace, MOST_GRACE):
                graced = graced or Permit(entry, grace=True)
    return graced


def _names(session: Session, party: str | None, at: datetime) -> set[str]:
    """The keys under which a permit may be held: of the party, and of who answered for it then."""
    holders = {party, parties.responsible(session, party, at)} if party else set()
    return {name for one in holders for name in entries.family(session, parties.REGISTER, one)}


def _times(entry: RegisterEntry, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From when until when it allows something, around a moment: its daily windows, within its validity."""
    first, last = entry.valid_from or _NEVER, entry.valid_to or _EVER
    windows = entry.data.get("windows")
    if not windows:
        yield first, last
        return
    today = at.astimezone(CHINA.zone).date()
    for window in windows:
        for day in (today - 2 * _DAY, today - _DAY, today):  # one that goes past midnight, and its grace
            if day.isoweekday() in (window.get("days") or range(1, 8)):
                begins, ends = _window(day, window["from"], window["to"])
                if max(begins, first) < min(ends, last):
                    yield max(begins, first), min(ends, last)


def _window(day: date, begins: str, ends: str) -> tuple[datetime, datetime]:
    """``17:00`` to ``01:00`` ends on the day after."""
    start, end = _clock(day, begins), _clock(day, ends)
    return start, end if end > start else end + _DAY


def _clock(day: date, text: str) -> datetime:
    hour, _, minute = text.partition(":")
    return datetime.combine(day, time(), CHINA.zone) + timedelta(hours=int(hour), minutes=int(minute))
