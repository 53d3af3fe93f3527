"""The work of batch operations: items in one transaction with their results, so that each is done once.

What is done to an instance is a transaction of its own. Lines make new instances that nobody waits for: several are
started in one transaction, for as long as other writers can well be kept waiting.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.exc import OperationalError

from workflows.engine import Modification, Move, Terminate
from workflows.runtime import batches
from workflows.runtime.batches import RUNNING, batch, item
from workflows.runtime.claims import LEASE, claim
from workflows.runtime.clock import now as clock_now
from workflows.runtime.crash import BEFORE_COMMIT, BETWEEN_ITEMS, WITHIN_ITEMS, crash_point
from workflows.runtime.errors import AlreadyClosed, NotFound, Refusal
from workflows.runtime.forms import check_against
from workflows.runtime.incidents import resolve_incident
from workflows.runtime.instances import cancel_process_instance, start_process
from workflows.runtime.migration import migrate_process_instance
from workflows.runtime.modification import modify_process_instance
from workflows.runtime.reorganising import hand_over
from workflows.runtime.step import BATCH
from workflows.runtime.suspension import resume_process_instance, suspend_process_instance
from workflows.runtime.urging import urge_user_task
from workflows.store import Busy, Database, read, transaction
from workflows.store.tables import ProcessInstance
from workflows.store.tables.batch import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

Result = dict[str, Any]
log = logging.getLogger(__name__)

_NEXT = (
    select(item.c.key, item.c.item_key, item.c.batch_operation_key, item.c.variables)
    .add_columns(batch.c.type, batch.c.details, batch.c.reason, batch.c.actor)
    .join(batch, batch.c.key == item.c.batch_operation_key)
    .where(item.c.key.in_(bindparam("keys", expanding=True)), item.c.state == "ACTIVE", batch.c.state.in_(RUNNING))
    .order_by(item.c.key)
    .with_for_update(of=item)
)
_SETTLE = update(item).where(item.c.key == bindparam("b_key"), item.c.state == "ACTIVE").values(claimed_until=None)
_STARTED = update(item).where(item.c.key == bindparam("b_key"))

FIRST_LINES, LINES_AT_ONCE = 10, 60  # in one transaction, or as many as can be started in
AT_ONCE_FOR = 0.2  # seconds
OTHERS_FOR = 0.01  # seconds for other writers between two such transactions


def run_batches(database: Database, limit: int = 100, *, only: int | None = None, lease: timedelta = LEASE) -> int:
    """Carry out up to ``limit`` items of the batches that run, each batch its share; returns how many were taken.

    An item that is refused has failed and holds up nobody. One whose transaction was lost, with its process or its
    database, is taken again after the lease. Lines are started in their order, by one worker at a time: when one is
    decided, what was decided before it is known. ``only`` is the key of the batch to be worked on.
    """
    with read(database) as session:
        query = select(batch.c.key, batch.c.state, batch.c.type).where(batch.c.state.in_(RUNNING)).order_by(batch.c.key)
        if only is not None:
            query = query.where(batch.c.key == only)
        running = session.connection().execute(query.limit(limit)).all()
    taken = 0
    for key, state, type in running:
        if state == "CREATED":
            _begin(database, key)
        take = _lines if type == START else _items
        with take(database, key, max(1, limit // len(running)), lease) as keys:
            left, most = keys, FIRST_LINES if type == START else 1
            while left:
                done = _carry_out(database, left[:most])
                left, most = left[done:], min(2 * done, LINES_AT_ONCE) if type == START else 1
                crash_point(BETWEEN_ITEMS)
                if left and type == START:
                    sleep(OTHERS_FOR)
        taken += len(keys)
        with transaction(database) as session:
            batches.count(session, key, clock_now(session))
    return taken


@contextmanager
def _items(database: Database, key: int, limit: int, lease: timedelta) -> Iterator[list[int]]:
    mine = and_(item.c.batch_operation_key == key, item.c.state == "ACTIVE")
    yield claim(database, item, mine, item.c.key, limit=limit, lease=lease)


@contextmanager
def _lines(database: Database, key: int, limit: int, lease: timedelta) -> Iterator[list[int]]:
    """The next lines of a batch that nobody else is at."""
    if not claim(database, batch, batch.c.key == key, batch.c.key, limit=1, lease=lease):
        yield []
        return
    with read(database) as session:
        rest = select(item.c.key).where(item.c.batch_operation_key == key, item.c.state == "ACTIVE")
        keys = list(session.connection().execute(rest.order_by(item.c.key).limit(limit)).scalars())
    yield keys
    with transaction(database) as session:
        session.connection().execute(update(batch).where(batch.c.key == key).values(claimed_until=None))


def resolve_process_instance_incidents(session: Session, key: int, *, reason: str | None = None, actor: str) -> int:
    """All incidents of an instance and of those it called, as a batch operation that is done at once; its key.

    What fails again is a new incident. NotFound; AlreadyClosed.
    """
    instance = session.get(ProcessInstance, key)
    if instance is None:
        raise NotFound(f"没有流程实例 {key}")
    if instance.ended is not None:
        raise AlreadyClosed(f"流程实例 {key} 已经结束")
    family = or_(ProcessInstance.key == key, ProcessInstance.root_process_instance_key == key)
    made = batches.create_batch_operation(
        session,
        "RESOLVE_INCIDENT",
        [family],
        filter={"processInstanceKey": str(key)},
        reason=reason,
        actor=actor,
    )
    mine = select(item.c.key).where(item.c.batch_operation_key == made, item.c.state == "ACTIVE").order_by(item.c.key)
    keys = list(session.connection().execute(mine).scalars())
    if keys:
        _work(session, keys)
        batches.count(session, made, clock_now(session))
    return made


def _begin(database: Database, key: int) -> None:
    with transaction(database) as session:
        begun = update(batch).where(batch.c.key == key, batch.c.state == "CREATED")
        session.connection().execute(begun.values(state="ACTIVE", started=clock_now(session)))


def _carry_out(database: Database, keys: list[int]) -> int:
    """In one transaction, as far as it gets in its time; how many are over. One that breaks breaks no other."""
    try:
        with transaction(database) as session:
            return _work(session, keys, monotonic() + AT_ONCE_FOR)
    except Busy:
        log.warning("batch items %s were not carried out, they will be tried again", keys, exc_info=True)
    except Exception as error:
        if len(keys) > 1:
            for one in keys:
                _carry_out(database, [one])
        elif isinstance(error, OperationalError):
            log.warning("batch item %s was not carried out, it will be tried again", keys[0], exc_info=True)
        else:
            log.exception("batch item %s failed", keys[0])
            with transaction(database) as session:
                _settle(session, [_result(keys[0], "FAILED", f"内部错误 (internal error): {type(error).__name__}")])
    return len(keys)


def _work(session: Session, keys: list[int], until: float | None = None) -> int:
    """How many are over: all, or those that were done until then. What goes wrong in one leaves nothing of it."""
    results: list[Result] = []
    started: list[Result] = []
    over = len(keys)
    # Those that are missing were done by another, or their batch was suspended or cancelled meanwhile.
    for one in session.connection().execute(_NEXT, {"keys": keys}).all():
        session.info[BATCH] = one.batch_operation_key
        try:
            with session.begin_nested():
                instance_key = COMMANDS[one.type](session, one)
        except (AlreadyClosed, NotFound) as already:
            results.append(_result(one.key, "SKIPPED", str(already)))
        except Refusal as refusal:
            results.append(_result(one.key, "FAILED", str(refusal)))
        else:
            results.append(_result(one.key, "COMPLETED"))
            if instance_key is not None:
                started.append({"b_key": one.key, "process_instance_key": instance_key})
        if until is not None and monotonic() >= until:
            over = keys.index(one.key) + 1
            break
        crash_point(WITHIN_ITEMS)
    if started:
        session.connection().execute(_STARTED, started)
    _settle(session, results)
    crash_point(BEFORE_COMMIT)
    return over


def _result(key: int, state: str, message: str | None = None) -> Result:
    return {"b_key": key, "state": state, "message": message}


def _settle(session: Session, results: list[Result]) -> None:
    if results:
        now = clock_now(session)
        session.connection().execute(_SETTLE, [{**result, "processed": now} for result in results])


def _cancel(session: Session, one: Row[Any]) -> None:
    cancel_process_instance(session, one.item_key, reason=one.reason, actor=one.actor)


def _resolve(session: Session, one: Row[Any]) -> None:
    resolve_incident(session, one.item_key, reason=one.reason, actor=one.actor)


def _modify(session: Session, one: Row[Any]) -> None:
    moves = tuple(Move(Terminate(source), target) for source, target in one.details["moves"])
    modification = Modification((), moves, ())
    modify_process_instance(session, one.item_key, modification, reason=one.reason, actor=one.actor)


def _migrate(session: Session, one: Row[Any]) -> None:
    mapping = one.details["mapping"]
    pairs = None if mapping is None else [(source, target) for source, target in mapping]
    migrate_process_instance(session, one.item_key, one.details["target"], pairs, actor=one.actor, reason=one.reason)


def _hand_over(session: Session, one: Row[Any]) -> None:
    hand_over(session, one.item_key, one.details, actor=one.actor)


def _suspend(session: Session, one: Row[Any]) -> None:
    suspend_process_instance(session, one.item_key, reason=one.reason, actor=one.actor)


def _resume(session: Session, one: Row[Any]) -> None:
    resume_process_instance(session, one.item_key, reason=one.reason, actor=one.actor)


def _urge(session: Session, one: Row[Any]) -> None:
    urge_user_task(session, one.item_key, reason=one.reason, actor=one.actor)


def _start(session: Session, one: Row[Any]) -> int:
    if one.details["formId"] is not None:
        check_against(session, one.details["formId"], one.variables)
    return start_process(
        session,
        definition_key=one.details["processDefinitionKey"],
        variables=one.variables,
        actor=one.actor,
    )


#: Each does what its type says to one item, and returns the key of the instance that it has started, if any.
COMMANDS: dict[str, Callable[[Session, Row[Any]], int | None]] = {
    "CANCEL_PROCESS_INSTANCE": _cancel,
    "HAND_OVER_PROCESS_INSTANCE": _hand_over,
    "MIGRATE_PROCESS_INSTANCE": _migrate,
    "MODIFY_PROCESS_INSTANCE": _modify,
    "RESOLVE_INCIDENT": _resolve,
    "RESUME_PROCESS_INSTANCE": _resume,
    START: _start,
    "SUSPEND_PROCESS_INSTANCE": _suspend,
    "URGE_USER_TASK": _urge,
}
