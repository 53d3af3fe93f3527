"""Processes: what is deployed, how much of it runs, and where on the diagram it stands."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Request, Response
from pydantic import BeforeValidator
from sqlalchemy import func, select

from api.console.pages import page, span
from api.console.people import SignedIn, may
from api.permissions import Permission
from api.problems import Problem
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import read_key
from workflows.store.tables import ElementInstance, Incident, ProcessDefinition, ProcessInstance

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

router = new_router("Console")
READ = may(Permission.INSTANCE_READ)
Key = Annotated[int, BeforeValidator(read_key)]
LAST = 200  # finished runs that the times are taken from
TIMED = {"USER_TASK", "SUB_PROCESS", "SERVICE_TASK", "CALL_ACTIVITY"}
RUNNING = ("ACTIVE", "SUSPENDED")


@router.get("/processes", dependencies=[READ])
def get_processes(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    """Every version that is the newest or still runs."""
    running = dict(
        session.execute(
            select(ProcessInstance.process_definition_key, func.count())
            .where(ProcessInstance.state.in_(RUNNING))
            .group_by(ProcessInstance.process_definition_key)
        )
        .tuples()
        .all()
    )
    newest = select(func.max(ProcessDefinition.key)).group_by(ProcessDefinition.process_id)
    rows = session.execute(
        select(ProcessDefinition.key, ProcessDefinition.process_id, ProcessDefinition.name, ProcessDefinition.version)
        .where(ProcessDefinition.key.in_(newest) | ProcessDefinition.key.in_(running))
        .order_by(ProcessDefinition.process_id, ProcessDefinition.version.desc())
    ).all()
    return page(request, "processes.html", staff, rows=rows, running=running)


@router.get("/processes/{key}", dependencies=[READ])
def get_process(request: Request, session: ReadSession, staff: SignedIn, key: Key) -> Response:
    """One version: its diagram with counts, and the same as a table with how long each element takes."""
    definition = _definition(session, key)
    counts = _counts(session, key)
    times, names, runs = _times(session, key)
    rows = [
        {"name": names.get(id) or id} | counts.get(id, {"active": 0, "incident": 0}) | {"median": times.get(id)}
        for id in sorted({*counts, *times}, key=lambda one: (-counts.get(one, {}).get("active", 0), one))
    ]
    return page(request, "process.html", staff, definition=definition, rows=rows, runs=runs, span=span)


@router.get("/processes/{key}/diagram", dependencies=[READ])
def get_diagram(session: ReadSession, _staff: SignedIn, key: Key) -> Response:
    """The diagram and how many tokens stand at each element, for the page to draw."""
    definition = _definition(session, key)
    elements = {
        id: count | {"label": " ".join([f"● {count['active']}"] + [f"! {count['incident']}"] * bool(count["incident"]))}
        for id, count in _counts(session, key).items()
    }
    return Reply({"xml": definition.xml.decode("utf-8"), "elements": elements})


def _definition(session: Session, key: int) -> ProcessDefinition:
    definition = session.get(ProcessDefinition, key)
    if definition is None:
        raise Problem(404, "没有这个流程")
    return definition


def _counts(session: Session, key: int) -> dict[str, dict[str, Any]]:
    """By element: how many tokens stand at it, and how many have failed there."""
    of_definition = ProcessInstance.process_definition_key == key
    active = session.execute(
        select(ElementInstance.element_id, func.max(ElementInstance.element_name), func.count())
        .join(ProcessInstance, ProcessInstance.key == ElementInstance.process_instance_key)
        .where(of_definition, ElementInstance.state == "ACTIVE", ElementInstance.type != "PROCESS")
        .group_by(ElementInstance.element_id)
    ).tuples()
    failed: dict[str, int] = dict(
        session.execute(
            select(Incident.element_id, func.count())
            .join(ProcessInstance, ProcessInstance.key == Incident.process_instance_key)
            .where(of_definition, Incident.state == "ACTIVE")
            .group_by(Incident.element_id)
        )
        .tuples()
        .all()
    )
    return {id: {"name": name or id, "active": number, "incident": failed.get(id, 0)} for id, name, number in active}


def _times(session: Session, key: int) -> tuple[dict[str, float], dict[str, str], int]:
    """The median seconds at each element that takes time, its name, and how many finished runs they are of."""
    ended: list[int] = list(
        session.scalars(
            select(ProcessInstance.key)
            .where(ProcessInstance.process_definition_key == key, ProcessInstance.state == "COMPLETED")
            .order_by(ProcessInstance.key.desc())
            .limit(LAST)
        )
    )
    taken: dict[str, list[float]] = {}
    rows: Any = session.execute(
        select(
            ElementInstance.element_id, ElementInstance.element_name, ElementInstance.started, ElementInstance.ended
        ).where(
            ElementInstance.process_instance_key.in_(ended),
            ElementInstance.state == "COMPLETED",
            ElementInstance.type.in_(TIMED),
        )
    )
    names: dict[str, str] = {}
    for id, name, started, over in rows:
        names[id] = name
        taken.setdefault(id, []).append((over - started).total_seconds())
    return {id: median(seconds) for id, seconds in taken.items()}, names, len(ended)
