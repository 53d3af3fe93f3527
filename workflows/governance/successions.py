"""Units that are reorganised (机构改革): who has taken over from whom until a moment."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from workflows.calendar import CHINA
from workflows.governance.registers import RegisterMismatch
from workflows.store.errors import NotFound
from workflows.store.tables.governance import Succession

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

NAME = "succession"  # of a unit in the register: {to, date, document}
# Asked in every step that gives somebody work, so built once.
_IN_FORCE = select(Succession.unit_id, Succession.successor_id).where(Succession.day <= bindparam("b_day"))


class NoSuccession(NotFound):
    """这个单位没有写明由谁承接。"""

    code = "NO_SUCCESSION"


def get(session: Session, unit: str) -> Succession:
    found = session.get(Succession, unit)
    if found is None:
        raise NoSuccession(f"单位 {unit} 没有写明由谁承接")
    return found


def day_of(at: datetime) -> date:
    """The day it is in 娄底."""
    return at.astimezone(CHINA.zone).date()


def in_force(session: Session, at: datetime) -> dict[str, str]:
    """Of each unit that is no longer, who is there in its place: its successor, or that one's successor, …"""
    rows = session.connection().execute(_IN_FORCE, {"b_day": day_of(at)}).all()
    follows = {row.unit_id: row.successor_id for row in rows}
    last: dict[str, str] = {}
    for unit, successor in follows.items():
        found, seen = successor, {unit}
        while found in follows and found not in seen:  # a register has no circles, of some dates it might
            seen.add(found)
            found = follows[found]
        last[unit] = found
    return last


def seat(group: str, follows: Mapping[str, str]) -> str:
    """A group ``role@unit`` as it is called now; whatever else it is stays as it is."""
    role, at, unit = group.partition("@")
    return f"{role}@{follows[unit]}" if at and unit in follows else group


def seats(session: Session, at: Callable[[], datetime]) -> Callable[[str], str]:
    """``seat`` for the length of a step; what is in force is looked up when it is asked first."""
    follows: dict[str, str] | None = None

    def current(group: str) -> str:
        nonlocal follows
        if "@" not in group:
            return group
        if follows is None:
            follows = in_force(session, at())
        return seat(group, follows)

    return current


def load(session: Session, units: list[dict[str, Any]]) -> None:
    """Make them equal to the register's. What was carried out stays so, as long as it is the same."""
    known = {row.unit_id: row for row in session.scalars(select(Succession))}
    given = {unit["id"]: unit[NAME] for unit in units if NAME in unit}
    if gone := known.keys() - given.keys():
        session.execute(delete(Succession).where(Succession.unit_id.in_(gone)))
    for unit, one in given.items():
        row = {"successor_id": one["to"], "day": date.fromisoformat(one["date"]), "document": one["document"]}
        if unit not in known:
            session.execute(insert(Succession).values(unit_id=unit, **row))
        else:
            old = known[unit]
            same = (old.successor_id, old.day) == (row["successor_id"], row["day"])
            kept = {} if same else {"batch_operation_key": None}
            session.execute(update(Succession).where(Succession.unit_id == unit).values(**row, **kept))
    session.expire_all()


def check(units: list[dict[str, Any]]) -> None:
    """Each leads to another unit that is there, and in the end to one without a successor. RegisterMismatch."""
    known = {unit["id"] for unit in units}
    follows = {unit["id"]: unit[NAME]["to"] for unit in units if NAME in unit}
    for unit in units:
        if NAME in unit:
            date.fromisoformat(unit[NAME]["date"])
    for first in follows:
        seen, last = {first}, first
        while last in follows:
            last = follows[last]
            if last not in known or last in seen:
                raise RegisterMismatch(f"单位 {first} 的承接单位 {last} 不存在或循环")
            seen.add(last)
