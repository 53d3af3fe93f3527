"""The cases and clocks that a figure counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from sqlalchemy import func, select

from api.console.filters import Offset
from api.console.pages import page
from api.console.people import SignedIn
from api.console.reports.asked import READ, TABS, columns, month, names, way
from api.console.shown import unit_titles
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession
from workflows.governance import catalogue, indicators
from workflows.governance.evaluation import OF_HANDLING
from workflows.governance.months import WAYS
from workflows.store.tables import Case, Deadline, ProcessInstance

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflows.governance.months import Month

router = new_router("Console")
PAGE = 100


@router.get("/reports/cases", dependencies=[READ])
def get_counted(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    *,
    by: str = "area",
    figure: str = "",
    value: str | None = None,
    after: Offset = 0,
) -> Response:
    """Counted now, page by page; without a value those of all."""
    of = month(request, session)
    if figure not in columns(way(by)):
        raise Problem(404, "没有这个指标")
    start = max(after, 0)
    keys = _counted(session, of, by, figure, value)
    rows = session.execute((_clocks if by == "unit" else _cases)(keys[start : start + PAGE])).all()
    conditions = catalogue.conditions(session)
    return page(
        request,
        "reports_cases.html",
        staff,
        rows=rows,
        number=len(keys),
        conditions=conditions,
        titles=unit_titles(session, {row.holder for row in rows if row.holder}),
        figure=figure,
        value=value,
        name=names(session, by, [value]).get(value, "") if value else "",
        next=start + PAGE if start + PAGE < len(keys) else None,
        month=of,
        tabs=TABS,
        tab=by,
        kind="clock" if WAYS[by].kind is indicators.HandlingFigures else "case",
    )


_SHOWN = (Case.number, Case.text, Case.condition_code, Case.state, Case.reported, Case.ended, Case.reworks)


_COLUMNS: dict[str, Any] = {"area": Case.area, "grid": Case.grid, "spot": Case.spot, "class": Case.class_code}


def _counted(session: Session, of: Month, by: str, figure: str, value: str | None) -> list[int]:
    """The keys of what is counted."""
    if by == "unit":
        return indicators.clocks_of(session, figure, value, *of.period)
    return list(session.scalars(indicators.cases_of(figure, *of.period, _COLUMNS[by], value)))


def _cases(keys: list[int]) -> Any:
    """A row for each case, with the last of its handling clocks."""
    due = (
        select(func.max(Deadline.due))
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .where(ProcessInstance.case_id == Case.key, OF_HANDLING)
        .scalar_subquery()
    )
    query = select(*_SHOWN, Case.handler_group.label("holder"), due.label("due"))
    return query.where(Case.key.in_(keys)).order_by(Case.key.desc())


def _clocks(keys: list[int]) -> Any:
    """A row for each handling clock."""
    return (
        select(*_SHOWN, Deadline.holder, Deadline.due, Deadline.ended.label("done"))
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .join(Case, Case.key == ProcessInstance.case_id)
        .where(Deadline.key.in_(keys))
        .order_by(Deadline.due, Deadline.key)
    )
