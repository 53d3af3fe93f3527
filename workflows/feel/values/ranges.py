"""Ranges as values: [1..5], (1..5], (< 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Range:
    """An end that is null is open for ever, when its side is excluded as in ``(< 5)``."""

    start: Any
    end: Any
    start_included: bool
    end_included: bool


def half_range(operator: str, end: Any) -> Range:
    """``< 5``, ``>= 5`` and the like as a range; ``= 5`` holds only its end."""
    if operator == "=":
        return Range(end, end, start_included=True, end_included=True)
    if operator[0] == "<":
        return Range(None, end, start_included=False, end_included=operator == "<=")
    return Range(end, None, start_included=operator == ">=", end_included=False)
