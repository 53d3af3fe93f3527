"""What is asked about a clock: 延期, 挂账, 申诉. Each request is a process of its own, approved by people."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.runtime.cases import number_of
from workflows.runtime.clock import now as clock_now
from workflows.runtime.deadline_commands import (
    NotAppealable,
    check_appealable,
    check_extendable,
    check_suspendable,
    find_deadline,
    resume_deadline,
)
from workflows.runtime.errors import Conflict, Invalid, NotFound
from workflows.runtime.events import Tag
from workflows.runtime.instances import start_process
from workflows.runtime.journal import note
from workflows.runtime.messages import correlate_message
from workflows.runtime.reasons import said as reason_said
from workflows.runtime.running import lock
from workflows.store.base import table
from workflows.store.keys import instance_of
from workflows.store.tables import Event, ProcessInstance

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

RESUMPTION = "deadline-resumption"  # the message that the process of a 挂账 waits for

event, process_instance = map(table, (Event, ProcessInstance))


class Kind(StrEnum):
    """What is asked; the value is the process that decides it."""

    EXTENSION = "deadline-extension"
    SUSPENSION = "deadline-suspension"
    APPEAL = "overdue-appeal"


class NotSuspended(Conflict):
    """这个时限没有挂账。"""

    code = "NOT_SUSPENDED"


class RequestPending(Conflict):
    """这个时限已有同类申请在审批。"""

    code = "REQUEST_PENDING"


def request_extension(session: Session, key: int, *, reason: str, actor: str) -> int:
    """延期 is asked for, before the clock is overdue; returns the key of the process instance that decides.

    NotFound, DeadlineEnded, NotExtendable, RequestPending, ReasonMissing.
    """
    return _request(session, Kind.EXTENSION, key, reason, actor=actor)


def request_suspension(session: Session, key: int, *, until: datetime, reason: str, actor: str) -> int:
    """挂账 until a moment within a year is asked for; as ``request_extension``. NotSuspendable, Invalid."""
    return _request(session, Kind.SUSPENSION, key, reason, until, actor=actor)


def request_appeal(session: Session, key: int, *, reason: str, actor: str) -> int:
    """申诉 against having been overdue, once, after the clock has ended; as ``request_extension``. NotAppealable."""
    return _request(session, Kind.APPEAL, key, reason, actor=actor)


def end_suspension(session: Session, key: int, *, reason: str, actor: str) -> None:
    """挂账 ends before its day: the process that waits for that is told. Where 督办 decided it, none does: at once.

    NotFound, NotSuspended, ReasonMissing.
    """
    row = find_deadline(session, key)
    if row.ended is not None or row.suspended_until is None:
        raise NotSuspended
    why = reason_said(reason, required=True)["reason"]
    try:
        correlate_message(session, RESUMPTION, str(key), {"resumption": why}, actor=actor)
    except NotFound:
        resume_deadline(session, key, reason=why, actor=actor)


def admit(
    session: Session, kind: Kind, key: int, *, reason: str, until: datetime | None, request_key: int, actor: str
) -> Row[Any]:
    """Put a request on the record of the clock's instance, or refuse it; returns the row of the clock."""
    instance, row, now = _checked(session, kind, key, until, own=request_key)
    details: dict[str, Any] = {"key": key, "stage": row.stage, "kind": str(kind), "request": request_key}
    if until is not None:
        details["until"] = until.isoformat()
    details |= reason_said(reason, required=True)
    note(session.connection(), instance, Tag.DEADLINE_REQUEST, details, at=now, actor=actor)
    return row


def _request(session: Session, kind: Kind, key: int, reason: str, until: datetime | None = None, *, actor: str) -> int:
    instance, _, _ = _checked(session, kind, key, until)
    variables: dict[str, Any] = {"deadline": str(key), **reason_said(reason, required=True)}
    if until is not None:
        variables["until"] = until.isoformat()
    return start_process(
        session,
        process_id=kind,
        variables=variables,
        business_id=number_of(session, instance.case_id) or str(key),
        correlation_key=str(key),
        actor=actor,
    )


def _checked(
    session: Session, kind: Kind, key: int, until: datetime | None, own: int | None = None
) -> tuple[Row[Any], Row[Any], datetime]:
    """The clock's instance, locked, the clock and the moment, when it may be asked for."""
    try:
        instance = lock(session, instance_of(key))
    except NotFound:
        raise NotFound(f"没有时限 {key}") from None
    row, now = find_deadline(session, key), clock_now(session)
    if kind is Kind.EXTENSION:
        check_extendable(row, now)
    elif kind is Kind.APPEAL:
        check_appealable(row)
    elif until is None:
        raise Invalid("挂账要写明截止时间")
    else:
        check_suspendable(row, until, now)
    before = [one for one in _earlier(session, kind, key) if one.key != own]
    if any(one.ended is None for one in before):
        raise RequestPending
    if kind is Kind.APPEAL and any(one.state == "COMPLETED" for one in before):
        raise NotAppealable("已经申诉过一次")
    return instance, row, now


def _earlier(session: Session, kind: Kind, key: int) -> list[Row[Any]]:
    """The instances in which the same was asked before, as the record of the clock's instance has it."""
    connection = session.connection()
    asked = select(event.c.details).where(
        event.c.process_instance_key == instance_of(key), event.c.tag == Tag.DEADLINE_REQUEST
    )
    keys = [
        said["request"] for said in connection.execute(asked).scalars() if said["key"] == key and said["kind"] == kind
    ]
    columns = process_instance.c
    query = select(columns.key, columns.state, columns.ended).where(columns.key.in_(keys))
    return list(connection.execute(query).all())
