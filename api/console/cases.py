"""Cases: the list with its filters in the address, all matches as CSV, one case with its diagram."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import Form, Request, Response
from pydantic import BeforeValidator
from sqlalchemy import func, select

from api.console.pages import clock, go, page
from api.console.people import SignedIn, may, require
from api.console.shown import clock_shown, history, people_names, photo, unit_titles
from api.console.words import language, word
from api.permissions import Permission
from api.problems import Problem
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import read_key
from workflows import runtime
from workflows.calendar import CHINA
from workflows.governance import cases, views
from workflows.runtime.reveals import reveal_reporter
from workflows.store.queries import clocks, inbox
from workflows.store.tables import (
    Deadline,
    ElementInstance,
    Escalation,
    Event,
    Incident,
    ProcessDefinition,
    ProcessInstance,
    UserTask,
)
from workflows.store.tables.governance import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

router = new_router("Console")
P = Permission
PAGE, BLOCK, EVENTS = 50, 500, 300
#: What a diagram is told by in words: what is done, and where it ends.
SAID = {"USER_TASK", "SERVICE_TASK", "BUSINESS_RULE_TASK", "SUB_PROCESS", "CALL_ACTIVITY", "MANUAL_TASK", "END_EVENT"}
SAID |= {"INTERMEDIATE_CATCH_EVENT", "RECEIVE_TASK", "SEND_TASK"}
Key = Annotated[int, BeforeValidator(read_key)]
COLUMNS: tuple[str, ...] = ("number", "state", "step", "channel", "className", "conditionName", "address")
COLUMNS += ("area", "grid", "handlerGroup", "reported", "filed", "ended")


def wanted(request: Request) -> views.Filter:
    """The filters of the address; what is empty does not matter."""
    given = request.query_params
    names = ("state", "step", "area", "grid", "channel")
    chosen: dict[str, Any] = {name: given[name] for name in names if given.get(name)}
    for name, field, days in (("from", "reported_from", 0), ("to", "reported_before", 1)):
        if given.get(name):
            chosen[field] = _midnight(given[name], days)
    return views.Filter(**chosen)


class Act(Protocol):
    """A command on an instance that says why."""

    def __call__(self, session: Session, key: int, *, reason: str, actor: str) -> None: ...


#: What supervisors do to an instance: who may, the command, the word that says it is done.
VERBS: dict[str, tuple[Permission, Act, str]] = {
    "cancel": (P.INSTANCE_CANCEL, runtime.cancel_process_instance, "cancelled"),
    "suspend": (P.INSTANCE_UPDATE, runtime.suspend_process_instance, "suspended"),
    "resume": (P.INSTANCE_UPDATE, runtime.resume_process_instance, "resumed"),
}


def _midnight(day: str, later: int) -> datetime:
    """When a day begins in the city, or one some days later."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=later), time.min, CHINA.zone)
    except (ValueError, OverflowError) as error:
        raise Problem(400, f"日期不对:{day[:40]}") from error


@router.get("/cases", dependencies=[may(P.CASE_READ)])
def get_cases(request: Request, session: ReadSession, staff: SignedIn, before: str = "") -> Response:
    """Cases, the newest first, with the clock of each that ends first."""
    found = views.list_cases(session, wanted(request), limit=PAGE + 1, before=before or None)
    rows = found[:PAGE]
    at = runtime.now(session)
    return page(
        request,
        "cases.html",
        staff,
        cases=views.summaries(session, rows),
        clocks=_clocks(session, [case.key for case in rows], at),
        titles=unit_titles(session, {case.handler_group for case in rows if case.handler_group}),
        areas=_units(session, "area"),
        units=_units(session, "grid"),
        states=[state.value for state in cases.State],
        steps=[step.value for step in cases.Step],
        chosen=dict(request.query_params),
        next=rows[-1].number if len(found) > PAGE else None,
        at=at,
    )


@router.get("/cases.csv", dependencies=[may(P.CASE_READ)])
def get_cases_csv(request: Request, session: ReadSession, _staff: SignedIn) -> Response:
    """All matches, not only those of the page; with a byte order mark, so that spreadsheets read the Chinese."""
    chosen = language(request)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow([word(chosen, f"column.{name}") for name in COLUMNS])
    for case in _all(session, wanted(request)):
        writer.writerow([cell(case[name]) for name in COLUMNS])
    headers = {"Content-Disposition": 'attachment; filename="cases.csv"'}
    return Response(("\ufeff" + lines.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/cases/{number}", dependencies=[may(P.CASE_READ)])
def get_case(request: Request, session: ReadSession, staff: SignedIn, number: str) -> Response:
    return _shown(request, session, staff, number)


@router.post("/cases/{number}/reveal", dependencies=[may(P.CASE_READ)])
def post_reveal(
    request: Request, session: WriteSession, staff: SignedIn, number: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """The reporter with name and telephone; who looked and why goes on record."""
    if not (staff.may(P.CASE_REPORT) or staff.may(P.INSTANCE_MODIFY)):
        raise Problem(403, "您的账号不能查看上报人的个人信息", code="PERMISSION_MISSING")
    report = reveal_reporter(session, number, reason=reason, actor=staff.person)
    revealed = {"name": report.reporter_name, "phone": report.reporter_phone} if report else None
    return _shown(request, session, staff, number, revealed=revealed)


@router.get("/cases/{number}/diagrams/{key}", dependencies=[may(P.CASE_READ)])
def get_diagram(session: ReadSession, _staff: SignedIn, number: str, key: Key) -> Response:
    """The diagram of an instance and what stands at each element, for the page to draw."""
    case = cases.by_number(session, number)
    found = session.execute(
        select(ProcessDefinition.xml)
        .join(ProcessInstance, ProcessInstance.process_definition_key == ProcessDefinition.key)
        .where(ProcessInstance.key == key, ProcessInstance.case_id == case.key)
    ).scalar_one_or_none()
    if found is None:
        raise Problem(404, f"案件 {number} 没有这个流程")
    # The process itself stands at no place of the diagram.
    elements = {row["element_id"]: row for row in _elements(session, key) if row["type"] != "PROCESS"}
    return Reply({"xml": found.decode("utf-8"), "elements": elements})


@router.get("/cases/{number}/photos/{hash}", dependencies=[may(P.CASE_READ)])
def get_photo(request: Request, session: ReadSession, _staff: SignedIn, number: str, hash: str) -> Response:
    return photo(request, session, cases.by_number(session, number).key, hash)


@router.post("/instances/{key}/{verb}")
def post_action(
    request: Request,
    session: WriteSession,
    staff: SignedIn,
    *,
    key: Key,
    verb: str,
    reason: Annotated[str, Form()] = "",
    number: Annotated[str, Form()] = "",
) -> Response:
    if verb not in VERBS:
        raise Problem(404, "没有这个操作")
    permission, command, done = VERBS[verb]
    require(staff, permission)
    command(session, key, reason=_reason(reason), actor=staff.person)
    return go(request, f"/cases/{cases.by_number(session, number).number}", done)


def _reason(text: str) -> str:
    if not text.strip():
        raise Problem(400, "请写明理由", code="REASON_MISSING")
    return text


def _all(session: Session, which: views.Filter) -> Iterator[dict[str, Any]]:
    before: str | None = None
    while found := views.list_cases(session, which, limit=BLOCK, before=before):
        yield from views.summaries(session, found)
        before = found[-1].number
        session.expunge_all()


def cell(value: Any) -> str:
    """No spreadsheet takes it for a formula: a text someone reported may begin with =."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _units(session: Session, kind: str) -> dict[str, str]:
    return dict(session.execute(select(Unit.id, Unit.name).where(Unit.kind == kind).order_by(Unit.id)).tuples().all())


def _clocks(session: Session, keys: list[int], at: Any) -> dict[str, Any]:
    """Of each case the open clock that ends first."""
    query = (
        clocks.deadlines(at)
        .add_columns(ProcessInstance.case_id)
        .where(ProcessInstance.case_id.in_(keys), Deadline.ended.is_(None))
        .order_by(Deadline.due.desc())
    )
    return {str(row.case_id): clock_shown(row) for row in session.execute(query)}


def _elements(session: Session, instance: int) -> list[dict[str, Any]]:
    """How often each element was passed, is active, has failed, and the words of its badge."""
    failed = dict(
        session.execute(
            select(Incident.element_id, func.count())
            .where(Incident.process_instance_key == instance, Incident.state == "ACTIVE")
            .group_by(Incident.element_id)
        )
        .tuples()
        .all()
    )
    counted: dict[str, dict[str, Any]] = {}
    for id, name, kind, state, number, since in session.execute(
        select(
            ElementInstance.element_id,
            ElementInstance.element_name,
            ElementInstance.type,
            ElementInstance.state,
            func.count(),
            func.max(ElementInstance.started),
        )
        .where(ElementInstance.process_instance_key == instance)
        .group_by(ElementInstance.element_id, ElementInstance.element_name, ElementInstance.type, ElementInstance.state)
        .order_by(func.max(ElementInstance.started))
    ):
        one = counted.setdefault(
            id, {"element_id": id, "name": name or id, "type": kind, "active": 0, "completed": 0, "since": None}
        )
        if state == "ACTIVE":
            one["active"], one["since"] = number, clock(since)
        else:
            one["completed"] += number
        one["incident"] = failed.get(id, 0)
    for one in counted.values():
        parts = [f"● {one['active']}"] * bool(one["active"]) + [f"! {one['incident']}"] * bool(one["incident"])
        passes = [f"×{one['completed']}"] * (one["completed"] > 1)
        one["label"] = " ".join(parts + passes)
    return list(counted.values())


def _shown(
    request: Request, session: Session, staff: Any, number: str, revealed: dict[str, str | None] | None = None
) -> Response:
    case = cases.by_number(session, number)
    at = runtime.now(session)
    instances = list(
        session.execute(
            select(
                ProcessInstance.key,
                ProcessInstance.state,
                ProcessInstance.process_id,
                ProcessInstance.root_process_instance_key,
                ProcessDefinition.name,
                ProcessDefinition.version,
            )
            .join(ProcessDefinition, ProcessDefinition.key == ProcessInstance.process_definition_key)
            .where(ProcessInstance.case_id == case.key)
            .order_by(ProcessInstance.key)
        )
    )
    keys = [one.key for one in instances]
    asked = request.query_params.get("instance", "")
    shown = next((one for one in instances if str(one.key) == asked), instances[0] if instances else None)
    of_case = clocks.deadlines(at).where(Deadline.process_instance_key.in_(keys))
    running = list(session.execute(of_case.order_by(Deadline.ended.is_not(None), Deadline.due)))
    rungs = list(
        session.execute(
            select(Escalation).where(Escalation.process_instance_key.in_(keys)).order_by(Escalation.key)
        ).scalars()
    )
    events = list(
        session.execute(
            select(Event.tag, Event.actor, Event.at, Event.details)
            .where(Event.process_instance_key.in_(keys))
            .order_by(Event.at.desc(), Event.key.desc())
            .limit(EVENTS)
        )
    )
    tasks = list(
        session.execute(
            inbox.TASKS.where(UserTask.process_instance_key.in_(keys), UserTask.state == "CREATED").order_by(
                UserTask.created
            )
        )
    )
    people = {event.actor for event in events} | {task.assignee for task in tasks if task.assignee}
    groups = {group for task in tasks for group in task.candidate_groups} | {rung.recipient for rung in rungs}
    return page(
        request,
        "case.html",
        staff,
        case=views.details(session, case) | {"text": case.text},
        revealed=revealed,
        instances=instances,
        shown=shown,
        elements=[one for one in _elements(session, shown.key) if one["type"] in SAID] if shown else [],
        clocks=[(row, clock_shown(row)) for row in running],
        rungs=rungs,
        events=events,
        tasks=tasks,
        done=[row for key in keys for row in history(session, key)],
        names=people_names(session, people),
        titles=unit_titles(session, groups | ({case.handler_group} if case.handler_group else set())),
        at=at,
    )
