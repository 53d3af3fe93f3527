"""What stands now, in numbers: open cases by step and by grid, and which of them have a clock that is overdue."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, func, select

from workflows.store.queries.lights import OPEN, reached
from workflows.store.queries.seen import of_cases, of_failures, of_instances
from workflows.store.tables import (
    Deadline,
    ElementInstance,
    Escalation,
    Incident,
    ProcessDefinition,
    ProcessInstance,
)
from workflows.store.tables.governance import Case, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from workflows.store.queries.seen import Within

CLASSES = 4  # of a map, besides that of nothing


class Place(NamedTuple):
    """A grid with the area it lies in, and its cases: open, and open with an overdue clock."""

    id: str
    name: str
    area: str
    open: int
    late: int


class Figures(NamedTuple):
    """Open cases and those overdue, in all and by step and grid; what came in and what was closed since midnight."""

    open: int
    late: int
    steps: dict[str, tuple[int, int]]
    places: list[Place]
    reported: int
    ended: int
    incidents: int


def figures(session: Session, now: datetime, midnight: datetime, seen: Within | None = None) -> Figures:
    """Counted at one moment. Overdue cases are found from the clocks that are, which are few beside all cases."""
    only, place = of_cases(seen), (Case.step, Case.grid)
    running = select(*place, func.count()).where(Case.ended.is_(None), *only).group_by(*place)
    overdue = (
        select(*place, func.count(Case.key.distinct()))
        .join(ProcessInstance, ProcessInstance.case_id == Case.key)
        .join(Deadline, Deadline.process_instance_key == ProcessInstance.key)
        .where(OPEN, reached(Deadline.due, now), Case.ended.is_(None), *only)
        .group_by(*place)
    )
    steps: Counter[tuple[str, int]] = Counter()
    grids: Counter[tuple[str | None, int]] = Counter()
    for column, query in enumerate((running, overdue)):
        for step, grid, number in session.execute(query).tuples():
            steps[step, column] += number
            grids[grid, column] += number
    counted = {
        "reported": select(func.count()).select_from(Case).where(Case.reported >= midnight, *only),
        "ended": select(func.count()).select_from(Case).where(Case.ended >= midnight, *only),
        "incidents": select(func.count()).select_from(failed(seen).subquery()),
    }
    numbers = {name: session.execute(query).scalar_one() for name, query in counted.items()}
    return Figures(
        open=sum(number for (_, column), number in steps.items() if column == 0),
        late=sum(number for (_, column), number in steps.items() if column == 1),
        steps={step: (steps[step, 0], steps[step, 1]) for step, _ in steps},
        places=[Place(row.id, row.name, row.area or "", grids[row.id, 0], grids[row.id, 1]) for row in _grids(session)],
        **numbers,
    )


def boundaries(session: Session) -> dict[str, Any]:
    """The grids as GeoJSON (RFC 7946): rings are closed, longitude comes first."""
    rows = session.execute(select(Unit.id, Unit.name, Unit.boundary).where(Unit.kind == "grid").order_by(Unit.id))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row.id,
                "properties": {"name": row.name},
                "geometry": {"type": "Polygon", "coordinates": [[*row.boundary, row.boundary[0]]]},
            }
            for row in rows
            if row.boundary
        ],
    }


def breaks(numbers: Iterable[int]) -> list[int]:
    """The upper bounds of up to ``CLASSES`` classes of about as many places each; nothing has a class of its own."""
    some = sorted(number for number in numbers if number)
    if not some:
        return []
    ends = (len(some) * part // CLASSES for part in range(1, CLASSES + 1))
    return sorted({some[max(end - 1, 0)] for end in ends})


def incidents(limit: int, seen: Within | None = None) -> Select[Any]:
    """Those that are open, the newest first."""
    return failed(seen).order_by(Incident.created.desc(), Incident.key.desc()).limit(limit)


def failed(seen: Within | None = None) -> Select[Any]:
    """Open incidents, of the cases one sees and of what is no case's."""
    return (
        select(
            Incident.key,
            func.coalesce(ElementInstance.element_name, Incident.element_id).label("element"),
            Incident.error_type,
            Incident.message,
            Incident.created,
            Incident.process_instance_key,
            ProcessDefinition.name.label("process_name"),
            ProcessDefinition.version,
            Case.number.label("case_number"),
        )
        .outerjoin(ElementInstance, ElementInstance.key == Incident.element_instance_key)
        .join(ProcessInstance, ProcessInstance.key == Incident.process_instance_key)
        .join(ProcessDefinition, ProcessDefinition.key == ProcessInstance.process_definition_key)
        .outerjoin(Case, Case.key == ProcessInstance.case_id)
        .where(Incident.state == "ACTIVE", *of_failures(seen))
    )


def escalations(session: Session, limit: int, seen: Within | None = None) -> list[Row[Any]]:
    """(label, stage, recipient, fired, case number) of the rungs that fired last; nothing personal."""
    query = (
        select(Escalation.label, Escalation.stage, Escalation.recipient, Escalation.fired, Case.number)
        .join(ProcessInstance, ProcessInstance.key == Escalation.process_instance_key)
        .outerjoin(Case, Case.key == ProcessInstance.case_id)
        .where(*of_instances(seen))
        .order_by(Escalation.key.desc())
        .limit(limit)
    )
    return list(session.execute(query))


def _grids(session: Session) -> list[Row[Any]]:
    areas = select(Unit.id, Unit.name).where(Unit.kind == "area").subquery()
    query = (
        select(Unit.id, Unit.name, areas.c.name.label("area"))
        .outerjoin(areas, areas.c.id == Unit.parent_id)
        .where(Unit.kind == "grid")
        .order_by(Unit.id)
    )
    return list(session.execute(query))
