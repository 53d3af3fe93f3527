"""What is asked about a case beside its handling: 延期, 挂账, 申诉, and letters of supervision with their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from api.console import story
from api.console.shown import doers
from workflows.runtime.escalation_words import clock_name
from workflows.store.keys import instance_of
from workflows.store.queries.variables import variables
from workflows.store.tables import Deadline, Event, ProcessInstance, SupervisionLetter

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

REQUESTED = "deadline:request"


class Waiting(NamedTuple):
    """The open task of a request or a letter, and who has it or may take it."""

    key: int
    name: str
    doer: str


class Request(NamedTuple):
    """What was asked of a clock: by whom, why, until when; what it waits for, or how the last level decided."""

    kind: str
    clock: str
    due: datetime
    who: str
    at: datetime
    reason: str
    until: str
    state: str
    waiting: list[Waiting]
    approval: dict[str, Any]


def requests(session: Session, instances: Collection[int]) -> list[Request]:
    """All that was asked of the clocks of these instances, the newest first."""
    said = select(Event).where(Event.process_instance_key.in_(instances), Event.tag == REQUESTED)
    return _requests(session, list(session.scalars(said.order_by(Event.key.desc()))))


def request_of(session: Session, instance: int) -> Request | None:
    """The request that this instance decides."""
    of = next((one.value for one in variables(session, instance) if one.name == "deadline"), None)
    if not isinstance(of, str) or not of.isdecimal():
        return None
    said = select(Event).where(Event.process_instance_key == instance_of(int(of)), Event.tag == REQUESTED)
    found = [one for one in session.scalars(said) if one.details.get("request") == instance]
    return next(iter(_requests(session, found)), None)


def _requests(session: Session, events: list[Event]) -> list[Request]:
    keys = [one.details["request"] for one in events]
    clocks = {
        row.key: row
        for row in session.scalars(select(Deadline).where(Deadline.key.in_([one.details["key"] for one in events])))
    }
    states = dict(
        session.execute(select(ProcessInstance.key, ProcessInstance.state).where(ProcessInstance.key.in_(keys)))
        .tuples()
        .all()
    )
    waiting = waiting_for(session, keys)
    return [
        Request(
            one.details["kind"],
            clock_name(clock.stage, clock.milestone),
            clock.due,
            one.actor,
            one.at,
            one.details.get("reason", ""),
            one.details.get("until", ""),
            states.get(one.details["request"], ""),
            waiting.get(one.details["request"], []),
            _approval(session, one.details["request"]),
        )
        for one in events
        if (clock := clocks.get(one.details["key"]))
    ]


def _approval(session: Session, instance: int) -> dict[str, Any]:
    """How the last level decided; nothing before the first."""
    found = next((one.value for one in variables(session, instance) if one.name == "approval"), None)
    return found if isinstance(found, dict) else {}


def letters(session: Session, subject: str) -> list[tuple[SupervisionLetter, list[Waiting]]]:
    """The letters about a case, the newest first, and what each waits for."""
    query = select(SupervisionLetter).where(SupervisionLetter.subject == subject)
    rows = session.scalars(query.order_by(SupervisionLetter.key.desc())).all()
    waiting = waiting_for(session, [row.process_instance_key for row in rows])
    return [(row, waiting.get(row.process_instance_key, [])) for row in rows]


def letter_of(session: Session, instance: int) -> SupervisionLetter | None:
    """The letter that this instance sees answered."""
    return session.scalars(select(SupervisionLetter).where(SupervisionLetter.process_instance_key == instance)).first()


def waiting_for(session: Session, instances: Collection[int]) -> dict[int, list[Waiting]]:
    """By instance its open tasks."""
    tasks = [task for rows in story.holders(session, instances).values() for task in rows]
    found: dict[int, list[Waiting]] = {}
    for task, doer in zip(tasks, doers(session, tasks), strict=True):
        found.setdefault(task.process_instance_key, []).append(Waiting(task.key, task.name or task.element_id, doer))
    return found
