"""When a unit works: its own office hours, or those of the nearest unit above that has some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, literal, select

from workflows.calendar import CHINA, OfficeHours
from workflows.store.base import table
from workflows.store.tables.governance import Unit

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

unit = table(Unit)
_OTHER = unit.alias()
MAX_DEPTH = 100  # above it a register would be a circle, which it cannot be


def _line() -> Select[tuple[dict[str, Any]]]:
    """What the register says of the unit named ``unit`` and of those above it, the nearest first."""
    id = bindparam("unit", type_=unit.c.id.type)
    city = (unit.c.parent_id.is_(None)) & ~exists().where(_OTHER.c.id == id)
    here = select(unit.c.parent_id, unit.c.details, literal(0).label("height")).where((unit.c.id == id) | city)
    tree = here.cte(recursive=True)
    above = select(unit.c.parent_id, unit.c.details, tree.c.height + 1).where(
        unit.c.id == tree.c.parent_id, tree.c.height < MAX_DEPTH
    )
    line = tree.union_all(above)
    return select(line.c.details).order_by(line.c.height)


_LINE = _line()  # built once: building it costs more than asking it, and every clock asks


def office_hours(session: Session, unit_id: str | None) -> OfficeHours:
    """``hours`` of the register, inherited up the tree; those of the country where none are written.

    Those of the city for no unit, and for one that there is no more: a clock that runs there goes on.
    """
    for details in session.connection().execute(_LINE, {"unit": unit_id}).scalars():
        if "hours" in details:
            return OfficeHours.of(details["hours"])
    return CHINA.hours
