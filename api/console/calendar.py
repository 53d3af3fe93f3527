"""The calendar: years as they are known, and the State Council's notice of the next, looked at before it counts."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request, Response
from sqlalchemy import select
from starlette.datastructures import UploadFile

from api.bodies import parse_json
from api.console.pages import go, page
from api.console.people import SignedIn, Staff, may
from api.console.scope import seen_by
from api.console.shown import people_names
from api.permissions import Permission
from api.problems import Problem, as_problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from workflows import runtime
from workflows.calendar import CHINA, Year, read_notice
from workflows.runtime.errors import Refusal
from workflows.runtime.holiday_notices import recount_progress
from workflows.store.queries.seen import Within, of_clocks, of_instances
from workflows.store.tables import ProcessInstance
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from workflows.runtime import NoticeImported

router = new_router("Console")
MAX_BYTES = 200_000  # a notice has some 8 kB
MOVED = 20  # deadlines shown one by one
WEEK = Calendar()
WEEKEND = 6


@dataclass(frozen=True)
class Asked:
    """What was typed: it comes back as it was, whatever becomes of it."""

    notice: str = ""
    earlier: bool = False
    reason: str = ""
    problem: Problem | None = None  # of the file that was chosen


async def asked(request: Request, _staff: SignedIn) -> Asked:
    """The text that was pasted; a file that was chosen takes its place."""
    async with request.form() as form:
        text, problem = str(form.get("notice", "")), None
        file = form.get("file")
        if isinstance(file, UploadFile) and file.filename:
            try:
                text = (await file.read(MAX_BYTES + 1)).decode("utf-8-sig")
            except UnicodeDecodeError:
                problem = Problem(400, "这个文件不是 UTF-8 文本", code="NOT_JSON")
        if len(text.encode("utf-8", "replace")) > MAX_BYTES:
            text, problem = "", Problem(413, "这不是一份放假通知:超过 200 kB", code="PAYLOAD_TOO_LARGE")
        return Asked(text, form.get("earlier") == "true", str(form.get("reason", "")), problem)


Form = Annotated[Asked, Depends(asked)]


@router.get("/calendar", dependencies=[may(Permission.CALENDAR_READ)])
def get_calendar(request: Request, session: ReadSession, staff: SignedIn, year: str = "") -> Response:
    """The years with their status, and one of them day by day."""
    return _shown(request, session, staff, year=int(year) if year.isdecimal() and len(year) <= 4 else 0)  # noqa: PLR2004


@router.post("/calendar/preview", dependencies=[may(Permission.CALENDAR_UPDATE)])
def post_preview(request: Request, session: ReadSession, staff: SignedIn, form: Form) -> Response:
    """What the notice would change; nothing is written."""
    return _shown(request, session, staff, form)


@router.post("/calendar/import", dependencies=[may(Permission.CALENDAR_UPDATE)])
def post_import(request: Request, session: WriteSession, staff: SignedIn, form: Form) -> Response:
    """Take it over. Refused, it comes back as it was typed, with the reason why."""
    try:
        check(form, confirmed=True)
        with session.begin_nested():
            done = runtime.import_notice(
                session, form.notice, actor=staff.person, earlier=form.earlier, reason=form.reason
            )
    except (Problem, Refusal) as refused:
        return _shown(request, session, staff, form, problem=as_problem(refused))
    return go(request, f"/calendar?year={done.year}&done=notice-{'known' if done.known else 'imported'}")


def check(form: Asked, *, confirmed: bool = False) -> None:
    """Problem where there is nothing to read, or no JSON, in words that name the line."""
    if form.problem:
        raise form.problem
    if not form.notice.strip():
        raise Problem(400, "请粘贴放假通知,或选择文件", code="NOTICE_INVALID")
    parse_json(form.notice.encode("utf-8", "replace"))
    if confirmed and not form.reason.strip():
        raise Problem(400, "请写明理由", code="REASON_MISSING")


def _shown(
    request: Request,
    session: Session,
    staff: Staff,
    form: Asked | None = None,
    *,
    year: int = 0,
    problem: Problem | None = None,
) -> Response:
    preview, proposed = None, None
    if form is not None:
        preview, proposed, wrong = _looked(session, staff, form)
        problem = problem or wrong
    seen = seen_by(session, staff)
    status, here = runtime.calendar_status(session, *of_clocks(seen)), runtime.now(session).astimezone(CHINA.zone).year
    by_year = {
        each.year: Year(each.year, frozenset(each.holidays), frozenset(each.workdays), "") for each in status.years
    }
    chosen = proposed.year if proposed else year if year in by_year else here
    told = by_year | ({proposed.year: proposed} if proposed else {})
    moved = preview.first[:MOVED] if preview else []
    return page(
        request,
        "calendar.html",
        staff,
        problem.status_code if problem else 200,
        known=status,
        names=people_names(session, {each.actor for each in status.years if each.actor}),
        chosen=next((each for each in status.years if each.year == chosen), None),
        year=chosen,
        months=months(chosen, told.values(), set(preview.days) if preview else set()),
        may_import=staff.may(Permission.CALENDAR_UPDATE),
        form=form or Asked(),
        problem=problem,
        preview=preview,
        proposed=proposed,
        moved=moved,
        cases=_cases(session, {each.process_instance_key for each in moved}, seen),
        within=seen is not None,
        progress=recount_progress(session),
    )


def _looked(session: Session, staff: Staff, form: Asked) -> tuple[NoticeImported | None, Year | None, Problem | None]:
    """What the notice would change, and its year; or what is wrong with it."""
    try:
        check(form)
        seen = runtime.import_notice(session, form.notice, actor=staff.person, dry_run=True, earlier=form.earlier)
        return seen, read_notice(form.notice), None
    except (Problem, Refusal) as refused:
        return None, None, as_problem(refused)


def months(year: int, known: Iterable[Year], changed: set[date]) -> list[list[list[tuple[date, str, bool] | None]]]:
    """Twelve months of weeks of days: (day, off | worked | weekend | "", whether a notice would change it)."""
    kinds: dict[date, str] = {}
    for each in sorted(known, key=lambda one: one.year):  # December belongs to the later notice
        kinds |= dict.fromkeys(each.holidays, "off") | dict.fromkeys(each.workdays, "worked")

    def shown(day: date, month: int) -> tuple[date, str, bool] | None:
        if day.month != month:
            return None
        return day, kinds.get(day, "weekend" if day.isoweekday() >= WEEKEND else ""), day in changed

    return [
        [[shown(day, month) for day in week] for week in WEEK.monthdatescalendar(year, month)] for month in range(1, 13)
    ]


def _cases(session: Session, instances: set[int], seen: Within | None) -> dict[int, Any]:
    query = select(ProcessInstance.key, Case.number).join(Case, Case.key == ProcessInstance.case_id)
    return dict(session.execute(query.where(ProcessInstance.key.in_(instances), *of_instances(seen))).tuples().all())
