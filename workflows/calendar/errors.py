"""What the calendar refuses."""

from __future__ import annotations


class CalendarError(ValueError):
    """时间计算无法进行 Working time cannot be counted."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class NaiveInstant(CalendarError):
    """时间缺少时区 A point in time needs a time zone."""


class InvalidLimit(CalendarError):
    """时限无效 The limit is not valid."""
