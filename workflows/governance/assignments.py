"""Who is responsible: from a role and a place to a group, upwards where nobody holds the seat or can solve it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from workflows.governance import organisation, successions
from workflows.store.errors import Invalid
from workflows.store.memo import connection_of, once
from workflows.store.tables.governance import Case, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

# Who answers for a unit of a kind when it is the unit's turn; in the order of handing up.
LEVELS = {
    "building": "building-head",
    "compound": "compound-committee",
    "community": "community-secretary",
    "grid": "coordination-group",
    "area": "area-lead",
    "centre": "dispatch-desk",
}
DEPARTMENT = "department"

# Whose seat a role of a ladder is, seen from a case. Every other role sits in the centre.
_UNIT_OF_ROLE = {
    "community-secretary": "community",
    "coordination-group": "grid",
    "grid-lead": "grid",
    "area-lead": "area",
}


class Place(NamedTuple):
    """A unit without what only maps need of it."""

    id: str
    kind: str
    name: str
    parent_id: str | None


_PLACE = select(*(getattr(Unit, name) for name in Place._fields)).where(Unit.id == bindparam("b_id"))


class UnknownUnit(Invalid):
    """组织里没有这个单位。"""

    code = "UNKNOWN_UNIT"


@dataclass(frozen=True, slots=True)
class Assignment:
    level: str
    role: str
    unit: str
    unit_name: str

    @property
    def group(self) -> str:
        return f"{self.role}@{self.unit}"

    def as_variables(self) -> dict[str, str]:
        return {
            "level": self.level,
            "role": self.role,
            "unit": self.unit,
            "unitName": self.unit_name,
            "group": self.group,
        }


def resolve(
    session: Session, *, level: str, role: str, unit: str | None, location: Mapping[str, object], at: datetime
) -> Assignment:
    """The seat a dispatch decision means at this place.

    ``location`` maps levels to unit ids. A level without a unit here, or a seat nobody holds, goes up.
    """
    if level != DEPARTMENT and level not in LEVELS:
        raise Invalid(f"没有“{level}”这一级")
    if unit is not None:
        return _seated(session, unit_of(session, unit, at), role, at)
    above = list(LEVELS)[list(LEVELS).index(level) :] if level in LEVELS else []
    for kind in above:
        if id := location.get(kind):
            return _seated(session, _place(session, str(id)), role if kind == level else LEVELS[kind], at)
    return _seated(session, _centre(session), role if level == organisation.CENTRE else "", at)


def unit_of(session: Session, id: str, at: datetime) -> Place:
    """A unit, or who has succeeded it until then (机构改革). UNKNOWN_UNIT."""
    return _place(session, successions.in_force(session, at).get(id, id))


def next_level(session: Session, unit: str, at: datetime) -> Assignment | None:
    """The next level up that is not vacant; None above the centre."""
    above = _place(session, unit).parent_id
    if above is None:
        return None
    parent = _place(session, above)
    return _seated(session, parent, LEVELS.get(parent.kind, ""), at)


class Recipient(NamedTuple):
    """Who a role means: a group, and whether nobody holds the seat that was meant, so that it went up."""

    group: str
    vacant: bool = False
    persons: list[str] | None = None  # who holds the seat; None: nobody has looked


def resolve_role(session: Session, role: str, case_key: int | None, holder: str | None, at: datetime) -> Recipient:
    """The group a rung's role means: ``handler`` is who has it now, ``grid-lead`` that of the case's grid, …

    A role with a unit, ``duty-lead@centre``, means just that seat. Where there is no case, the place is the holder's.
    """
    case = session.get(Case, case_key) if case_key is not None else None
    now = successions.seats(session, lambda: at)
    if role == "handler":
        group = holder or (case.handler_group if case is not None else None)
        if group:
            return _present(session, now(group), at)
    if "@" in role:
        return _present(session, now(role), at)
    kind = "grid" if role.startswith("grid-worker-") else _UNIT_OF_ROLE.get(role, organisation.CENTRE)
    # A unit that was dissolved while the case ran must not stop the clocks of all others.
    id = getattr(case, kind, None) if case is not None else _around(session, holder, kind)
    unit = (_find(session, id) if id else None) or _centre(session)
    return _held(session, unit, role, at)


def _present(session: Session, group: str, at: datetime) -> Recipient:
    """A group that is named, or who answers for its unit where nobody is in it."""
    role, _, id = group.partition("@")
    unit = _find(session, id)
    return Recipient(group) if unit is None else _held(session, unit, role, at)


def _held(session: Session, unit: Place, role: str, at: datetime) -> Recipient:
    seat, persons = _held_seat(session, unit, role, at)
    return Recipient(seat.group, seat.group != f"{role}@{unit.id}" or not persons, persons)


def _around(session: Session, holder: str | None, kind: str) -> str | None:
    """The unit of a kind that a holder's unit is, or lies in."""
    id: str | None = (holder or "").partition("@")[2]
    while id and (unit := _find(session, id)) is not None:
        if unit.kind == kind:
            return unit.id
        id = unit.parent_id
    return None


def _seated(session: Session, unit: Place, role: str, at: datetime) -> Assignment:
    return _held_seat(session, unit, role, at)[0]


def _held_seat(session: Session, unit: Place, role: str, at: datetime) -> tuple[Assignment, list[str]]:
    """The first held seat and who holds it: the role here, whoever answers for this unit, then for the one above, …

    The centre answers, manned or not.
    """
    last: Assignment | None = None
    for seat in _upwards(session, unit, role):
        if persons := organisation.members(session, seat.group, at):
            return seat, persons
        last = seat
    if last is None:
        raise UnknownUnit(f"单位 {unit.id} 之上没有人负责")
    return last, []


def _upwards(session: Session, unit: Place, role: str) -> Iterator[Assignment]:
    if role:
        yield Assignment(unit.kind, role, unit.id, unit.name)
    here: Place | None = unit
    while here is not None:
        if here.kind in LEVELS:
            yield Assignment(here.kind, LEVELS[here.kind], here.id, here.name)
        here = _place(session, here.parent_id) if here.parent_id else None


def _find(session: Session, id: str) -> Place | None:
    return once(session, ("place", id), lambda: _read(session, id))


def _read(session: Session, id: str) -> Place | None:
    row = connection_of(session).execute(_PLACE, {"b_id": id}).one_or_none()
    return Place(*row) if row is not None else None


def _place(session: Session, id: str) -> Place:
    found = _find(session, id)
    if found is None:
        raise UnknownUnit(f"组织里没有单位 {id}")
    return found


def _centre(session: Session) -> Place:
    unit = organisation.centre(session)
    return Place(unit.id, unit.kind, unit.name, unit.parent_id)
