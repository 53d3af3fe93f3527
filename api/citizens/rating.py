"""Rating what was done, with one tap; whoever is dissatisfied has the case handled again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Form, Request, Response

from api.citizens.pages import counted, guessed_wrong, language, not_guessing, page
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from workflows import runtime
from workflows.governance import cases, catalogue, ratings
from workflows.governance.ratings import RESULTS, RatingMissing
from workflows.runtime.ratings import is_open
from workflows.store.tables import Rating

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

router = new_router("Citizens")
REASONS = ("没有解决", "解决得不彻底", "又出现了", "等得太久")


@router.get("/rate/{token}", dependencies=[Depends(not_guessing)])
def get_rating(request: Request, session: ReadSession, token: str) -> Response:
    """Only shows the question: programs that look at links must not answer it."""
    return _shown(request, session, _found(request, session, token))


@router.post("/rate/{token}", dependencies=[Depends(counted), Depends(not_guessing)])
def post_rating(
    request: Request,
    session: WriteSession,
    *,
    token: str,
    result: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    comment: Annotated[str, Form()] = "",
) -> Response:
    """Tapped twice, it is one answer: what was answered is shown."""
    rating = _found(request, session, token)
    if not is_open(session, rating):
        return _shown(request, session, rating)
    said = ";".join(part for part in (reason.strip(), comment.strip()) if part)
    rating = runtime.rate_case(session, token, result, said)
    return _shown(request, session, rating)


def _found(request: Request, session: Session, token: str) -> Rating:
    try:
        return ratings.find(session, token)
    except RatingMissing:
        guessed_wrong(request)
        raise


def _shown(request: Request, session: Session, rating: Rating) -> Response:
    case = cases.get(session, rating.case_key)
    condition = catalogue.conditions(session).get(case.condition_code)
    return page(
        request,
        "rate.html",
        rating=rating,
        open=is_open(session, rating),
        number=case.number,
        problem=condition.called(language(request)) if condition else "",
        address=case.address,
        results=RESULTS,
        reasons=REASONS,
    )
