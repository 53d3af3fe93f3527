"""One rung fires: who is told, what is on record, the process that supervises, the message the diagram hears."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from workflows.calendar import Unit
from workflows.governance import organisation
from workflows.runtime.calendars import calendar_of
from workflows.runtime.cases import number_of, recipient_of
from workflows.runtime.deadline_rows import next_rung
from workflows.runtime.errors import Refusal
from workflows.runtime.escalation_words import subject_of, text_of
from workflows.runtime.events import Tag
from workflows.runtime.instances import start_process
from workflows.runtime.journal import note
from workflows.runtime.messages import publish_message
from workflows.runtime.notifications import notify
from workflows.runtime.running import lock
from workflows.store.base import table
from workflows.store.keys import next_keys
from workflows.store.tables import Deadline, Escalation, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

deadline, escalation, user_task = map(table, (Deadline, Escalation, UserTask))
_CLIMB = update(deadline).where(
    deadline.c.key == bindparam("b_key"), deadline.c.next_level == bindparam("b_level"), deadline.c.ended.is_(None)
)
_HAS_IT = select(user_task.c.assignee, user_task.c.candidate_groups).where(user_task.c.key == bindparam("b_key"))
_RECORD = insert(escalation)
log = logging.getLogger(__name__)
KIND = "escalation"  # of the notification
SAID = ("stage", "level", "role", "recipient", "vacant", "channels", "label")


def fire_rung(
    session: Session, instance: Row[Any], row: Row[Any], now: datetime, *, actor: str, why: dict[str, Any] | None = None
) -> int | None:
    """Fire the next rung of a clock whose instance is locked; the escalation's key, None when it was fired meanwhile.

    A process or a message that the rung names and that fails does not stop the clock: it is on record.
    """
    rung = next(rung for rung in row.rungs if rung["level"] == row.next_level)
    ahead = next_rung(row.rungs, row.next_level, paused=row.paused_since is not None)
    climbed = {"b_key": row.key, "b_level": row.next_level, "fired_level": row.next_level, "claimed_until": None}
    if session.connection().execute(_CLIMB, climbed | ahead).rowcount != 1:
        return None
    fired, persons = _record(session, instance, row, rung, now)
    said = {"key": row.key, **{name: fired[name] for name in SAID}, "at": fired["at"].isoformat(), **(why or {})}
    subject = number_of(session, instance.case_id) or str(instance.key)
    failures: list[str] = []
    if rung["process"]:
        variables = _for_process(row, rung, fired, subject)
        started = _try(
            session,
            lambda: start_process(
                session, process_id=rung["process"], variables=variables, business_id=subject, actor=actor
            ),
            failures,
        )
        said |= {"process": rung["process"], "supervision": started}
        connection = session.connection()
        connection.execute(update(escalation).where(escalation.c.key == fired["key"]).values(supervision_key=started))
        instance = lock(session, instance.key)  # it may have acted on this one
    if rung["message"]:
        said["message"] = rung["message"]
    if failures:
        said["failures"] = failures
    _tell(session, instance, row, fired, number=subject, persons=persons)
    note(session.connection(), instance, Tag.DEADLINE_ESCALATE, said, at=now, actor=actor)
    if rung["message"]:  # last: what hears it may be this very instance, which goes on from here
        heard = {"escalation": _said_of(row, rung, fired)}
        _try(session, lambda: publish_message(session, rung["message"], subject, heard, actor=actor), failures)
    return int(fired["key"])


def _record(
    session: Session, instance: Any, row: Row[Any], rung: dict[str, Any], now: datetime
) -> tuple[dict[str, Any], list[str] | None]:
    """The row of the escalation, and who holds the seat it goes to, where that was looked up."""
    holder = row.holder or _whose_task(session, row.element_instance_key)
    recipient, vacant, persons = recipient_of(session, rung["role"], instance.case_id, holder, now)
    reply = rung["reply"]
    fired = {
        "key": next_keys(session)[0],
        "deadline_key": row.key,
        "process_instance_key": instance.key,
        "stage": row.stage,
        "level": rung["level"],
        "role": rung["role"],
        "recipient": recipient,
        "vacant": vacant,
        "channels": rung["channels"],
        "label": rung["label"],
        "powers": rung["powers"],
        "reply_due": reply and _after(session, recipient, reply, now),
        "supervision_key": None,
        "at": row.next_at or now,
        "fired": now,
    }
    session.connection().execute(_RECORD, [fired])
    return fired, persons


def _whose_task(session: Session, key: int) -> str | None:
    """Who has a task: its assignee, else the first of its groups."""
    task = session.connection().execute(_HAS_IT, {"b_key": key}).one_or_none()
    return next((name for name in (task.assignee, *task.candidate_groups) if name), None) if task else None


def _tell(
    session: Session, instance: Any, row: Row[Any], fired: dict[str, Any], *, number: str, persons: list[str] | None
) -> None:
    """In the inbox of those concerned, and by letter where the rung says so."""
    matter = f"案件 {number}" if instance.case_id is not None else f"流程 {number}"
    holder = row.holder and organisation.named(session, row.holder, fired["fired"])
    instead = organisation.named(session, fired["recipient"], fired["fired"]) if fired["vacant"] else None
    notify(
        session,
        group=fired["recipient"],
        kind=KIND,
        subject=subject_of(matter, row, fired["level"], fired["label"]),
        text=text_of(matter, row, fired, holder=holder, instead=instead),
        channels=fired["channels"],
        at=fired["fired"],
        dedupe=f"{KIND}:{fired['key']}",
        instance_key=instance.key,
        case_id=instance.case_id,
        persons=persons,
    )


def _after(session: Session, recipient: str, limit: dict[str, Any], now: datetime) -> datetime:
    calendar = calendar_of(session, recipient)
    return calendar.after(now, Decimal(str(limit["number"])), Unit(limit["unit"])).at


def _said_of(row: Row[Any], rung: dict[str, Any], fired: dict[str, Any]) -> dict[str, Any]:
    """An escalation as a diagram sees it."""
    return {
        "key": str(fired["key"]),
        "deadline": str(row.key),
        "processInstance": str(row.process_instance_key),
        "stage": row.stage,
        "milestone": row.milestone or None,
        "holder": row.holder,
        "level": rung["level"],
        "role": rung["role"],
        "recipient": fired["recipient"],
        "label": rung["label"],
        "due": row.due.isoformat(),
        "at": fired["at"].isoformat(),
        "fired": fired["fired"].isoformat(),
        "reply": rung["reply"],
        "powers": rung["powers"],
    }


def _for_process(row: Row[Any], rung: dict[str, Any], fired: dict[str, Any], subject: str) -> dict[str, Any]:
    return {"subject": subject, "escalation": _said_of(row, rung, fired)}


def _try(session: Session, act: Callable[[], int], failures: list[str]) -> int | None:
    try:
        with session.begin_nested():
            return act()
    except Refusal as refusal:
        failures.append(str(refusal))
    except Exception as error:
        log.exception("what a rung names has failed")
        failures.append(f"{type(error).__name__}: {error}")
    return None
