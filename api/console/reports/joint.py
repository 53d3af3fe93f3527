"""The joint operations behind a number of the report, each with the cases it was for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from sqlalchemy import select

from api.console.pages import Offset, page
from api.console.people import SignedIn
from api.console.reports.asked import READ, TABS, month
from api.console.scope import Seen
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession
from workflows.governance import joint_views
from workflows.governance.joint_operations import Outcome
from workflows.governance.joint_views import RUNNING, Filter
from workflows.store.queries.clocks import unit_names
from workflows.store.queries.seen import of_cases
from workflows.store.tables import Case

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflows.store.queries.seen import Within

router = new_router("Console")
PAGE = 50
#: How operations come out, in the order of the columns of the report.
OUTCOMES = (*(one.value for one in Outcome), RUNNING)


@router.get("/reports/joint", dependencies=[READ])
def get_joint(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    seen: Seen,
    *,
    outcome: str | None = None,
    before: Offset | None = None,
) -> Response:
    """Those started in the month, of one outcome or all, the newest first."""
    of = month(request, session)
    if outcome and outcome not in OUTCOMES:
        raise Problem(404, "没有这种结果")
    since, until = of.period
    wanted = Filter(outcome=outcome or None, started_from=since, started_before=until)
    found = joint_views.list_operations(session, wanted, limit=PAGE + 1, before=before, seen=seen)
    rows = joint_views.summaries(session, found[:PAGE])
    units = {unit for row in rows for unit in (row["lead"], row["area"], row["grid"]) if unit}
    return page(
        request,
        "reports_joint.html",
        staff,
        rows=rows,
        outcome=outcome,
        called=unit_names(session, units),
        shown=_shown(session, {number for row in rows for number in row["cases"]}, seen),
        next=found[PAGE - 1].key if len(found) > PAGE else None,
        within=seen is not None,
        month=of,
        tabs=TABS,
        tab="area",
    )


def _shown(session: Session, numbers: set[str], seen: Within | None) -> set[Any]:
    """Which of these cases are seen."""
    return set(session.scalars(select(Case.number).where(Case.number.in_(numbers), *of_cases(seen))))
