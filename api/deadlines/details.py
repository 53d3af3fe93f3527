"""One clock with everything it is made of, and what fired when and for whom."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from fastapi import Response
from sqlalchemy import Row
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from api.deadlines.listing import DeadlineResult, Exact, deadline, deadlines
from api.permissions import Permission, needs
from api.replies import Reply, key, moment
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter
from workflows import runtime
from workflows.runtime.calendars import calendar_of
from workflows.runtime.deadline_rows import clock_of
from workflows.store.queries.supervision import rungs_climbed
from workflows.store.tables import Escalation

router = new_router("Deadline")
P = Permission


class LimitResult(TypedDict):
    unit: str
    number: Exact


#: ``to`` is null while it lasts.
PauseResult = TypedDict("PauseResult", {"from": str | None, "to": str | None})


class FiredResult(TypedDict):
    escalationKey: str
    at: str | None
    fired: str | None
    recipient: str
    vacant: bool
    channels: list[str]
    replyDue: str | None
    supervisionKey: str | None
    announced: str | None


class RungResult(TypedDict):
    """One rung of the ladder: at which share of the limit it is due, for whom; ``fired`` is null before."""

    level: int
    at: Exact
    after: LimitResult | None
    due: str | None
    role: str
    label: str
    channels: list[str]
    powers: list[str]
    reply: LimitResult | None
    processId: str | None
    messageName: str | None
    fired: FiredResult | None


class DeadlineDetails(DeadlineResult):
    """``used`` of its unit, with ``carried`` by the clocks it goes on with; ``left`` until it is due, below 0 after."""

    yellowAt: str | None
    purpleAt: str | None
    used: Exact
    left: Exact
    carried: Exact
    continues: str | None
    suspensions: int
    pauses: list[PauseResult]
    rungs: list[RungResult]


@router.get("/deadlines/{deadlineKey}", dependencies=[needs(P.DEADLINE_READ)], response_model=DeadlineDetails)
def get_deadline(session: ReadSession, deadlineKey: KeyParameter) -> Response:
    """One clock: its limit, what is used, pauses, extensions, and each rung with what fired when and for whom."""
    now = runtime.now(session)
    row = deadlines(now).row(session, deadlineKey)
    used = _used(session, row, now)
    fired = {one.level: one for one in rungs_climbed(session, row.key)}
    result: DeadlineDetails = {
        **deadline(row),
        "yellowAt": moment(row.yellow_at),
        "purpleAt": moment(row.purple_at),
        "used": used,
        "left": Decimal(row.number) * (1 + row.extensions) - used,
        "carried": Decimal(row.carried),
        "continues": key(row.continues),
        "suspensions": row.suspensions,
        "pauses": _pauses(row),
        "rungs": [_rung(rung, fired.get(rung["level"])) for rung in row.rungs],
    }
    return Reply(result)


def _used(session: Session, row: Row[Any], now: datetime) -> Decimal:
    """How much of its unit has run, as it is kept when a clock ends."""
    if row.used is not None:
        return Decimal(row.used)
    return clock_of(row, calendar_of(session, row.holder)).used(row.paused_since or now).quantize(Decimal("0.0001"))


def _pauses(row: Row[Any]) -> list[PauseResult]:
    moments = [(datetime.fromisoformat(began), datetime.fromisoformat(ended)) for began, ended in row.pauses]
    lasting = [] if row.paused_since is None else [(row.paused_since, None)]
    return [{"from": moment(began), "to": moment(ended)} for began, ended in [*moments, *lasting]]


def _rung(rung: dict[str, Any], fired: Escalation | None) -> RungResult:
    return {
        "level": rung["level"],
        "at": rung["at"],
        "after": rung["after"],
        "due": moment(datetime.fromisoformat(rung["due"])),
        "role": rung["role"],
        "label": rung["label"],
        "channels": rung["channels"],
        "powers": rung["powers"],
        "reply": rung["reply"],
        "processId": rung["process"],
        "messageName": rung["message"],
        "fired": None if fired is None else _fired(fired),
    }


def _fired(row: Escalation) -> FiredResult:
    return {
        "escalationKey": str(row.key),
        "at": moment(row.at),
        "fired": moment(row.fired),
        "recipient": row.recipient,
        "vacant": row.vacant,
        "channels": row.channels,
        "replyDue": moment(row.reply_due),
        "supervisionKey": key(row.supervision_key),
        "announced": moment(row.announced),
    }
