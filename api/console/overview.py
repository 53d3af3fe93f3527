"""The overview of supervisors, and what is overdue or soon will be."""

from __future__ import annotations

from fastapi import Request, Response
from sqlalchemy import func, select

from api.console.pages import page
from api.console.people import SignedIn, may
from api.console.shown import clock_shown, unit_titles
from api.permissions import Permission
from api.routing import new_router
from api.sessions import ReadSession
from workflows import runtime
from workflows.calendar import CHINA
from workflows.store.queries import clocks, lights
from workflows.store.queries.clocks import unit_names
from workflows.store.queries.lights import LIGHTS, Light
from workflows.store.tables import Deadline, Incident
from workflows.store.tables.governance import Case

router = new_router("Console")
PAGE = 50
BURNING = (Light.PURPLE, Light.RED, Light.YELLOW, Light.GREEN)


@router.get("/monitor", dependencies=[may(Permission.DEADLINE_READ)])
def get_monitor(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    """Clocks by light, stage and unit; cases by step. Every number is a link to what it counts."""
    at = runtime.now(session)
    counted = lights.count_lights(session, at)
    midnight = at.astimezone(CHINA.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    open_cases = select(Case.step, func.count()).where(Case.ended.is_(None)).group_by(Case.step)
    counted_by = {
        "reported": select(func.count()).select_from(Case).where(Case.reported >= midnight),
        "ended": select(func.count()).select_from(Case).where(Case.ended >= midnight),
        "incidents": select(func.count()).select_from(Incident).where(Incident.state == "ACTIVE"),
    }
    counts = {name: session.execute(query).scalar_one() for name, query in counted_by.items()}
    return page(
        request,
        "monitor.html",
        staff,
        total=counted.total,
        stages=sorted(counted.stages.items()),
        units=sorted(counted.units.items(), key=lambda item: (-item[1].purple - item[1].red, item[0] or "")),
        names=unit_names(session, filter(None, counted.units)),
        steps=dict(session.execute(open_cases).tuples().all()),
        counts=counts,
        lights=[light.value for light in LIGHTS],
        at=at,
    )


@router.get("/overdue", dependencies=[may(Permission.DEADLINE_READ)])
def get_overdue(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    *,
    light: str = "",
    unit: str = "",
    stage: str = "",
    after: int = 0,
) -> Response:
    """Clocks that are red, purple or yellow, the one longest overdue first."""
    at = runtime.now(session)
    showing = lights.showing(at)
    chosen = light if light in set(BURNING) else ""
    conditions = [showing[Light(chosen)]] if chosen else [lights.OPEN, lights.reached(Deadline.yellow_at, at)]
    if unit:
        conditions.append(Deadline.holder.like(f"%@{unit.replace('%', '').replace('_', '')}"))
    if stage:
        conditions.append(Deadline.stage == stage)
    start = max(after, 0)
    query = clocks.deadlines(at).where(*conditions).order_by(Deadline.due, Deadline.key).limit(PAGE + 1).offset(start)
    rows = list(session.execute(query))
    return page(
        request,
        "overdue.html",
        staff,
        rows=[(row, clock_shown(row)) for row in rows[:PAGE]],
        titles=unit_titles(session, {row.holder for row in rows if row.holder}),
        chosen=chosen,
        lights=[one.value for one in BURNING],
        unit=unit,
        stage=stage,
        next=start + PAGE if len(rows) > PAGE else None,
        at=at,
    )
