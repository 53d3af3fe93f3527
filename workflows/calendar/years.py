"""One year of days as the State Council announced it: what is off, what is made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from workflows.calendar.errors import CalendarError

WEEKDAYS = 5
_DECEMBER = 12


class Status(StrEnum):
    """Whether the days of a year are known or a guess."""

    OFFICIAL = "official"
    PROVISIONAL = "provisional"

    @property
    def label(self) -> str:
        return "正式" if self is Status.OFFICIAL else "暂定"


@dataclass(frozen=True, slots=True)
class Year:
    """The days that are not as the week has them: ``holidays`` are off, ``workdays`` are weekend days that are worked.

    A notice says how the New Year is celebrated, so it may reach back into December of the year before (2018-12-29 is
    worked, 30 and 31 are off by the notice for 2019): December's days belong to the later notice where two name them.
    CalendarError where it contradicts itself or reaches further.
    """

    year: int
    holidays: frozenset[date]
    workdays: frozenset[date]
    source: str

    def __post_init__(self) -> None:
        if both := self.holidays & self.workdays:
            raise CalendarError(f"既放假又上班 Both holiday and working day: {_listed(both)}")
        first, last = date(self.year - 1, _DECEMBER, 1), date(self.year, _DECEMBER, 31)
        if outside := {day for day in self.holidays | self.workdays if not first <= day <= last}:
            raise CalendarError(
                f"{self.year} 年的通知只能写 {first} 至 {last} A notice for {self.year} is of these days, "
                f"not of {_listed(outside)}"
            )
        if plain := {day for day in self.workdays if day.isoweekday() <= WEEKDAYS}:
            raise CalendarError(f"调休上班日本来就是工作日 A make-up day is a weekend day: {_listed(plain)}")


def _listed(days: set[date] | frozenset[date]) -> str:
    return ", ".join(map(str, sorted(days)))
