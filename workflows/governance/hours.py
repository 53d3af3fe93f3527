"""When a unit works: its own office hours, or those of the nearest unit above that has some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal, select

from workflows.calendar import CHINA, OfficeHours
from workflows.store.base import table
from workflows.store.tables.governance import Unit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

unit = table(Unit)
MAX_DEPTH = 100  # above it a register would be a circle, which it cannot be


def office_hours(session: Session, unit_id: str) -> OfficeHours:
    """``hours`` of the register, inherited up the tree; those of the country where none are written.

    The same for a unit that there is no more: a clock that runs there goes on.
    """
    here = select(unit.c.parent_id, unit.c.details, literal(0).label("height")).where(unit.c.id == unit_id)
    tree = here.cte(recursive=True)
    above = select(unit.c.parent_id, unit.c.details, tree.c.height + 1).where(
        unit.c.id == tree.c.parent_id, tree.c.height < MAX_DEPTH
    )
    line = tree.union_all(above)
    for details in session.connection().execute(select(line.c.details).order_by(line.c.height)).scalars():
        if "hours" in details:
            return OfficeHours.of(details["hours"])
    return CHINA.hours
