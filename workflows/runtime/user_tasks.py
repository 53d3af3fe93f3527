"""User tasks: complete, assign, unassign, update."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.engine import DeadlineWait, UserTaskWait
from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import Invalid, Recused, SeparationOfDuty, Suspended, TaskAssigned
from workflows.runtime.events import Tag
from workflows.runtime.forms import check_form
from workflows.runtime.reasons import said
from workflows.runtime.task_notices import tell_of_task
from workflows.runtime.waiting import waiting_step
from workflows.store.base import table
from workflows.store.json import clean, clean_text
from workflows.store.tables import Deadline, Person, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from workflows.runtime.running import Running

SEPARATE_FROM, BARRED = "bihuan:separateFrom", "bihuan:barred"
HANDED_OVER = "handed-over"  # of the notification
PROGRAMS = ("client:", "worker:")  # actors that are no persons
MAX_PRIORITY = 100


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_moment(value: Any) -> bool:
    try:
        return value is None or (
            isinstance(value, datetime) and value.tzinfo is not None and bool(value.astimezone(UTC))
        )
    except OverflowError:  # in UTC it is before the year 1 or after 9999
        return False


def _is_priority(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_PRIORITY


# What can be changed of a task: whether a value is right, and what is wanted.
CHANGES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "candidate_groups": (_is_names, "名称的列表"),
    "candidate_users": (_is_names, "名称的列表"),
    "due_date": (_is_moment, "带时区的时间"),
    "follow_up_date": (_is_moment, "带时区的时间"),
    "priority": (_is_priority, f" 0 到 {MAX_PRIORITY} 的整数"),
}

user_task, deadline = table(UserTask), table(Deadline)


def complete_user_task(session: Session, key: int, variables: dict[str, Any], *, actor: str) -> None:
    """Forms are checked (FormMismatch, details with JSON Pointers), separation of duty (SeparationOfDuty), Recused."""
    details = {"variables": clean(variables)}
    with waiting_step(session, UserTaskWait, key, Tag.USER_TASK_COMPLETE, details, actor=actor) as (_, running, task):
        _not_suspended(session, running, key)
        if SEPARATE_FROM in task.properties:
            _separate(session, running, task, actor)
        if BARRED in task.properties:
            _barred(running, task, actor)
        if task.form_id is not None:
            check_form(session, key, details["variables"])
        running.execution.complete(key, details["variables"])


def assign_user_task(
    session: Session,
    key: int,
    assignee: str,
    *,
    allow_override: bool = True,
    reason: str | None = None,
    actor: str,
) -> None:
    """TaskAssigned when someone else has it and overriding is not allowed. 转办, with a reason, is told to both."""
    if not clean_text(assignee, "/assignee").strip():
        raise Invalid("办理人不能为空")
    if assignee != assignee.strip():  # or one person would be two to the separation of duty
        raise Invalid("办理人前后不能有空白")
    details = {"assignee": assignee, **said(reason)}
    with waiting_step(session, UserTaskWait, key, Tag.USER_TASK_ASSIGN, details, actor=actor) as (_, running, task):
        if task.assignee not in {None, assignee} and not allow_override:
            raise TaskAssigned
        running.execution.update_user_task(key, {"assignee": assignee})
        if reason and assignee != task.assignee:
            lines = {"交给": _name(session, assignee), "理由": details["reason"], "经手": _name(session, actor)}
            tell_of_task(
                session,
                [one for one in (assignee, task.assignee) if one and one != actor],
                kind=HANDED_OVER,
                word="转办",
                task=task.element_name or task.element_id,
                lines=lines,
                instance_key=running.key,
                case_id=running.case_id,
                at=clock_now(session),
            )


def unassign_user_task(session: Session, key: int, *, actor: str) -> None:
    """Give the task back to its candidates."""
    with waiting_step(session, UserTaskWait, key, Tag.USER_TASK_UNASSIGN, {}, actor=actor) as (_, running, task):
        running.details["assignee"] = task.assignee
        running.execution.update_user_task(key, {"assignee": None})


def update_user_task(session: Session, key: int, changes: dict[str, Any], *, actor: str) -> None:
    """``changes``: candidate_groups, candidate_users, due_date, follow_up_date (aware datetimes or None), priority."""
    for name, value in changes.items():
        if name not in CHANGES:
            raise Invalid(f"不能修改 {name}")
        right, said = CHANGES[name]
        if not right(value):
            raise Invalid(f"{name} 须是{said}")
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changes.items()}
    details = {"changes": clean(plain)}
    with waiting_step(session, UserTaskWait, key, Tag.USER_TASK_UPDATE, details, actor=actor) as (_, running, _task):
        running.execution.update_user_task(key, changes)


def _name(session: Session, person: str) -> str:
    found = session.get(Person, person)
    return found.name if found else person


def _not_suspended(session: Session, running: Running, key: int) -> None:
    """挂账: nothing is handled while the clock of the task, or one around it, stands still by decision."""
    around = running.execution.around(key)
    clocks = [
        wait.key for wait in running.before.values() if isinstance(wait, DeadlineWait) and wait.element_key in around
    ]
    still = select(deadline.c.key).where(deadline.c.key.in_(clocks), deadline.c.suspended_until.is_not(None))
    if clocks and session.connection().execute(still).first() is not None:
        raise Suspended("挂账期间不能办理,恢复后再办")


def _separate(session: Session, running: Running, task: UserTaskWait, actor: str) -> None:
    """Checker ≠ handler: whoever completed one of these elements in this instance may not complete this one."""
    others = [name.strip() for name in task.properties[SEPARATE_FROM].split(",")]
    columns = user_task.c
    query = select(columns.element_id, columns.name, columns.assignee, columns.completed_by).where(
        columns.process_instance_key == running.key, columns.element_id.in_(others), columns.state == "COMPLETED"
    )
    doers = _people(task.assignee, actor)
    if not doers:
        raise SeparationOfDuty("请先指定办理人:本环节不能由程序不记名办理")
    for row in session.connection().execute(query):
        if both := doers & _people(row.assignee, row.completed_by):
            raise SeparationOfDuty(f"{'、'.join(sorted(both))} 办理过「{row.name or row.element_id}」,不能再办理本环节")


def _barred(running: Running, task: UserTaskWait, actor: str) -> None:
    """回避: whoever is in the variable that the property names, now and not when the task began, may not do it."""
    named = running.execution.variables(task.key).get(task.properties[BARRED])
    barred = {str(name).casefold() for name in (named if isinstance(named, list) else [named]) if name}
    doers = _people(task.assignee, actor)
    if barred and not doers:
        raise Recused("请先指定办理人:有人应当回避,本环节不能由程序不记名办理")
    if both := doers & barred:
        raise Recused(f"{'、'.join(sorted(both))} 应当回避,不能办理本环节")


def _people(assignee: str | None, actor: str) -> set[str]:
    """Those who do a task, however their names are written. A program (``client:…``) does it for the assignee."""
    return {name.casefold() for name in (assignee, actor) if name and not name.startswith(PROGRAMS)}
