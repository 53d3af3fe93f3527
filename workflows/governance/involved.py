"""Who has a part in cases, units and persons; and whose cases a person sees."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from workflows.governance import successions
from workflows.store.base import table
from workflows.store.tables.governance import CaseInvolved, Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

_ADD: dict[str, Any] = {
    name: dialect.insert(table(CaseInvolved)).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def units(groups: Iterable[str | None]) -> set[str]:
    """The units of groups ``role@unit``, as they are involved: ``@unit``."""
    return {f"@{unit}" for group in groups if group and (unit := group.partition("@")[2])}


def involve(session: Session, case_key: int, whom: Collection[str]) -> None:
    """They have a part in it from now on; who has one already keeps it."""
    if whom:
        connection = session.connection()
        # In one order, so that two at once do not wait for each other.
        connection.execute(_ADD[connection.dialect.name], [{"who": one, "case_key": case_key} for one in sorted(whom)])


def scope(session: Session, person: str, groups: Collection[str], at: datetime) -> frozenset[str] | None:
    """Whose cases a person with seats sees: their own, of their units, of all below, and of all these have taken over.

    None: those of the whole city, from a seat in its centre. Who has no seat sees none.
    """
    own = units(groups)
    if not own:
        return frozenset()
    below: dict[str | None, list[str]] = defaultdict(list)
    for id, parent in session.execute(select(Unit.id, Unit.parent_id)):
        below[parent and f"@{parent}"].append(f"@{id}")
    for earlier, successor in successions.in_force(session, at).items():
        below[f"@{successor}"].append(f"@{earlier}")
    if own & set(below[None]):
        return None
    found = set(own)
    further = list(own)
    while further:
        new = set(below[further.pop()]) - found
        found |= new
        further += new
    return frozenset({person, *found})
