"""The month: totals beside those of the month before, and a table by area, grid, plate, class or unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

from api.console.pages import page
from api.console.people import SignedIn
from api.console.reports.asked import RATES, READ, TABS, columns, month, names, way
from api.console.scope import Seen
from api.routing import new_router
from api.sessions import ReadSession
from workflows import runtime
from workflows.governance import joint_views, months
from workflows.governance.indicators import SMALL, Rate
from workflows.governance.months import WAYS, Month

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.store.queries.seen import Within

router = new_router("Console")


@dataclass(frozen=True)
class Table:
    """One way of counting a month: rows by what they are called, their sum, and that of the month before."""

    by: str
    columns: tuple[str, ...]
    rows: list[tuple[str, str, Any]]  # value, name, figures
    total: Any
    before: Any
    at: datetime

    @property
    def kind(self) -> str:
        return WAYS[self.by].noun

    @property
    def rates(self) -> list[str]:
        return list(self.total.rates)


def table(session: Session, of: Month, by: str, seen: Within | None, *, anew: bool = False) -> Table:
    """The most cases first: who has few is not compared with who has many."""
    at = runtime.now(session)
    found = months.figures(session, of, by, at, anew=anew, seen=seen)
    before = months.figures(session, of.later(-1), by, at, seen=seen)
    called = names(session, by, found.figures)
    rows = [(value, called.get(value, ""), one) for value, one in found.figures.items()]
    kind = WAYS[by].kind
    return Table(
        by,
        columns(by),
        sorted(rows, key=lambda row: (not row[0], -row[2].due, -getattr(row[2], columns(by)[0]), row[1])),
        months.total(kind, found.figures),
        months.total(kind, before.figures),
        found.at,
    )


def changes(of: Table) -> dict[str, float | None]:
    """By rate how many percentage points it has grown since the month before."""
    return {name: _points(of.total.rates[name], of.before.rates[name]) for name in of.rates}


@router.get("/reports", dependencies=[READ])
def get_reports(
    request: Request, session: ReadSession, staff: SignedIn, seen: Seen, *, by: str = "area", anew: bool = False
) -> Response:
    """Every number leads to what it counts; the formulas stand below."""
    of = month(request, session)
    shown = table(session, of, way(by), seen, anew=anew)
    since, until = of.period
    joint = joint_views.totals(session, joint_views.Filter(started_from=since, started_before=until), seen)
    return page(
        request,
        "reports.html",
        staff,
        table=shown,
        changes=changes(shown),
        joint=joint,
        small=SMALL,
        within=seen is not None,
        words=RATES,
        month=of,
        this=Month.of(runtime.now(session)),
        tabs=TABS,
        tab=by,
        period=of.period,
    )


def _points(now: Rate, before: Rate) -> float | None:
    if not now.whole or not before.whole:
        return None
    return 100 * now.part / now.whole - 100 * before.part / before.whole
