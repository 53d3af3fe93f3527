"""Plates with QR codes at sample places all over the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.demo.agenda import ACTOR
from tasks.rehearsal.answers import draw
from workflows.governance.spots import Place
from workflows.runtime.spots import import_spots
from workflows.store import Database, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER = 24
KINDS = (("示例公交站", "street"), ("示例农贸市场", "market"), ("示例口袋公园", "street"), ("示例小区门口", "street"))


def put_up(database: Database, seed: str) -> None:
    """So many, with random codes."""
    with transaction(database) as session:
        import_spots(session, list(_places(seed)), actor=ACTOR)


def _places(seed: str) -> Iterator[Place]:
    for number in range(NUMBER):
        name, kind = KINDS[number % len(KINDS)]
        lon, lat = (draw(seed, number, way) for way in ("spot-lon", "spot-lat"))
        address = f"样例-乐坪大道 {number + 1} 号旁"
        yield Place(
            f"{name}{number + 1:02}", address, round(111.985 + 0.035 * lon, 6), round(27.71 + 0.03 * lat, 6), kind
        )
