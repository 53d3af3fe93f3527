"""The filters of the list of cases as they stand in an address, the same for page, export, batch and API."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from pydantic.alias_generators import to_camel
from sqlalchemy import select

from api.console.periods import midnight
from api.problems import Problem
from api.v2.kinds import MAX_NUMBER, key_or_none
from workflows.governance import catalogue
from workflows.governance.cases import State, Step
from workflows.governance.submissions import CHANNELS
from workflows.store.queries.cases import STANDS, Filter
from workflows.store.tables import Deadline, ProcessDefinition
from workflows.store.tables.governance import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

LONGEST = 2_000  # characters of an address
HANDLING = ("department", "station")


def _text(value: str) -> str:
    return value


def _number(value: str) -> int:
    number = key_or_none(value)
    if number is None or number > MAX_NUMBER:
        raise ValueError("须是不小于 0 的整数")
    return number


def _flag(value: str) -> bool:
    if value not in {"true", "false"}:
        raise ValueError("须是 true 或 false")
    return value == "true"


def _day_after(day: str) -> datetime:
    return midnight(day, 1)


#: Parameter of the address → field of the filter and how it is read. Those of the API have its names.
FIELDS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "open": ("open", _flag),
    "state": ("state", _text),
    "step": ("step", _text),
    "light": ("light", _text),
    "stage": ("stage", _text),
    "overdueHours": ("overdue_hours", _number),
    "unit": ("unit", _text),
    "area": ("area", _text),
    "grid": ("grid", _text),
    "spot": ("spot", _text),
    "channel": ("channel", _text),
    "classCode": ("class_code", _text),
    "conditionCode": ("condition_code", _text),
    "handlerGroup": ("handler_group", _text),
    "process": ("process", _text),
    "version": ("version", _number),
    "text": ("text", _text),
    "variable": ("variable", _text),
    "from": ("reported_from", midnight),
    "to": ("reported_before", _day_after),
    "endedFrom": ("ended_from", midnight),
    "endedTo": ("ended_before", _day_after),
}


def chosen(query: str) -> dict[str, str]:
    """The filters of an address, without what is empty or none."""
    pairs = parse_qsl(query[:LONGEST].removeprefix("?"))
    return {name: value.strip() for name, value in pairs if name in FIELDS and value.strip()}


def wanted(given: Mapping[str, str]) -> Filter:
    """What they mean. Problem for what cannot be read."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        field, read = FIELDS[name]
        try:
            found[field] = read(value)
        except ValueError as error:
            raise Problem(400, f"筛选条件 {name} 写得不对:{value[:40]}({error})", code="FILTER_INVALID") from error
    return Filter(**found)


def api_call(of: Filter) -> str:
    """The request that lists the same."""
    plain = {name: _said(value) for name, value in of.given().items()}
    query = urlencode({to_camel(name): value for name, value in plain.items()})
    return f"GET /cases{'?' if query else ''}{query}"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def choices(session: Session) -> dict[str, dict[str, str]]:
    """What can be picked from: value → what it is called; empty where the words of the page say it."""
    units = session.execute(
        select(Unit.id, Unit.name, Unit.kind).where(Unit.kind.in_((*HANDLING, "area", "grid"))).order_by(Unit.id)
    ).all()
    processes = session.execute(
        select(ProcessDefinition.process_id, ProcessDefinition.name).order_by(ProcessDefinition.key)
    ).tuples()
    classes = {one.class_code: one.class_name for one in catalogue.conditions(session).values()}
    stages = session.scalars(select(Deadline.stage).where(Deadline.ended.is_(None)).distinct()).all()
    return {
        "state": dict.fromkeys((one.value for one in State), ""),
        "step": dict.fromkeys((one.value for one in Step), ""),
        "light": dict.fromkeys(STANDS, ""),
        "channel": dict.fromkeys(CHANNELS, ""),
        "stage": {one: one for one in sorted(stages)},
        "unit": {one.id: one.name for one in units if one.kind in HANDLING},
        "area": {one.id: one.name for one in units if one.kind == "area"},
        "grid": {one.id: one.name for one in units if one.kind == "grid"},
        "classCode": dict(sorted(classes.items())),
        "process": {id: f"{name or id}" for id, name in processes},
    }
