"""Incidents: what failed and waits for someone; retry one, or many at once with a result for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Request, Response

from api.console.pages import page
from api.console.people import SignedIn, may
from api.console.scope import Seen, seen_by
from api.permissions import Permission
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import key_or_none
from workflows import runtime
from workflows.runtime.errors import Refusal
from workflows.store.queries.overview import failed
from workflows.store.tables import Incident

if TYPE_CHECKING:
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
    if not reason.strip():
        raise Problem(400, "请写明理由", code="REASON_MISSING")
    results = []
    seen = seen_by(session, staff)
    shown = set(session.scalars(failed(seen).with_only_columns(Incident.key))) if seen else None
    for text in (key or [])[:SHOWN]:
        incident = key_or_none(text)
        if incident is None or (shown is not None and incident not in shown):
            continue
        try:
            with session.begin_nested():
                runtime.resolve_incident(session, incident, reason=reason, actor=staff.person)
            results.append((text, ""))
        except Refusal as refusal:
            results.append((text, str(refusal)))
    return _shown(request, session, staff, seen, results)


def _shown(
    request: Request, session: Session, staff: Staff, seen: Within | None, results: list[tuple[str, str]]
) -> Response:
    query = failed(seen).order_by(Incident.created, Incident.key).limit(SHOWN)
    rows: list[Row[Any]] = list(session.execute(query))
    may_retry = staff.may(Permission.INCIDENT_RESOLVE)
    return page(
        request, "incidents.html", staff, rows=rows, results=results, may_retry=may_retry, within=seen is not None
    )
