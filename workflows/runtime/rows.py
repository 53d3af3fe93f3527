"""What each kind of wait is as a row: when it opens and when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from workflows.store.base import table
from workflows.store.tables import Deadline, Incident, Job, MessageSubscription, SignalSubscription, Timer, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Table

    from workflows.runtime.running import Running

Row = dict[str, Any]


def _user_task(_running: Running, wait: UserTaskWait, now: datetime) -> Row:
    return {
        "name": wait.element_name,
        "state": "CREATED",
        "form_id": wait.form_id,
        "properties": wait.properties,
        "created": now,
        **_user_task_changing(wait),
    }


def _user_task_changing(wait: UserTaskWait) -> Row:
    return {
        "assignee": wait.assignee,
        "candidate_groups": list(wait.candidate_groups),
        "candidate_users": list(wait.candidate_users),
        "due_date": wait.due_date,
        "follow_up_date": wait.follow_up_date,
        "priority": wait.priority,
    }


def _of(wait: Wait) -> Row:
    return {"element_id": wait.element_id}


def _job(_running: Running, wait: JobWait, now: datetime) -> Row:
    return {
        "type": wait.type,
        "state": "CREATED",
        "retries": wait.retries,
        "headers": wait.headers,
        "available_at": now,
        "created": now,
    }


def _timer(_running: Running, wait: TimerWait, _now: datetime) -> Row:
    return {"due": wait.due}


def _message(running: Running, wait: MessageWait, now: datetime) -> Row:
    return {
        "process_id": running.definition.process_id,
        "name": wait.name,
        "correlation_key": wait.correlation_key,
        "created": now,
    }


def _signal(running: Running, wait: SignalWait, now: datetime) -> Row:
    return {"process_id": running.definition.process_id, "name": wait.name, "created": now}


def _incident(_running: Running, wait: IncidentWait, now: datetime) -> Row:
    return {
        "element_instance_key": wait.element_key,
        "error_type": wait.error_type,
        "message": wait.message,
        "state": "ACTIVE",
        "created": now,
    }


def _deadline(running: Running, wait: DeadlineWait, _now: datetime) -> Row | None:
    return running.clocks.get(wait.key)


# None instead of a row: it could not start, and its element has an incident.
OPENING: dict[type[Wait], tuple[Table, Callable[[Running, Any, datetime], Row | None]]] = {
    UserTaskWait: (table(UserTask), _user_task),
    JobWait: (table(Job), _job),
    TimerWait: (table(Timer), _timer),
    MessageWait: (table(MessageSubscription), _message),
    SignalWait: (table(SignalSubscription), _signal),
    IncidentWait: (table(Incident), _incident),
    DeadlineWait: (table(Deadline), _deadline),
}
# The columns that can change while a row is open: the element only by migration.
CHANGING: dict[type[Wait], Callable[[Any], Row]] = {
    UserTaskWait: lambda wait: {**_of(wait), "name": wait.element_name, **_user_task_changing(wait)},
    TimerWait: lambda wait: {**_of(wait), "due": wait.due, "claimed_until": None},
    DeadlineWait: lambda wait: {**_of(wait), "holder": wait.holder},
    **dict.fromkeys((JobWait, MessageWait, SignalWait, IncidentWait), _of),
}
