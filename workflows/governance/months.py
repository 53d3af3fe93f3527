"""The figures of whole months: counted now, or as they were kept when a month was counted last."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import delete, insert, select

from workflows.calendar import CHINA
from workflows.governance import indicators
from workflows.governance.indicators import CaseFigures, HandlingFigures
from workflows.store.tables import Case, MonthFigures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from workflows.store.queries.seen import Within

Figures = CaseFigures | HandlingFigures
Of = TypeVar("Of", CaseFigures, HandlingFigures)


class Way(NamedTuple):
    """By what a month is counted: what makes its figures, of which kind they are, and the column of cases."""

    counted: Callable[[Session, datetime, datetime, Within | None], Mapping[str, Any]]
    kind: type[CaseFigures | HandlingFigures]
    column: Any = None

    @property
    def noun(self) -> str:
        """What is counted: cases, or the clocks of units."""
        return "case" if self.kind is CaseFigures else "clock"


def _by(column: Any) -> Way:
    def counted(session: Session, since: datetime, until: datetime, seen: Within | None) -> dict[str, CaseFigures]:
        return indicators.by_cases(session, column, since, until, seen)

    return Way(counted, CaseFigures, column)


def _by_department(
    session: Session, since: datetime, until: datetime, seen: Within | None
) -> dict[str, HandlingFigures]:
    """Of units that are not one's own nothing is told: parts of their figures would not compare."""
    found = indicators.by_department(session, since, until)
    return found if seen is None else {unit: one for unit, one in found.items() if unit in seen.units}


WAYS = {
    "area": _by(Case.area),
    "grid": _by(Case.grid),
    "spot": _by(Case.spot),
    "class": _by(Case.class_code),
    "unit": Way(_by_department, HandlingFigures),
}


class Month(NamedTuple):
    """A month of the city."""

    year: int
    month: int

    @classmethod
    def of(cls, moment: datetime) -> Month:
        here = moment.astimezone(CHINA.zone)
        return cls(here.year, here.month)

    @classmethod
    def read(cls, text: str) -> Month:
        """From 2026-03. ValueError."""
        day = date.fromisoformat(f"{text}-01")
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def day(self) -> date:
        return date(self.year, self.month, 1)

    def later(self, months: int) -> Month:
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    @property
    def period(self) -> tuple[datetime, datetime]:
        """[since, until)."""
        since, until = (datetime.combine(one.day, time(), CHINA.zone) for one in (self, self.later(1)))
        return since, until


class Counted(NamedTuple):
    """The figures of a month by value, and when they were counted."""

    figures: Mapping[str, Any]
    at: datetime


def figures(
    session: Session, month: Month, by: str, now: datetime, *, anew: bool = False, seen: Within | None = None
) -> Counted:
    """As they were kept; counted now where nothing is kept, for who does not see all, or when asked for ``anew``."""
    if not anew and seen is None and (kept := _kept(session, month, by)):
        return kept
    return Counted(WAYS[by].counted(session, *month.period, seen), now)


def keep(session: Session, month: Month, now: datetime) -> int:
    """Count a month in every way and keep it in place of what was kept; how many rows that are."""
    rows = [
        {"month": month.day, "by": by, "value": value, "figures": asdict(one), "counted": now}
        for by, way in WAYS.items()
        for value, one in way.counted(session, *month.period, None).items()
    ]
    session.execute(delete(MonthFigures).where(MonthFigures.month == month.day))
    if rows:
        session.execute(insert(MonthFigures), rows)
    return len(rows)


def total(kind: type[Of], found: Mapping[str, Of]) -> Of:
    """The sum of all."""
    summed = kind()
    for one in found.values():
        for name, number in asdict(one).items():
            setattr(summed, name, getattr(summed, name) + number)
    return summed


def _kept(session: Session, month: Month, by: str) -> Counted | None:
    of = MonthFigures
    query = select(of.value, of.figures, of.counted).where(of.month == month.day, of.by == by)
    rows = session.execute(query).tuples().all()
    if not rows:
        return None
    return Counted({value: WAYS[by].kind(**found) for value, found, _ in rows}, max(row[2] for row in rows))
