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
