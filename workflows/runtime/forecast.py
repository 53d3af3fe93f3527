"""What a holiday notice would do to the open deadlines, told from how many are due on which day.

Of a clock that began before the days that change and has not stood still, only the day moves on which it is due: the
hour stays, since office hours are the same every day. All others are counted one by one.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Text, and_, cast, func, not_

from workflows.runtime.recounting import HAS_AFTER, IN_OFFICE_HOURS, MOST, Tally, deadline

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from workflows.calendar import Days
    from workflows.runtime.recounting import Recount

ONE_DAY = timedelta(days=1)
MIDNIGHT = "00:00:00"
columns = deadline.c


class Group(NamedTuple):
    """So many deadlines that began in one year and are due on one day."""

    day: str
    year: str
    legal: bool
    provisional: bool
    number: int


class Move(NamedTuple):
    """Days, as ordinals: when they are due, when by the notice alone, and when because nothing comes earlier."""

    before: int
    counted: int
    after: int
    kept: bool

    @property
    def most(self) -> timedelta:
        """No deadline of the group moves by more. One that is kept moves to an opening, at most a day more."""
        return max(abs(self.counted - self.before), self.after - self.before + self.kept) * ONE_DAY

    @property
    def moves(self) -> bool:
        return not self.before == self.counted == self.after


def forecast(recount: Recount, before: Days) -> Tally:
    """What ``recount`` would make of all open deadlines, which were counted by the days ``before``; reads only."""
    tally = Tally()
    found = _groups(recount)
    moves = {group: _move(recount, before, group) for group in found}
    odd = {group.day for group, move in moves.items() if move is None}
    for group, move in moves.items():
        if move is not None and group.day not in odd:
            now = not recount.calendar.days.is_official(int(group.year), date.fromordinal(move.after).year)
            provisional = (group.provisional, now)
            tally.add_many(
                group.number, move.before, move.after, kept=move.kept, legal=group.legal, provisional=provisional
            )
    _add_rungs(recount, tally)
    _add_each(recount, tally, not_(_plain(recount)))
    if odd:
        _add_each(recount, tally, and_(_plain(recount), _reaches(recount), _day(recount, columns.due).in_(sorted(odd))))
    shown = [(move.most, group) for group, move in moves.items() if move and move.moves and group.day not in odd]
    _show(recount, tally, sorted(shown, reverse=True))
    return tally


def _plain(recount: Recount) -> ColumnElement[bool]:
    """Those of which only the day moves."""
    return and_(
        columns.unit.in_(sorted(IN_OFFICE_HOURS)),
        columns.started < recount.span[0],
        columns.due > columns.started,
        cast(columns.pauses, Text) == "[]",
        not_(HAS_AFTER),
        # A day that is worked until midnight ends when the next begins.
        _clock(recount, columns.due) != MIDNIGHT,
    )


def _reaches(recount: Recount) -> ColumnElement[bool]:
    return (columns.due >= recount.span[0]) | (columns.purple_at >= recount.span[0])


def _groups(recount: Recount) -> list[Group]:
    of = (
        _day(recount, columns.due).label("day"),
        func.substr(_day(recount, columns.started), 1, 4).label("year"),
        columns.legal,
        columns.provisional,
    )
    query = recount.candidates().where(_plain(recount), _reaches(recount)).order_by(None)
    counted = query.with_only_columns(*of, func.count()).group_by(*of)
    return [Group(*row) for row in recount.session.connection().execute(counted)]


def _move(recount: Recount, before: Days, group: Group) -> Move | None:
    """None where it cannot be told by the day: it is not worked by what was known, or there is no such day."""
    due, now = date.fromisoformat(group.day).toordinal(), recount.calendar.days
    if not before.is_working(due):
        return None
    counted = now.nth(before.before(due))
    kept = counted < due and (group.legal or not recount.earlier)
    after = now.nth(now.before(due)) if kept else counted  # a moment that is a holiday now: the next that is worked
    return Move(due, counted, after, kept) if max(counted, after) <= date.max.toordinal() else None


def _add_rungs(recount: Recount, tally: Tally) -> None:
    """Those whose deadline is over before anything changes, and of whose rungs one is not."""
    query = recount.candidates().where(_plain(recount), not_(_reaches(recount))).order_by(None)
    query = query.with_only_columns(columns.rungs, columns.provisional).execution_options(yield_per=1_000)
    rows = recount.session.connection().execute(query)
    for rungs, provisional in rows:
        if any(datetime.fromisoformat(rung["due"]) >= recount.span[0] for rung in reversed(rungs)):
            tally.add_many(1, 0, 0, kept=False, legal=False, provisional=(provisional, provisional))


def _add_each(recount: Recount, tally: Tally, which: ColumnElement[bool]) -> None:
    query = recount.candidates().where(which).execution_options(yield_per=1_000)
    for row in recount.session.connection().execute(query):
        if recount.crosses(row):
            tally.add(recount.counted(row))


def _show(recount: Recount, tally: Tally, groups: list[tuple[timedelta, Group]]) -> None:
    """Count one by one those that are shown: those that move most come first."""
    for most, group in groups:
        tally.first = tally.most()
        if len(tally.first) == MOST and tally.first[-1].by >= most:
            break
        begins = datetime.combine(date.fromisoformat(group.day), time(), recount.calendar.zone)
        within = and_(columns.due >= begins, columns.due < begins + ONE_DAY, columns.legal == group.legal)
        query = recount.candidates().where(_plain(recount), within).limit(MOST)
        for row in recount.session.connection().execute(query).all():
            if (counted := recount.counted(row)) is not None:
                tally.show(counted.moved)


def _day(recount: Recount, moment: ColumnElement[datetime]) -> ColumnElement[str]:
    """The day of a moment in the city, as ISO 8601 writes it."""
    return _here(recount, moment, "date", "YYYY-MM-DD")


def _clock(recount: Recount, moment: ColumnElement[datetime]) -> ColumnElement[str]:
    """The time of day of a moment in the city, to the second."""
    return _here(recount, moment, "time", "HH24:MI:SS")


def _here(recount: Recount, moment: ColumnElement[datetime], of_sqlite: str, of_postgresql: str) -> ColumnElement[Any]:
    zone = recount.calendar.zone
    if recount.session.connection().dialect.name == "postgresql":
        return func.to_char(func.timezone(zone.key, moment), of_postgresql)
    # SQLite knows no zones: the distance to UTC on the first of the days that change. In China it is always the same.
    hours = recount.span[0].astimezone(zone).utcoffset()
    shift = f"{hours.total_seconds() if hours else 0:+.0f} seconds"
    return func.date(moment, shift) if of_sqlite == "date" else func.time(moment, shift)
