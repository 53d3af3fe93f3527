"""Numbers of cases and documents, one after the other in a year, and query codes nobody can guess."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from workflows.calendar import CHINA
from workflows.store.tables.governance import CaseNumber
from workflows.store.tables.supervision import DocumentNumber

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

QUERY_CODE_LENGTH = 10
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is mistaken for another when read out


def next_number(session: Session, at: datetime) -> str:
    """``2026-000123``. The year's row stays locked until the transaction ends: no number twice, none left out."""
    year, number = _next(session, CaseNumber, {}, at)
    return f"{year}-{number:06d}"


def next_document_number(session: Session, series: str, at: datetime) -> str:
    """``督办〔2026〕12号`` for the series 督办, without gaps as case numbers are (GB/T 9704)."""
    year, number = _next(session, DocumentNumber, {"series": series}, at)
    return f"{series}〔{year}〕{number}号"


def next_decision_number(session: Session, series: str, at: datetime) -> tuple[str, int, int]:
    """``娄城管不罚决〔2026〕第12号``, the year and the 12: as the decisions of enforcement are numbered."""
    year, number = _next(session, DocumentNumber, {"series": series}, at)
    return f"{series}〔{year}〕第{number}号", year, number


def query_code() -> str:
    """Ten letters and digits, 49 bits of chance."""
    return random_code(QUERY_CODE_LENGTH)


def random_code(length: int) -> str:
    """Letters and digits that are not mistaken for each other, five bits of chance in each."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _next(session: Session, of: type[Any], series: dict[str, str], at: datetime) -> tuple[int, int]:
    year = at.astimezone(CHINA.zone).year
    row: dict[str, Any] = {**series, "year": year}
    number = _count_up(session, of, row)
    if number is None:
        try:
            with session.begin_nested():
                session.execute(insert(of).values(**row, last=0))
        except IntegrityError:
            pass  # someone else began the year
        number = _count_up(session, of, row)
    if number is None:
        raise RuntimeError(f"{of.__tablename__} has no row {row}")
    return year, number


def _count_up(session: Session, of: type[Any], row: dict[str, Any]) -> int | None:
    counted = update(of).filter_by(**row).values(last=of.last + 1)
    return session.execute(counted.returning(of.last)).scalar_one_or_none()
