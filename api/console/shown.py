"""What pages say of clocks, people and units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import FileResponse, Response
from sqlalchemy import and_, or_, select

from api.problems import Problem
from workflows.calendar import CHINA
from workflows.governance import photos
from workflows.runtime.escalation_words import clock_name
from workflows.store.queries.clocks import unit_names
from workflows.store.queries.lights import LIGHTS
from workflows.store.tables.governance import Person, Seat

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class ClockShown:
    """A clock as a page shows it; the light has a shape and a word besides its colour."""

    name: str
    light: str
    due: datetime
    paused: bool
    provisional: bool


def clock_shown(row: Row[Any] | None) -> ClockShown | None:
    if row is None:
        return None
    paused = row.paused_since is not None
    light = "paused" if paused else "ended" if row.light is None else str(LIGHTS[row.light])
    return ClockShown(clock_name(row.stage, row.milestone), light, row.due, paused, row.provisional)


def here(at: datetime | None) -> datetime | None:
    """A moment as the clock of the city shows it: for the cells of spreadsheets, which know no zones."""
    return at and at.astimezone(CHINA.zone).replace(tzinfo=None, microsecond=0)


def photo(request: Request, session: Session, case: int | None, hash: str) -> Response:
    """A photo of a case, shown in a page; opened by itself it runs nothing."""
    found = next((one for one in photos.of_case(session, case) if one.hash == hash), None) if case else None
    if found is None:
        raise Problem(404, "没有这张照片")
    path = photos.path_of(request.app.state.settings.photo_directory, found)
    return FileResponse(path, media_type=found.media_type)


def people_names(session: Session, ids: Collection[str]) -> dict[str, str]:
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).tuples().all())


def unit_titles(session: Session, groups: Collection[str]) -> dict[str, str]:
    """``grid-worker-street@G07`` → 07号网格 街道城管网格员, as far as the organisation knows it."""
    units = unit_names(session, {group.partition("@")[2] for group in groups})
    roles = {group.partition("@")[0] for group in groups}
    titles = dict(session.execute(select(Seat.role, Seat.title).where(Seat.role.in_(roles)).distinct()).tuples().all())
    return {
        group: f"{units.get(unit, unit)} {titles.get(role, role)}".strip()
        for group in groups
        for role, _, unit in (group.partition("@"),)
    }


def seated(session: Session, groups: Collection[str]) -> dict[str, str]:
    """Who holds the seats of these groups, or deputises."""
    held = [
        and_(Seat.role == role, Seat.unit_id == unit) for role, _, unit in (group.partition("@") for group in groups)
    ]
    if not held:
        return {}
    pairs = session.execute(select(Seat.person_id, Seat.deputy_id).where(or_(*held))).tuples()
    return people_names(session, {person for pair in pairs for person in pair if person})


def person_named(session: Session, text: str) -> str:
    """Whom somebody means by an id or a name. Problem where nobody is called that, or more than one."""
    said = text.strip()
    if session.get(Person, said) is not None:
        return said
    found = session.scalars(select(Person.id).where(Person.name == said).limit(2)).all()
    if len(found) > 1:
        raise Problem(400, f"组织里不止一位 {said[:40]},请填人员编号")
    if not found:
        raise Problem(400, f"组织里没有人员 {said[:40]}")
    return found[0]


def doers(session: Session, tasks: Sequence[Row[Any]]) -> list[str]:
    """Of each open task who has it, or else which seats may take it."""
    names = people_names(session, {task.assignee for task in tasks if task.assignee})
    titles = unit_titles(session, {group for task in tasks for group in task.candidate_groups})
    return [
        names.get(task.assignee, task.assignee)
        if task.assignee
        else "、".join(titles[group] for group in task.candidate_groups)
        for task in tasks
    ]
