"""The inbox of a person: their open tasks, those of their groups, and which clock of each ends first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from workflows.store.queries.clocks import deadlines
from workflows.store.queries.search import contains
from workflows.store.tables import Deadline, ProcessDefinition, ProcessInstance, UserTask
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

_CLOCK = (
    select(func.min(Deadline.due))
    .where(Deadline.process_instance_key == UserTask.process_instance_key, Deadline.ended.is_(None))
    .scalar_subquery()
)
_DUE = func.coalesce(_CLOCK, UserTask.due_date)

#: Processes that decide about a case without handling it: what is asked of a clock of it, and letters of supervision.
BESIDE = ("deadline-extension", "deadline-suspension", "overdue-appeal", "supervision")
_subject = aliased(Case)
_SUBJECT = (
    select(_subject.key)
    .where(_subject.number == ProcessInstance.business_id, ProcessInstance.process_id.in_(BESIDE))
    .scalar_subquery()
)
#: The case that a task is about.
ABOUT = func.coalesce(ProcessInstance.case_id, _SUBJECT)
#: Tasks with their process and case.
TASKS: Select[Any] = (
    select(
        *UserTask.__table__.c,
        ProcessInstance.process_id,
        ProcessInstance.revision,
        ProcessInstance.state.label("instance_state"),
        ProcessInstance.case_id,
        Case.key.label("about_case"),
        ProcessDefinition.name.label("process_name"),
        Case.number.label("case_number"),
        Case.text.label("case_text"),
        Case.address.label("case_address"),
    )
    .join(ProcessInstance, ProcessInstance.key == UserTask.process_instance_key)
    .join(ProcessDefinition, ProcessDefinition.key == ProcessInstance.process_definition_key)
    .outerjoin(Case, Case.key == ABOUT)
)


def mine(person: str) -> ColumnElement[bool]:
    return UserTask.assignee == person


def claimable(person: str, groups: Collection[str]) -> ColumnElement[bool]:
    """Nobody has it, and it is offered to the person or to a group of theirs."""
    offered = [contains(UserTask.candidate_groups, group) for group in groups]
    return UserTask.assignee.is_(None) & or_(contains(UserTask.candidate_users, person), *offered)


def of_colleagues(person: str, groups: Collection[str]) -> ColumnElement[bool]:
    """Someone else of a group of theirs has it."""
    offered = [contains(UserTask.candidate_groups, group) for group in groups]
    return UserTask.assignee.is_not(None) & (UserTask.assignee != person) & or_(False, *offered)


def inbox(session: Session, which: ColumnElement[bool], *, limit: int, offset: int = 0) -> list[Row[Any]]:
    """Open tasks, the one whose clock ends first on top; those without a clock at the end."""
    query = (
        TASKS.where(UserTask.state == "CREATED", which)
        .order_by(_DUE.is_(None), _DUE, UserTask.priority.desc(), UserTask.key)
        .limit(limit)
        .offset(offset)
    )
    return list(session.execute(query))


def count(session: Session, which: ColumnElement[bool]) -> int:
    return session.execute(
        select(func.count()).select_from(UserTask).where(UserTask.state == "CREATED", which)
    ).scalar_one()


def first_clocks(session: Session, instances: Collection[int], now: datetime) -> dict[int, Row[Any]]:
    """Of each process instance the open clock that ends first, with its light."""
    query = (
        deadlines(now)
        .where(Deadline.process_instance_key.in_(instances), Deadline.ended.is_(None))
        .order_by(Deadline.due.desc())
    )
    return {row.process_instance_key: row for row in session.execute(query)}
