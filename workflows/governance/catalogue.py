"""The catalogue of filing conditions: what counts as a problem, who handles it, in what time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflows.governance import registers
from workflows.store.errors import Invalid

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PACK = "case-handling"
NAME = "filing-conditions"


class UnknownCondition(Invalid):
    """目录里没有这个立案条件。"""

    code = "UNKNOWN_CONDITION"


@dataclass(frozen=True, slots=True)
class Condition:
    """One filing condition. The limit hangs on it, not on its class."""

    code: str
    class_code: str
    class_name: str
    name: str
    name_en: str | None
    condition: str
    closing: str
    trade: str
    department: str
    priority: int
    followed_by: str | None
    major: str  # 大类, with its kind (GB/T 30428.2): C01 is 公用设施, E01 市容环境
    tile: int | None  # its place among the common ones that a citizen is shown first

    def called(self, language: str) -> str:
        """Its name in a language, in Chinese where it has none in it."""
        return (self.name_en if language == "en" else None) or self.name


def conditions(session: Session) -> dict[str, Condition]:
    """All conditions of the deployed catalogue by code."""
    return registers.latest(session, PACK, NAME, _conditions)


def find(session: Session, code: str) -> Condition:
    known = conditions(session)
    if code not in known:
        raise UnknownCondition(f"目录里没有立案条件 {code}", details=[{"pointer": "/conditionCode", "message": code}])
    return known[code]


def classes(session: Session) -> dict[str, str]:
    """What the classes of the catalogue are called, by their codes."""
    return {condition.class_code: condition.class_name for condition in conditions(session).values()}


def tiles(session: Session) -> list[Condition]:
    """The common ones, in the order in which a citizen is shown them."""
    common = [condition for condition in conditions(session).values() if condition.tile is not None]
    return sorted(common, key=lambda condition: (condition.tile or 0, condition.code))


def _conditions(content: list[dict[str, Any]]) -> dict[str, Condition]:
    return {
        row["code"]: Condition(
            code=row["code"],
            class_code=row["classCode"],
            class_name=row["className"],
            name=row["name"],
            name_en=row.get("nameEn"),
            condition=row["condition"],
            closing=row["closing"],
            trade=row["trade"],
            department=row["department"],
            priority=row["priority"],
            followed_by=row.get("followedBy"),
            major=row["classCode"][:3],
            tile=row.get("tile"),
        )
        for row in content
    }
