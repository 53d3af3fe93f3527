"""Verify: what must hold in every database at any time."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Row, select, text

from workflows.engine import (
    CallWait,
    DeadlineWait,
    Environment,
    Execution,
    IncidentWait,
    JobWait,
    MessageWait,
    TimerWait,
    UserTaskWait,
    Wait,
)
from workflows.runtime.clock import real_now
from workflows.runtime.events import ENGINE, GENESIS, event_row
from workflows.runtime.rows import CHANGING
from workflows.runtime.running import Slot, blocked, slots
from workflows.store.base import table
from workflows.store.definitions import Deployed, executable
from workflows.store.json import loads
from workflows.store.tables import (
    Deadline,
    Escalation,
    Event,
    Incident,
    Job,
    MessageSubscription,
    ProcessDefinition,
    ProcessInstance,
    Timer,
    UserTask,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Table
    from sqlalchemy.orm import Session

BATCH = 500

process_instance, process_definition, event, escalation = map(
    table, (ProcessInstance, ProcessDefinition, Event, Escalation)
)
user_task, job, timer, subscription, incident, deadline = map(
    table, (UserTask, Job, Timer, MessageSubscription, Incident, Deadline)
)
# What counts as an open row of each kind.
OPEN: dict[type[Wait], tuple[Table, ColumnElement[bool]]] = {
    UserTaskWait: (user_task, user_task.c.state == "CREATED"),
    JobWait: (job, job.c.state.in_(["CREATED", "FAILED"])),
    TimerWait: (timer, timer.c.process_instance_key.is_not(None)),
    MessageWait: (subscription, subscription.c.process_instance_key.is_not(None)),
    IncidentWait: (incident, incident.c.state == "ACTIVE"),
    DeadlineWait: (deadline, deadline.c.ended.is_(None)),
}
OpenRows = dict[int, dict[Slot, Row[Any] | None]]  # by process instance


class Problem(NamedTuple):
    """One thing that should not be."""

    rule: str
    process_instance_key: int | None
    message: str


def verify(session: Session) -> list[Problem]:
    """Every broken invariant; empty when all is well. Reads only."""
    connection = session.connection()
    return [
        *_rows_are_waits(session, _open_rows(connection)),
        *_chains_are_whole(connection),
        *_rungs_fired_once_and_in_order(connection),
        *_file_is_whole(connection),
    ]


def _open_rows(connection: Connection) -> OpenRows:
    found: OpenRows = defaultdict(dict)
    for kind, (of, is_open) in OPEN.items():
        for row in connection.execute(select(of).where(is_open)):
            found[row.process_instance_key][kind, row.key] = row
    called = process_instance.c
    query = select(called.parent_process_instance_key, called.parent_element_instance_key)
    for row in connection.execute(query.where(called.state == "ACTIVE", called.depth > 0)):
        found[row[0]][CallWait, row[1]] = None
    return found


def _rows_are_waits(session: Session, rows: OpenRows) -> Iterator[Problem]:
    """Open rows are the wait states of the active instances, and nothing else is open."""
    columns = process_instance.c
    query = (
        select(process_instance, process_definition.c.version, process_definition.c.hash.label("definition_hash"))
        .join(process_definition, process_definition.c.key == columns.process_definition_key)
        .where(columns.state == "ACTIVE")
        .order_by(columns.key)
        .execution_options(yield_per=BATCH)
    )
    for instance in session.connection().execute(query):
        found = rows.pop(instance.key, {})
        definition = Deployed(
            instance.process_definition_key, instance.process_id, instance.version, instance.definition_hash
        )
        try:
            execution = Execution.load(
                executable(session, definition), loads(instance.snapshot), Environment(now=real_now())
            )
            waits = slots(execution.waits())
        except Exception as error:  # noqa: BLE001 - whatever makes a state unreadable is what is looked for
            yield Problem("state-unreadable", instance.key, repr(error))
            continue
        yield from _instance(instance, waits, found)
    for key, leftover in rows.items():
        names = ", ".join(sorted(kind.__name__ for kind, _ in leftover))
        yield Problem("ended-but-open", key, f"已经结束,却还有打开的行:{names}")


def _instance(instance: Row[Any], waits: dict[Slot, Wait], rows: dict[Slot, Row[Any] | None]) -> Iterator[Problem]:
    stuck = blocked(waits)
    if not waits:
        yield Problem("waits-for-nothing", instance.key, "没有结束,却什么也不等")
    for kind, key in waits.keys() - rows.keys():
        # A call or a clock that could not start has an incident instead.
        if kind not in {CallWait, DeadlineWait} or (kind, key) not in stuck:
            yield Problem("row-missing", instance.key, f"{kind.__name__} {key} 没有对应的行")
    for kind, key in rows.keys() - waits.keys():
        yield Problem("row-without-wait", instance.key, f"{kind.__name__} {key} 有行,实例却不在等它")
    for slot in waits.keys() & rows.keys():
        row, changing = rows[slot], CHANGING.get(slot[0])
        for name, value in (changing(waits[slot]) if changing else {}).items():
            if name != "claimed_until" and getattr(row, name) != value:
                yield Problem("row-differs", instance.key, f"{slot[0].__name__} {slot[1]} 的 {name} 与实例不一致")
    clocked = {TimerWait, DeadlineWait, IncidentWait, CallWait, MessageWait}
    if instance.case_id is not None and waits and not clocked & {kind for kind, _ in waits}:
        yield Problem("case-without-clock", instance.key, f"案件 {instance.case_id} 在办,却没有任何计时")


def _chains_are_whole(connection: Connection) -> Iterator[Problem]:
    """Events are numbered 1..n in each instance; each holds the hash of the one before, the instance the last one's."""
    columns = process_instance.c
    heads = {
        row.key: (row.revision, row.hash)
        for row in connection.execute(select(columns.key, columns.revision, columns.hash))
    }
    query = select(event).order_by(event.c.process_instance_key, event.c.seq)
    last: dict[int, tuple[int, str]] = {}
    for row in connection.execute(query.execution_options(yield_per=BATCH)):
        key = row.process_instance_key
        seq, previous = last.get(key, (0, GENESIS))
        again = event_row(key, row.seq, row.previous_hash, tag=row.tag, actor=row.actor, at=row.at, details=row.details)
        if row.seq != seq + 1:
            yield Problem("event-missing", key, f"事件 {seq} 之后是 {row.seq}")
        elif row.previous_hash != previous or row.hash != again["hash"]:
            yield Problem("event-changed", key, f"事件 {row.seq}({row.tag})的哈希不对")
        last[key] = (row.seq, row.hash)
    last.pop(ENGINE, None)
    for key in heads.keys() | last.keys():
        if heads.get(key) != last.get(key):
            yield Problem("revision-differs", key, "实例的修订号或哈希与最后一个事件不一致")


def _rungs_fired_once_and_in_order(connection: Connection) -> Iterator[Problem]:
    """Of a running clock exactly the rungs below the next one have fired."""
    fired: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(escalation.c.deadline_key, escalation.c.level)):
        fired[row.deadline_key].add(row.level)
    for row in connection.execute(select(deadline).where(deadline.c.ended.is_(None))):
        levels = [rung["level"] for rung in row.rungs]
        due = {level for level in levels if row.next_level is None or level < row.next_level}
        if fired[row.key] != due:
            yield Problem("rung-missing", row.process_instance_key, f"「{row.stage}」的升级记录与梯级不一致")


def _file_is_whole(connection: Connection) -> Iterator[Problem]:
    if connection.dialect.name != "sqlite":
        return
    for (answer,) in connection.execute(text("PRAGMA quick_check")):
        if answer != "ok":
            yield Problem("file-damaged", None, str(answer))
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield Problem("reference-broken", None, f"{row[0]} {row[1]} → {row[2]}")
