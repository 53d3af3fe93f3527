"""What of joint operations is shown: one by one, in lists, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from workflows.governance.joint_operations import COUNTS, Outcome
from workflows.store.queries.seen import naming
from workflows.store.tables import Case, Evidence, JointOperation, JointOperationCase, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from workflows.store.queries.seen import Within

RUNNING, CLOSED, CANCELLED = "running", "closed", "cancelled"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which operations; what is None does not matter."""

    grid: str | None = None
    area: str | None = None
    class_code: str | None = None
    outcome: str | None = None  # or RUNNING
    started_from: datetime | None = None
    started_before: datetime | None = None


def list_operations(
    session: Session, wanted: Filter, *, limit: int = 50, before: int | None = None, seen: Within | None = None
) -> list[JointOperation]:
    """The newest first, of cases that are ``seen``; ``before`` is the key of the last one of the page before."""
    only = [*_conditions(wanted), *_of_seen(seen)]
    query = select(JointOperation).where(*only).order_by(JointOperation.key.desc()).limit(limit)
    if before is not None:
        query = query.where(JointOperation.key < before)
    return list(session.scalars(query))


def summaries(session: Session, operations: list[JointOperation]) -> list[dict[str, Any]]:
    """Each with its state, its cases and the evidence that its departments share, in three queries for all of them."""
    if not operations:
        return []
    keys = [one.key for one in operations]
    instances = [one.process_instance_key for one in operations]
    tied = (
        select(JointOperationCase.operation_key, Case.number)
        .join(Case, Case.key == JointOperationCase.case_key)
        .where(JointOperationCase.operation_key.in_(keys))
        .order_by(JointOperationCase.joined, Case.number)
    )
    numbers: dict[int, list[str]] = {key: [] for key in keys}
    for key, number in session.execute(tied):
        numbers[key].append(number)
    found = select(ProcessInstance.key, ProcessInstance.state).where(ProcessInstance.key.in_(instances))
    states = dict(session.execute(found).tuples().all())
    pooled: dict[int, list[dict[str, Any]]] = {instance: [] for instance in instances}
    for piece in session.scalars(_brought_for(instances)):
        pooled[piece.process_instance_key or 0].append(
            {"key": str(piece.key), "kind": piece.kind, "status": piece.status}
        )
    return [
        _summary(one, numbers[one.key], states.get(one.process_instance_key))
        | {"evidence": pooled[one.process_instance_key]}
        for one in operations
    ]


def _brought_for(instances: list[int]) -> Select[tuple[Evidence]]:
    """Whoever may read what it is looks it up in the register."""
    return select(Evidence).where(Evidence.process_instance_key.in_(instances)).order_by(Evidence.key)


def totals(session: Session, wanted: Filter, seen: Within | None = None) -> dict[str, Any]:
    """How many operations, what they did, how many cases they were for and solved; of cases that are ``seen``."""
    only = [*_conditions(wanted), *_of_seen(seen)]
    columns = JointOperation.__table__.c
    counted = select(func.count(), *(func.coalesce(func.sum(columns[name]), 0) for name in COUNTS))
    row = session.execute(counted.select_from(JointOperation).where(*only)).one()
    cases = (
        select(JointOperation.outcome, func.count(func.distinct(JointOperationCase.case_key)))
        .join(JointOperationCase, JointOperationCase.operation_key == JointOperation.key)
        .where(*only, *naming(seen, JointOperationCase.case_key))
        .group_by(JointOperation.outcome)
    )
    by_outcome = dict(session.execute(cases).tuples().all())
    outcomes = select(JointOperation.outcome, func.count()).where(*only).group_by(JointOperation.outcome)
    ended = {outcome or RUNNING: count for outcome, count in session.execute(outcomes).tuples()}
    return {
        "operations": row[0],
        "outcomes": {name: ended.get(name, 0) for name in (*(one.value for one in Outcome), RUNNING)},
        "cases": sum(by_outcome.values()),
        "casesSolved": by_outcome.get(Outcome.SOLVED.value, 0),
        **{name: int(count) for name, count in zip(COUNTS, row[1:], strict=True)},
    }


def _of_seen(seen: Within | None) -> list[ColumnElement[bool]]:
    """That an operation is for one of these cases at least."""
    if seen is None:
        return []
    of = aliased(JointOperationCase)
    return [exists().where(of.operation_key == JointOperation.key, *naming(seen, of.case_key))]


def _conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.outcome == RUNNING:
        yield JointOperation.outcome.is_(None)
    elif wanted.outcome is not None:
        yield JointOperation.outcome == wanted.outcome
    for name in ("grid", "area", "class_code"):
        if (value := getattr(wanted, name)) is not None:
            yield getattr(JointOperation, name) == value
    if wanted.started_from is not None:
        yield JointOperation.started >= wanted.started_from
    if wanted.started_before is not None:
        yield JointOperation.started < wanted.started_before


def _summary(one: JointOperation, numbers: list[str], instance: str | None) -> dict[str, Any]:
    cancelled = one.outcome == Outcome.CANCELLED.value or (not one.ended and instance == "TERMINATED")
    state = CANCELLED if cancelled else CLOSED if one.ended else RUNNING
    return {
        "key": str(one.key),
        "number": one.number,
        "processInstanceKey": str(one.process_instance_key),
        "state": state,
        "classCode": one.class_code,
        "grid": one.grid,
        "area": one.area,
        "reason": one.reason,
        "requestedBy": one.requested_by,
        "lead": one.lead,
        "departments": one.departments,
        "cases": numbers,
        "outcome": one.outcome,
        "started": _moment(one.started),
        "ended": _moment(one.ended),
        **{name: getattr(one, name) for name in COUNTS},
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
