"""Ratings: a reporter is invited once for each round of handling, and answers with one tap."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from workflows.governance import notices
from workflows.store.errors import NotFound
from workflows.store.tables import Rating

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

RESULTS = ("满意", "基本满意", "不满意")
DISSATISFIED = RESULTS[-1]
MESSAGE = "case-rated"  # what a diagram waits for, under the number of the case
LONGEST_COMMENT = 500
_TOKEN_BYTES = 16


class RatingMissing(NotFound):
    """没有这个评价链接。"""

    code = "RATING_NOT_FOUND"


def invite(session: Session, case_key: int, at: datetime, valid_for: timedelta) -> Rating:
    """A new round is rated; the invitation is read with the query code, as every notice is."""
    rounds = session.execute(select(func.count()).where(Rating.case_key == case_key)).scalar_one()
    rating = Rating(
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        case_key=case_key,
        round=rounds + 1,
        invited=at,
        expires=at + valid_for,
        result=None,
        comment=None,
        rated=None,
    )
    session.add(rating)
    notices.tell_reporter(session, case_key, "rate", at)
    return rating


def find(session: Session, token: str) -> Rating:
    rating = session.get(Rating, token)
    if rating is None:
        raise RatingMissing
    return rating


def of_case(session: Session, case_key: int) -> list[Rating]:
    """Round by round."""
    return list(session.scalars(select(Rating).where(Rating.case_key == case_key).order_by(Rating.round)))
