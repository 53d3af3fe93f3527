"""Incidents: what failed and waits for someone; retry one, or many at once with a result for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Request, Response

from api.console.pages import page
from api.console.people import SignedIn, may
from api.console.scope import Seen, seen_by
from api.permissions import Permission
from api.problems import Problem, as_problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import key_or_none
from workflows import runtime
from workflows.runtime.errors import Refusal
from workflows.runtime.reasons import ReasonMissing
from workflows.store.queries.overview import failed
from workflows.store.tables import Incident

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from api.console.people import Staff
    from workflows.store.queries.seen import Within

router = new_router("Console")
SHOWN = 200


@router.get("/incidents", dependencies=[may(Permission.INCIDENT_READ)])
def get_incidents(request: Request, session: ReadSession, staff: SignedIn, seen: Seen) -> Response:
    return _shown(request, session, staff, seen, [])


@router.post("/incidents/retry", dependencies=[may(Permission.INCIDENT_RESOLVE)])
def post_retry(
    request: Request,
    session: WriteSession,
    staff: SignedIn,
    key: Annotated[list[str] | None, Form()] = None,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Run each again; one that is refused does not stop the others."""
    seen, chosen = seen_by(session, staff), (key or [])[:SHOWN]
    if not chosen or not reason.strip():
        problem = ReasonMissing() if chosen else Problem(400, "请先勾选要重试的异常", code="NOTHING_CHOSEN")
        return _shown(request, session, staff, seen, [], problem=as_problem(problem), ticked=chosen, reason=reason)
    keys = [incident for text in chosen if (incident := key_or_none(text))]
    known = {row.key: row for row in session.execute(failed(seen).where(Incident.key.in_(keys)))}
    results = []
    for incident in keys:
        if seen is not None and incident not in known:
            continue
        try:
            with session.begin_nested():
                runtime.resolve_incident(session, incident, reason=reason, actor=staff.person)
            results.append((incident, known.get(incident), ""))
        except Refusal as refusal:
            results.append((incident, known.get(incident), str(refusal)))
    return _shown(request, session, staff, seen, results)


def _shown(
    request: Request,
    session: Session,
    staff: Staff,
    seen: Within | None,
    results: list[tuple[int, Row[Any] | None, str]],
    *,
    problem: Problem | None = None,
    ticked: Sequence[str] = (),
    reason: str = "",
) -> Response:
    query = failed(seen).order_by(Incident.created, Incident.key).limit(SHOWN)
    rows: list[Row[Any]] = list(session.execute(query))
    return page(
        request,
        "incidents.html",
        staff,
        problem.status_code if problem else 200,
        rows=rows,
        results=results,
        problem=problem,
        ticked=set(ticked),
        reason=reason,
        again={row.process_instance_key for row in rows},
        may_retry=staff.may(Permission.INCIDENT_RESOLVE),
        within=seen is not None,
    )
