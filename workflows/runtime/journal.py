"""The journal: instances, their path, their decisions and their events as a step leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, insert, text, update

from workflows.runtime.errors import StaleRevision, TooLarge
from workflows.runtime.events import event_row
from workflows.store.base import Utc, table
from workflows.store.json import clean, encode
from workflows.store.tables import DecisionEvaluation, Event, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from workflows.engine import DecisionEvaluated
    from workflows.runtime.decide import Evaluation
    from workflows.runtime.events import Tag
    from workflows.runtime.running import Running

Row = dict[str, Any]
MAX_STATE = 8_000_000  # bytes of one instance

process_instance, decision_evaluation, event = map(table, (ProcessInstance, DecisionEvaluation, Event))


# As text: SQLAlchemy compiles ON CONFLICT anew each time. What ends here may have begun here, or in an earlier step.
_ELEMENTS = text(
    "INSERT INTO element_instance"
    " (key, process_instance_key, scope_key, element_id, element_name, type, state, started, ended)"
    " VALUES (:key, :process_instance_key, :scope_key, :element_id, :element_name, :type, :state, :started, :ended)"
    " ON CONFLICT (key) DO UPDATE SET state = excluded.state, ended = excluded.ended"
).bindparams(bindparam("started", type_=Utc), bindparam("ended", type_=Utc))
_BEGIN, _DECIDED, _RECORD = insert(process_instance), insert(decision_evaluation), insert(event)
_SAVE = update(process_instance).where(
    process_instance.c.key == bindparam("b_key"), process_instance.c.revision == bindparam("b_revision")
)


def save_instances(connection: Connection, instances: Iterable[Running], now: datetime, actor: str) -> list[Row]:
    """Write the state of each instance under its next revision; returns the rows of their events."""
    events: list[Row] = []
    new: list[Row] = []
    for running in instances:
        running.details |= _what_happened(running)
        row = event_row(
            running.key,
            running.revision + 1,
            running.hash,
            tag=str(running.tag),
            actor=actor,
            at=now,
            details=clean(running.details),
        )
        events.append(row)
        state = _state(running, now, row)
        if running.is_new:
            new.append({**_origin(running), **state})
        elif connection.execute(_SAVE, {"b_key": running.key, "b_revision": running.revision, **state}).rowcount != 1:
            raise StaleRevision
    if new:
        connection.execute(_BEGIN, new)
    return events


def write_journal(connection: Connection, instances: list[Running], events: list[Row], now: datetime) -> None:
    """The elements passed, the decisions taken, the events: a statement each."""
    elements = [
        {
            "key": record.key,
            "process_instance_key": running.key,
            "scope_key": record.scope_key,
            "element_id": record.element_id,
            "element_name": record.element_name,
            "type": record.type,
            "state": record.state,
            "started": record.started,
            "ended": record.ended,
        }
        for running in instances
        for record in running.records
    ]
    if elements:
        connection.execute(_ELEMENTS, elements)
    write_decisions(
        connection,
        [row for running in instances for each in running.decisions for row in _decisions(running, each, now)],
    )
    if events:  # nothing may have happened to any of them
        connection.execute(_RECORD, events)


def write_decisions(connection: Connection, rows: list[Row]) -> None:
    """What ``Evaluation.rows`` gave."""
    if rows:
        connection.execute(_DECIDED, rows)


def _what_happened(running: Running) -> Row:
    """Beside what the command said: which definition, which flows, which rules."""
    happened: Row = {"process": {"id": running.definition.process_id, "version": running.definition.version}}
    if running.execution.flows:
        happened["flows"] = running.execution.flows
    if running.execution.signals:
        happened["signals"] = [signal.name for signal in running.execution.signals]
    if running.decisions:
        happened["decisions"] = [
            said for each in running.decisions for said in cast("Evaluation", each.outcome).said(each.key)
        ]
        if forces := [
            force for each in running.decisions if (force := cast("Evaluation", each.outcome).force(each.key))
        ]:
            happened["inForce"] = forces
    return happened


def _state(running: Running, now: datetime, event: Row) -> Row:
    snapshot = encode(running.execution.dump(running.parts))
    bound(len(snapshot))
    return {
        "snapshot": snapshot,
        "state": "SUSPENDED" if running.suspended and running.active else running.execution.state,
        "suspended": running.suspended if running.active else None,
        "revision": event["seq"],
        "hash": event["hash"],
        "ended": None if running.active else now,
    }


def bound(size: int) -> None:
    """TooLarge for a state, or an item kept apart from it, that nobody could read and write in reasonable time."""
    if size > MAX_STATE:
        raise TooLarge(f"流程实例的变量太大:{size} 字节,最多 {MAX_STATE} (the variables are too large)")


def _origin(running: Running) -> Row:
    return {
        "key": running.key,
        "process_definition_key": running.definition.key,
        "process_id": running.definition.process_id,
        "root_process_instance_key": running.root_key,
        "parent_process_instance_key": running.parent_key,
        "parent_element_instance_key": running.parent_element_key,
        "depth": running.depth,
        "business_id": running.business_id,
        "case_id": running.case_id,
        "correlation_key": running.correlation_key,
        "started": running.started,
    }


def _decisions(running: Running, evaluated: DecisionEvaluated, now: datetime) -> list[Row]:
    evaluation = cast("Evaluation", evaluated.outcome)
    return evaluation.rows(evaluated.key, now, instance_key=running.key, element_key=evaluated.element_key)


def note(connection: Connection, instance: Any, tag: Tag, details: Row, *, at: datetime, actor: str) -> None:
    """An event on a locked instance whose state does not change."""
    note_all(connection, [(instance, details)], tag, at=at, actor=actor)


def note_all(connection: Connection, facts: Iterable[tuple[Any, Row]], tag: Tag, *, at: datetime, actor: str) -> None:
    """Events on locked instances whose states do not change, each after the one before; a statement for each table."""
    events: list[Row] = []
    saved: dict[int, Row] = {}
    for instance, details in facts:
        state = saved.setdefault(
            instance.key,
            {
                "b_key": instance.key,
                "b_revision": instance.revision,
                "revision": instance.revision,
                "hash": instance.hash,
            },
        )
        row = event_row(
            instance.key, state["revision"] + 1, state["hash"], tag=tag, actor=actor, at=at, details=clean(details)
        )
        state |= {"revision": row["seq"], "hash": row["hash"]}
        events.append(row)
    if not events:
        return
    if connection.execute(_SAVE, list(saved.values())).rowcount != len(saved):
        raise StaleRevision
    connection.execute(_RECORD, events)
