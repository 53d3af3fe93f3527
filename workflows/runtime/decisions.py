"""Decisions that are asked for by themselves, without a process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions import DmnError
from workflows.runtime.calendars import current
from workflows.runtime.clock import now as clock_now
from workflows.runtime.decide import evaluate
from workflows.runtime.errors import Invalid, NotFound
from workflows.runtime.events import Tag, record_engine_event
from workflows.runtime.journal import write_decisions
from workflows.store.definitions import find_decision
from workflows.store.json import clean
from workflows.store.keys import next_keys

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflows.runtime.decide import Evaluation


class DecisionTaken(NamedTuple):
    """An evaluation under the key it has on record."""

    key: int
    evaluation: Evaluation


def evaluate_decision(
    session: Session,
    variables: dict[str, Any],
    *,
    decision_id: str | None = None,
    definition_key: int | None = None,
    actor: str,
) -> DecisionTaken:
    """Take a decision: the latest version of an id, or one version by its key.

    One that fails has a ``failure`` and is on record like any other. NotFound; Invalid when its file, deployed once,
    can be used no more.
    """
    named = f"「{decision_id}」" if definition_key is None else str(definition_key)
    try:
        file = find_decision(session, decision_id=decision_id, key=definition_key)
    except DmnError as error:
        raise Invalid(f"决策 {named} 的文件无法使用:{error} (the file cannot be used)") from error
    if file is None:
        raise NotFound(f"没有部署决策 {named} (not deployed)")
    variables = clean(variables)
    at = clock_now(session)
    evaluation = evaluate(file, variables, at, partial(current, session))
    [key] = next_keys(session)
    write_decisions(session.connection(), evaluation.rows(key, at, instance_key=None, element_key=None))
    details = {"key": key, "variables": variables, "decisions": evaluation.said(key)}
    record_engine_event(session, Tag.DECISION_EVALUATE, details, at=at, actor=actor)
    return DecisionTaken(key, evaluation)
