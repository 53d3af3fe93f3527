"""A citizen rates what was done: the diagram hears it as a message; who is dissatisfied has the case reopened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from workflows.governance import cases, ratings
from workflows.governance.ratings import DISSATISFIED, LONGEST_COMMENT, MESSAGE, RESULTS
from workflows.runtime.clock import now
from workflows.runtime.errors import Conflict, Invalid, NotFound
from workflows.runtime.messages import correlate_message
from workflows.store.json import clean_text
from workflows.store.tables import MessageSubscription, Rating

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ACTOR = "citizen"


class RatingClosed(Conflict):
    """这一次已经评价过、回访过,或者评价的时间已过。"""

    code = "RATING_CLOSED"


def rate_case(session: Session, token: str, result: str, comment: str = "") -> Rating:
    """One answer for each round. RatingMissing; RatingClosed; Invalid: who is dissatisfied says why."""
    if result not in RESULTS:
        raise Invalid(f"评价只能是 {'、'.join(RESULTS)}")
    said = clean_text(comment, "/comment").strip()[:LONGEST_COMMENT]
    if result == DISSATISFIED and not said:
        raise Invalid("请告诉我们哪里不满意")
    rating = ratings.find(session, token)
    if not is_open(session, rating):
        raise RatingClosed
    number = cases.get(session, rating.case_key).number
    rating.result, rating.comment, rating.rated = result, said or None, now(session)
    session.flush()
    try:
        # On PostgreSQL two taps at once meet at the lock of the instance; the second finds nobody waiting.
        correlate_message(session, MESSAGE, number, {"result": result, "comment": said or None}, actor=ACTOR)
    except NotFound as error:
        raise RatingClosed from error
    return rating


def is_open(session: Session, rating: Rating) -> bool:
    """Whether its case waits for this very answer: it may have been telephoned for, reworked or closed meanwhile."""
    if rating.rated is not None or rating.expires <= now(session):
        return False
    newer = exists().where(Rating.case_key == rating.case_key, Rating.round > rating.round)
    number = cases.get(session, rating.case_key).number
    waits = exists().where(MessageSubscription.name == MESSAGE, MessageSubscription.correlation_key == number)
    return bool(session.execute(select(waits & ~newer)).scalar_one())
