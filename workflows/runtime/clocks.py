"""Clocks start and end with their elements: counted, with the rungs of their ladder."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from workflows.engine import DeadlineWait, DecisionEvaluated
from workflows.runtime import deadline_rows
from workflows.runtime.calendars import calendar_of
from workflows.runtime.ladder import LadderInvalid, rungs_of
from workflows.runtime.signal_deliveries import spread
from workflows.store.base import table
from workflows.store.tables import Deadline, ElementInstance, SignalSubscription

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.runtime.running import Running
    from workflows.runtime.step import Step

#: The signal that whoever has asked something about a clock hears when it ends; its name ends with the clock's key.
ENDED = "时限结束:"

KEPT = ("suspensions", "extensions", "fired_level")  # by a clock that goes on

deadline, element_instance, signal = map(table, (Deadline, ElementInstance, SignalSubscription))


def start_clock(step: Step, running: Running, wait: DeadlineWait) -> bool:
    """Count the deadline and ask the ladder for its rungs. What fails is an incident; resolved, the clock starts."""
    try:
        calendar = calendar_of(step.session, wait.holder)
        rungs = _rungs(step, running, wait) if wait.ladder else []
        begun = _begun(step, running, wait)
        last = _last(step, running, wait) if wait.resumes else None
        earlier = _earlier(step, running, wait, last) if last is not None else None
        still = running.suspended and step.now
        row = deadline_rows.started(wait, begun, calendar, rungs, earlier=earlier, paused=still)
    except (LookupError, ValueError) as error:
        by = f"升级阶梯 {wait.ladder}:" if isinstance(error, LadderInvalid) else ""
        running.execution.fail(wait.element_key, "DECISION_EVALUATION_ERROR", f"时限「{wait.stage}」:{by}{error}")
        return True
    if last is not None:
        given_back = update(deadline).where(deadline.c.key == last.key).values(returned=step.now)
        step.session.connection().execute(given_back)
    if earlier is not None:
        running.continued.add(earlier.key)
        step.session.connection().execute(_goes_on(earlier.key))
    running.clocks[wait.key] = row
    running.before.pop((DeadlineWait, wait.key), None)
    return False


def _rungs(step: Step, running: Running, wait: DeadlineWait) -> list[dict[str, Any]]:
    seen = {**running.execution.variables(wait.element_key), "stage": wait.stage, "milestone": wait.milestone or None}
    outcome = step.decisions.evaluate(step.now, wait.ladder or "", seen)
    key = running.execution.next_key()
    running.ladders.append(DecisionEvaluated(key, wait.element_key, wait.element_id, wait.ladder or "", outcome))
    if outcome.failure is not None:
        raise ValueError(outcome.failure)
    return rungs_of(outcome.value)


def _begun(step: Step, running: Running, wait: DeadlineWait) -> datetime:
    """A clock that could not start in time counts from when its element began nevertheless."""
    if (DeadlineWait, wait.key) not in running.before:
        return step.now
    query = select(element_instance.c.started).where(element_instance.c.key == wait.element_key)
    begun: datetime = step.session.connection().execute(query).scalar_one()
    return begun


def _last(step: Step, running: Running, wait: DeadlineWait) -> Any:
    """The last clock of the stage in this instance, which was given back (退回)."""
    columns = deadline.c
    same = (
        columns.process_instance_key == running.key,
        columns.stage == wait.stage,
        columns.milestone == wait.milestone,
        columns.key < wait.key,
    )
    query = select(deadline).where(*same).order_by(columns.key.desc()).limit(1)
    return step.session.connection().execute(query).one_or_none()


def _earlier(step: Step, running: Running, wait: DeadlineWait, row: Any) -> Any:
    """The clock to go on with: the last one, if it is over and had the same holder."""
    if row.unit != wait.unit or (row.holder and step.seat(row.holder)) != wait.holder:
        return None
    if row.ended is not None:
        return row
    if (DeadlineWait, row.key) in running.after:
        return None
    ending = deadline_rows.stopped(row, step.now, calendar_of(step.session, row.holder))
    return SimpleNamespace(key=row.key, **{name: getattr(row, name) for name in KEPT}, used=ending["used"])


def _goes_on(key: int) -> Any:
    """A clock that another goes on with was not met; that it was overdue stays."""
    return update(deadline).where(deadline.c.key == key, deadline.c.met.is_(True)).values(met=None)


def end_clocks(session: Session, ended: list[tuple[Running, DeadlineWait]], now: datetime, actor: str) -> None:
    """Keep what the clocks were, and tell who has asked something about them."""
    connection = session.connection()
    query = select(deadline).where(deadline.c.key.in_([wait.key for _, wait in ended]), deadline.c.ended.is_(None))
    continued = {key for running in {r.key: r for r, _ in ended}.values() for key in running.continued}
    for row in connection.execute(query).all():  # a clock that could not start has no row
        end = deadline_rows.stopped(row, now, calendar_of(session, row.holder))
        if row.key in continued and end["met"]:
            end["met"] = None
        connection.execute(update(deadline).where(deadline.c.key == row.key).values(end))
    names = [f"{ENDED}{wait.key}" for _, wait in ended]
    for name in connection.execute(select(signal.c.name).where(signal.c.name.in_(names)).distinct()).scalars():
        spread(session, name, {}, now, actor=actor)
