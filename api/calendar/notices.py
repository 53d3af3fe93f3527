"""Importing the State Council's holiday notice, or looking at what that would do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from api.calendar.reading import Status
from api.permissions import Actor, Permission, needs
from api.replies import Reply, key, moment
from api.routing import new_router
from api.sessions import get_reading_session, get_session
from api.v2.searching import Strict
from workflows import runtime
from workflows.store.json import encode

router = new_router("Calendar", "/calendar")
MAX_DAYS = 400
MAX_REASON = 2_000
EXAMPLES = [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]


class NoticeDay(Strict):
    name: str = Field(max_length=100)
    date: str = Field(max_length=10, examples=["2027-01-01"])
    isOffDay: bool = Field(description="False: a weekend day that is worked.")


class HolidayNotice(Strict):
    """The file of a year as NateScarlet/holiday-cn publishes it. Days of December before belong to it."""

    schema_: str | None = Field(default=None, alias="$schema", max_length=500)
    id_: str | None = Field(default=None, alias="$id", max_length=500)
    year: int = Field(examples=[2027])
    papers: list[str] = Field(default_factory=list, max_length=20, examples=[["国办发明电〔2026〕…号"]])
    days: list[NoticeDay] = Field(max_length=MAX_DAYS, examples=[EXAMPLES])


class MovedDeadline(TypedDict):
    deadlineKey: str
    processInstanceKey: str
    stage: str
    legal: bool
    before: str
    after: str
    counted: Annotated[str, Field(description="When it would be due by the notice alone.")]
    kept: Annotated[bool, Field(description="By the notice alone it would be earlier; it keeps its moment.")]


class NoticeCounts(TypedDict):
    """Of the open deadlines that count working time and run into the days that change."""

    crossing: int
    later: int
    earlier: int
    kept: int
    keptLegal: int
    official: Annotated[int, Field(description="Provisional before, official now.")]
    provisional: Annotated[int, Field(description="Still.")]
    left: Annotated[int, Field(description="Unchanged, since the rungs of their ladder would change places.")]


class NoticeReply(TypedDict):
    """``known``: the same notice was imported before, nothing is written."""

    year: int
    noticeVersion: int
    source: str
    statusBefore: Status
    known: bool
    dryRun: bool
    finished: Annotated[bool, Field(description="False while the sweep counts the rest of the deadlines anew.")]
    changedDays: list[str]
    counts: NoticeCounts
    deadlines: Annotated[list[MovedDeadline], Field(description="Those that move most, at most 100.")]


DryRun = Annotated[bool, Query(description="Tell what would change, and change nothing.")]


async def get_notice_session(request: Request, *, dryRun: DryRun = False) -> AsyncIterator[Session]:
    """Who only looks holds no writer up."""
    sessions = asynccontextmanager(get_reading_session if dryRun else get_session)
    async with sessions(request) as session:
        yield session


NoticeSession = Annotated[Session, Depends(get_notice_session, scope="function")]


@router.post("/notices", dependencies=[needs(Permission.CALENDAR_UPDATE)], response_model=NoticeReply)
def import_holiday_notice(
    session: NoticeSession,
    actor: Actor,
    body: HolidayNotice,
    *,
    dryRun: DryRun = False,
    earlier: Annotated[
        bool, Query(description="Deadlines may come earlier; those that a statute sets never do. Needs a reason.")
    ] = False,
    reason: Annotated[str | None, Query(max_length=MAX_REASON)] = None,
) -> Response:
    """Import the holidays of a year and count open deadlines anew. 400 when it contradicts itself or has a hole."""
    content = encode(body.model_dump(include={"year", "papers", "days"}))
    done = runtime.import_notice(session, content, actor=actor, dry_run=dryRun, earlier=earlier, reason=reason)
    counts = {("keptLegal" if name == "kept_legal" else name): count for name, count in done.counts.items()}
    deadlines = [
        {
            "deadlineKey": key(each.key),
            "processInstanceKey": key(each.process_instance_key),
            "stage": each.stage,
            "legal": each.legal,
            "before": moment(each.before),
            "after": moment(each.after),
            "counted": moment(each.counted),
            "kept": each.kept,
        }
        for each in done.first
    ]
    return Reply(
        {
            "year": done.year,
            "noticeVersion": done.version,
            "source": done.source,
            "statusBefore": done.status,
            "known": done.known,
            "dryRun": dryRun,
            "finished": done.finished,
            "changedDays": [day.isoformat() for day in done.days],
            "counts": counts,
            "deadlines": deadlines,
        }
    )
