"""Points, boundaries and distances. Pure geometry on longitude and latitude (WGS 84)."""

from __future__ import annotations

from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Position = tuple[float, float]  # longitude, latitude
Ring = list[Position]  # the corners of a boundary; the first is not repeated

EARTH_RADIUS = 6_371_008.8  # metres, mean
METRES_PER_DEGREE = 111_195.0  # of latitude
_ON_EDGE = 1e-15  # square degrees: far below what a receiver can tell


def ring(corners: Sequence[Sequence[float]]) -> Ring:
    """A boundary as registers hold it, in exact decimals or floats."""
    return [(float(lon), float(lat)) for lon, lat in corners]


def bounds(boundary: Ring) -> tuple[float, float, float, float]:
    """West, south, east, north."""
    lons, lats = [lon for lon, _ in boundary], [lat for _, lat in boundary]
    return min(lons), min(lats), max(lons), max(lats)


def contains(boundary: Ring, point: Position) -> bool:
    """Whether the point lies within, the edge included."""
    lon, lat = point
    inside = False
    for (lon1, lat1), (lon2, lat2) in pairwise([*boundary, boundary[0]]):
        turn = (lon2 - lon1) * (lat - lat1) - (lat2 - lat1) * (lon - lon1)
        within = min(lon1, lon2) <= lon <= max(lon1, lon2) and min(lat1, lat2) <= lat <= max(lat1, lat2)
        if within and abs(turn) < _ON_EDGE:
            return True
        if (lat1 > lat) != (lat2 > lat) and (turn > 0) == (lat2 > lat1):
            inside = not inside
    return inside


def metres(a: Position, b: Position) -> float:
    """The distance on the ground (haversine)."""
    (lon1, lat1), (lon2, lat2) = a, b
    half_lat, half_lon = radians(lat2 - lat1) / 2, radians(lon2 - lon1) / 2
    chord = sin(half_lat) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS * asin(sqrt(chord))
