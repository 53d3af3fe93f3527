"""Migration: a running instance goes on under another definition, and what that would do is told beforehand."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select, update

from workflows.engine import Environment, Execution
from workflows.engine.migration import migrate
from workflows.engine.migration_plan import propose
from workflows.runtime.calendars import current
from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import AlreadyClosed, Conflict, Invalid, NotFound, of_an_element
from workflows.runtime.events import Tag
from workflows.runtime.step import Step
from workflows.store.base import table
from workflows.store.definitions import Deployed, executable, find_process
from workflows.store.json import clean_text, loads
from workflows.store.parts import StoredParts
from workflows.store.tables import (
    ElementInstance,
    MessageSubscription,
    ProcessDefinition,
    ProcessInstance,
    SignalSubscription,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from workflows.engine import Definition
    from workflows.engine.migration import Migrated, Moved
    from workflows.engine.migration_plan import Pair, Plan
    from workflows.engine.model import Finding
    from workflows.runtime.running import Running

SHOWN = 3  # reasons in a message; all are in its details

process_instance, process_definition, element_instance, subscription, signal = map(
    table, (ProcessInstance, ProcessDefinition, ElementInstance, MessageSubscription, SignalSubscription)
)


class PlanInvalid(Invalid):
    """这两个流程定义之间不能这样迁移。"""

    code = "MIGRATION_PLAN_INVALID"

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(_summary(findings), details=[of_an_element(finding) for finding in findings])


class MigrationRefused(Conflict):
    """这个流程实例不能迁移。"""

    code = "MIGRATION_REFUSED"

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(_summary(findings), details=[of_an_element(finding) for finding in findings])


class Foreseen(NamedTuple):
    """What a migration of one instance would do."""

    process_instance_key: int
    source: Deployed
    migrated: Migrated


def plan_migration(session: Session, source_key: int, target_key: int, chosen: Sequence[Pair] = ()) -> Plan:
    """The plan that is proposed between two definitions, with what forbids it. NotFound."""
    old, new = (executable(session, _find(session, key)) for key in (source_key, target_key))
    return propose(old.model, new.model, chosen)


def migrate_process_instance(
    session: Session,
    key: int,
    target_key: int,
    pairs: Sequence[Pair] | None = None,
    *,
    actor: str,
    reason: str | None = None,
) -> None:
    """Continue an active instance under another definition, by this plan or by the proposed one; called ones stay.

    NotFound; AlreadyClosed; PlanInvalid for the two definitions, MigrationRefused for this instance.
    """
    details = {} if reason is None else {"reason": clean_text(reason, "/reason")}
    work = Step(session, actor)
    running = work.open(key, Tag.PROCESS_INSTANCE_MIGRATE, details)
    if not running.active:
        raise AlreadyClosed(f"流程实例 {key} 已经结束")
    target = _find(session, target_key)
    old, new = executable(session, running.definition), executable(session, target)
    plan = list(propose(old.model, new.model).pairs if pairs is None else pairs)
    done = migrate(running.execution, new, plan)
    if done.execution is None:
        raise (MigrationRefused if done.fits else PlanInvalid)(done.findings)
    running.absorb()  # before the execution that took its items back is gone
    _move(session, running, target, done.moved)
    running.details |= {
        "from": {"id": running.definition.process_id, "version": running.definition.version},
        "mapping": plan,
        "closed": done.closed,
        "opened": done.opened,
    }
    running.definition, running.execution = target, done.execution
    work.finish()


def dry_run_migration(
    session: Session, keys: Sequence[int], target_key: int, pairs: Sequence[Pair] | None = None
) -> list[Foreseen]:
    """What a migration of these instances would do, by key; reads only. Ended ones are left out."""
    new = executable(session, _find(session, target_key))

    @cache
    def plan(old: Definition) -> list[Pair]:
        return list(propose(old.model, new.model).pairs if pairs is None else pairs)

    columns = process_instance.c
    query = (
        select(columns.key, columns.snapshot, columns.process_definition_key, columns.process_id)
        .add_columns(process_definition.c.version, process_definition.c.hash)
        .join(process_definition, process_definition.c.key == columns.process_definition_key)
        .where(columns.key.in_(keys), columns.ended.is_(None))
        .order_by(columns.key)
    )
    now, foreseen = clock_now(session), []
    for row in session.connection().execute(query):
        source = Deployed(row.process_definition_key, row.process_id, row.version, row.hash)
        old = executable(session, source)
        environment = Environment(now, calendar=partial(current, session), parts=StoredParts(session, row.key))
        execution = Execution.load(old, loads(row.snapshot), environment)
        foreseen.append(Foreseen(row.key, source, migrate(execution, new, plan(old))))
    return foreseen


def _find(session: Session, key: int) -> Deployed:
    found = find_process(session, key=key)
    if found is None:
        raise NotFound(f"没有流程定义 {key}")
    return found


_REDEFINE = update(process_instance).where(process_instance.c.key == bindparam("b_key"))
_RENAME = update(element_instance).where(element_instance.c.key == bindparam("b_key"))


def _move(session: Session, running: Running, target: Deployed, moved: list[Moved]) -> None:
    """What the rows of an instance say of its process and its elements, beside what reconcile writes."""
    connection = session.connection()
    whose = {"process_definition_key": target.key, "process_id": target.process_id}
    if target.process_id != running.definition.process_id:
        _must_be_alone(session, running, target.process_id)
        for of in (subscription, signal):
            waiting = update(of).where(of.c.process_instance_key == running.key)
            connection.execute(waiting.values(process_id=target.process_id))
    connection.execute(_REDEFINE, {"b_key": running.key, **whose})
    if moved:
        names = [{"b_key": one.key, "element_id": one.element_id, "element_name": one.element_name} for one in moved]
        connection.execute(_RENAME, names)


def _must_be_alone(session: Session, running: Running, process_id: str) -> None:
    """A correlation key starts no second instance of a process while the first is open: it comes to none otherwise."""
    columns = process_instance.c
    same = select(columns.key).where(
        columns.process_id == process_id,
        columns.correlation_key == running.correlation_key,
        columns.ended.is_(None),
    )
    if running.correlation_key is None or (other := session.connection().execute(same).scalar()) is None:
        return
    raise Conflict(f"流程实例 {other} 已经以关联键「{running.correlation_key}」在运行 (correlation key in use)")


def _summary(findings: list[Finding]) -> str:
    errors = [finding.message for finding in findings if finding.severity == "error"]
    return "".join(errors[:SHOWN]) + (f" …共 {len(errors)} 处" if len(errors) > SHOWN else "")
