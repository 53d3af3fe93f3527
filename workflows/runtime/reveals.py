"""Looking at what is personal: allowed with a reason, and always on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.governance import cases
from workflows.runtime.clock import now
from workflows.runtime.events import Tag, record_engine_event
from workflows.runtime.reasons import said
from workflows.store.tables.governance import Report

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def reveal_reporter(session: Session, number: str, *, reason: str, actor: str) -> Report | None:
    """Who reported a case; None where nobody is known. ReasonMissing, CaseMissing."""
    why = said(reason, required=True)
    case = cases.by_number(session, number)
    record_engine_event(session, Tag.CASE_REVEAL, {"case": case.number, **why}, at=now(session), actor=actor)
    return session.get(Report, case.key)
