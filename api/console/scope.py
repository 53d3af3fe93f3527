"""Which cases someone sees, wherever they are listed or counted: by a role all, by seats those of their own units."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.console.people import SignedIn, Staff
from api.permissions import Permission
from api.problems import Problem
from api.sessions import ReadSession
from workflows import runtime
from workflows.governance import cases, involved
from workflows.store.queries.cases import Filter, conditions
from workflows.store.queries.seen import Within, within
from workflows.store.tables.governance import Case


async def check(staff: SignedIn) -> None:
    if not staff.sees_cases:
        raise Problem(403, "您的账号没有查看或办理这一页的权限", code="PERMISSION_MISSING")


SEES_CASES = Depends(check)


def seen_by(session: Session, staff: Staff) -> Within | None:
    """In whose cases someone looks; None: in those of the whole city."""
    if staff.may(Permission.CASE_READ):
        return None
    whom = involved.scope(session, staff.person, staff.groups, runtime.now(session))
    return None if whom is None else within(session, whom)


def seen(session: ReadSession, staff: SignedIn) -> Within | None:
    return seen_by(session, staff)


#: What a page of lists or counts takes: whoever asks for it says that it tells of nobody else's cases.
Seen = Annotated[Within | None, Depends(seen)]


def scoped(session: Session, staff: Staff, of: Filter) -> Filter:
    """The same, among the cases that someone sees."""
    return replace(of, within=seen_by(session, staff))


def case_of(session: Session, staff: Staff, number: str) -> Case:
    """The case with a number; one that they do not see is answered as one that is not there."""
    case = cases.by_number(session, number)
    seen = conditions(scoped(session, staff, Filter()), runtime.now(session))
    if seen and session.execute(select(Case.key).where(Case.key == case.key, *seen)).first() is None:
        raise cases.CaseMissing
    return case
