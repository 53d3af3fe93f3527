"""Where an instance stands and how it came there: passes of each element, flows taken, ways back, clocks that run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from api.console.shown import ClockShown, clock_shown
from workflows.store.definitions import executable, find_process
from workflows.store.queries import clocks
from workflows.store.tables import Deadline, ElementInstance, Event, Incident, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.engine.model import Process

#: What a diagram is told by in words: what is done, and where it ends.
SAID = {"USER_TASK", "SERVICE_TASK", "BUSINESS_RULE_TASK", "SUB_PROCESS", "CALL_ACTIVITY", "MANUAL_TASK", "END_EVENT"}
SAID |= {"INTERMEDIATE_CATCH_EVENT", "RECEIVE_TASK", "SEND_TASK", "EVENT_SUB_PROCESS"}
MOST_EVENTS = 5_000  # whose flows are counted; one that goes round and round has more


def model_of(session: Session, definition_key: int) -> Process:
    """What is drawn."""
    found = find_process(session, key=definition_key)
    assert found is not None  # an instance refers to it  # noqa: S101
    return executable(session, found).model


def elements(session: Session, instance: int) -> list[dict[str, Any]]:
    """Each element it has come to, in the order of its last visit: passes, tokens, failures, since when, clock."""
    failed = _failures(session, instance)
    counted: dict[str, dict[str, Any]] = {}
    columns = ElementInstance
    for id, name, kind, state, number, since in session.execute(
        select(
            columns.element_id,
            columns.element_name,
            columns.type,
            columns.state,
            func.count(),
            func.max(columns.started),
        )
        .where(columns.process_instance_key == instance, columns.type != "PROCESS")
        .group_by(columns.element_id, columns.element_name, columns.type, columns.state)
        .order_by(func.max(columns.started), func.max(columns.key))
    ):
        one = counted.setdefault(id, {"id": id, "name": name or id, "type": kind, "active": 0, "completed": 0})
        if state == "ACTIVE":
            one["active"], one["since"] = number, since
        else:
            one["completed"] += number
    for one in counted.values():
        one |= {"since": one.get("since"), "passes": one["active"] + one["completed"]}
        one["incident"] = failed.get(one["id"], 0)
    return list(counted.values())


def _failures(session: Session, instance: int) -> dict[str, int]:
    of = (Incident.process_instance_key == instance, Incident.state == "ACTIVE")
    query = select(Incident.element_id, func.count()).where(*of).group_by(Incident.element_id)
    return dict(session.execute(query).tuples().all())


def running_clocks(session: Session, instance: int, at: datetime) -> dict[str, tuple[ClockShown, str]]:
    """By element: the clock that ends first, and the label of the rung of its ladder that fired last."""
    query = (
        clocks.deadlines(at)
        .where(Deadline.process_instance_key == instance, Deadline.ended.is_(None))
        .order_by(Deadline.due.desc())
    )
    found = {}
    for row in session.execute(query):
        shown = clock_shown(row)
        if shown is not None:
            found[row.element_id] = shown, rung_of(row)
    return found


def rung_of(row: Any) -> str:
    """The label of the rung that a clock has climbed to."""
    climbed = [rung["label"] for rung in row.rungs if rung["level"] == row.fired_level]
    return climbed[0] if climbed else ""


def taken(session: Session, instance: int) -> list[str]:
    """The sequence flows it took, in order, as its events have them."""
    details = session.scalars(
        select(Event.details).where(Event.process_instance_key == instance).order_by(Event.seq).limit(MOST_EVENTS)
    )
    return [flow for one in details for flow in one.get("flows", ())]


def ways_back(model: Process, flows: Iterable[str]) -> set[str]:
    """Those of the flows by which it returned: they close a circle, and where they led first it had been before.

    In the second round every flow leads where it had been; what goes back is what did so when it was first taken.
    """
    been: set[str] = set()
    back: set[str] = set()
    for flow in (model.flows[id] for id in dict.fromkeys(flows) if id in model.flows):
        been.add(flow.source)
        if flow.target in been and flow.source in _reached(model, flow.target):
            back.add(flow.id)
        been.add(flow.target)
    return back


def _reached(model: Process, start: str) -> set[str]:
    """Where a token can come to from here, by flows, links and boundary events."""
    seen, ahead = {start}, [start]
    while ahead:
        id = ahead.pop()
        node = model.nodes.get(id)
        if node is None:
            continue
        nexts = [*model.successors(node), *(one.id for one in model.boundaries(id))]
        ahead += [one for one in nexts if one not in seen]
        seen.update(nexts)
    return seen


def called(session: Session, instance: int) -> dict[str, list[Any]]:
    """By element: the instances it called, the newest first."""
    query = (
        select(ElementInstance.element_id, ProcessInstance.key, ProcessInstance.process_id, ProcessInstance.state)
        .join(ElementInstance, ElementInstance.key == ProcessInstance.parent_element_instance_key)
        .where(ProcessInstance.parent_process_instance_key == instance)
        .order_by(ProcessInstance.key.desc())
    )
    found: dict[str, list[Any]] = {}
    for row in session.execute(query):
        found.setdefault(row.element_id, []).append(row)
    return found


def holders(session: Session, instances: Collection[int]) -> dict[str, list[Any]]:
    """By element: its open tasks."""
    query = (
        select(UserTask.key, UserTask.element_id, UserTask.name, UserTask.assignee, UserTask.candidate_groups)
        .add_columns(UserTask.process_instance_key, UserTask.created)
        .where(UserTask.process_instance_key.in_(instances), UserTask.state == "CREATED")
        .order_by(UserTask.created, UserTask.key)
    )
    found: dict[str, list[Any]] = {}
    for row in session.execute(query):
        found.setdefault(row.element_id, []).append(row)
    return found


def drawn(
    session: Session,
    instance: ProcessInstance,
    at: datetime,
    *,
    words: Callable[[dict[str, Any], tuple[ClockShown, str] | None], dict[str, Any]],
    address: Callable[[int], str],
) -> dict[str, Any]:
    """What the page draws upon the diagram; ``words`` gives the badges of an element."""
    model = model_of(session, instance.process_definition_key)
    flows = taken(session, instance.key)
    running = running_clocks(session, instance.key, at)
    return {
        "elements": {one["id"]: words(one, running.get(one["id"])) for one in elements(session, instance.key)},
        "flows": Counter(flows),
        "back": sorted(ways_back(model, flows)),
        "called": {id: address(rows[0].key) for id, rows in called(session, instance.key).items()},
    }


def visits(session: Session, instance: int, limit: int = 500) -> list[Any]:
    """The visits of elements in order, the latest of them, each with its beginning and end."""
    columns = ElementInstance
    query = (
        select(columns.key, columns.element_id, columns.element_name, columns.type, columns.state)
        .add_columns(columns.started, columns.ended)
        .where(columns.process_instance_key == instance, columns.type.in_(SAID))
        .order_by(columns.started.desc(), columns.key.desc())
        .limit(limit)
    )
    return list(session.execute(query))[::-1]
