"""Judging evidence: the audit of what a machine recorded, and whether it is true and lawful."""

from __future__ import annotations

from fastapi import Response
from pydantic import Field

from api.evidence.reading import EvidenceResult, shown
from api.permissions import Actor, Permission, needs
from api.replies import Reply
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.kinds import KeyParameter
from api.v2.searching import Strict
from workflows import runtime

router = new_router("Evidence", "/evidence")
JUDGE = [needs(Permission.EVIDENCE_JUDGE)]
MAX_REASON = 2_000


class Judgement(Strict):
    """Why; it stays on record."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, examples=["与现场笔录、当事人陈述一致"])


@router.post("/{evidenceKey}/audit", dependencies=JUDGE, response_model=EvidenceResult)
def audit_evidence(session: WriteSession, actor: Actor, evidenceKey: KeyParameter, body: Judgement) -> Response:
    """The record of a machine passed the audit by law and technology (41). 400 for anything else."""
    return Reply(shown(session, runtime.audit_evidence(session, evidenceKey, note=body.reason, actor=actor)))


@router.post("/{evidenceKey}/verification", dependencies=JUDGE, response_model=EvidenceResult)
def verify_evidence(session: WriteSession, actor: Actor, evidenceKey: KeyParameter, body: Judgement) -> Response:
    """It is true (查证属实). 409 for the record of a machine that was not audited."""
    return Reply(shown(session, runtime.verify_evidence(session, evidenceKey, reason=body.reason, actor=actor)))


@router.post("/{evidenceKey}/exclusion", dependencies=JUDGE, response_model=EvidenceResult)
def exclude_evidence(session: WriteSession, actor: Actor, evidenceKey: KeyParameter, body: Judgement) -> Response:
    """Nothing rests on it: it was obtained illegally, or is not true."""
    return Reply(shown(session, runtime.exclude_evidence(session, evidenceKey, reason=body.reason, actor=actor)))
