"""A limit: how many of which unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self

from workflows.calendar.errors import InvalidLimit


class Unit(StrEnum):
    """The four units of city management; their names in diagrams, tables and registers."""

    URGENT_HOUR = "urgent_hour"
    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"
    NATURAL_DAY = "natural_day"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Unit.URGENT_HOUR: "紧急工作时",
    Unit.WORK_HOUR: "工作时",
    Unit.WORK_DAY: "工作日",
    Unit.NATURAL_DAY: "自然日",
}

# A hundred years. Whoever means more has mistyped.
_LONGEST = {
    Unit.URGENT_HOUR: 876_000,
    Unit.WORK_HOUR: 876_000,
    Unit.WORK_DAY: 36_500,
    Unit.NATURAL_DAY: 36_500,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """`number` of `unit`, above zero; fractions are exact."""

    unit: Unit
    number: Decimal

    def __post_init__(self) -> None:
        if not (self.number.is_finite() and 0 < self.number <= _LONGEST[self.unit]):
            raise InvalidLimit(
                f"时限须大于 0 且不超过 {_LONGEST[self.unit]} {self.unit.label},实为 {self.number} "
                f"The number of a limit in {self.unit} is above 0 and at most {_LONGEST[self.unit]}, not {self.number}"
            )

    def __str__(self) -> str:
        return f"{self.number} {self.unit.label}"

    @classmethod
    def of(cls, value: object) -> Self:
        """The limit a decision table gives: `{"unit": "work_hour", "number": 4}`."""
        match value:
            case {"unit": str(unit), "number": int() | float() | Decimal() as number} if not isinstance(number, bool):
                # By its text, as everywhere: 0.1 means a tenth.
                return cls(_unit(unit), number if isinstance(number, Decimal) else Decimal(repr(number)))
            case Mapping():
                raise InvalidLimit(
                    f"时限须含 unit(文字)和 number(数字) A limit has a unit (string) and a number, not {dict(value)!r}"
                )
        raise InvalidLimit(f"时限须为 {{unit, number}} A limit is a context {{unit, number}}, not {value!r}")


def _unit(name: str) -> Unit:
    if name in Unit.__members__.values():
        return Unit(name)
    known = "、".join(Unit)
    raise InvalidLimit(f"没有“{name}”这种时限单位 There is no unit {name!r}; known: {known}")
