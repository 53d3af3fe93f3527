"""Case numbers, one after the other in a year, and query codes nobody can guess."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from workflows.calendar import CHINA
from workflows.store.tables.governance import CaseNumber

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

QUERY_CODE_LENGTH = 10
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is mistaken for another when read out


def next_number(session: Session, at: datetime) -> str:
    """``2026-000123``. The year's row stays locked until the transaction ends: no number twice, none left out."""
    year = at.astimezone(CHINA.zone).year
    number = _count_up(session, year)
    if number is None:
        try:
            with session.begin_nested():
                session.execute(insert(CaseNumber).values(year=year, last=0))
        except IntegrityError:
            pass  # someone else began the year
        number = _count_up(session, year)
    return f"{year}-{number:06d}"


def query_code() -> str:
    """Ten letters and digits, 49 bits of chance."""
    return "".join(secrets.choice(_LETTERS) for _ in range(QUERY_CODE_LENGTH))


def _count_up(session: Session, year: int) -> int | None:
    counted = update(CaseNumber).where(CaseNumber.year == year).values(last=CaseNumber.last + 1)
    return session.execute(counted.returning(CaseNumber.last)).scalar_one_or_none()
