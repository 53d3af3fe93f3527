"""The cases and clocks that a figure counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from sqlalchemy import func, select

from api.console.pages import Offset, page
from api.console.people import SignedIn
from api.console.reports.asked import READ, TABS, columns, month, names, way
from api.console.scope import Seen
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
    from workflows.store.queries.seen import Within

router = new_router("Console")
PAGE = 100


@router.get("/reports/cases", dependencies=[READ])
def get_counted(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    seen: Seen,
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
    keys = _counted(session, of, by, figure, value=value, seen=seen)
    rows = session.execute((_clocks if by == "unit" else _cases)(keys[after : after + PAGE])).all()
    conditions = catalogue.conditions(session)
    return page(
        request,
        "reports_cases.html",
        staff,
        rows=rows,
        number=len(keys),
        conditions=conditions,
        within=seen is not None,
        titles=unit_titles(session, {row.holder for row in rows if row.holder}),
        figure=figure,
        value=value,
        name=names(session, by, [value]).get(value, "") if value else "",
        next=after + PAGE if after + PAGE < len(keys) else None,
        month=of,
        tabs=TABS,
        tab=by,
        kind=WAYS[by].noun,
    )


_SHOWN = (Case.number, Case.text, Case.condition_code, Case.state, Case.reported, Case.ended, Case.reworks)


def _counted(session: Session, of: Month, by: str, figure: str, *, value: str | None, seen: Within | None) -> list[int]:
    """The keys of what is counted."""
    if (column := WAYS[by].column) is None:
        units = None if value is None else {value}
        if seen is not None:
            units = set(seen.units) if units is None else units & set(seen.units)
        return indicators.clocks_of(session, figure, units, *of.period)
    return list(session.scalars(indicators.cases_of(figure, *of.period, column, value, seen=seen)))


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
