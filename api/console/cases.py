"""The list of cases: its filters in the address, views kept under a name, all matches as spreadsheet or CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from api.console import bulk
from api.console.exports import COLUMNS, export
from api.console.filters import api_call, choices, chosen, wanted
from api.console.pages import go, page
from api.console.people import SignedIn, require
from api.console.scope import SEES_CASES, scoped
from api.console.shown import clock_shown, doers, unit_titles
from api.console.spreadsheets import FORMATS, IN_TURN, ROWS
from api.console.words import language
from api.permissions import Permission
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KeyParameter
from workflows import runtime
from workflows.governance import views
from workflows.store import read
from workflows.store.queries import cases, clocks
from workflows.store.queries.cases import COUNTED, LOOKED_THROUGH
from workflows.store.tables import Deadline, ProcessInstance, UserTask

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

router = new_router("Console")
P = Permission
PAGE = 50
#: Filters that stand above the list; the others are folded away.
FIRST = ("open", "state", "step", "light", "stage", "unit")
SHARES = P.INSTANCE_UPDATE  # who supervises shows views to all


@router.get("/cases", dependencies=[SEES_CASES])
def get_cases(request: Request, session: ReadSession, staff: SignedIn, before: str = "") -> Response:
    """Cases, the newest first, with the clock of each that ends first. It costs the same whatever there is."""
    given = chosen(request.url.query)
    asked, at = wanted(given), runtime.now(session)
    of = scoped(session, staff, asked)
    found = cases.list_cases(session, of, at, limit=PAGE + 1, before=before or None)
    rows = found[:PAGE]
    number = len(found) if len(found) <= PAGE and not before else cases.count_cases(session, of, at)
    return page(
        request,
        "cases.html",
        staff,
        cases=views.summaries(session, rows),
        clocks=_clocks(session, [case.key for case in rows], at),
        titles=unit_titles(session, {case.handler_group for case in rows if case.handler_group}),
        waiting=_waiting(session, [case.key for case in rows if not case.handler_group]),
        options=choices(session),
        first=FIRST,
        chosen=given,
        folded=not (given.keys() - {*FIRST, "text"}),
        query=urlencode(given),
        api_call=api_call(asked),
        number=min(number, COUNTED),
        more=number > COUNTED,
        looked_through=LOOKED_THROUGH if of.variable else None,
        next=rows[-1].number if len(found) > PAGE else None,
        saved=runtime.saved_views(session, staff.person),
        verbs=bulk.verbs_of(staff),
        within=of.within is not None,
        at=at,
    )


@router.get("/cases/export", dependencies=[SEES_CASES])
def get_export(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    """How many rows a file of all matches has, before it is made. To count each of them is what the list spares."""
    given = chosen(request.url.query)
    asked, at = wanted(given), runtime.now(session)
    of = scoped(session, staff, asked)
    number = cases.count_cases(session, of, at, most=None)
    return page(
        request,
        "cases_export.html",
        staff,
        number=number,
        sheets=-(-number // ROWS),
        columns=COLUMNS,
        filters=len(given),
        query=urlencode(given),
        looked_through=LOOKED_THROUGH if of.variable else None,
        within=of.within is not None,
        at=at,
    )


@router.get("/cases.{form}", dependencies=[SEES_CASES, IN_TURN])
def get_cases_file(request: Request, staff: SignedIn, form: str) -> Response:
    """All matches, not only those of the page."""
    if form not in FORMATS:
        raise Problem(404, "没有这种格式")
    with read(request.app.state.database) as session:
        of = scoped(session, staff, wanted(chosen(request.url.query)))
    return export(request, of, form, language(request))


@router.post("/cases/views", dependencies=[SEES_CASES])
def post_view(
    request: Request,
    session: WriteSession,
    staff: SignedIn,
    *,
    query: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    shared: Annotated[bool, Form()] = False,
) -> Response:
    """Keep the filters of the page under a name."""
    if shared:
        require(staff, SHARES)
    kept = urlencode(chosen(query))
    runtime.save_view(session, name, kept, shared=shared, actor=staff.person)
    return _back(request, kept, "view-saved")


@router.post("/cases/views/{key}/rename", dependencies=[SEES_CASES])
def post_view_name(
    request: Request, session: WriteSession, staff: SignedIn, *, key: KeyParameter, name: Annotated[str, Form()] = ""
) -> Response:
    runtime.rename_view(session, key, name, actor=staff.person)
    return go(request, "/cases", "view-renamed")


@router.post("/cases/views/{key}/delete", dependencies=[SEES_CASES])
def post_view_deletion(request: Request, session: WriteSession, staff: SignedIn, key: KeyParameter) -> Response:
    runtime.delete_view(session, key, actor=staff.person)
    return go(request, "/cases", "view-deleted")


def _back(request: Request, query: str, done: str) -> Response:
    return RedirectResponse(f"{request.scope['root_path']}/cases?{query}{'&' * bool(query)}done={done}", 303)


def _waiting(session: Session, keys: list[int]) -> dict[str, str]:
    """Of each case that no unit has yet, who has its open task, or may take it."""
    query = (
        select(ProcessInstance.case_id, UserTask.assignee, UserTask.candidate_groups)
        .join(UserTask, UserTask.process_instance_key == ProcessInstance.key)
        .where(ProcessInstance.case_id.in_(keys), UserTask.state == "CREATED")
        .order_by(UserTask.key.desc())
    )
    rows = session.execute(query).all()
    return {str(row.case_id): doer for row, doer in zip(rows, doers(session, rows), strict=True)}


def _clocks(session: Session, keys: list[int], at: datetime) -> dict[str, Any]:
    """Of each case the open clock that ends first."""
    handling = select(ProcessInstance.key).where(ProcessInstance.case_id.in_(keys))
    query = (
        clocks.deadlines(at)
        .add_columns(ProcessInstance.case_id)
        .where(Deadline.process_instance_key.in_(handling), Deadline.ended.is_(None))
        .order_by(Deadline.due.desc())
    )
    return {str(row.case_id): clock_shown(row) for row in session.execute(query)}
