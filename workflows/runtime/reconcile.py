"""Reconcile: after a command the open rows are made equal to the wait states, one statement per kind of row."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, insert, or_, select, update

from workflows.engine import (
    DeadlineWait,
    IncidentWait,
    JobWait,
    MessageWait,
    SignalWait,
    TimerWait,
    UserTaskWait,
    Wait,
)
from workflows.runtime.clocks import end_clocks
from workflows.runtime.involving import involve_all
from workflows.runtime.rows import CHANGING, OPENING, Row
from workflows.runtime.running import Slot, blocked
from workflows.store.base import table
from workflows.store.tables import (
    Form,
    Incident,
    Job,
    MessageSubscription,
    SignalSubscription,
    Timer,
    UserTask,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy import Connection, CursorResult, Table, Update
    from sqlalchemy.orm import Session

    from workflows.runtime.running import Running

user_task, job, timer, incident, subscription, signal, form = map(
    table, (UserTask, Job, Timer, Incident, MessageSubscription, SignalSubscription, Form)
)
Closed = list[tuple["Running", Wait]]


class RowsDiffer(RuntimeError):
    """The open rows are not the wait states; ``bihuan verify`` shows where."""


def reconcile(session: Session, instances: Iterable[Running], now: datetime, actor: str) -> None:
    """Open, change and close rows by what the instances waited for before and what they wait for now.

    What was before is known from the loaded states, so nothing is read; that the rows were so is checked by the counts.
    """
    connection = session.connection()
    closed, changed, opened = _differences(instances, now)
    for kind in closed.keys() & CLOSE.keys():
        CLOSE[kind](connection, closed[kind], now, actor)
    if clocks := closed.get(DeadlineWait):
        end_clocks(session, [(running, wait) for running, wait in clocks if isinstance(wait, DeadlineWait)], now, actor)
    for kind, rows in changed.items():
        of = OPENING[kind][0]
        result = connection.execute(update(of).where(of.c.key == bindparam("b_key")), rows)
        if kind is not DeadlineWait:  # a clock that could not start has no row
            _all(result, rows)
    for kind, rows in opened.items():
        connection.execute(_INSERT[kind], rows)
    _hold_jobs(connection, instances, now)
    involve_all(session, instances, actor)


def _differences(
    instances: Iterable[Running], now: datetime
) -> tuple[dict[type[Wait], Closed], dict[type[Wait], list[Row]], dict[type[Wait], list[Row]]]:
    """What closes, what changes, what opens."""
    closed: dict[type[Wait], Closed] = defaultdict(list)
    changed: dict[type[Wait], list[Row]] = defaultdict(list)
    opened: dict[type[Wait], list[Row]] = defaultdict(list)
    for running in instances:
        for slot in running.before.keys() - running.after.keys():
            closed[slot[0]].append((running, running.before[slot]))
        for (kind, key), wait in running.after.items():
            earlier = running.before.get((kind, key))
            if earlier is None and (row := _opening(running, wait, now)):
                opened[kind].append(row)
            elif earlier not in (None, wait) and kind in CHANGING:
                changed[kind].append({"b_key": key, **CHANGING[kind](wait)})
    return closed, changed, opened


def _opening(running: Running, wait: Wait, now: datetime) -> Row | None:
    row = OPENING[type(wait)][1](running, wait, now) if type(wait) in OPENING else None
    place = {"key": wait.key, "process_instance_key": running.key, "element_id": wait.element_id}
    return None if row is None else {**place, **row}


# The version of a form is the one that is the latest when the task is created.
_LATEST_FORM = (
    select(form.c.key).where(form.c.form_id == bindparam("form_id")).order_by(form.c.version.desc()).limit(1)
).scalar_subquery()
_INSERT = {kind: insert(of) for kind, (of, _) in OPENING.items()}
_INSERT[UserTaskWait] = insert(user_task).values(form_key=_LATEST_FORM)


def _ending(of: Table, *states: str) -> Update:
    # Not in_(…): its parameters expand, which statements for many rows cannot do.
    return update(of).where(of.c.key == bindparam("b_key"), or_(*(of.c.state == state for state in states)))


_END_USER_TASK = _ending(user_task, "CREATED")
_END_JOB = _ending(job, "CREATED", "FAILED")
_END_INCIDENT = _ending(incident, "ACTIVE")


def _ended(waits: Closed, now: datetime) -> list[Row]:
    """COMPLETED, also when what comes after the work fails: the work is done and kept."""
    terminated = {key for running in {r.key: r for r, _ in waits}.values() for key in running.terminated}
    return [
        {
            "b_key": wait.key,
            "state": running.endings.get(wait.key) or ("CANCELED" if wait.element_key in terminated else "COMPLETED"),
            "ended": now,
        }
        for running, wait in waits
    ]


def _end_user_tasks(connection: Connection, waits: Closed, now: datetime, actor: str) -> None:
    rows = _ended(waits, now)
    for row in rows:
        row["completed_by"] = actor if row["state"] == "COMPLETED" else None
    _all(connection.execute(_END_USER_TASK, rows), rows)


def _end_jobs(connection: Connection, waits: Closed, now: datetime, _actor: str) -> None:
    rows = _ended(waits, now)
    _all(connection.execute(_END_JOB, rows), rows)


def _end_incidents(connection: Connection, waits: Closed, now: datetime, _actor: str) -> None:
    rows = [{"b_key": w.key, "state": "RESOLVED", "ended": now} for _, w in waits]
    _all(connection.execute(_END_INCIDENT, rows), rows)


def _delete(of: Table) -> Callable[[Connection, Closed, datetime, str], None]:
    statement = delete(of).where(of.c.key.in_(bindparam("keys", expanding=True)))

    def gone(connection: Connection, waits: Closed, _now: datetime, _actor: str) -> None:
        _all(connection.execute(statement, {"keys": [wait.key for _, wait in waits]}), waits)

    return gone


# What is over is kept with the state it ended in; timers and subscriptions are not: the elements tell what happened.
CLOSE: dict[type[Wait], Callable[[Connection, Closed, datetime, str], None]] = {
    UserTaskWait: _end_user_tasks,
    JobWait: _end_jobs,
    IncidentWait: _end_incidents,
    TimerWait: _delete(timer),
    MessageWait: _delete(subscription),
    SignalWait: _delete(signal),
}

_HOLD = update(job).where(job.c.key == bindparam("b_key"), job.c.state == "CREATED").values(state="FAILED", worker=None)
_RELEASE = (
    update(job)
    .where(job.c.key == bindparam("b_key"), job.c.state == "FAILED")
    .values(state="CREATED", retries=case((job.c.retries > 0, job.c.retries), else_=1), error_message=None)
)


def _hold_jobs(connection: Connection, instances: Iterable[Running], now: datetime) -> None:
    """A job with an incident is handed to nobody; when the incident is resolved it has one try at least."""
    held: list[Row] = []
    released: list[Row] = []
    for running in instances:
        before, after = blocked(running.before), blocked(running.after)
        held += [{"b_key": slot[1]} for slot in _jobs(after - before)]
        released += [{"b_key": slot[1], "available_at": now} for slot in _jobs(before - after) if slot in running.after]
    if held:
        connection.execute(_HOLD, held)
    if released:
        connection.execute(_RELEASE, released)


def _jobs(of: set[Slot]) -> list[Slot]:
    return [slot for slot in of if slot[0] is JobWait]


def _all(result: CursorResult[Any], wanted: list[Any]) -> None:
    if result.rowcount != len(wanted):
        raise RowsDiffer(f"{RowsDiffer.__doc__} ({result.rowcount} of {len(wanted)})")
