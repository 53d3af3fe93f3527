"""A scenario played with what someone has started on the running server, its hours moved to the days ahead."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tasks.scenarios.happening import Happened, happened
from tasks.scenarios.playing import ACTOR, CannotPlay, Scene
from workflows import runtime
from workflows.store import read, transaction
from workflows.store.tables import DecisionPublication, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tasks.scenarios.reading import Scenario
    from workflows.store import Database

WEEK = timedelta(days=7)  # moved by whole weeks, an hour stays in the office hours that it was in
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def join(
    database: Database, scenario: Scenario, matter: str, files: Path, tell: Callable[[str], object]
) -> tuple[Happened, list[str]]:
    """The organisation does what the scenario says for ``matter``, the number of a case or the key of an instance.

    Decisions that the scenario finds published are published if none is. The clock goes along and is reset at the end.
    What happened to the instance, and what stopped the scenario, if anything did. CannotPlay.
    """
    with read(database) as session:
        key = _instance(session, scenario, matter)
        ahead = _ahead(scenario.at, runtime.now(session))
        published = set(session.scalars(select(DecisionPublication.decision_id)))
    moved = replace(scenario, at=scenario.at + ahead, steps=shifted(scenario.steps, ahead))
    scene = Scene(database, moved, files, key, tell)
    with transaction(database) as session:
        runtime.pin_clock(session, moved.at, actor=ACTOR)
    try:
        for one in scenario.given.get("published", []):
            if one["decision"] not in published:
                scene.publish(one)
        problems = scene.go_on()
    finally:
        with transaction(database) as session:
            runtime.reset_clock(session, actor=ACTOR)
    with read(database) as session:
        return happened(session, key), problems


def shifted(value: Any, by: timedelta) -> Any:
    """The same with every moment in it that much later."""
    if isinstance(value, dict):
        return {name: shifted(each, by) for name, each in value.items()}
    if isinstance(value, list):
        return [shifted(each, by) for each in value]
    if isinstance(value, datetime):
        return value + by
    if isinstance(value, str) and MOMENT.match(value):
        return (datetime.fromisoformat(value) + by).isoformat()
    return value


def _ahead(at: datetime, now: datetime) -> timedelta:
    """As many whole weeks as bring it to now or after."""
    return -((at - now) // WEEK) * WEEK if at < now else timedelta()


def _instance(session: Session, scenario: Scenario, matter: str) -> int:
    """The newest of the scenario's process about a matter."""
    about = ProcessInstance.key == int(matter) if matter.isdecimal() else ProcessInstance.business_id == matter
    query = select(ProcessInstance.key).where(about, ProcessInstance.process_id == scenario.process)
    key = session.scalars(query.order_by(ProcessInstance.key.desc())).first()
    if key is None:
        raise CannotPlay(f"没有关于 {matter} 的 {scenario.process}")
    return key
