"""Reading cases: the reporter's view with the query code, and the staff's."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import Field
from typing_extensions import TypedDict

from api.limits import Visitor
from api.moments import Moment
from api.permissions import Permission, needs, public
from api.problems import Problem
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession
from workflows import runtime
from workflows.governance import cases, photos, views
from workflows.store.queries import cases as cases_listed
from workflows.store.queries.cases import STANDS, Filter

router = new_router("Case", "/cases")
P = Permission


class CasePage(TypedDict):
    items: list[dict[str, Any]]
    next: Annotated[str | None, Field(description="``before`` of the next page; null on the last.")]


@router.get("", dependencies=[needs(P.CASE_READ)], response_model=CasePage)
def list_cases(  # one parameter per filter, as they stand in the address
    session: ReadSession,
    *,
    open: Annotated[bool | None, Query(description="True: not closed, refused, merged or voided yet.")] = None,
    state: cases.State | None = None,
    step: cases.Step | None = None,
    area: str | None = None,
    grid: str | None = None,
    spot: Annotated[str | None, Query(description="Code of the plate that it was reported from.")] = None,
    channel: str | None = None,
    classCode: str | None = None,
    conditionCode: str | None = None,
    handlerGroup: str | None = None,
    unit: Annotated[str | None, Query(description="Department, station or grid that has it now.")] = None,
    process: Annotated[str | None, Query(description="Id of a process that handles or handled it.")] = None,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    stage: Annotated[str | None, Query(description="Of a clock that runs.")] = None,
    light: Annotated[str | None, Query(description=f"Of a clock that runs: {', '.join(STANDS)}.")] = None,
    overdueHours: Annotated[int | None, Query(description="A clock is overdue by more than so many hours.")] = None,
    text: Annotated[str | None, Query(max_length=200, description="In number, description or address.")] = None,
    variable: Annotated[str | None, Query(max_length=500, description="`name=value`, among the newest 20,000.")] = None,
    reportedFrom: Moment | None = None,
    reportedBefore: Moment | None = None,
    endedFrom: Moment | None = None,
    endedBefore: Moment | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(description="``next`` of the page before.")] = None,
) -> Response:
    """Cases, the newest first. Nothing personal, no query code."""
    wanted = Filter(
        open=open,
        state=state and state.value,
        step=step and step.value,
        area=area,
        grid=grid,
        spot=spot,
        channel=channel,
        class_code=classCode,
        condition_code=conditionCode,
        handler_group=handlerGroup,
        unit=unit,
        process=process,
        version=version,
        stage=stage,
        light=light,
        overdue_hours=overdueHours,
        text=text,
        variable=variable,
        reported_from=reportedFrom,
        reported_before=reportedBefore,
        ended_from=endedFrom,
        ended_before=endedBefore,
    )
    found = cases_listed.list_cases(session, wanted, runtime.now(session), limit=limit + 1, before=before)
    page = found[:limit]
    items = views.summaries(session, page)
    return Reply({"items": items, "next": page[-1].number if len(found) > limit else None})


@router.get("/{number}", dependencies=[needs(P.CASE_READ)], response_model=dict[str, Any])
def get_case(session: ReadSession, number: str) -> Response:
    """A case as the staff sees it, with the rules that fired; the reporter's telephone is masked."""
    return Reply(views.details(session, cases.by_number(session, number)))


@router.get(
    "/{number}/progress",
    dependencies=[public("上报人凭查询码查看进度")],
    response_model=dict[str, Any],
)
def get_case_progress(
    _visitor: Visitor,
    session: ReadSession,
    number: str,
    query_code: Annotated[str, Header(max_length=64, description="As it was answered to the report.")],
) -> Response:
    """How far a case has come, in the five public steps. A wrong code is answered like a wrong number: 404.

    The code is a header and not part of the address, because addresses end up in logs.
    """
    return Reply(views.public(session, cases.look_up(session, number, query_code)))


@router.get(
    "/{number}/photos/{hash}",
    dependencies=[needs(P.CASE_READ)],
    response_class=FileResponse,
    responses={200: {"description": "The photo.", "content": {"image/jpeg": {}}}},
)
def get_case_photo(request: Request, session: ReadSession, number: str, hash: str) -> Response:
    """A photo of a case, to save; no browser shows it as a page."""
    of_case = photos.of_case(session, cases.by_number(session, number).key)
    photo = next((one for one in of_case if one.hash == hash), None)
    if photo is None:
        raise Problem(404, f"案件 {number} 没有这张照片")
    path = photos.path_of(request.app.state.settings.photo_directory, photo)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
    return FileResponse(path, media_type=photo.media_type, filename=path.name, headers=headers)
