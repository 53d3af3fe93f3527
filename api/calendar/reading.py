"""Reading the calendar: the years, how sure they are, and what runs into those that are not."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Response
from pydantic import Field
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.replies import Reply, moment
from api.routing import new_router
from api.sessions import ReadSession
from workflows import runtime

router = new_router("Calendar", "/calendar")
Status = Literal["official", "provisional"]


class CalendarYear(TypedDict):
    """``noticeVersion`` 0: it came with the product."""

    year: int
    status: Status
    source: str
    noticeVersion: int
    importedAt: str | None
    importedBy: str | None
    holidays: list[str]
    workdays: Annotated[list[str], Field(description="Weekend days that are worked.")]
    crossingDeadlines: Annotated[int, Field(description="Open ones that run into it, while it is provisional.")]


class Calendar(TypedDict):
    """``officialUntil``: the last official day from now on; null when this year is provisional itself."""

    version: str
    officialUntil: str | None
    officeHours: list[list[str]]
    recounting: Annotated[bool, Field(description="Deadlines are still being counted anew after an import.")]
    years: list[CalendarYear]


@router.get("", dependencies=[needs(Permission.CALENDAR_READ)], response_model=Calendar)
def get_calendar(session: ReadSession) -> Response:
    """The years that are known, official or provisional, and how many open deadlines run into a provisional one."""
    status = runtime.calendar_status(session)
    years = [
        {
            "year": each.year,
            "status": each.status,
            "source": each.source,
            "noticeVersion": each.version,
            "importedAt": moment(each.imported),
            "importedBy": each.actor,
            "holidays": [day.isoformat() for day in each.holidays],
            "workdays": [day.isoformat() for day in each.workdays],
            "crossingDeadlines": each.crossing,
        }
        for each in status.years
    ]
    return Reply(
        {
            "version": status.version,
            "officialUntil": status.official_until and status.official_until.isoformat(),
            "officeHours": status.hours,
            "recounting": status.recounting,
            "years": years,
        }
    )
