"""The step: one command on one instance and all that follows from it, in one transaction.

Lock → load → command → whatever the instances can do by themselves (inline handlers, called processes, buffered
messages) until nothing is left → rows, record, revision. The caller's transaction commits.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from workflows.engine import Environment, Execution, NoParts
from workflows.governance.successions import seats
from workflows.runtime.calendars import current
from workflows.runtime.clock import now as clock_now
from workflows.runtime.clock import real_now
from workflows.runtime.crash import BEFORE_COMMIT, crash_point
from workflows.runtime.decide import Decisions
from workflows.runtime.errors import AlreadyClosed, NoStart, Suspended
from workflows.runtime.events import GENESIS, WHILE_SUSPENDED, Tag
from workflows.runtime.follow import follow
from workflows.runtime.journal import bound, save_instances, write_journal
from workflows.runtime.reconcile import reconcile
from workflows.runtime.running import Running, load, lock
from workflows.runtime.signal_deliveries import spread
from workflows.store.definitions import executable
from workflows.store.keys import next_keys
from workflows.store.memo import connection_of
from workflows.store.parts import StoredParts, save_parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.engine import Activate
    from workflows.store.definitions import Deployed

#: In a session's ``info``: the key of the batch operation that its transaction carries out an item of.
BATCH = "batch"


@contextmanager
def step(
    session: Session, instance_key: int, tag: Tag, *, actor: str, details: dict[str, Any] | None = None
) -> Iterator[Running]:
    """Give an instance to one command; when the block ends without an error, everything is written."""
    work = Step(session, actor)
    running = work.open(instance_key, tag, details)
    if not running.active:
        raise AlreadyClosed(f"流程实例 {instance_key} 已经结束")
    yield running
    work.finish()


class Step:
    """The instances that one command touches. It begins with one and grows by those that call and are called."""

    def __init__(self, session: Session, actor: str, now: datetime | None = None) -> None:
        self.session = session
        self.actor = actor
        self.decisions = Decisions(session)
        self.instances: dict[int, Running] = {}
        self.budget = 12_000  # inline handlers and called processes
        self.seat = seats(session, lambda: self.now)
        self._now = now

    @property
    def now(self) -> datetime:
        if self._now is None:
            self._now = clock_now(self.session)
        return self._now

    def open(self, key: int, tag: Tag | None = None, details: dict[str, Any] | None = None) -> Running:
        """An instance that exists, locked. NotFound; Suspended for most commands (those with a tag) while it is."""
        if key not in self.instances:
            row = lock(self.session, key)
            self._now = self._now or row.pinned_at or real_now()
            env = self._environment(row.parent_process_instance_key, row.parent_element_instance_key, key=key)
            if row.suspended is not None and tag is not None and tag not in WHILE_SUSPENDED:
                raise Suspended(f"流程实例 {key} 已挂起,恢复后再办")
            self.instances[key] = load(self.session, row, env, tag, details or {})
        return self.instances[key]

    def start(
        self,
        definition: Deployed,
        variables: dict[str, Any],
        *,
        start_event: str | None = None,
        business_id: str | None = None,
        case_id: int | None = None,
        correlation_key: str | None = None,
        caller: tuple[Running, int] | None = None,
        at: tuple[Activate, ...] = (),
        stops_after: tuple[str, ...] = (),
    ) -> Running:
        """A new instance, called by an element of another one or by nobody.

        NoStart without a none start event, unless it is to begin ``at`` elements: ModificationRefused where it cannot.
        """
        spec = executable(self.session, definition)
        if start_event is None and not at and all(node.event for node in spec.model.starts()):
            raise NoStart(f"流程「{definition.process_id}」没有无类型的开始事件,只能由消息或定时器启动")
        key = next_keys(self.session)[0]
        env = self._environment() if caller is None else self._environment(caller[0].key, caller[1])
        execution = Execution.start(
            spec, key=key, variables=variables, env=env, start_event=start_event, at=at, stops_after=stops_after
        )
        running = Running(
            key=key,
            definition=definition,
            execution=execution,
            root_key=key,
            depth=0,
            revision=0,
            hash=GENESIS,
            started=self.now,
            tag=Tag.PROCESS_INSTANCE_START,
            details={"variables": variables},
            business_id=business_id,
            case_id=case_id,
            correlation_key=correlation_key,
        )
        if start_event:
            running.details["startEvent"] = start_event
        if at:
            running.details["at"] = [activate.element_id for activate in at]
        if stops_after:
            running.details["stopsAfter"] = list(stops_after)
        if caller is not None:
            parent, running.parent_element_key = caller
            running.parent_key, running.root_key, running.depth = parent.key, parent.root_key, parent.depth + 1
            running.business_id, running.case_id = parent.business_id, parent.case_id
            running.suspended = parent.suspended
        self.instances[key] = running
        return running

    def finish(self) -> None:
        """Let follow what follows by itself, then write everything."""
        follow(self)
        touched = [running for running in self.instances.values() if running.tag is not None]
        if batch := self.session.info.get(BATCH):
            for running in touched:
                running.details["batch"] = batch
        self.session.flush()
        connection = connection_of(self.session)
        events = save_instances(connection, touched, self.now, self.actor)
        reconcile(self.session, touched, self.now, self.actor)
        write_journal(connection, touched, events, self.now)
        for running in touched:
            bound(save_parts(connection, running.key, running.parts))
        for running in touched:
            for signal in running.execution.signals:
                spread(self.session, signal.name, signal.variables, self.now, thrower=running.key, actor=self.actor)
        crash_point(BEFORE_COMMIT)

    def _environment(
        self, parent: int | None = None, call: int | None = None, *, key: int | None = None
    ) -> Environment:
        """What an instance knows of the world; ``call`` is the element of ``parent`` that called it."""
        return Environment(
            now=self.now,
            decide=partial(self.decisions.evaluate, self.now),
            calendar=partial(current, self.session),
            caught_outside=partial(self._caught, parent, call),
            seat=self.seat,
            parts=NoParts() if key is None else StoredParts(self.session, key),
        )

    def _caught(self, parent: int | None, call: int | None, kind: str, code: str) -> str | None:
        """How the nearest calling instance that catches an error or escalation does it."""
        while parent is not None and call is not None:
            caller = self.open(parent)
            how = caller.execution.catches(call, kind, code)
            if how is not None:
                return how
            parent, call = caller.parent_key, caller.parent_element_key
        return None
