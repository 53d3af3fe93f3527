"""The runs behind a number of ``runs``: which of them, and how often or how long each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, literal, null, select, true

from workflows.store.queries.runs import constant, counted, items_of, seconds_between
from workflows.store.queries.seen import of_cases
from workflows.store.tables import Case, Deadline, DecisionEvaluation, ElementInstance, Event, Incident, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Row, Select
    from sqlalchemy.orm import Session

    from workflows.store.queries.seen import Within

MOST = 500


def details(session: Session, keys: Collection[int], seen: Within | None) -> dict[int, Row[Any]]:
    """Runs by key, with the number of their case where it is one that is ``seen``."""
    of = ProcessInstance
    query = (
        select(of.key, of.state, of.started, of.ended, of.business_id, of.case_id, Case.number)
        .outerjoin(Case, and_(Case.key == of.case_id, *of_cases(seen)))
        .where(of.key.in_(keys))
    )
    return {row.key: row for row in session.execute(query)}


def total(session: Session, query: Select[Any]) -> tuple[int, int]:
    """How many runs one of the lists below has, and how many times in all."""
    found = query.order_by(None).subquery()
    number = list(found.c)[1]
    runs, times = session.execute(select(func.count(), func.coalesce(func.sum(number), 0)).select_from(found)).one()
    return runs, times


def standing_at(definition: int, element: str) -> Select[Any]:
    """Instances with a token at an element, those that have stood there longest first."""
    of = ElementInstance
    since = func.min(of.started)
    return (
        select(of.process_instance_key, func.count().label("times"), null(), since)
        .join(ProcessInstance, ProcessInstance.key == of.process_instance_key)
        .where(
            of.state == constant("ACTIVE"),
            of.element_id == element,
            ProcessInstance.process_definition_key == definition,
        )
        .group_by(of.process_instance_key)
        .order_by(since)
    )


def running_of(definition: int) -> Select[Any]:
    """Instances of a version that have not ended, the oldest first."""
    of = ProcessInstance
    return (
        select(of.key, literal(1).label("times"), null(), of.started)
        .where(of.process_definition_key == definition, of.ended.is_(None))
        .order_by(of.started, of.key)
    )


def failed_at(definition: int, element: str) -> Select[Any]:
    """Instances with an open incident at an element, the oldest first."""
    of = Incident
    since = func.min(of.created)
    return (
        select(of.process_instance_key, func.count().label("times"), null(), since)
        .join(ProcessInstance, ProcessInstance.key == of.process_instance_key)
        .where(of.state == "ACTIVE", of.element_id == element, ProcessInstance.process_definition_key == definition)
        .group_by(of.process_instance_key)
        .order_by(since)
    )


def passing(keys: Sequence[int], element: str, repeated: Collection[str]) -> Select[Any]:
    """Runs that passed an element, how often and how long; the longest first."""
    of = ElementInstance
    took = func.sum(seconds_between(of.started, of.ended))
    return (
        select(of.process_instance_key, func.count().label("times"), took.label("took"), null())
        .where(of.process_instance_key.in_(keys), of.element_id == element, of.state == "COMPLETED", counted(repeated))
        .group_by(of.process_instance_key)
        .order_by(took.desc(), of.process_instance_key)
    )


def late_at(keys: Sequence[int], element: str) -> Select[Any]:
    """Runs in which a clock of an element was not met, and how many such clocks."""
    of = Deadline
    over = func.sum(seconds_between(of.due, of.ended))
    return (
        select(of.process_instance_key, func.count().label("times"), over.label("over"), null())
        .where(
            of.process_instance_key.in_(keys),
            of.element_id == element,
            of.met.is_(False),
            of.exempted.is_(None),
            of.milestone == "",
        )
        .group_by(of.process_instance_key)
        .order_by(over.desc(), of.process_instance_key)
    )


def repeating(keys: Sequence[int], element: str, repeated: Collection[str]) -> Select[Any]:
    """Runs in which one visit of what is around it passed an activity more than once, and how often at most."""
    of = ElementInstance
    visits = (
        select(of.process_instance_key.label("key"), func.count().label("times"))
        .where(of.process_instance_key.in_(keys), of.element_id == element, counted(repeated))
        .group_by(of.process_instance_key, of.scope_key)
        .having(func.count() > 1)
        .subquery()
    )
    most = func.max(visits.c.times)
    return select(visits.c.key, most, null(), null()).group_by(visits.c.key).order_by(most.desc(), visits.c.key)


def taking(session: Session, keys: Sequence[int], flow: str) -> Select[Any]:
    """Runs that took a flow, and how often."""
    each, taken = items_of(session, Event.details, "flows")
    return (
        select(Event.process_instance_key, func.count().label("times"), null(), null())
        .select_from(Event)
        .join(each, true())
        .where(Event.process_instance_key.in_(keys), taken == flow)
        .group_by(Event.process_instance_key)
        .order_by(func.count().desc(), Event.process_instance_key)
    )


def matching(session: Session, keys: Sequence[int], decision: int, rule: str) -> Select[Any]:
    """Runs in which a rule of a decision's version matched, and how often."""
    of = DecisionEvaluation
    each, matched = items_of(session, of.matched, item="rule_id")
    return (
        select(of.process_instance_key, func.count().label("times"), null(), null())
        .select_from(of)
        .join(each, true())
        .where(of.process_instance_key.in_(keys), of.decision_definition_key == decision, matched == rule)
        .group_by(of.process_instance_key)
        .order_by(func.count().desc(), of.process_instance_key)
    )
