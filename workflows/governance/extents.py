"""Where something holds: in a unit of the organisation, around a point, or within a boundary."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from workflows.governance import organisation
from workflows.governance.places import METRES_PER_DEGREE, Position, Ring, bounds, contains, metres, ring
from workflows.store.memo import once
from workflows.store.tables.governance import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

MAX_RADIUS = 100_000  # metres
MAX_CORNERS = 1_000
_LEVELS = ("building", "compound", "community", "grid", "area")
_UNITS = select(Unit.id, Unit.kind, Unit.parent_id).where(Unit.id.in_(bindparam("b_ids", expanding=True)))

Box = tuple[float, float, float, float]  # west, south, east, north


@dataclass(frozen=True, slots=True)
class Where:
    """A place that is asked about: the point, and the units it lies in with their kinds, as far as they are known."""

    point: Position | None
    units: Mapping[str, str | None]

    @classmethod
    def of(cls, session: Session, value: Mapping[str, Any] | None) -> Where:
        """From ``{lon, lat}``, ``{unit}`` or the variable ``location``, {grid, area, …}. ValueError."""
        if value is None:
            return cls(None, {})
        point = _point(value) if value.get("lon") is not None else None
        named = {str(value[name]) for name in ("unit", *_LEVELS) if value.get(name)}
        if point is not None and not named:
            inside = organisation.locate(session, *point)
            named = {unit for name in _LEVELS if (unit := getattr(inside, name))}
        return cls(point, _with_those_above(session, named))

    def unit(self, kind: str) -> str | None:
        """The unit of a kind that it lies in, e.g. its grid."""
        return next((id for id, known in self.units.items() if known == kind), None)


@dataclass(frozen=True, slots=True)
class Extent:
    """One of: a unit; a point with metres around it; a boundary."""

    unit: str | None = None
    point: Position | None = None
    radius: float = 0
    boundary: Ring | None = None

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Extent:
        """From ``{unit}``, ``{lon, lat, radius}`` or ``{boundary: [[lon, lat], …]}``. ValueError and the like."""
        if value.get("unit") is not None:
            return cls(unit=str(value["unit"]))
        if (corners := value.get("boundary")) is not None:
            if not 3 <= len(corners) <= MAX_CORNERS:  # noqa: PLR2004 - the fewest that enclose something
                raise ValueError("boundary")
            return cls(boundary=[_within(*corner) for corner in ring(corners)])
        radius = float(value.get("radius", 0))
        if not 0 <= radius <= MAX_RADIUS:
            raise ValueError("radius")
        return cls(point=_point(value), radius=radius)

    @property
    def box(self) -> Box | None:
        """What encloses it; None for a unit, whose boundary is the organisation's."""
        if self.boundary is not None:
            return bounds(self.boundary)
        return around(self.point, self.radius) if self.point is not None else None

    def covers(self, where: Where) -> bool:
        if self.unit is not None:
            return self.unit in where.units
        if where.point is None:
            return False
        if self.boundary is not None:
            return contains(self.boundary, where.point)
        return self.point is not None and metres(self.point, where.point) <= self.radius

    def distance(self, point: Position) -> float | None:
        """Metres from its edge, 0 within; of a boundary, from its nearest corner. None for a unit."""
        if self.boundary is not None:
            corners = min(metres(corner, point) for corner in self.boundary)
            return 0.0 if contains(self.boundary, point) else corners
        return None if self.point is None else max(0.0, metres(self.point, point) - self.radius)


def around(point: Position, radius: float) -> Box:
    """The box that encloses a circle."""
    lon, lat = point
    tall = radius / METRES_PER_DEGREE
    wide = tall / max(cos(radians(lat)), 0.01)
    return lon - wide, lat - tall, lon + wide, lat + tall


def _point(value: Mapping[str, Any]) -> Position:
    return _within(float(value["lon"]), float(value["lat"]))


def _within(lon: float, lat: float) -> Position:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004
        raise ValueError("lon, lat")
    return lon, lat


def _with_those_above(session: Session, units: set[str]) -> dict[str, str | None]:
    """These units and those that they belong to, up to the centre, with their kinds; None for what is no unit."""
    known: dict[str, tuple[str, str | None] | None] = once(session, ("units",), dict)
    found: dict[str, str | None] = dict.fromkeys(sorted(units))
    new = units
    while new:
        if unknown := new - known.keys():
            rows = session.connection().execute(_UNITS, {"b_ids": list(unknown)})
            known |= dict.fromkeys(unknown) | {row.id: (row.kind, row.parent_id) for row in rows}
        there = {id: unit for id in new if (unit := known[id]) is not None}
        found |= {id: kind for id, (kind, _) in there.items()}
        new = {parent for _, parent in there.values() if parent is not None} - found.keys()
    return found
