"""Spots: places with a plate that citizens report from. The code on the plate says where they stand."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select, tuple_

from workflows.governance import organisation
from workflows.governance.numbers import random_code
from workflows.governance.submissions import PLACE_KINDS
from workflows.store.errors import Invalid, NotFound
from workflows.store.json import clean_text
from workflows.store.tables import Spot, Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

CODE_LENGTH = 8  # 39 bits: a thousand plates are found by one guess in half a billion
LONGEST_NAME, LONGEST_ADDRESS = 60, 200
MOST = 5_000  # spots of one import
COLUMNS = ("name", "address", "lon", "lat")  # of a table to import; place_kind may be there too


class SpotMissing(NotFound):
    """没有这个点位,或者它已停用。"""

    code = "SPOT_NOT_FOUND"


class BadSpot(Invalid):
    """点位表有错。"""

    code = "BAD_SPOT"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plate hangs (WGS 84; CGCS2000 differs by centimetres)."""

    name: str
    address: str
    lon: float
    lat: float
    place_kind: str = "street"


def read(row: Mapping[str, str], number: int) -> Place:
    """One line of a table. BadSpot says which line and what."""
    try:
        place = Place(
            clean_text(row["name"].strip(), "name"),
            clean_text(row["address"].strip(), "address"),
            float(row["lon"]),
            float(row["lat"]),
            (row.get("place_kind") or "street").strip(),
        )
    except (KeyError, AttributeError) as error:
        raise BadSpot(f"第 {number} 行:缺少 {error}") from error
    except (ValueError, TypeError) as error:  # a line that ends before its numbers has none
        raise BadSpot(f"第 {number} 行:经纬度要写成数,如 111.9945 和 27.7281") from error
    if not 0 < len(place.name) <= LONGEST_NAME or len(place.address) > LONGEST_ADDRESS:
        raise BadSpot(f"第 {number} 行:名称 1 到 {LONGEST_NAME} 个字,地址最多 {LONGEST_ADDRESS} 个字")
    if place.place_kind not in PLACE_KINDS:
        raise BadSpot(f"第 {number} 行:场所只能是 {'、'.join(PLACE_KINDS)}")
    return place


def read_table(text: str) -> list[Place]:
    """A table as CSV with a line of names. BadSpot says which line is wrong."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        raise BadSpot(f"点位表第一行要写列名,缺少 {'、'.join(missing)}")
    try:
        return [read(row, rows.line_num) for row in rows]
    except csv.Error as error:
        raise BadSpot(f"第 {rows.line_num} 行:不是 CSV({error})") from error


def add(session: Session, places: Sequence[Place], at: datetime) -> list[Spot]:
    """Those that are new, told by name and address; each in the grid it lies in. BadSpot outside every grid."""
    if len(places) > MOST:
        raise BadSpot(f"一次最多导入 {MOST} 个点位")
    known = set(session.execute(select(Spot.name, Spot.address)).tuples())
    added: list[Spot] = []
    for place in places:
        if (place.name, place.address) in known:
            continue
        known.add((place.name, place.address))
        location = organisation.locate(session, place.lon, place.lat)
        if location.grid is None:
            raise BadSpot(f"{place.name}({place.lon},{place.lat})不在任何网格里")
        added.append(
            Spot(
                code=random_code(CODE_LENGTH),
                name=place.name,
                address=place.address,
                lon=place.lon,
                lat=place.lat,
                place_kind=place.place_kind,
                grid=location.grid,
                created=at,
                retired=None,
            )
        )
    session.add_all(added)
    session.flush()
    return added


def find(session: Session, code: str) -> Spot:
    """A spot that is in use, however its code is typed. SpotMissing."""
    spot = session.get(Spot, code.strip().upper())
    if spot is None or spot.retired is not None:
        raise SpotMissing
    return spot


def retire(session: Session, code: str, at: datetime) -> Spot:
    """Its plate leads nowhere any more; what was reported from it stays. SpotMissing."""
    spot = find(session, code)
    spot.retired = at
    session.flush()
    return spot


def listed(session: Session, *, grid: str = "", after: str = "", limit: int | None = None) -> list[Spot]:
    """Spots in use, by grid and name; ``after`` is the code of the last one seen."""
    query = select(Spot).where(Spot.retired.is_(None)).order_by(Spot.grid, Spot.name, Spot.code)
    if grid:
        query = query.where(Spot.grid == grid)
    last = session.get(Spot, after) if after else None
    if last is not None:
        query = query.where(
            tuple_(Spot.grid, Spot.name, Spot.code) > tuple_(literal(last.grid), literal(last.name), literal(last.code))
        )
    return list(session.scalars(query if limit is None else query.limit(limit)))


def names(session: Session, codes: Collection[str]) -> dict[str, str]:
    """What plates are called, those taken down too."""
    query = select(Spot.code, Spot.name, Spot.address).where(Spot.code.in_(codes))
    return {code: f"{name} {address}".strip() for code, name, address in session.execute(query)}


def by_grid(session: Session) -> list[tuple[str, str, int]]:
    """Grid, its name and how many spots are in use in it."""
    counted = select(Spot.grid, Unit.name, func.count()).join(Unit, Unit.id == Spot.grid)
    rows = session.execute(counted.where(Spot.retired.is_(None)).group_by(Spot.grid, Unit.name).order_by(Spot.grid))
    return [(grid or "", name, number) for grid, name, number in rows]
