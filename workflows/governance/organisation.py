"""The organisation: units in a tree, the seats in them, who holds a seat on a day, and which units a point lies in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, Text, and_, bindparam, cast, delete, insert, or_, select, update

from workflows.calendar import CHINA, OfficeHours
from workflows.governance import duty, registers, successions
from workflows.governance.places import bounds, contains, ring
from workflows.governance.registers import RegisterMismatch
from workflows.store.errors import NotFound
from workflows.store.json import loads
from workflows.store.memo import forget, once
from workflows.store.tables.governance import Person, Seat, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from workflows.governance.places import Ring

NAME = "organisation"
CENTRE = "centre"


def _covers(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    return (Seat.valid_from <= day) & or_(Seat.valid_to.is_(None), Seat.valid_to >= day)


# Asked whenever somebody is told something, so built once.
_HELD = (
    select(Seat.person_id, Seat.deputy_id)
    .where(Seat.role == bindparam("b_role"), Seat.unit_id == bindparam("b_unit"), _covers(bindparam("b_day")))
    .order_by(Seat.id)
)
_ANY = select(Unit.id).limit(1)
_TITLED = (
    select(Unit.name, Seat.title)
    .outerjoin(
        Seat, and_(Seat.unit_id == Unit.id, Seat.role == bindparam("b_role"), _covers(bindparam("b_day", type_=Date)))
    )
    .where(Unit.id == bindparam("b_unit"))
    .order_by(Seat.id)
)
_NEAR = (
    select(Unit.id, Unit.kind, Unit.parent_id, cast(Unit.boundary, Text).label("boundary"))
    .where(Unit.west <= bindparam("b_lon"), Unit.east >= bindparam("b_lon"))
    .where(Unit.south <= bindparam("b_lat"), Unit.north >= bindparam("b_lat"))
    .order_by(Unit.id.desc())
)
MOST_BOUNDARIES = 2_000  # that are kept parsed
_PLAIN = ("id", "kind", "name", "parent", "boundary")


class OrganisationMissing(NotFound):
    """城市组织尚未载入。"""

    code = "ORGANISATION_MISSING"


@dataclass(frozen=True, slots=True)
class Location:
    """The units a point lies in, smallest to largest; no grid means outside the city."""

    building: str | None = None
    compound: str | None = None
    community: str | None = None
    grid: str | None = None
    area: str | None = None

    def as_variables(self) -> dict[str, Any]:
        return {"inCity": self.grid is not None, **asdict(self)}


def load_pack(session: Session, pack: str) -> None:
    """Take over the organisation of a deployed pack."""
    load(session, registers.latest(session, pack, NAME, dict))


def load(session: Session, content: dict[str, Any]) -> None:
    """Make units and seats equal to the register's. Persons stay known after they left: the record names them."""
    check(content)
    units, persons, seats, duties = _rows(content)
    known = set(session.scalars(select(Person.id)))
    session.execute(delete(Seat))
    duty.load(session, [])
    session.execute(delete(Unit))
    session.execute(insert(Unit), units)
    if changed := [row for row in persons if row["id"] in known]:
        session.execute(update(Person), changed)
    if added := [row for row in persons if row["id"] not in known]:
        session.execute(insert(Person), added)
    session.execute(insert(Seat), seats)
    duty.load(session, duties)
    successions.load(session, content["units"])
    forget(session)


def check(content: Any) -> None:
    """RegisterMismatch when this is no organisation: something is missing, or refers to what is not there."""
    try:
        _check_references(content)
        _rows(content)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise RegisterMismatch(f"城市组织缺少或写错 {error}") from error


def groups(content: Any) -> set[str]:
    """The groups ``role@unit`` of a register that ``check`` has passed."""
    return {f"{seat['role']}@{seat['unit']}" for seat in content["seats"]}


def seats(session: Session) -> set[str]:
    """The groups ``role@unit`` that there are now."""
    return {f"{role}@{unit}" for role, unit in session.execute(select(Seat.role, Seat.unit_id).distinct())}


def centre(session: Session) -> Unit:
    """The command centre, the root of the tree."""
    found = session.scalars(select(Unit).where(Unit.kind == CENTRE, Unit.parent_id.is_(None))).one_or_none()
    if found is None:
        raise OrganisationMissing
    return found


def exists(session: Session) -> bool:
    """Whether an organisation is loaded."""
    return session.connection().execute(_ANY).first() is not None


def season(session: Session, at: datetime) -> str:
    """``planting`` or ``ordinary``: trees are replaced when they can take root."""
    months = centre(session).details["city"]["plantingMonths"]
    return "planting" if at.astimezone(CHINA.zone).month in months else "ordinary"


def locate(session: Session, lon: float, lat: float) -> Location:
    """The units around a point. A point on a common edge belongs to the unit with the smaller id."""
    return once(session, ("location", lon, lat), lambda: _locate(session, lon, lat))


def _locate(session: Session, lon: float, lat: float) -> Location:
    near = session.connection().execute(_NEAR, {"b_lon": lon, "b_lat": lat})
    around = {unit.kind: unit for unit in near if contains(_ring(unit.boundary), (lon, lat))}
    if "grid" not in around:
        return Location()
    smaller = {kind: around[kind].id for kind in ("building", "compound", "community") if kind in around}
    return Location(**smaller, grid=around["grid"].id, area=around["grid"].parent_id)


@lru_cache(MOST_BOUNDARIES)
def _ring(boundary: str) -> Ring:
    """A boundary as its column holds it."""
    return ring(loads(boundary))


def area_class(session: Session, location: Location) -> str | None:
    """A, B or C where the city classes its areas (GB/T 30428): limits may differ by it."""
    grid = session.get(Unit, location.grid) if location.grid else None
    return grid.details.get("areaClass") if grid is not None else None


def members(session: Session, group: str, at: datetime) -> list[str]:
    """The persons of ``role@unit`` at a moment: who is on duty, then the holders, then who stands in for them."""
    role, _, unit = group.partition("@")
    day = at.astimezone(CHINA.zone).date()
    held = session.connection().execute(_HELD, {"b_role": role, "b_unit": unit, "b_day": day}).all()
    return _distinct([
        *duty.on_duty(session, group, at),
        *(person for person, _ in held),
        *(deputy for _, deputy in held if deputy),
    ])  # fmt: skip


def named(session: Session, group: str, at: datetime) -> str:
    """``role@unit`` in words, as a letter is addressed: 消防部门负责人. Its own text where there is no such unit."""
    role, _, unit = group.partition("@")
    day = at.astimezone(CHINA.zone).date()
    rows = session.connection().execute(_TITLED, {"b_role": role, "b_unit": unit, "b_day": day}).all()
    if not rows:
        return group
    titles = "、".join(_distinct(row.title for row in rows if row.title))
    return f"{rows[0].name}{titles or role}"


def groups_of(session: Session, person: str, at: datetime) -> list[str]:
    """The groups a person belongs to at a moment, those they stand in for or are on duty for last."""
    mine = or_(Seat.person_id == person, Seat.deputy_id == person)
    seats = list(session.scalars(select(Seat).where(mine, _valid(at)).order_by(Seat.id)))
    seats.sort(key=lambda seat: seat.person_id != person)
    return _distinct([*(f"{seat.role}@{seat.unit_id}" for seat in seats), *duty.duties_of(session, person, at)])


def _valid(at: datetime) -> ColumnElement[bool]:
    return _covers(at.astimezone(CHINA.zone).date())


def _distinct(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _parents_first(units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len({unit["id"] for unit in units}) < len(units):
        raise RegisterMismatch("有两个单位用了同一个 id")
    below: dict[str | None, list[dict[str, Any]]] = {}
    for unit in units:
        below.setdefault(unit["parent"], []).append(unit)
    ordered = list(below.pop(None, ()))
    for unit in ordered:  # which grows meanwhile
        ordered += below.pop(unit["id"], ())
    if below:
        raise RegisterMismatch(f"上级单位不存在或循环：{'、'.join(map(str, list(below)[:3]))}")
    return ordered


def _check_references(content: dict[str, Any]) -> None:
    units = {unit["id"] for unit in content["units"]}
    persons = {person["id"] for person in content["persons"]}
    if [unit["kind"] for unit in content["units"] if unit["parent"] is None] != [CENTRE]:
        raise RegisterMismatch("有且只有一个中心没有上级，其他单位都要有上级")
    if len(persons) < len(content["persons"]):
        raise RegisterMismatch("有两个人用了同一个 id")
    successions.check(content["units"])
    for seat in [*content["seats"], *content.get("duties", ())]:
        missing = ({seat["unit"]} - units) | ({seat["person"], seat.get("deputy", seat["person"])} - persons)
        if missing:
            raise RegisterMismatch(f"席位 {seat['role']}@{seat['unit']} 指向不存在的 {'、'.join(sorted(missing))}")


def _rows(content: dict[str, Any]) -> tuple[list[dict[str, Any]], ...]:
    """The units, the persons, the seats and the duties."""
    return (
        [_unit_row(unit, content["city"]) for unit in _parents_first(content["units"])],
        [{name: row.get(name) for name in ("id", "name", "email", "phone")} for row in content["persons"]],
        [_seat_row(row) for row in content["seats"]],
        [duty.duty_row(row) for row in content.get("duties", ())],
    )


def _unit_row(unit: dict[str, Any], city: dict[str, Any]) -> dict[str, Any]:
    boundary = unit.get("boundary")
    west, south, east, north = bounds(ring(boundary)) if boundary else (None,) * 4
    details = {name: value for name, value in unit.items() if name not in _PLAIN}
    if "hours" in details:
        OfficeHours.of(details["hours"])  # or it is refused
    return {
        "id": unit["id"],
        "kind": unit["kind"],
        "name": unit["name"],
        "parent_id": unit["parent"],
        "boundary": boundary,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "details": details | ({"city": city} if unit["parent"] is None else {}),
    }


def _seat_row(seat: dict[str, Any]) -> dict[str, Any]:
    return {
        "role": seat["role"],
        "unit_id": seat["unit"],
        "person_id": seat["person"],
        "deputy_id": seat.get("deputy"),
        "title": seat["title"],
        "valid_from": date.fromisoformat(seat["from"]),
        "valid_to": date.fromisoformat(seat["to"]) if "to" in seat else None,
    }
