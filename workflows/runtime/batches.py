"""Batch operations: one command for all instances that a filter finds, or a start for each line given.

Create, suspend, resume, cancel.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import AlreadyClosed, Conflict, Invalid, NotFound
from workflows.runtime.events import Tag, record_engine_event
from workflows.store.base import table
from workflows.store.definitions import find_process
from workflows.store.json import clean, clean_text
from workflows.store.keys import next_keys
from workflows.store.queries.listings import PROCESS_INSTANCES
from workflows.store.tables import BatchOperation, BatchOperationItem, Incident, ProcessInstance, UserTask
from workflows.store.tables.batch import START

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row
    from sqlalchemy.orm import Session

    from workflows.engine.migration_plan import Pair

Details = dict[str, Any]
RUNNING = ("CREATED", "ACTIVE")
INSERTED_AT_ONCE = 1_000

batch, item = table(BatchOperation), table(BatchOperationItem)
_incident = aliased(Incident)  # under a name of its own, which no condition of a filter means
_task = aliased(UserTask)


class BatchProgress(NamedTuple):
    """How far a batch operation is."""

    key: int
    type: str
    state: str
    total: int
    completed: int
    failed: int
    skipped: int

    @property
    def running(self) -> bool:
        return self.state in RUNNING

    @property
    def left(self) -> int:
        return self.total - self.completed - self.failed - self.skipped

    @property
    def percent(self) -> float:
        return 100.0 * (self.total - self.left) / self.total if self.total else 100.0


def _instances(*conditions: ColumnElement[bool]) -> Select[Any]:
    return PROCESS_INSTANCES.with_only_columns(ProcessInstance.key, ProcessInstance.key).where(*conditions)


_OPEN, _ROOT = ProcessInstance.ended.is_(None), ProcessInstance.depth == 0
# What each type is done to, of all that a filter finds: keys of items and of their instances. A called instance is
# cancelled, suspended and resumed with the one that called it.
TARGETS: dict[str, Select[Any]] = {
    "CANCEL_PROCESS_INSTANCE": _instances(_OPEN, _ROOT),
    "HAND_OVER_PROCESS_INSTANCE": _instances(_OPEN),
    "MIGRATE_PROCESS_INSTANCE": _instances(ProcessInstance.state == "ACTIVE"),
    "MODIFY_PROCESS_INSTANCE": _instances(ProcessInstance.state == "ACTIVE"),
    "RESOLVE_INCIDENT": PROCESS_INSTANCES.join(_incident, _incident.process_instance_key == ProcessInstance.key)
    .with_only_columns(_incident.key, ProcessInstance.key)
    .where(_incident.state == "ACTIVE"),
    "RESUME_PROCESS_INSTANCE": _instances(ProcessInstance.state == "SUSPENDED", _ROOT),
    "SUSPEND_PROCESS_INSTANCE": _instances(ProcessInstance.state == "ACTIVE", _ROOT),
    "URGE_USER_TASK": PROCESS_INSTANCES.join(_task, _task.process_instance_key == ProcessInstance.key)
    .with_only_columns(_task.key, ProcessInstance.key)
    .where(_task.state == "CREATED"),
}
TYPES = (*TARGETS, START)
_PROGRESS = select(*(batch.c[name] for name in BatchProgress._fields))


def create_batch_operation(
    session: Session,
    type: str,
    conditions: Sequence[ColumnElement[bool]],
    *,
    filter: Details,
    details: Details | None = None,
    reason: str | None = None,
    actor: str,
) -> int:
    """Decide now which items it has, by conditions on process instances and definitions; returns its key.

    They are inserted by one statement. ``filter`` says the same in the words of whoever asked, for the log; an empty
    one is refused: Invalid. ``details`` is what the command needs beside the instance.
    """
    if not filter:
        raise Invalid("批量操作的过滤条件不能为空 (the filter must not be empty)")
    now, connection, given = clock_now(session), session.connection(), clean(details or {})
    why = {} if reason is None else {"reason": clean_text(reason, "/reason")}
    key = _create(session, type, given, now, actor=actor, **why)
    found = TARGETS[type].where(*conditions)
    first = found.selected_columns[0]
    columns = [literal(key, batch.c.key.type), *found.selected_columns, literal("ACTIVE")]
    names = ["batch_operation_key", "item_key", "process_instance_key", "state"]
    connection.execute(insert(item).from_select(names, found.with_only_columns(*columns).order_by(first)))
    _created(session, key, type, {"filter": clean(filter), **given, **why}, now, actor=actor)
    return key


def count_batch_items(
    session: Session, type: str, conditions: Sequence[ColumnElement[bool]], most: int
) -> tuple[int, list[int]]:
    """How many items it would have now, up to one more than ``most``, and the instances of the first ten."""
    found = TARGETS[type].where(*conditions)
    items = session.connection().execute(found.order_by(found.selected_columns[0]).limit(most + 1)).all()
    return len(items), [row[1] for row in items[:10]]


def create_start_batch(
    session: Session,
    process_id: str,
    lines: Iterable[tuple[int, dict[str, Any] | str]],
    *,
    form_id: str | None = None,
    actor: str,
) -> int:
    """Start an instance of the version of a process that is the latest now for each line, with the line's variables.

    Lines come with their numbers, in the order in which they are to be started.

    A line that is a text cannot be done, for the reason that it tells: it has failed and holds up nobody. With
    ``form_id``, each is held against that form before it starts. NotFound.
    """
    definition = find_process(session, process_id=process_id)
    if definition is None:
        raise NotFound(f"没有部署流程「{process_id}」")
    now = clock_now(session)
    given = {"processId": process_id, "processDefinitionKey": definition.key, "formId": form_id}
    key = _create(session, START, given, now, actor=actor)
    remaining = iter(lines)
    while rows := [_line(key, number, line, now) for number, line in islice(remaining, INSERTED_AT_ONCE)]:
        session.connection().execute(insert(item), rows)
    _created(session, key, START, given, now, actor=actor)
    return key


def _line(key: int, number: int, line: dict[str, Any] | str, now: datetime) -> Details:
    row: Details = {"batch_operation_key": key, "item_key": number}
    if isinstance(line, str):
        return row | {"state": "FAILED", "message": line, "processed": now, "variables": None}
    return row | {"state": "ACTIVE", "message": None, "processed": None, "variables": clean(line)}


def _create(session: Session, type: str, details: Details, now: datetime, *, actor: str, **more: Any) -> int:
    key = next_keys(session)[0]
    row = {"key": key, "type": type, "state": "CREATED", "details": details, "reason": None, "actor": actor}
    counts = dict.fromkeys(("total", "completed", "failed", "skipped"), 0)
    session.connection().execute(insert(batch), [{**row, "created": now, **more, **counts}])
    return key


def _created(session: Session, key: int, type: str, said: Details, now: datetime, *, actor: str) -> None:
    total = sum(_counts(session.connection(), key).values())
    session.connection().execute(update(batch).where(batch.c.key == key).values(total=total))
    said = {"key": key, "type": type, "items": total, **said}
    record_engine_event(session, Tag.BATCH_OPERATION_CREATE, said, at=now, actor=actor)
    count(session, key, now)  # one without items is over


def create_migration_batch(
    session: Session,
    target_key: int,
    pairs: Sequence[Pair] | None,
    conditions: Sequence[ColumnElement[bool]],
    *,
    filter: Details,
    reason: str | None = None,
    actor: str,
) -> int:
    """Migrate all that is found, by this plan or each by the one proposed for its definition. NotFound."""
    if find_process(session, key=target_key) is None:
        raise NotFound(f"没有流程定义 {target_key}")
    details = {"target": target_key, "mapping": None if pairs is None else [list(pair) for pair in pairs]}
    return create_batch_operation(
        session,
        "MIGRATE_PROCESS_INSTANCE",
        conditions,
        filter=filter,
        details=details,
        reason=reason,
        actor=actor,
    )


def suspend_batch_operation(session: Session, key: int, *, actor: str) -> None:
    """What is being done is finished, nothing more is begun."""
    row = _lock(session, key)
    if row.state not in RUNNING:
        raise _closed(row)
    _change(session, row, "SUSPENDED", Tag.BATCH_OPERATION_SUSPEND, actor)


def resume_batch_operation(session: Session, key: int, *, actor: str) -> None:
    row = _lock(session, key)
    if row.state != "SUSPENDED":
        raise Conflict(f"批量操作 {key} 没有暂停 (not suspended)") if row.state in RUNNING else _closed(row)
    held = update(item).where(item.c.batch_operation_key == key, item.c.state == "ACTIVE")
    session.connection().execute(held.where(item.c.claimed_until.is_not(None)).values(claimed_until=None))
    _change(session, row, "ACTIVE" if row.started else "CREATED", Tag.BATCH_OPERATION_RESUME, actor)


def cancel_batch_operation(session: Session, key: int, *, actor: str) -> None:
    """What is done stays done, the rest is left."""
    row = _lock(session, key)
    if row.state not in {*RUNNING, "SUSPENDED"}:
        raise _closed(row)
    now = clock_now(session)
    rest = update(item).where(item.c.batch_operation_key == key, item.c.state == "ACTIVE")
    session.connection().execute(rest.values(state="CANCELED", processed=now))
    _change(session, row, "CANCELED", Tag.BATCH_OPERATION_CANCEL, actor, ended=now)


def batch_progress(session: Session, key: int) -> BatchProgress:
    """How far one is. NotFound."""
    row = session.connection().execute(_PROGRESS.where(batch.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"没有批量操作 {key}")
    return BatchProgress(*row)


def large_batches(session: Session, least: int) -> list[BatchProgress]:
    """Those that run and have at least so many items left, the oldest first."""
    left = batch.c.total - batch.c.completed - batch.c.failed - batch.c.skipped
    running = _PROGRESS.where(batch.c.state.in_(RUNNING), left >= least).order_by(batch.c.key)
    return [BatchProgress(*row) for row in session.connection().execute(running)]


def count(session: Session, key: int, now: datetime) -> None:
    """Bring the counts up to date; when no item is left, the batch has completed."""
    row = _lock(session, key)
    connection = session.connection()
    counts = _counts(connection, key)
    values: Details = {name.lower(): counts.get(name, 0) for name in ("COMPLETED", "FAILED", "SKIPPED")}
    if over := row.state in RUNNING and not counts.get("ACTIVE"):
        values |= {"state": "COMPLETED", "started": row.started or now, "ended": now}
    connection.execute(update(batch).where(batch.c.key == key).values(values))
    if over:
        said = {"key": key, "type": row.type, **{name: values[name] for name in ("completed", "failed", "skipped")}}
        record_engine_event(session, Tag.BATCH_OPERATION_COMPLETE, said, at=now, actor=row.actor)


def _counts(connection: Connection, key: int) -> dict[str, int]:
    query = select(item.c.state, func.count()).where(item.c.batch_operation_key == key).group_by(item.c.state)
    return {state: number for state, number in connection.execute(query)}  # noqa: C416 - a row is no pair


def _lock(session: Session, key: int) -> Row[Any]:
    row = session.connection().execute(select(batch).where(batch.c.key == key).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"没有批量操作 {key}")
    return row


def _change(session: Session, row: Row[Any], state: str, tag: Tag, actor: str, **more: Any) -> None:
    session.connection().execute(update(batch).where(batch.c.key == row.key).values(state=state, **more))
    record_engine_event(session, tag, {"key": row.key, "type": row.type}, at=clock_now(session), actor=actor)


def _closed(row: Row[Any]) -> Conflict:
    if row.state == "SUSPENDED":
        return Conflict(f"批量操作 {row.key} 已经暂停 (suspended)")
    return AlreadyClosed(f"批量操作 {row.key} 已经结束 ({row.state})")
