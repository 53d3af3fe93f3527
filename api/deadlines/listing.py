"""Searching clocks: by stage, who has them, light, case, and what is overdue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Response
from pydantic import WithJsonSchema
from sqlalchemy import Row, not_
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.replies import moment
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import FLAG, KEY, MOMENT, NUMBER, TEXT, choice
from api.v2.searching import Listed, Listing, Query, SearchResult
from workflows import runtime
from workflows.calendar import Unit
from workflows.runtime.escalation_words import clock_name, limit_text
from workflows.store.queries import clocks, lights
from workflows.store.queries.lights import LIGHTS, Light
from workflows.store.tables import Deadline, ProcessInstance
from workflows.store.tables.governance import Case

router = new_router("Deadline")
P = Permission

Exact = Annotated[Decimal, WithJsonSchema({"type": "number"})]  # every digit
LIGHT = replace(choice(*LIGHTS), operators=("$eq", "$in"))
UNIT = choice(*Unit)


class DeadlineResult(TypedDict):
    """``clock`` says in words which clock it is; ``light`` is null when it has ended."""

    deadlineKey: str
    clock: str
    stage: str
    milestone: str | None
    holder: str | None
    light: str | None
    overdue: bool
    unit: str
    unitLabel: str
    number: Exact
    legal: bool
    started: str | None
    due: str | None
    provisional: bool
    pausedSince: str | None
    suspendedUntil: str | None
    extensions: int
    firedLevel: int | None
    nextLevel: int | None
    nextAt: str | None
    ended: str | None
    met: bool | None
    exempted: str | None
    elementId: str
    elementInstanceKey: str
    processInstanceKey: str
    rootProcessInstanceKey: str
    processDefinitionId: str
    businessId: str | None
    caseNumber: str | None


def clock_of(row: Row[Any]) -> str:
    """``处置 · 排险(2 紧急工作时)``: the stage, its milestone, the limit with its unit."""
    return f"{clock_name(row.stage, row.milestone)}({limit_text(row.unit, row.number)})"


def deadline(row: Row[Any]) -> DeadlineResult:
    return {
        "deadlineKey": str(row.key),
        "clock": clock_of(row),
        "stage": row.stage,
        "milestone": row.milestone or None,
        "holder": row.holder,
        "light": None if row.light is None else LIGHTS[row.light],
        "overdue": row.met is False if row.light is None else row.light >= LIGHTS.index(Light.RED),
        "unit": row.unit,
        "unitLabel": Unit(row.unit).label,
        "number": Decimal(row.number),
        "legal": row.legal,
        "started": moment(row.started),
        "due": moment(row.due),
        "provisional": row.provisional,
        "pausedSince": moment(row.paused_since),
        "suspendedUntil": moment(row.suspended_until),
        "extensions": row.extensions,
        "firedLevel": row.fired_level,
        "nextLevel": row.next_level,
        "nextAt": moment(row.next_at),
        "ended": moment(row.ended),
        "met": row.met,
        "exempted": moment(row.exempted),
        "elementId": row.element_id,
        "elementInstanceKey": str(row.element_instance_key),
        "processInstanceKey": str(row.process_instance_key),
        "rootProcessInstanceKey": str(row.root_process_instance_key),
        "processDefinitionId": row.process_id,
        "businessId": row.business_id,
        "caseNumber": row.case_number,
    }


def deadlines(now: datetime) -> Listing:
    """Clocks as they are at this moment."""
    overdue, open_ = lights.overdue(now), lights.OPEN
    return Listing(
        name="时限",
        statement=clocks.deadlines(now),
        key="deadlineKey",
        shape=deadline,
        fields={
            "deadlineKey": Listed(Deadline.key, KEY),
            "processInstanceKey": Listed(Deadline.process_instance_key, KEY),
            "rootProcessInstanceKey": Listed(ProcessInstance.root_process_instance_key, KEY),
            "elementInstanceKey": Listed(Deadline.element_instance_key, KEY),
            "processDefinitionId": Listed(ProcessInstance.process_id, TEXT),
            "businessId": Listed(ProcessInstance.business_id, TEXT),
            "caseNumber": Listed(Case.number, TEXT),
            "elementId": Listed(Deadline.element_id, TEXT),
            "stage": Listed(Deadline.stage, TEXT),
            "milestone": Listed(Deadline.milestone, TEXT),
            "holder": Listed(Deadline.holder, TEXT),
            "unit": Listed(Deadline.unit, UNIT),
            "light": Listed(lights.rank(now), LIGHT, lights.showing(now)),
            "open": Listed(open_, FLAG, {True: open_, False: not_(open_)}),
            "overdue": Listed(overdue, FLAG, {True: overdue, False: not_(overdue)}),
            "legal": Listed(Deadline.legal, FLAG),
            "provisional": Listed(Deadline.provisional, FLAG),
            "met": Listed(Deadline.met, FLAG),
            "started": Listed(Deadline.started, MOMENT),
            "due": Listed(Deadline.due, MOMENT),
            "pausedSince": Listed(Deadline.paused_since, MOMENT),
            "suspendedUntil": Listed(Deadline.suspended_until, MOMENT),
            "nextAt": Listed(Deadline.next_at, MOMENT),
            "firedLevel": Listed(Deadline.fired_level, NUMBER),
            "ended": Listed(Deadline.ended, MOMENT),
            "exempted": Listed(Deadline.exempted, MOMENT),
        },
    )


DOCUMENTED = deadlines(datetime.fromtimestamp(0, UTC)).documented


@router.post(
    "/deadlines/search",
    dependencies=[needs(P.DEADLINE_READ)],
    response_model=SearchResult[DeadlineResult],
    openapi_extra=DOCUMENTED,
)
def search_deadlines(session: ReadSession, query: Query) -> Response:
    """Find clocks, for example those that are red, of a stage, what is due first coming first."""
    return deadlines(runtime.now(session)).search(session, query)
