"""The sample month: whether a database holds one or may be given one, and how far its filling has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from workflows.runtime.beats import beat, last_beats
from workflows.runtime.clock import real_now
from workflows.runtime.errors import Conflict
from workflows.runtime.events import ENGINE, Tag, record_engine_event
from workflows.store.base import Base
from workflows.store.tables import Case, Event, ProcessInstance

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BEAT, DONE = "demo", 100
ALIVE = timedelta(minutes=2)  # without a sign of life for longer, whoever filled it is gone


class NotEmpty(Conflict):
    """数据库里已经有案件或流程,示例城市只装进空的数据库。"""

    code = "DATABASE_NOT_EMPTY"


class DemoRunning(Conflict):
    """示例城市正在载入。"""

    code = "DEMO_RUNNING"


#: What is no part of a month: who may sign in or call, the organisation they belong to, the clock and the keys.
KEPT = {"clock", "key_sequence", "api_client", "person", "unit", "seat", "duty", "staff_account", "staff_session"}


@dataclass(frozen=True, slots=True)
class Demo:
    """``state``: empty, foreign (somebody's own work), running, broken (it stopped half-way), done."""

    state: str
    percent: int = 0
    details: dict[str, Any] | None = None


def demo(session: Session) -> Demo:
    """What this database is, seen as a sample."""
    marks = (Tag.DEMO_BEGIN, Tag.DEMO_END)
    query = select(Event.tag, Event.details).where(Event.process_instance_key == ENGINE, Event.tag.in_(marks))
    found = session.execute(query.order_by(Event.seq.desc()).limit(1)).first()
    if found is None:
        return Demo("empty" if is_empty(session) else "foreign")
    if found.tag == Tag.DEMO_END:
        return Demo("done", DONE, found.details)
    sign = last_beats(session, [BEAT]).get(BEAT)
    alive = sign is not None and real_now() - sign.at < ALIVE
    return Demo("running" if alive else "broken", int(sign.by) if sign else 0, found.details)


def is_empty(session: Session) -> bool:
    """Nothing was ever reported or started here."""
    return not any(session.execute(select(one.key).limit(1)).first() for one in (Case, ProcessInstance))


def is_loading(session: Session) -> bool:
    """Whether a month is being made just now: whoever else sweeps leaves its clocks and letters alone meanwhile."""
    sign = last_beats(session, [BEAT]).get(BEAT)
    return sign is not None and sign.by != str(DONE) and real_now() - sign.at < ALIVE


def begin_demo(session: Session, details: dict[str, Any], *, actor: str) -> None:
    """From now on everything in this database is a sample. NotEmpty, DemoRunning."""
    state = demo(session).state
    if state == "running":
        raise DemoRunning
    if state != "empty":
        raise NotEmpty
    record_engine_event(session, Tag.DEMO_BEGIN, details, at=real_now(), actor=actor)
    say_percent(session, 0)


def say_percent(session: Session, percent: int) -> None:
    """How far it has come, which is also a sign of life."""
    beat(session, BEAT, by=str(percent))


def end_demo(session: Session, details: dict[str, Any], *, actor: str) -> None:
    """The month is there."""
    record_engine_event(session, Tag.DEMO_END, details, at=real_now(), actor=actor)
    say_percent(session, DONE)


def clear_demo(session: Session) -> None:
    """A sample month and all that was done in it are gone, so that another can be made. NotEmpty, DemoRunning."""
    state = demo(session).state
    if state == "running":
        raise DemoRunning
    if state == "foreign":
        raise NotEmpty
    for table in reversed(Base.metadata.sorted_tables):
        if table.name not in KEPT:
            session.connection().execute(delete(table))
