"""Verify: what must hold in every database at any time."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Row, Text, cast, func, select, text

from workflows.engine import (
    CallWait,
    DeadlineWait,
    Environment,
    Execution,
    IncidentWait,
    JobWait,
    MessageWait,
    SignalWait,
    TimerWait,
    UserTaskWait,
    Wait,
)
from workflows.intake.decisions import hash_of
from workflows.runtime.clock import real_now
from workflows.runtime.consistency import starts_by
from workflows.runtime.deadline_rows import next_rung
from workflows.runtime.decide import said_of
from workflows.runtime.deployments import NAMED
from workflows.runtime.events import ENGINE, GENESIS, Tag, event_row
from workflows.runtime.rows import CHANGING
from workflows.runtime.running import Slot, blocked, slots
from workflows.runtime.verify_documents import documents_as_issued
from workflows.store.base import table
from workflows.store.definitions import Deployed, executable, find_process
from workflows.store.json import loads
from workflows.store.parts import StoredParts
from workflows.store.tables import (
    BatchOperation,
    BatchOperationItem,
    Deadline,
    DecisionEvaluation,
    DecisionImport,
    ElementInstance,
    Escalation,
    Event,
    Incident,
    InstancePart,
    Job,
    MessageSubscription,
    ProcessDefinition,
    ProcessInstance,
    SignalSubscription,
    Timer,
    UserTask,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Connection, Table
    from sqlalchemy.orm import Session

BATCH = 500
OPEN_STATES = ("ACTIVE", "SUSPENDED")

process_instance, process_definition, element_instance, event, escalation, decision_evaluation = map(
    table, (ProcessInstance, ProcessDefinition, ElementInstance, Event, Escalation, DecisionEvaluation)
)
user_task, job, timer, subscription, signal, incident, deadline, decision_import = map(
    table, (UserTask, Job, Timer, MessageSubscription, SignalSubscription, Incident, Deadline, DecisionImport)
)
batch, batch_item, instance_part = map(table, (BatchOperation, BatchOperationItem, InstancePart))
# What counts as an open row of each kind.
OPEN: dict[type[Wait], tuple[Table, ColumnElement[bool]]] = {
    UserTaskWait: (user_task, user_task.c.state == "CREATED"),
    JobWait: (job, job.c.state.in_(["CREATED", "FAILED"])),
    TimerWait: (timer, timer.c.process_instance_key.is_not(None)),
    MessageWait: (subscription, subscription.c.process_instance_key.is_not(None)),
    SignalWait: (signal, signal.c.process_instance_key.is_not(None)),
    IncidentWait: (incident, incident.c.state == "ACTIVE"),
    DeadlineWait: (deadline, deadline.c.ended.is_(None)),
}
# What an open row says, beside the element, as the instance has it.
SAYS: dict[type[Wait], Callable[[Any], dict[str, Any]]] = {
    UserTaskWait: lambda wait: {
        "name": wait.element_name,
        "properties": wait.properties,
        **CHANGING[UserTaskWait](wait),
    },
    JobWait: lambda wait: {"type": wait.type, "headers": wait.headers},
    TimerWait: lambda wait: {"due": wait.due},
    MessageWait: lambda wait: {"name": wait.name, "correlation_key": wait.correlation_key},
    SignalWait: lambda wait: {"name": wait.name},
    IncidentWait: lambda wait: {
        "element_instance_key": wait.element_key,
        "error_type": wait.error_type,
        "message": wait.message,
    },
    DeadlineWait: lambda wait: {
        "stage": wait.stage,
        "milestone": wait.milestone,
        "holder": wait.holder,
        "unit": wait.unit,
        "number": wait.number,
    },
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
        *_elements_are_open(connection),
        *_trees_are_suspended_whole(connection),
        *_batches_are_counted(connection),
        *_chains_are_whole(connection),
        *_rungs_fired_once_and_in_order(connection),
        *_definitions_are_as_deployed(connection),
        *_decisions_are_as_recorded(connection),
        *_events_start_the_latest(session),
        *(Problem(*found) for found in documents_as_issued(connection)),
        *_file_is_whole(connection),
    ]


def _open_rows(connection: Connection) -> OpenRows:
    found: OpenRows = defaultdict(dict)
    for kind, (of, is_open) in OPEN.items():
        for row in connection.execute(select(of).where(is_open)):
            found[row.process_instance_key][kind, row.key] = row
    called = process_instance.c
    query = select(called.parent_process_instance_key, called.parent_element_instance_key)
    for row in connection.execute(query.where(called.state.in_(OPEN_STATES), called.depth > 0)):
        found[row[0]][CallWait, row[1]] = None
    return found


def _rows_are_waits(session: Session, rows: OpenRows) -> Iterator[Problem]:
    """Open rows are the wait states of the active instances, and nothing else is open."""
    parts = Counter(session.connection().execute(select(instance_part.c.process_instance_key)).scalars())
    columns = process_instance.c
    query = (
        select(process_instance, process_definition.c.version, process_definition.c.hash.label("definition_hash"))
        .join(process_definition, process_definition.c.key == columns.process_definition_key)
        .where(columns.state.in_(OPEN_STATES))
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
                executable(session, definition),
                loads(instance.snapshot),
                Environment(now=real_now(), parts=StoredParts(session, instance.key)),
            )
            execution.make_whole()
            waits = slots(execution.waits())
            if execution.revived_count != parts.pop(instance.key, 0):
                yield Problem("part-differs", instance.key, "分开保存的多实例项与实例不一致")
        except Exception as error:  # noqa: BLE001 - whatever makes a state unreadable is what is looked for
            yield Problem("state-unreadable", instance.key, repr(error))
            continue
        yield from _instance(instance, waits, found)
    for key in parts:
        yield Problem("ended-but-open", key, "已经结束,却还有分开保存的多实例项")
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
        for name in _differing(waits[slot], rows[slot], held=slot in stuck):
            yield Problem("row-differs", instance.key, f"{slot[0].__name__} {slot[1]} 的 {name} 与实例不一致")
    clocked = {TimerWait, DeadlineWait, IncidentWait, CallWait, MessageWait, SignalWait}
    if instance.case_id is not None and waits and not clocked & {kind for kind, _ in waits}:
        yield Problem("case-without-clock", instance.key, f"案件 {instance.case_id} 在办,却没有任何计时")


def _batches_are_counted(connection: Connection) -> Iterator[Problem]:
    """A batch operation says how many of its items came to what, and one that is over has none left."""
    columns = batch_item.c
    states: dict[int, dict[str, int]] = defaultdict(dict)
    query = select(columns.batch_operation_key, columns.state, func.count())
    for key, state, number in connection.execute(query.group_by(columns.batch_operation_key, columns.state)):
        states[key][state] = number
    for row in connection.execute(select(batch)):
        found = states[row.key]
        counted = (row.completed, row.failed, row.skipped) == tuple(
            found.get(state, 0) for state in ("COMPLETED", "FAILED", "SKIPPED")
        )
        left = row.ended is not None and "ACTIVE" in found
        if sum(found.values()) != row.total or left or (row.state == "COMPLETED" and not counted):
            yield Problem("batch-differs", None, f"批量操作 {row.key} 的计数与它的各项不一致")


def _trees_are_suspended_whole(connection: Connection) -> Iterator[Problem]:
    """The state of an instance says what its dates say, and an instance is suspended with those it called."""
    root = process_instance.alias("root")
    columns = process_instance.c
    query = select(columns.key, columns.state, columns.suspended, columns.ended, root.c.suspended.label("above"))
    for row in connection.execute(query.join(root, root.c.key == columns.root_process_instance_key)):
        held = row.suspended is not None
        if row.ended is not None:
            right = row.state in {"COMPLETED", "TERMINATED"} and not held
        else:
            right = row.state == ("SUSPENDED" if held else "ACTIVE") and held == (row.above is not None)
        if not right:
            yield Problem("suspension-differs", row.key, f"状态 {row.state} 与结束、挂起的时间不一致")


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


def _differing(wait: Wait, row: Row[Any] | None, *, held: bool) -> list[str]:
    """The columns that do not say what the instance says; a call has no row of its own."""
    if row is None:
        return []
    says = {"element_id": wait.element_id, **SAYS[type(wait)](wait)}
    if isinstance(wait, JobWait):
        says["state"] = "FAILED" if held else "CREATED"
    return [name for name, value in says.items() if getattr(row, name) != value]


def _elements_are_open(connection: Connection) -> Iterator[Problem]:
    """Work that is open belongs to an element that is active, and no element is active when its instance has ended."""
    columns = element_instance.c
    active = select(columns.key).where(columns.state == "ACTIVE")
    for kind in (UserTaskWait, JobWait):
        of, is_open = OPEN[kind]
        lone = select(of.c.process_instance_key, of.c.key).where(is_open, of.c.key.not_in(active))
        for row in connection.execute(lone):
            yield Problem("element-missing", row.process_instance_key, f"{kind.__name__} {row.key} 的元素不在进行中")
    over = select(columns.process_instance_key, columns.key).join(
        process_instance, process_instance.c.key == columns.process_instance_key
    )
    for row in connection.execute(over.where(columns.state == "ACTIVE", process_instance.c.state.not_in(OPEN_STATES))):
        yield Problem("ended-but-open", row.process_instance_key, f"已经结束,元素实例 {row.key} 却还在进行中")


def _rungs_fired_once_and_in_order(connection: Connection) -> Iterator[Problem]:
    """What fired is what is on record; of a running clock it is all rungs below the next one, which is set."""
    fired: dict[int, list[int]] = defaultdict(list)
    for row in connection.execute(select(escalation.c.deadline_key, escalation.c.level)):
        fired[row.deadline_key].append(row.level)
    recorded: dict[Any, list[Any]] = defaultdict(list)
    for (details,) in connection.execute(select(event.c.details).where(event.c.tag == Tag.DEADLINE_ESCALATE)):
        recorded[details.get("key")].append(details.get("level"))
    chain: dict[Any, list[int]] = {}  # levels that a clock and those it goes on with have climbed
    for row in connection.execute(select(deadline).order_by(deadline.c.key)):
        before = chain.get(row.continues, [])
        levels = chain[row.key] = before + sorted(fired[row.key])
        due = next_rung(row.rungs, row.fired_level, paused=row.paused_since is not None)
        climbed = [rung["level"] for rung in row.rungs][: len(levels)] == levels
        climbed = climbed and row.fired_level == (levels[-1] if levels else None)
        armed = row.ended is not None or due == {"next_level": row.next_level, "next_at": row.next_at}
        if sorted(recorded[row.key], key=str) != sorted(fired[row.key], key=str) or not climbed or not armed:
            yield Problem("rung-missing", row.process_instance_key, f"「{row.stage}」的升级记录与梯级不一致")


def _definitions_are_as_deployed(connection: Connection) -> Iterator[Problem]:
    """Every resource of every deployment is there with the content it had."""
    deployed = select(event.c.details).where(event.c.tag == Tag.DEPLOYMENT_CREATE)
    recorded = {one["key"]: one for (details,) in connection.execute(deployed) for one in details.get("resources", ())}
    imported: dict[str, list[bytes]] = defaultdict(list)
    for row in connection.execute(select(decision_import)):
        imported[row.hash].append(row.xml)
    hashes: dict[int, str] = {}
    for of, _ in NAMED.values():
        is_file = "xml" in of.c
        for key, held, named in connection.execute(select(of.c.key, of.c.xml if is_file else of.c.hash, of.c.hash)):
            hashes[key] = hash_of(held, imported[named]) if is_file else held
    for key, one in recorded.items():
        if hashes.get(key) != one["hash"]:
            yield Problem("definition-changed", None, f"{one['name']} 第 {one['version']} 版不是部署时的内容")


def _decisions_are_as_recorded(connection: Connection) -> Iterator[Problem]:
    """The rows of decisions say what the log says of them, and nothing is missing.

    Rows of before the log said it have their element's key for the evaluation's.
    """
    said: dict[int, list[Any]] = defaultdict(list)
    details = select(event.c.details).where(cast(event.c.details, Text).like('%"evaluation"%'))
    for (found,) in connection.execute(details.execution_options(yield_per=BATCH)):
        for one in found.get("decisions", ()):
            if "evaluation" in one:
                said[one["evaluation"]].append(one)
    columns = decision_evaluation.c
    query = select(decision_evaluation).where(columns.evaluation_key.is_distinct_from(columns.element_instance_key))
    query = query.order_by(columns.evaluation_key, columns.key).execution_options(yield_per=BATCH)
    for key, rows in groupby(connection.execute(query), lambda row: int(row.evaluation_key)):
        if said.pop(key, []) != [{"evaluation": key, **said_of(row)} for row in rows]:
            yield Problem("decision-changed", None, f"决策评估 {key} 不是记录时的内容")
    for key in said:
        yield Problem("decision-changed", None, f"决策评估 {key} 没有对应的行")


def _events_start_the_latest(session: Session) -> Iterator[Problem]:
    """The message and signal start events of the latest versions are waiting, and no others."""
    connection = session.connection()
    latest = [
        definition
        for process_id in connection.execute(select(process_definition.c.process_id).distinct()).scalars()
        if (definition := find_process(session, process_id=process_id)) is not None
    ]
    for of, kind in ((subscription, "message"), (signal, "signal")):
        waiting = select(of.c.process_definition_key, of.c.element_id).where(of.c.process_instance_key.is_(None))
        drawn = {
            (definition.key, node.id)
            for definition in latest
            for node in starts_by(executable(session, definition).model, kind)
        }
        for key, element_id in drawn ^ {(row[0], row[1]) for row in connection.execute(waiting)}:
            yield Problem("start-differs", None, f"流程定义 {key} 的开始事件 {element_id} 与订阅不一致")


def _file_is_whole(connection: Connection) -> Iterator[Problem]:
    if connection.dialect.name != "sqlite":
        return
    for (answer,) in connection.execute(text("PRAGMA quick_check")):
        if answer != "ok":
            yield Problem("file-damaged", None, str(answer))
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield Problem("reference-broken", None, f"{row[0]} {row[1]} → {row[2]}")
