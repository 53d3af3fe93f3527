"""Days and months of the city, as they stand in an address."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from api.problems import Problem
from workflows.calendar import CHINA


def midnight(day: str, later: int = 0) -> datetime:
    """When a day begins in the city, or one some days later."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=later), time.min, CHINA.zone)
    except (ValueError, OverflowError) as error:
        raise Problem(400, f"日期不对:{day[:40]}") from error
