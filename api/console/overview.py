"""The overview of supervisors, and what is overdue or soon will be."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from sqlalchemy import or_, select

from api.console.actions import passes, verbs_of
from api.console.pages import Offset, page
from api.console.people import SignedIn
from api.console.scope import SEES_CASES, Seen
from api.console.shown import clock_shown, doers, unit_titles
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession
from workflows import runtime
from workflows.calendar import CHINA
from workflows.governance.cases import Step
from workflows.store.queries import clocks, lights
from workflows.store.queries.clocks import unit_names
from workflows.store.queries.lights import LIGHTS, Light
from workflows.store.queries.overview import boundaries, breaks, figures, incidents
from workflows.store.queries.seen import of_clocks
from workflows.store.tables import Deadline, UserTask
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

    from workflows.store.queries.seen import Within

router = new_router("Console")
PAGE = 50
NEWEST = 5  # incidents
NOBODY = "-"  # in the address: clocks that nobody has, and those of a stage itself
SHADED = ("open", "late")  # by what the map is coloured
YEAR = re.compile("2[0-9]{3}")
BURNING = (Light.PURPLE, Light.RED, Light.YELLOW, Light.GREEN)


@router.get("/monitor", dependencies=[SEES_CASES])
def get_monitor(request: Request, session: ReadSession, staff: SignedIn, seen: Seen, by: str = "open") -> Response:
    """What is in work, and where it is late. Every number is a link to what it counts."""
    newest = list(session.execute(incidents(NEWEST, seen)))
    return page(request, "monitor.html", staff, **board(session, by, seen), newest=newest, within=seen is not None)


@router.get("/monitor/grids.json", dependencies=[SEES_CASES])
def get_grids(session: ReadSession, _staff: SignedIn) -> Response:
    """The boundaries of the grids; how much there is in each stands in the table of the page."""
    return Reply(boundaries(session), headers={"Cache-Control": "private, max-age=300"})


def board(session: Session, by: str, seen: Within | None) -> dict[str, Any]:
    """What the overview and the wall show alike, all of one moment."""
    at = runtime.now(session)
    midnight = at.astimezone(CHINA.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    counted, found = lights.count_lights(session, at, *of_clocks(seen)), figures(session, at, midnight, seen)
    by = by if by in SHADED else "open"
    places = sorted(found.places, key=lambda place: (-getattr(place, by), -place.open, place.name, place.id))
    bounds = breaks(getattr(place, by) for place in places)
    return {
        "total": counted.total,
        "stages": sorted(counted.stages.items()),
        "units": sorted(counted.units.items(), key=lambda item: (-item[1].purple - item[1].red, item[0] or "")),
        "names": unit_names(session, filter(None, counted.units)),
        "figures": found,
        "steps": [(step.value, *found.steps.get(step.value, (0, 0))) for step in Step],
        "by": by,
        "shades": shades(bounds),
        "places": [
            (place, bisect_left(bounds, number) + 1 if number else 0)
            for place in places
            for number in (getattr(place, by),)
        ],
        "lights": [light.value for light in LIGHTS],
        "at": at,
    }


def shades(bounds: list[int]) -> list[str]:
    """What each class of the map means, beginning with that of nothing: 0, 1–2, 3–5."""
    texts, least = ["0"], 1
    for bound in bounds:
        texts.append(str(bound) if bound == least else f"{least}–{bound}")
        least = bound + 1
    return texts


@router.get("/overdue", dependencies=[SEES_CASES])
def get_overdue(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    seen: Seen,
    *,
    light: str = "",
    unit: str = "",
    stage: str = "",
    milestone: str = "",
    into: str = "",
    after: Offset = 0,
) -> Response:
    """Clocks that are red, purple or yellow, the one longest overdue first."""
    at = runtime.now(session)
    which = lists(at)
    chosen = light if light in which else ""
    conditions = [*which[chosen], *of_clocks(seen)]
    if unit == NOBODY:
        conditions.append(or_(Deadline.holder.is_(None), Deadline.holder.not_like("%@_%")))
    elif unit:
        conditions.append(Deadline.holder.endswith(f"@{unit}", autoescape=True))
    if stage:
        conditions.append(Deadline.stage == stage)
    if milestone:
        conditions.append(Deadline.milestone == ("" if milestone == NOBODY else milestone))
    if year := _year(into):
        conditions += runtime.running_into(year)
    query = clocks.deadlines(at).add_columns(Case.text, Case.address).where(*conditions)
    rows = list(session.execute(query.order_by(Deadline.due, Deadline.key).limit(PAGE + 1).offset(after)))
    verbs = verbs_of(staff)
    return page(
        request,
        "overdue.html",
        staff,
        rows=[(row, clock_shown(row)) for row in rows[:PAGE]],
        waiting=_waiting(session, [row for row in rows if row.ended is None]),
        urges="urge" in verbs,
        supervisable={row.key for row in rows if "supervise" in verbs and passes("supervise", row, at)},
        titles=unit_titles(session, {row.holder for row in rows if row.holder}),
        chosen=chosen,
        lists=[one for one in which if one],
        unit_name=unit_names(session, [unit]).get(unit, unit),
        unit=unit,
        stage=stage,
        milestone=milestone,
        into=year,
        within=seen is not None,
        next=after + PAGE if len(rows) > PAGE else None,
        at=at,
    )


def _waiting(session: Session, clocks: Sequence[Row[Any]]) -> dict[int, tuple[int, str]]:
    """Of each clock the task that it waits for, and who has it or may take it."""
    query = (
        select(UserTask.key, UserTask.process_instance_key, UserTask.assignee, UserTask.candidate_groups)
        .where(UserTask.process_instance_key.in_({row.process_instance_key for row in clocks}))
        .where(UserTask.state == "CREATED")
        .order_by(UserTask.key)
    )
    tasks = session.execute(query).all()
    said = list(zip(tasks, doers(session, tasks), strict=True))
    newest = {task.process_instance_key: (task.key, doer) for task, doer in said}
    own = {task.key: (task.key, doer) for task, doer in said}
    found = ((row.key, own.get(row.element_instance_key) or newest.get(row.process_instance_key)) for row in clocks)
    return {key: task for key, task in found if task}


def _year(text: str) -> int:
    """Of an address; 0 where there is none."""
    return int(text) if YEAR.fullmatch(text) else 0


def lists(at: datetime) -> dict[str, tuple[ColumnElement[bool], ...]]:
    """The lists of clocks by the word in the address; without one, those that are or soon will be overdue."""
    showing = lights.showing(at)
    return {
        "": (lights.OPEN, lights.reached(Deadline.yellow_at, at)),
        **{light.value: (showing[light],) for light in BURNING},
        "LATE": (lights.OPEN, lights.reached(Deadline.due, at)),
        "PAUSED": (lights.OPEN, Deadline.paused_since.is_not(None)),
        "OPEN": (lights.OPEN,),
    }
