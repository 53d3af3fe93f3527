"""Units that are reorganised: from the day on, what is open goes to the successor, instance by instance, on record."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy import BigInteger, String, Text, bindparam, cast, or_, select, update

from workflows.engine import DeadlineWait, UserTaskWait
from workflows.governance import cases, joint_operations, successions
from workflows.runtime import batches
from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import AlreadyClosed, Conflict
from workflows.runtime.events import Tag
from workflows.runtime.notifications import notify
from workflows.runtime.reasons import said
from workflows.runtime.step import Step
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.tables import BatchOperation, Case, Deadline, ProcessInstance, UserTask
from workflows.store.tables.governance import Succession, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

ACTOR = "clock:succession"
BATCH = "HAND_OVER_PROCESS_INSTANCE"
KIND = "succession"  # of the notification
TOLD = ("department-lead", "handler")  # seats of the successor
#: The variable that tells a diagram: each {from, to, date, document, at, recheck}.
VARIABLE = "successions"
#: What has to be looked at again by the new unit (行政处罚法 20, 24).
RECHECK = ["competence", "signatures"]

user_task, deadline = table(UserTask), table(Deadline)


def _open_tasks(unit: Any) -> tuple[ColumnElement[bool], ...]:
    """Those that a seat of a unit may take: groups are read as JSON text, where each stands in its quotes."""
    return user_task.c.state == "CREATED", cast(user_task.c.candidate_groups, Text).like("%@" + unit + '"%')


def _open_clocks(unit: Any) -> tuple[ColumnElement[bool], ...]:
    return deadline.c.ended.is_(None), deadline.c.holder.like("%@" + unit)


_UNIT, _INSTANCE = bindparam("b_unit", type_=String), bindparam("b_instance", type_=BigInteger)
_TASKS = (
    select(user_task.c.key)
    .where(user_task.c.process_instance_key == _INSTANCE, *_open_tasks(_UNIT))
    .order_by(user_task.c.key)
)
_CLOCKS = (
    select(deadline.c.key, deadline.c.holder, deadline.c.handed_over, deadline.c.rungs)
    .where(deadline.c.process_instance_key == _INSTANCE, *_open_clocks(_UNIT))
    .order_by(deadline.c.key)
)
_CLOCK = (
    update(deadline)
    .where(deadline.c.key == bindparam("b_key"))
    .values(handed_over=bindparam("b_handed_over"), rungs=bindparam("b_rungs"))
)
SuccessionState = Literal["pending", "due", "running", "done", "stopped"]
_STATES: dict[str, SuccessionState] = {"COMPLETED": "done", "CANCELED": "stopped"}  # of its batch operation
log = logging.getLogger(__name__)


class SuccessionNotDue(Conflict):
    """承接的日子还没有到。"""

    code = "SUCCESSION_NOT_DUE"


class Reorganised(NamedTuple):
    """A succession and how far it is: ``pending`` before its day, ``due``, ``running``, ``done`` or ``stopped``."""

    unit: str
    unit_name: str
    successor: str
    successor_name: str
    day: date
    document: str
    state: SuccessionState
    batch_operation_key: int | None
    total: int
    completed: int
    failed: int


def list_successions(session: Session) -> list[Reorganised]:
    """All of them, by their day."""
    names = dict(session.execute(select(Unit.id, Unit.name)).tuples().all())
    today = successions.day_of(clock_now(session))
    found = []
    for one in session.scalars(select(Succession).order_by(Succession.day, Succession.unit_id)):
        batch = session.get(BatchOperation, one.batch_operation_key) if one.batch_operation_key else None
        ahead: SuccessionState = "due" if one.day <= today else "pending"
        state = ahead if batch is None else _STATES.get(batch.state, "running")
        counts = (batch.total, batch.completed, batch.failed) if batch else (0, 0, 0)
        units = (one.unit_id, names.get(one.unit_id, one.unit_id))
        successor = (one.successor_id, names.get(one.successor_id, one.successor_id))
        found.append(Reorganised(*units, *successor, one.day, one.document, state, one.batch_operation_key, *counts))
    return found


def reorganise(session: Session, unit: str, *, reason: str | None = None, actor: str) -> int:
    """Hand over all that is open of a unit to its successor, as a batch operation that the sweep carries out; its key.

    While one runs it is that one; afterwards another, of what is left. NoSuccession, SuccessionNotDue.
    """
    succession = successions.get(session, unit)
    session.refresh(succession, with_for_update=True)
    now = clock_now(session)
    if succession.day > successions.day_of(now):
        raise SuccessionNotDue(f"单位 {unit} 从 {succession.day} 起才由 {succession.successor_id} 承接")
    running = succession.batch_operation_key and session.get(BatchOperation, succession.batch_operation_key)
    if running and running.ended is None:
        return running.key
    details = {
        "unit": unit,
        "successor": successions.in_force(session, now)[unit],
        "date": succession.day.isoformat(),
        "document": succession.document,
    }
    key = batches.create_batch_operation(
        session,
        BATCH,
        [_has_work_of(unit)],
        filter={"unit": unit},
        details=details,
        reason=said(reason).get("reason"),
        actor=actor,
    )
    succession.batch_operation_key = key
    session.flush()
    _tell(session, key, details)
    return key


def start_successions(database: Database) -> int:
    """Begin to hand over what has come due; how many units that concerned."""
    with read(database) as session:
        today = successions.day_of(clock_now(session))
        due = Succession.batch_operation_key.is_(None), Succession.day <= today
        units = list(session.scalars(select(Succession.unit_id).where(*due).order_by(Succession.day)))
    begun = 0
    for unit in units:
        try:
            with transaction(database) as session:
                if successions.get(session, unit).batch_operation_key is None:
                    reorganise(session, unit, actor=ACTOR)
                    begun += 1
        except Exception:
            log.exception("the work of unit %s was not handed over", unit)
    return begun


def hand_over(session: Session, key: int, details: dict[str, Any], *, actor: str) -> None:
    """What an instance has open of a unit goes to its successor: tasks, clocks, the case. AlreadyClosed."""
    unit = details["unit"]
    step = Step(session, actor)
    running = step.open(key, Tag.PROCESS_INSTANCE_HAND_OVER, {**details, "recheck": RECHECK})
    if not running.active:
        raise AlreadyClosed(f"流程实例 {key} 已经结束")
    follows = successions.in_force(session, step.now)
    connection = session.connection()
    mine = {"b_instance": key, "b_unit": unit}
    rows = connection.execute(_CLOCKS, mine).all()
    handed = {"tasks": list(connection.execute(_TASKS, mine).scalars()), "clocks": [row.key for row in rows]}
    for kind, keys in ((UserTaskWait, handed["tasks"]), (DeadlineWait, handed["clocks"])):
        for one in keys:
            running.waiting(kind, one)  # so that it is there, if it was kept apart
    running.execution.reseat()
    if rows:
        connection.execute(_CLOCK, [_clock(row, follows, step.now) for row in rows])
    running.details |= {name: keys for name, keys in handed.items() if keys}
    if running.case_id is not None:
        running.details |= _case(session, running.case_id, follows)
    joint_operations.hand_over(session, key, follows)
    known = running.execution.variables().get(VARIABLE) or []
    told = {"from": unit, "to": details["successor"], "date": details["date"], "document": details["document"]}
    told |= {"at": step.now.isoformat(), "recheck": RECHECK}
    if not any(one.get("from") == unit for one in known):
        running.execution.set_variables(key, {VARIABLE: [*known, told]})
    step.finish()


def _has_work_of(unit: str) -> ColumnElement[bool]:
    """The instances with an open task or clock of a unit, or with a case that it has."""
    tasks = select(UserTask.process_instance_key).where(*_open_tasks(unit))
    clocks = select(Deadline.process_instance_key).where(*_open_clocks(unit))
    handled = select(Case.key).where(Case.ended.is_(None), Case.handler_group.like("%@" + unit))
    of = ProcessInstance
    return of.ended.is_(None) & or_(of.key.in_(tasks), of.key.in_(clocks), of.case_id.in_(handled))


def _clock(row: Any, follows: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """What changes of a clock besides who has it: who had it until now, and whom its rungs tell."""
    rungs = [{**rung, "role": successions.seat(rung["role"], follows)} for rung in row.rungs]
    return {
        "b_key": row.key,
        "b_handed_over": [*row.handed_over, [row.holder, now.isoformat()]],
        "b_rungs": rungs,
    }


def _case(session: Session, case_key: int, follows: Mapping[str, str]) -> dict[str, str]:
    case = cases.get(session, case_key)
    if case.ended is None and case.handler_group:
        cases.hand_to(session, case_key, successions.seat(case.handler_group, follows))
    return {"case": case.number}


def _tell(session: Session, key: int, details: dict[str, Any]) -> None:
    """The successor learns what has come to it."""
    total = session.get_one(BatchOperation, key, populate_existing=True).total
    if not total:
        return
    names = {unit.id: unit.name for unit in session.scalars(select(Unit).where(Unit.id.in_(details.values())))}
    old, new = (names.get(details[name], details[name]) for name in ("unit", "successor"))
    text = (
        f"依据{details['document']}，从 {details['date']} 起由{new}承接{old}的工作，在办 {total} 件移交过来。"
        "请复核管辖权和已有的签署。"
    )
    for role in TOLD:
        notify(
            session,
            group=f"{role}@{details['successor']}",
            kind=KIND,
            subject=f"承接{old}的在办工作 {total} 件",
            text=text,
            channels=["inbox"],
            at=clock_now(session),
            dedupe=f"{KIND}:{key}:{role}",
        )
