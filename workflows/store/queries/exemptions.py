"""Batches of records to be decided: how far each is, what was decided how often, what came of each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from workflows.store.tables import BatchOperation, BatchOperationItem, DecisionEvaluation, ProcessInstance, Violation
from workflows.store.tables.batch import START

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

_columns = BatchOperationItem
_DECIDED = and_(Violation.process_instance_key == _columns.process_instance_key, Violation.annulled.is_(None))


def batch(session: Session, key: int) -> BatchOperation | None:
    """A batch that starts instances; None where there is none of this key."""
    return session.scalars(
        select(BatchOperation).where(BatchOperation.key == key, BatchOperation.type == START)
    ).one_or_none()


def outcomes(session: Session, key: int) -> dict[str, int]:
    """How often each outcome was decided."""
    query = select(Violation.outcome, func.count()).join(_columns, _DECIDED)
    counted = query.where(_columns.batch_operation_key == key).group_by(Violation.outcome).order_by(Violation.outcome)
    return {outcome: number for outcome, number in session.execute(counted)}  # noqa: C416 - a row is no pair


def open_instances(session: Session, key: int) -> int:
    """Instances of the batch that have not ended."""
    query = (
        select(func.count())
        .select_from(ProcessInstance)
        .join(_columns, _columns.process_instance_key == ProcessInstance.key)
    )
    return session.execute(
        query.where(_columns.batch_operation_key == key, ProcessInstance.ended.is_(None))
    ).scalar_one()


def decisions(session: Session, instances: list[int], decision_id: str) -> dict[int, Any]:
    """What a decision gave in each of these instances, the last time it was taken."""
    evaluation = DecisionEvaluation
    taken = (
        select(evaluation.process_instance_key, evaluation.output)
        .where(evaluation.process_instance_key.in_(instances), evaluation.decision_id == decision_id)
        .where(evaluation.failure.is_(None))
        .order_by(evaluation.key)
    )
    return {instance: output for instance, output in session.execute(taken)}  # noqa: C416 - a row is no pair


def records(
    session: Session, key: int, *, state: str | None, outcome: str | None, after: int, limit: int
) -> list[Row[Any]]:
    """The lines behind ``after``, each with its instance and what that decided."""
    query = (
        select(
            _columns.item_key,
            _columns.state,
            _columns.message,
            _columns.variables,
            _columns.process_instance_key,
            _columns.processed,
            ProcessInstance.state.label("process_state"),
            Violation.outcome,
            Violation.party,
        )
        .outerjoin(ProcessInstance, ProcessInstance.key == _columns.process_instance_key)
        .outerjoin(Violation, _DECIDED)
        .where(_columns.batch_operation_key == key, _columns.item_key > after)
        .order_by(_columns.item_key)
        .limit(limit)
    )
    if state is not None:
        query = query.where(_columns.state == state)
    if outcome is not None:
        query = query.where(Violation.outcome == outcome)
    return list(session.execute(query))
