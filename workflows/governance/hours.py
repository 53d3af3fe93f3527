"""When a unit works: its own office hours, or those of the nearest unit above that has some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, literal, select

from workflows.calendar import CHINA, OfficeHours
from workflows.store.base import table
from workflows.store.tables.governance import Unit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

unit = table(Unit)
_OTHER = unit.alias()
MAX_DEPTH = 100  # above it a register would be a circle, which it cannot be


def office_hours(session: Session, unit_id: str | None) -> OfficeHours:
    """``hours`` of the register, inherited up the tree; those of the country where none are written.

    Those of the city for no unit, and for one that there is no more: a clock that runs there goes on.
    """
    city = (unit.c.parent_id.is_(None)) & ~exists().where(_OTHER.c.id == unit_id)
    here = select(unit.c.parent_id, unit.c.details, literal(0).label("height")).where((unit.c.id == unit_id) | city)
    tree = here.cte(recursive=True)
    above = select(unit.c.parent_id, unit.c.details, tree.c.height + 1).where(
        unit.c.id == tree.c.parent_id, tree.c.height < MAX_DEPTH
    )
    line = tree.union_all(above)
    for details in session.connection().execute(select(line.c.details).order_by(line.c.height)).scalars():
        if "hours" in details:
            return OfficeHours.of(details["hours"])
    return CHINA.hours
