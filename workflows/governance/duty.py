"""The duty roster (值班表): who answers for a seat between two moments, at night and on holidays above all."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select

from workflows.governance.registers import RegisterMismatch
from workflows.store.tables.governance import Duty

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


def _covers(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    return (Duty.begins <= at) & (Duty.ends > at)


# Asked whenever somebody is told something, so built once.
_ON_DUTY = (
    select(Duty.person_id)
    .where(Duty.role == bindparam("b_role"), Duty.unit_id == bindparam("b_unit"), _covers(bindparam("b_at")))
    .order_by(Duty.id)
)


def on_duty(session: Session, group: str, at: datetime) -> list[str]:
    """The persons on duty for ``role@unit`` at a moment, in the order of the roster."""
    role, _, unit = group.partition("@")
    found = session.connection().execute(_ON_DUTY, {"b_role": role, "b_unit": unit, "b_at": at})
    return list(dict.fromkeys(found.scalars()))


def duties_of(session: Session, person: str, at: datetime) -> list[str]:
    """The groups a person is on duty for at a moment."""
    mine = session.scalars(select(Duty).where(Duty.person_id == person, _covers(at)).order_by(Duty.id))
    return [f"{duty.role}@{duty.unit_id}" for duty in mine]


def load(session: Session, rows: list[dict[str, Any]]) -> None:
    """Make the roster equal to the register's."""
    session.execute(delete(Duty))
    if rows:
        session.execute(insert(Duty), rows)


def duty_row(duty: dict[str, Any]) -> dict[str, Any]:
    """One entry of a register as a row. RegisterMismatch when it does not end after it begins or has no time zone."""
    begins, ends = (datetime.fromisoformat(duty[name]) for name in ("from", "to"))
    if begins.tzinfo is None or ends.tzinfo is None or ends <= begins:
        raise RegisterMismatch(
            f"值班 {duty['role']}@{duty['unit']} 的起止须带时区,且止在起之后:{duty['from']}–{duty['to']}"
        )
    return {
        "role": duty["role"],
        "unit_id": duty["unit"],
        "person_id": duty["person"],
        "begins": begins,
        "ends": ends,
    }
