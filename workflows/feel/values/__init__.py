"""The values of FEEL beyond Python's own str, bool, None, list, dict, int and Decimal."""

from __future__ import annotations

from workflows.feel.values.numbers import CONTEXT, NUMBERS, Number
from workflows.feel.values.ranges import Range
from workflows.feel.values.temporal import Date, DateTime, Duration, Months, Time

__all__ = ["CONTEXT", "NUMBERS", "Date", "DateTime", "Duration", "Months", "Number", "Range", "Time"]
