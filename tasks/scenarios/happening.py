"""What happened to an instance, read from the rows it left."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from workflows.store.queries.variables import variables
from workflows.store.tables import (
    Case,
    CaseStep,
    Deadline,
    DecisionEvaluation,
    Document,
    ElementInstance,
    Escalation,
    Event,
    Incident,
    Notice,
    ProcessInstance,
    UserTask,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

Row = dict[str, Any]
CLOCK = ("stage", "milestone", "holder", "due", "met", "unit", "number", "extensions")
CASE = ("state", "step", "refusal_code", "on_time", "reworks", "satisfaction", "stars")


@dataclass(frozen=True, slots=True)
class Happened:
    """``elements`` and ``flows`` are the ids passed, by process id, of all instances: called ones and others too."""

    state: str = "NONE"
    end: str | None = None
    path: list[str] = field(default_factory=list)
    decisions: dict[str, Any] = field(default_factory=dict)  # the last result of each
    deadlines: list[Row] = field(default_factory=list)
    escalations: list[Row] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    case: Row = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)  # the public steps the case entered
    notices: list[str] = field(default_factory=list)  # what the reporter was told
    others: list[Row] = field(default_factory=list)  # instances about the same: requests, supervision
    documents: list[tuple[str, int]] = field(default_factory=list)  # number and key
    incidents: list[str] = field(default_factory=list)
    elements: dict[str, set[str]] = field(default_factory=dict)
    flows: dict[str, set[str]] = field(default_factory=dict)


def happened(session: Session, key: int) -> Happened:
    """All that is known of an instance and of those it called."""
    instance = session.get(ProcessInstance, key)
    if instance is None:
        return Happened()
    family = _family(key)
    decided = select(DecisionEvaluation.decision_id, DecisionEvaluation.output).where(
        DecisionEvaluation.process_instance_key.in_(family), DecisionEvaluation.state == "EVALUATED"
    )
    clocks = select(Deadline).where(Deadline.process_instance_key.in_(family)).order_by(Deadline.key)
    rungs = select(Escalation).where(Escalation.process_instance_key.in_(family)).order_by(Escalation.at)
    broken = select(Incident).where(Incident.process_instance_key.in_(related(key)), Incident.state == "ACTIVE")
    others = select(ProcessInstance).where(_about(key), ProcessInstance.key != key).order_by(ProcessInstance.key)
    steps = select(CaseStep.step).where(CaseStep.case_key == instance.case_id).order_by(CaseStep.id)
    notices = select(Notice.kind).where(Notice.case_key == instance.case_id).order_by(Notice.id)
    case = session.get(Case, instance.case_id) if instance.case_id else None
    elements, flows = _passed(session)
    return Happened(
        state=instance.state,
        end=_end(session, key, ElementInstance.scope_key == key),
        path=_path(session, key),
        decisions=dict(session.execute(decided.order_by(DecisionEvaluation.key)).tuples().all()),
        deadlines=[{name: getattr(clock, name) for name in CLOCK} for clock in session.scalars(clocks)],
        escalations=[
            {"stage": rung.stage, "level": rung.level, "to": rung.recipient, "at": rung.at}
            for rung in session.scalars(rungs)
        ],
        variables={each.name: each.value for each in variables(session, key) if each.scope_key == key},
        case={name: getattr(case, name) for name in CASE} if case else {},
        steps=list(session.scalars(steps)),
        notices=list(session.scalars(notices)),
        others=[
            {"process": other.process_id, "state": other.state}
            | {"end": _end(session, other.key), "path": _path(session, other.key)}
            for other in session.scalars(others)
        ],
        documents=list(
            session.execute(
                select(Document.number, Document.key)
                .where(Document.process_instance_key.in_(_family(key)))
                .order_by(Document.key)
            ).tuples()
        ),
        incidents=[f"{each.error_type}: {each.message}" for each in session.scalars(broken)],
        elements=elements,
        flows=flows,
    )


def related(key: int) -> Select[tuple[int]]:
    """The keys of an instance, of those it called, and of those that are about the same."""
    return select(ProcessInstance.key).where(or_(ProcessInstance.root_process_instance_key == key, _about(key)))


def _family(key: int) -> Select[tuple[int]]:
    return select(ProcessInstance.key).where(ProcessInstance.root_process_instance_key == key)


def _about(key: int) -> ColumnElement[bool]:
    number = select(ProcessInstance.business_id).where(ProcessInstance.key == key).scalar_subquery()
    return or_(ProcessInstance.business_id == number, ProcessInstance.business_id == str(key))


def _path(session: Session, key: int) -> list[str]:
    done = select(UserTask.element_id).where(
        UserTask.process_instance_key.in_(_family(key)), UserTask.state == "COMPLETED"
    )
    return list(session.scalars(done.order_by(UserTask.ended, UserTask.key)))


def _end(session: Session, key: int, *only: ColumnElement[bool]) -> str | None:
    ends = select(ElementInstance.element_id).where(
        ElementInstance.process_instance_key == key,
        ElementInstance.type == "END_EVENT",
        ElementInstance.state == "COMPLETED",
        *only,
    )
    return session.scalars(ends.order_by(ElementInstance.key.desc())).first()


def _passed(session: Session) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    elements: dict[str, set[str]] = defaultdict(set)
    flows: dict[str, set[str]] = defaultdict(set)
    process = dict(session.execute(select(ProcessInstance.key, ProcessInstance.process_id)).tuples().all())
    visited = select(ElementInstance.process_instance_key, ElementInstance.element_id)
    for key, element in session.execute(visited):
        elements[process[key]].add(element)
    for key, details in session.execute(select(Event.process_instance_key, Event.details)):
        if key in process:
            flows[process[key]].update(details.get("flows", []))
    return elements, flows
