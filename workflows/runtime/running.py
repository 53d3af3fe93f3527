"""Process instances in memory for the length of one command: locked, loaded, compared."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from workflows.engine import CallWait, DecisionEvaluated, Execution, IncidentWait, Wait
from workflows.runtime.clock import PINNED_AT
from workflows.runtime.errors import AtWork, NotFound
from workflows.store.base import table
from workflows.store.definitions import Deployed, executable
from workflows.store.json import loads
from workflows.store.tables import ProcessDefinition, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from workflows.engine import ElementRecord, Environment
    from workflows.runtime.events import Tag

process_instance = table(ProcessInstance)
process_definition = table(ProcessDefinition)

#: In a session's ``info`` while a handler runs: the instances its step holds in memory, whose rows are behind.
AT_WORK = "at work"

Slot = tuple[type[Wait], int]  # the kind of a wait and its key: one open row


@contextmanager
def at_work(session: Session, keys: Iterable[int]) -> Iterator[None]:
    """Meanwhile nobody else in this transaction gives a command to these instances, nor to those at work around."""
    around = session.info.get(AT_WORK, frozenset())
    session.info[AT_WORK] = around | set(keys)
    try:
        yield
    finally:
        session.info[AT_WORK] = around


def slots(waits: Iterable[Wait]) -> dict[Slot, Wait]:
    return {(type(wait), wait.key): wait for wait in waits}


def blocked(waits: dict[Slot, Wait]) -> set[Slot]:
    """The waits whose element has an incident: nothing is done for them until it is resolved."""
    stuck = {wait.element_key for wait in waits.values() if isinstance(wait, IncidentWait)}
    return {slot for slot, wait in waits.items() if wait.element_key in stuck} if stuck else set()


@dataclass(slots=True)
class Running:
    """One instance at work. Without a ``tag`` nothing has happened to it (yet), and nothing is written."""

    key: int
    definition: Deployed
    execution: Execution
    root_key: int
    depth: int
    revision: int
    hash: str
    started: datetime
    tag: Tag | None
    details: dict[str, Any]
    parent_key: int | None = None
    parent_element_key: int | None = None
    business_id: str | None = None
    case_id: int | None = None
    correlation_key: str | None = None
    suspended: datetime | None = None  # since when
    last_key: int = 0  # of its element instances, as the database has them
    before: dict[Slot, Wait] = field(default_factory=dict)  # the open rows as the database has them
    after: dict[Slot, Wait] = field(default_factory=dict)  # the wait states as they are now
    seen: set[Slot] = field(default_factory=set)  # waits that have been taken care of
    calls: set[int] = field(default_factory=set)  # call activities whose called instance runs
    reported: bool = False  # its caller knows how it ended
    told: int = 0  # how much of what it has thrown its caller knows
    succeeded: bool = False  # the next message with its key has been looked for
    clocks: dict[int, dict[str, Any]] = field(default_factory=dict)  # rows of deadlines that start
    continued: set[int] = field(default_factory=set)  # deadlines that another goes on with
    ladders: list[DecisionEvaluated] = field(default_factory=list)  # decisions that gave their rungs
    absorbed: int = 0  # items taken back whose waits are in ``before``
    parts: dict[int, Any] = field(default_factory=dict)  # items to be kept apart, or no longer
    endings: dict[int, str] = field(default_factory=dict)  # states of rows that end otherwise than their element

    def waiting(self, kind: type[Wait], key: int) -> Wait | None:
        """What was waited for before this command, also in an item that is kept apart."""
        if (kind, key) not in self.before:
            self.execution.fetch(key)
            self.absorb()
        return self.before.get((kind, key))

    def absorb(self) -> None:
        """Items that were taken back waited before, though nobody looked at them."""
        new = slots(self.execution.revived()) if self.execution.revived_count != self.absorbed else {}
        if new:
            self.absorbed = self.execution.revived_count
            self.seen |= new.keys() - self.before.keys()
            self.calls |= {key for kind, key in new.keys() - self.before.keys() if kind is CallWait}
            self.before = new | self.before

    @property
    def is_new(self) -> bool:
        return self.revision == 0

    @property
    def active(self) -> bool:
        return self.execution.state == "ACTIVE"

    @property
    def records(self) -> list[ElementRecord]:
        return self.execution.records()

    @property
    def terminated(self) -> set[int]:
        return {record.key for record in self.records if record.state == "TERMINATED"}

    @property
    def decisions(self) -> list[DecisionEvaluated]:
        return [*self.execution.decisions, *self.ladders]

    def touch(self, tag: Tag, fact: dict[str, Any]) -> None:
        """Something happened to it besides the command, or it is the command for this instance."""
        if self.tag is None:
            self.tag = tag
            self.details |= fact
        else:
            self.details.setdefault("also", []).append({"tag": tag, **fact})


# The row of the outermost instance is the lock of the whole tree of calls: its key is the smallest, so it is locked
# first, whoever begins.
_TREE = process_instance.alias("tree")
_ROOT = select(_TREE.c.root_process_instance_key).where(_TREE.c.key == bindparam("key")).scalar_subquery()
_LOCK = (
    select(
        process_instance,
        process_definition.c.version,
        process_definition.c.hash.label("definition_hash"),
        PINNED_AT.label("pinned_at"),
    )
    .join(process_definition, process_definition.c.key == process_instance.c.process_definition_key)
    .where(process_instance.c.key.in_([bindparam("key"), _ROOT]))
    .order_by(process_instance.c.key)
    .with_for_update(of=process_instance)
)


def lock(session: Session, key: int) -> Row[Any]:
    """Lock an instance against all other commands; its row with its definition's and the clock's. NotFound, AtWork."""
    if key in session.info.get(AT_WORK, ()):
        raise AtWork
    for row in session.connection().execute(_LOCK, {"key": key}):
        if row.key == key:
            return row
    raise NotFound(f"没有流程实例 {key}")


def load(
    session: Session, row: Row[Any], environment: Environment, tag: Tag | None, details: dict[str, Any]
) -> Running:
    """The execution behind a locked row."""
    definition = Deployed(row.process_definition_key, row.process_id, row.version, row.definition_hash)
    saved = loads(row.snapshot)
    execution = Execution.load(executable(session, definition), saved, environment)
    before = slots(execution.waits())
    settled = before.keys() - blocked(before)
    return Running(
        key=row.key,
        definition=definition,
        execution=execution,
        root_key=row.root_process_instance_key,
        depth=row.depth,
        revision=row.revision,
        hash=row.hash,
        started=row.started,
        tag=tag,
        details=details,
        parent_key=row.parent_process_instance_key,
        parent_element_key=row.parent_element_instance_key,
        business_id=row.business_id,
        case_id=row.case_id,
        correlation_key=row.correlation_key,
        suspended=row.suspended,
        last_key=row.key + saved["count"],
        before=before,
        after=before,
        seen=set(settled),
        calls={key for kind, key in settled if kind is CallWait},
    )


def called_by(session: Session, elements: set[int]) -> list[int]:
    """The open instances that these call activities wait for."""
    columns = process_instance.c
    query = select(columns.key).where(columns.parent_element_instance_key.in_(elements), columns.ended.is_(None))
    return list(session.connection().execute(query).scalars())
