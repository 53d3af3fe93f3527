"""Days of the city, as they stand in an address or a form."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from api.problems import Problem
from workflows.calendar import CHINA


def midnight(day: str, later: int = 0) -> datetime:
    """When a day begins in the city, or one some days later. ValueError."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=later), time.min, CHINA.zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"日期不对:{day[:40]}") from error


def shelved_until(day: str) -> datetime:
    """挂账 lasts to the end of the day that was chosen."""
    try:
        return datetime.combine(date.fromisoformat(day), time.max, CHINA.zone)
    except ValueError as error:
        raise Problem(400, "请选择挂账到哪一天") from error
