"""Which cases someone sees: with a role that reads cases all of them, with seats alone those of their own units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import Depends
from sqlalchemy import select

from api.console.people import SignedIn, Staff
from api.permissions import Permission
from api.problems import Problem
from workflows import runtime
from workflows.governance import cases, involved
from workflows.store.queries.cases import Filter, conditions, within
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


async def check(staff: SignedIn) -> None:
    if not staff.sees_cases:
        raise Problem(403, "您的账号没有查看或办理这一页的权限", code="PERMISSION_MISSING")


SEES_CASES = Depends(check)


def scoped(session: Session, staff: Staff, of: Filter) -> Filter:
    """The same, among the cases that someone sees."""
    if staff.may(Permission.CASE_READ):
        return of
    whom = involved.scope(session, staff.person, staff.groups, runtime.now(session))
    return of if whom is None else replace(of, within=within(session, whom))


def case_of(session: Session, staff: Staff, number: str) -> Case:
    """The case with a number; one that they do not see is answered as one that is not there."""
    case = cases.by_number(session, number)
    seen = conditions(scoped(session, staff, Filter()), runtime.now(session))
    if seen and session.execute(select(Case.key).where(Case.key == case.key, *seen)).first() is None:
        raise cases.CaseMissing
    return case
