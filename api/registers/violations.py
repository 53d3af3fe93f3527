"""Violations: what was decided of a party, and setting a decision aside."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from sqlalchemy import Row, select
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.registers.changing import Reasoned
from api.replies import Reply, key, moment
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KEY, MOMENT, TEXT, KeyParameter, choice
from api.v2.searching import Listed, Listing, Query, SearchResult
from workflows import runtime
from workflows.governance.violations import Outcome
from workflows.store.tables import Case, Violation

router = new_router("Violation", "/violations")
P = Permission


class ViolationResult(TypedDict):
    """One act and how it was decided. ``subject``: the shop or vehicle that the party had then."""

    violationKey: str
    party: str | None
    subject: str | None
    matter: str
    law: str | None
    bureau: str | None
    grid: str | None
    area: str | None
    actAt: str | None
    actEnd: str | None
    outcome: str
    decidedAt: str | None
    actor: str
    caseNumber: str | None
    processInstanceKey: str | None
    annulledAt: str | None
    annulledBy: str | None
    annulledWhy: str | None


def result(row: Row[Any]) -> ViolationResult:
    return {
        "violationKey": str(row.key),
        "party": row.party,
        "subject": row.subject,
        "matter": row.matter,
        "law": row.law,
        "bureau": row.bureau,
        "grid": row.grid,
        "area": row.area,
        "actAt": moment(row.act_at),
        "actEnd": moment(row.act_end),
        "outcome": row.outcome,
        "decidedAt": moment(row.decided),
        "actor": row.actor,
        "caseNumber": row.case_number,
        "processInstanceKey": key(row.process_instance_key),
        "annulledAt": moment(row.annulled),
        "annulledBy": row.annulled_by,
        "annulledWhy": row.annulled_why,
    }


VIOLATIONS = Listing(
    name="违法记录",
    statement=select(*Violation.__table__.c, Case.number.label("case_number")).outerjoin(
        Case, Case.key == Violation.case_key
    ),
    key="violationKey",
    shape=result,
    fields={
        "violationKey": Listed(Violation.key, KEY),
        "party": Listed(Violation.party, TEXT),
        "subject": Listed(Violation.subject, TEXT),
        "matter": Listed(Violation.matter, TEXT),
        "law": Listed(Violation.law, TEXT),
        "bureau": Listed(Violation.bureau, TEXT),
        "grid": Listed(Violation.grid, TEXT),
        "area": Listed(Violation.area, TEXT),
        "outcome": Listed(Violation.outcome, choice(*Outcome)),
        "actAt": Listed(Violation.act_at, MOMENT),
        "decidedAt": Listed(Violation.decided, MOMENT),
        "annulledAt": Listed(Violation.annulled, MOMENT),
        "caseNumber": Listed(Case.number, TEXT),
        "processInstanceKey": Listed(Violation.process_instance_key, KEY),
    },
)


@router.post(
    "/search",
    dependencies=[needs(P.VIOLATION_READ)],
    response_model=SearchResult[ViolationResult],
    openapi_extra=VIOLATIONS.documented,
)
def search_violations(session: ReadSession, query: Query) -> Response:
    """Find acts that were decided, for example all of a party. They are counted for a decision and rank nobody."""
    return VIOLATIONS.search(session, query)


@router.post("/{violationKey}/annulment", dependencies=[needs(P.VIOLATION_ANNUL)], response_model=ViolationResult)
def annul_violation(session: WriteSession, actor: Actor, violationKey: KeyParameter, body: Reasoned) -> Response:
    """The decision was withdrawn or set aside: it stays on record and counts no more."""
    row = runtime.annul_violation(session, violationKey, reason=body.reason, actor=actor)
    return Reply(result(VIOLATIONS.row(session, row.key)))
