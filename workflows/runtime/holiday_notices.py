"""Importing the State Council's holiday notice: what it would change, then the year and every deadline it touches."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import OperationalError

from workflows.calendar import CalendarError, Status, read_notice
from workflows.runtime import calendars
from workflows.runtime.clock import now as clock_now
from workflows.runtime.crash import BEFORE_COMMIT, crash_point
from workflows.runtime.errors import Conflict, Invalid
from workflows.runtime.events import Tag, record_engine_event
from workflows.runtime.forecast import forecast
from workflows.runtime.reasons import said as reason_said
from workflows.runtime.recounting import Moved, Recount, Tally, deadline
from workflows.store import Busy, Database, read, transaction
from workflows.store.base import table
from workflows.store.json import encode
from workflows.store.keys import next_keys
from workflows.store.memo import forget
from workflows.store.tables import Clock, HolidayNotice

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from workflows.calendar import Days, WorkingCalendar, Year

AT_ONCE = 1_000  # deadlines that are counted anew in the transaction of the import
BATCH = 500  # and those that follow, in one transaction: other writers wait for it

notice, clock = table(HolidayNotice), table(Clock)
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
log = logging.getLogger(__name__)


class NoticeInvalid(Invalid):
    """放假通知无效。"""

    code = "NOTICE_INVALID"


class RecountRunning(Conflict):
    """上一份放假通知还在重新计算时限,算完再导入。"""

    code = "RECOUNT_RUNNING"


@dataclass(frozen=True, slots=True)
class NoticeImported:
    """What a notice changes, or would change.

    ``days`` are those worked differently now. ``counts`` tell what became of the deadlines (see Tally), ``first`` those
    that move most. ``finished`` is false while the rest of them follows, or in a dry run.
    """

    year: int
    version: int
    source: str
    status: Status  # before
    known: bool  # it was imported before, so that nothing is written
    days: list[date]
    counts: dict[str, int]
    first: list[Moved]
    finished: bool


def import_notice(
    session: Session,
    content: bytes | str,
    *,
    actor: str,
    dry_run: bool = False,
    earlier: bool = False,
    reason: str | None = None,
) -> NoticeImported:
    """Take over the notice of a year (see ``read_notice`` for its form), or tell what that would do.

    Open deadlines are counted anew, up to ``AT_ONCE`` in this transaction, the others by ``recount_deadlines``. One
    that would come earlier keeps its later moment, unless ``earlier`` is asked for with a reason; one that a statute
    sets keeps it in any case. NoticeInvalid; ReasonMissing; RecountRunning while an earlier notice is not done with.
    """
    why = reason_said(reason, required=earlier and not dry_run)
    try:
        year = read_notice(content)
    except CalendarError as error:
        raise NoticeInvalid(str(error)) from error
    if not dry_run:
        _lock(session)
        forget(session)
        if unfinished(session) is not None:
            raise RecountRunning
    before, last = calendars.announced(session), _last(session, year.year)
    known = last is not None and calendars.year_of(last) == year
    days = before.days.knowing([year], "")
    seen = NoticeImported(
        year=year.year,
        version=(last.version if last else 0) + (not known),
        source=year.source,
        status=before.days.status(year.year),
        known=known,
        days=before.days.differences(days),
        counts=Tally().counts(),
        first=[],
        finished=known,
    )
    if known:
        return seen
    span = _span(before, days, year.year)
    recount = Recount(session, replace(before, days=days), span, earlier, f"{year.year}.{seen.version}")
    if dry_run:
        tally = forecast(recount, before.days)
        return replace(seen, counts=tally.counts(), first=tally.most())
    return _take_over(session, year, seen, recount, why=why, actor=actor)


def recount_deadlines(database: Database, limit: int = BATCH) -> int:
    """Count up to ``limit`` deadlines anew that an import has left, in a transaction; 0 when there are none left.

    What is lost with its transaction is done by the next call.
    """
    with read(database) as session:
        if unfinished(session) is None:
            return 0
    try:
        with transaction(database) as session:
            _lock(session)
            row = unfinished(session)
            if row is None:
                return 0
            begins, ends = map(datetime.fromisoformat, row.span)
            calendar = calendars.announced(session)
            recount = Recount(session, calendar, (begins, ends), row.earlier, f"{row.year}.{row.version}")
            tally = _go_on(session, row, recount, limit)
            crash_point(BEFORE_COMMIT)
    except (Busy, OperationalError):
        log.warning("deadlines were not counted anew, it will be tried again", exc_info=True)
        return 0
    return max(tally.crossing, 1)


@dataclass(frozen=True, slots=True)
class RecountProgress:
    """How far the deadlines of a notice are counted anew; ``left`` may hold some that do not cross the span."""

    year: int
    done: int
    left: int


def recount_progress(session: Session) -> RecountProgress | None:
    """Of the import that is not done with; None when all are."""
    row = unfinished(session)
    if row is None:
        return None
    begins, ends = map(datetime.fromisoformat, row.span)
    recount = Recount(session, calendars.announced(session), (begins, ends), row.earlier, "")
    following = recount.candidates().where(deadline.c.key > row.recounted_to).order_by(None)
    left = session.connection().execute(following.with_only_columns(func.count())).scalar_one()
    return RecountProgress(row.year, row.counts["crossing"], left)


def _lock(session: Session) -> None:
    """One at a time; and what locks instances as well locks this first, as everywhere."""
    session.connection().execute(select(clock.c.id).with_for_update())


def unfinished(session: Session) -> Row[Any] | None:
    """The notice whose deadlines are still being counted anew."""
    query = select(notice).where(notice.c.recounted_to.is_not(None)).order_by(notice.c.key).limit(1)
    return session.connection().execute(query).one_or_none()


def _take_over(
    session: Session, year: Year, seen: NoticeImported, recount: Recount, *, why: dict[str, Any], actor: str
) -> NoticeImported:
    connection, now = session.connection(), clock_now(session)
    said = {"holidays": sorted(map(str, year.holidays)), "workdays": sorted(map(str, year.workdays))}
    before = connection.execute(select(notice.c.hash).order_by(notice.c.key.desc()).limit(1)).scalar() or ""
    fact = encode([year.year, seen.version, year.source, said], sort_keys=True)
    row = {
        "key": next_keys(session)[0],
        "year": year.year,
        "version": seen.version,
        "source": year.source,
        **said,
        "hash": sha256(before.encode() + fact).hexdigest(),
        "actor": actor,
        "at": now,
        "earlier": recount.earlier,
        "reason": why.get("reason"),
        "counts": seen.counts,
        "span": [moment.isoformat() for moment in recount.span],
        "recounted_to": 0,
    }
    connection.execute(insert(notice), [row])
    forget(session)
    details = {name: row[name] for name in ("key", "year", "version", "source", "hash", "earlier")}
    days = [str(day) for day in seen.days]
    record_engine_event(session, Tag.CALENDAR_IMPORT, {**details, **why, "days": days}, at=now, actor=actor)
    kept = connection.execute(select(notice).where(notice.c.key == row["key"])).one()
    tally = _go_on(session, kept, recount, AT_ONCE)
    finished = unfinished(session) is None
    return replace(seen, counts=tally.counts(), first=tally.most(), finished=finished)


def _go_on(session: Session, row: Row[Any], recount: Recount, limit: int) -> Tally:
    """The next deadlines of a notice; after the last of them it is on record what became of all."""
    now = clock_now(session)
    tally, last = recount.carry_out(row.recounted_to, limit, now, row.actor)
    counts = {name: row.counts[name] + count for name, count in tally.counts().items()}
    session.connection().execute(update(notice).where(notice.c.key == row.key).values(counts=counts, recounted_to=last))
    if last is None:
        said = {"key": row.key, "year": row.year, "version": row.version, **counts}
        record_engine_event(session, Tag.CALENDAR_RECOUNT, said, at=now, actor=row.actor)
    return tally


def _last(session: Session, year: int) -> Row[Any] | None:
    newest = select(func.max(notice.c.key)).where(notice.c.year == year).scalar_subquery()
    return session.connection().execute(select(notice).where(notice.c.key == newest)).one_or_none()


def _span(before: WorkingCalendar, days: Days, year: int) -> tuple[datetime, datetime]:
    """From the first to the last day of which something else is known now, as instants."""
    changed = before.days.differences(days)
    if before.days.status(year) is Status.PROVISIONAL:
        changed += [date(year, 1, 1), date(year, 12, 31)]
    if not changed:
        return _NEVER, _NEVER
    first, last = min(changed), max(changed) + timedelta(days=1)
    begins, ends = (datetime.combine(day, time(), before.zone).astimezone(UTC) for day in (first, last))
    return begins, ends
