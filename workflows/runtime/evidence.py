"""Bringing evidence and judging it: what may be used, by whom that was said, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.governance import evidence
from workflows.governance.evidence import Status
from workflows.runtime.clock import now
from workflows.runtime.errors import Invalid, NotFound
from workflows.runtime.events import Tag, record_engine_event
from workflows.runtime.reasons import said
from workflows.store.tables import Case, ProcessInstance

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from workflows.governance.evidence import CleanFile, Stated
    from workflows.store.tables import Evidence


def add_evidence(session: Session, directory: Path, file: CleanFile, stated: Stated, *, actor: str) -> Evidence:
    """Keep a file as evidence for a case or an instance. Invalid; NotFound where there is no such instance."""
    if stated.process_instance_key is None and stated.case_key is None:
        raise Invalid("证据要写明属于哪个案件，或哪个流程实例")
    _lock(session, stated)
    row, known = evidence.add(session, directory, file, stated, actor=actor, at=now(session))
    if not known:
        _record(session, Tag.EVIDENCE_ADD, row, {"kind": row.kind, "hash": row.hash, "doubts": row.doubts}, actor)
    return row


def _lock(session: Session, stated: Stated) -> None:
    """One after the other for one matter: the same file that is brought twice at once is one piece. NotFound.

    The instance first, as a step does that goes on to its case.
    """
    for table, key, what in (
        (ProcessInstance, stated.process_instance_key, "流程实例"),
        (Case, stated.case_key, "案件"),
    ):
        row = select(table.key).where(table.key == key).with_for_update()
        if key is not None and session.execute(row).one_or_none() is None:
            raise NotFound(f"没有{what} {key}")


def audit_evidence(session: Session, key: int, *, note: str, actor: str) -> Evidence:
    """It passed the audit by law and technology that article 41 wants. ReasonMissing, Invalid, NotFound."""
    why = said(note, required=True)
    row = evidence.audit(session, key, note=why["reason"], actor=actor, at=now(session))
    _record(session, Tag.EVIDENCE_AUDIT, row, why, actor)
    return row


def verify_evidence(session: Session, key: int, *, reason: str, actor: str) -> Evidence:
    """查证属实. ReasonMissing, NotFound, EvidenceNotAudited."""
    return _judge(session, key, Status.VERIFIED, Tag.EVIDENCE_VERIFY, reason, actor=actor)


def exclude_evidence(session: Session, key: int, *, reason: str, actor: str) -> Evidence:
    """It was obtained illegally, or is not true: nothing rests on it. ReasonMissing, NotFound."""
    return _judge(session, key, Status.EXCLUDED, Tag.EVIDENCE_EXCLUDE, reason, actor=actor)


def _judge(session: Session, key: int, status: Status, tag: Tag, reason: str, *, actor: str) -> Evidence:
    why = said(reason, required=True)
    row = evidence.judge(session, key, status, reason=why["reason"], actor=actor, at=now(session))
    _record(session, tag, row, why, actor)
    return row


def _record(session: Session, tag: Tag, row: Evidence, more: dict[str, Any], actor: str) -> None:
    details = {"key": str(row.key), "case": row.case_key and str(row.case_key)}
    details["processInstance"] = row.process_instance_key and str(row.process_instance_key)
    record_engine_event(session, tag, details | more, at=now(session), actor=actor)
