"""Searching escalations: the rungs that have fired, of which clock, and whom they were for."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from sqlalchemy import Row
from typing_extensions import TypedDict

from api.deadlines.listing import UNIT, clock_of
from api.permissions import Permission, needs
from api.replies import key, moment
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import FLAG, KEY, LIST, MOMENT, NUMBER, TEXT
from api.v2.searching import Listed, Listing, Query, SearchResult
from workflows.calendar import Unit
from workflows.store.queries.clocks import ESCALATIONS
from workflows.store.tables import Deadline, Escalation, ProcessInstance, SupervisionLetter
from workflows.store.tables.governance import Case

router = new_router("Deadline")
P = Permission


class LetterResult(TypedDict):
    """督办件. ``decision``: explain, or the power that was used; ``outcome``: accepted, rejected, unanswered, ended."""

    number: str
    text: str
    issued: str | None
    replyDue: str | None
    decision: str | None
    reply: str | None
    replied: str | None
    repliedBy: str | None
    outcome: str | None
    closed: str | None


class EscalationResult(TypedDict):
    """``clock`` says in words which clock it is; ``at`` is when the rung was due, ``fired`` when it fired."""

    escalationKey: str
    deadlineKey: str
    clock: str
    stage: str
    milestone: str | None
    holder: str | None
    unit: str
    unitLabel: str
    due: str | None
    level: int
    label: str
    role: str
    recipient: str
    vacant: bool
    channels: list[str]
    powers: list[str]
    at: str | None
    fired: str | None
    announced: str | None
    replyDue: str | None
    supervisionKey: str | None
    letter: LetterResult | None
    processInstanceKey: str
    rootProcessInstanceKey: str
    processDefinitionId: str
    businessId: str | None
    caseNumber: str | None


def escalation(row: Row[Any]) -> EscalationResult:
    return {
        "escalationKey": str(row.key),
        "deadlineKey": str(row.deadline_key),
        "clock": clock_of(row),
        "stage": row.stage,
        "milestone": row.milestone or None,
        "holder": row.holder,
        "unit": row.unit,
        "unitLabel": Unit(row.unit).label,
        "due": moment(row.due),
        "level": row.level,
        "label": row.label,
        "role": row.role,
        "recipient": row.recipient,
        "vacant": row.vacant,
        "channels": row.channels,
        "powers": row.powers,
        "at": moment(row.at),
        "fired": moment(row.fired),
        "announced": moment(row.announced),
        "replyDue": moment(row.reply_due),
        "supervisionKey": key(row.supervision_key),
        "letter": _letter(row),
        "processInstanceKey": str(row.process_instance_key),
        "rootProcessInstanceKey": str(row.root_process_instance_key),
        "processDefinitionId": row.process_id,
        "businessId": row.business_id,
        "caseNumber": row.case_number,
    }


def _letter(row: Row[Any]) -> LetterResult | None:
    if row.letter_number is None:
        return None
    return {
        "number": row.letter_number,
        "text": row.letter_text,
        "issued": moment(row.letter_issued),
        "replyDue": moment(row.letter_reply_due),
        "decision": row.letter_decision,
        "reply": row.letter_reply,
        "replied": moment(row.letter_replied),
        "repliedBy": row.letter_replied_by,
        "outcome": row.letter_outcome,
        "closed": moment(row.letter_closed),
    }


LISTING = Listing(
    name="督办",
    statement=ESCALATIONS,
    key="escalationKey",
    shape=escalation,
    fields={
        "escalationKey": Listed(Escalation.key, KEY),
        "deadlineKey": Listed(Escalation.deadline_key, KEY),
        "processInstanceKey": Listed(Escalation.process_instance_key, KEY),
        "rootProcessInstanceKey": Listed(ProcessInstance.root_process_instance_key, KEY),
        "processDefinitionId": Listed(ProcessInstance.process_id, TEXT),
        "businessId": Listed(ProcessInstance.business_id, TEXT),
        "caseNumber": Listed(Case.number, TEXT),
        "supervisionKey": Listed(Escalation.supervision_key, KEY),
        "stage": Listed(Escalation.stage, TEXT),
        "milestone": Listed(Deadline.milestone, TEXT),
        "holder": Listed(Deadline.holder, TEXT),
        "unit": Listed(Deadline.unit, UNIT),
        "due": Listed(Deadline.due, MOMENT),
        "level": Listed(Escalation.level, NUMBER),
        "label": Listed(Escalation.label, TEXT),
        "role": Listed(Escalation.role, TEXT),
        "recipient": Listed(Escalation.recipient, TEXT),
        "vacant": Listed(Escalation.vacant, FLAG),
        "channel": Listed(Escalation.channels, LIST),
        "power": Listed(Escalation.powers, LIST),
        "at": Listed(Escalation.at, MOMENT),
        "fired": Listed(Escalation.fired, MOMENT),
        "announced": Listed(Escalation.announced, MOMENT),
        "replyDue": Listed(Escalation.reply_due, MOMENT),
        "letterNumber": Listed(SupervisionLetter.number, TEXT),
        "replied": Listed(SupervisionLetter.replied, MOMENT),
        "outcome": Listed(SupervisionLetter.outcome, TEXT),
    },
)


@router.post(
    "/escalations/search",
    dependencies=[needs(P.DEADLINE_READ)],
    response_model=SearchResult[EscalationResult],
    openapi_extra=LISTING.documented,
)
def search_escalations(session: ReadSession, query: Query) -> Response:
    """Find rungs that have fired, with their letters (督办件), for example those of one recipient without an answer."""
    return LISTING.search(session, query)
