"""How far a case has come, for whoever has its query code: five steps, their times, no names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Form, Request, Response
from fastapi.responses import FileResponse

from api.citizens.pages import counted, guessed_wrong, language, not_guessing, page, whats_next
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession
from workflows import runtime
from workflows.governance import cases, catalogue, photos, ratings, views
from workflows.governance.cases import CaseMissing
from workflows.runtime.ratings import is_open
from workflows.store.queries.clocks import next_due
from workflows.store.tables import Photo

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflows.store.tables import Case

router = new_router("Citizens")
TICKET_SECONDS = 15 * 60  # as long as a page is looked at
SHOWN = ("report", "handling")  # stages whose photos the reporter sees: before and after


@router.get("/q")
def get_query(request: Request) -> Response:
    """The code is typed in, or comes after # from a QR code: neither is part of an address that ends up in a log."""
    return page(request, "query.html", wrong=False)


@router.post("/q", dependencies=[Depends(counted), Depends(not_guessing)])
def post_query(request: Request, session: ReadSession, code: Annotated[str, Form()] = "") -> Response:
    try:
        case = cases.by_code(session, code)
    except CaseMissing:
        guessed_wrong(request)
        return page(request, "query.html", 404, wrong=True)
    return progress(request, session, case)


@router.get("/q/photos/{ticket}")
def get_photo(request: Request, session: ReadSession, ticket: str) -> Response:
    """A photo that a page of progress showed a little while ago."""
    subject = request.app.state.keyring.subject_of(ticket) or ""
    photo = session.get(Photo, int(subject.removeprefix("photo-"))) if subject.startswith("photo-") else None
    if photo is None:
        raise Problem(404, "照片的链接已过期,请重新查询")
    path = photos.path_of(request.app.state.settings.photo_directory, photo)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, max-age=600"}
    return FileResponse(path, media_type=photo.media_type, headers=headers)


def progress(request: Request, session: Session, case: Case) -> Response:
    shown = views.public(session, case)
    condition = catalogue.conditions(session).get(case.condition_code)
    rated = ratings.of_case(session, case.key)
    invited = next((one.token for one in rated[-1:] if is_open(session, one)), None)
    return page(
        request,
        "progress.html",
        case=shown,
        problem=condition.called(language(request)) if condition else "",
        code=case.query_code,
        next=whats_next(request, next_due(session, case.key), runtime.now(session)),
        rated=[one for one in rated if one.result],
        invited=invited,
        pictures=_pictures(request, session, case),
    )


def _pictures(request: Request, session: Session, case: Case) -> list[tuple[Photo, str]]:
    """Each with its address, where the city shows them."""
    state = request.app.state
    if not state.settings.reporter_photos:
        return []
    return [
        (photo, f"/q/photos/{state.keyring.ticket(f'photo-{photo.id}', TICKET_SECONDS)}")
        for photo in photos.of_case(session, case.key)
        if photo.stage in SHOWN
    ]
