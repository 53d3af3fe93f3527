"""Service tasks of supervision (督办): the letter, what its recipient decides by the level's powers, its end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.calendar import Limit
from workflows.calendar import Unit as UnitOfTime
from workflows.governance import cases, organisation, supervision
from workflows.governance.supervision import Matter, Outcome
from workflows.runtime import deadline_commands as commands
from workflows.runtime.calendars import calendar_of
from workflows.runtime.errors import BpmnError, Conflict, Forbidden, Invalid, NotFound, Refusal
from workflows.runtime.escalation_words import POWER_NAMES, clock_name, limit_text, local, span_text
from workflows.runtime.handlers.deadlines import business_error, tell_suspended, until_of
from workflows.runtime.inline import InlineCall, inline
from workflows.runtime.joint_requests import CONVENED
from workflows.runtime.messages import correlate_message
from workflows.runtime.notifications import notify
from workflows.store.base import table
from workflows.store.tables import Escalation

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Row

KIND = "supervision"  # of the notification
DECISION_REFUSED = "DECISION_REFUSED"
EXPLAIN = "explain"
#: What may be decided, by the words of the form; each needs the power of that name, explaining needs none.
DECISIONS = {"办理说明": EXPLAIN, **{said: power for power, said in POWER_NAMES.items()}}
REASSIGNED = "case-reassigned"
MINUTE = timedelta(minutes=1)
REPLY = Limit(UnitOfTime.WORK_DAY, Decimal(1))  # where the ladder does not say

escalation = table(Escalation)


class NotEmpowered(Forbidden):
    """这一级没有这项权限。"""

    code = "NOT_EMPOWERED"


class NobodyListens(Conflict):
    """此刻没有流程接受这个决定。"""

    code = "NOBODY_LISTENS"


@inline("supervision/letter")
def write_letter(call: InlineCall) -> dict[str, Any]:
    """Number and write the letter of ``escalation``, tell its recipient; gives ``letter`` {number, text, replyDue}."""
    fired = _fired(call)
    clock = commands.find_deadline(call.session, fired.deadline_key)
    subject = str(call.variables["subject"])
    about = Matter(
        subject=subject,
        matter=f"案件 {subject} " if subject != str(fired.process_instance_key) else f"流程 {subject} ",
        clock=clock_name(clock.stage, clock.milestone),
        limit=limit_text(clock.unit, clock.number),
        due=local(clock.due),
        holder=clock.holder and organisation.named(call.session, clock.holder, call.now),
        state=_state(call.now - clock.due),
        label=fired.label,
        powers="、".join(POWER_NAMES[power] for power in fired.powers),
    )
    letter = supervision.issue(
        call.session,
        about,
        escalation_key=fired.key,
        process_instance_key=call.process_instance_key,
        recipient=fired.recipient,
        recipient_name=organisation.named(call.session, fired.recipient, call.now),
        reply_due=fired.reply_due or _reply_due(call, fired.recipient),
        at=call.now,
    )
    notify(
        call.session,
        group=fired.recipient,
        kind=KIND,
        subject=f"{letter.number} {about.matter}{about.clock}",
        text=letter.text,
        channels=fired.channels,
        at=call.now,
        dedupe=f"{KIND}:{letter.number}",
        instance_key=call.process_instance_key,
        case_id=cases.key_of(call.session, subject),
    )
    return {"letter": {"number": letter.number, "text": letter.text, "replyDue": letter.reply_due.isoformat()}}


@inline("supervision/decide")
def decide(call: InlineCall) -> None:
    """Carry out ``reply`` {decision, note, until, assignment}; the error DECISION_REFUSED where that cannot be.

    The diagram then sees ``refusal`` {code, reason} and ``decidedBy``.
    """
    answer = call.variables["reply"]
    try:
        power = DECISIONS.get(str(answer["decision"]))
        if power is None:
            raise Invalid(f"没有“{answer['decision']}”这种决定")
        if power != EXPLAIN and power not in call.variables["escalation"]["powers"]:
            raise NotEmpowered(f"这一级没有{POWER_NAMES[power]}的权限")
        supervision.reply(
            call.session,
            call.variables["letter"]["number"],
            decision=power,
            text=str(answer["note"]),
            by=call.actor,
            at=call.now,
        )
        if power in _CARRIED_OUT:
            _CARRIED_OUT[power](call, answer)
    except Refusal as refusal:
        error = business_error(DECISION_REFUSED, refusal)
        raise BpmnError(error.code, error.message, error.variables | {"decidedBy": call.actor}) from refusal


@inline("supervision/close")
def close(call: InlineCall) -> None:
    """The header ``outcome`` says how the letter ended: accepted, ended, raised (not accepted, or unanswered)."""
    number = call.variables["letter"]["number"]
    outcome = call.headers["outcome"]
    if outcome == "raised":
        answered = supervision.find(call.session, number).replied is not None
        outcome = Outcome.REJECTED if answered else Outcome.UNANSWERED
    supervision.close(call.session, number, Outcome(outcome), call.now)


def _fired(call: InlineCall) -> Row[Any]:
    key = int(call.variables["escalation"]["key"])
    row = call.session.connection().execute(select(escalation).where(escalation.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"没有升级 {key}")
    return row


def _state(late: timedelta) -> str:
    if late < timedelta():
        return "现临近到期"
    return f"现已超期 {span_text(late)}" if late >= MINUTE else "现已到期"


def _reply_due(call: InlineCall, recipient: str) -> datetime:
    calendar = calendar_of(call.session, recipient)
    return calendar.after(call.now, REPLY.number, REPLY.unit).at


def _extend(call: InlineCall, answer: dict[str, Any]) -> None:
    commands.extend_deadline(call.session, _supervised(call), reason=_why(call, answer), actor=call.actor)


def _suspend(call: InlineCall, answer: dict[str, Any]) -> None:
    until = until_of(answer.get("until"))
    if until is None:
        raise Invalid("挂账要写明截止日期")
    key = _supervised(call)
    commands.suspend_deadline(call.session, key, until=until, reason=_why(call, answer), actor=call.actor)
    tell_suspended(call, key, until)


def _reassign(call: InlineCall, answer: dict[str, Any]) -> None:
    designated = DECISIONS[answer["decision"]] == "designate"
    given = {"assignment": answer["assignment"], "reason": _why(call, answer), "designated": designated}
    _send(call, REASSIGNED, given, "案件此刻不在承办单位手里,不能改派")


def _convene(call: InlineCall, answer: dict[str, Any]) -> None:
    requester = call.variables["escalation"]["recipient"]
    given = {"reason": _why(call, answer), "requestedBy": requester, "authorised": True}
    _send(call, CONVENED, given, "案件此刻不在承办单位手里,不能召集联合整治")


def _send(call: InlineCall, name: str, variables: dict[str, Any], otherwise: str) -> None:
    try:
        correlate_message(call.session, name, str(call.variables["subject"]), variables, actor=call.actor)
    except NotFound:
        raise NobodyListens(otherwise) from None


def _supervised(call: InlineCall) -> int:
    return int(call.variables["escalation"]["deadline"])


def _why(call: InlineCall, answer: dict[str, Any]) -> str:
    return f"{call.variables['letter']['number']}:{answer['note']}"


_CARRIED_OUT: dict[str, Callable[[InlineCall, dict[str, Any]], None]] = {
    "extend": _extend,
    "suspend": _suspend,
    "reassign": _reassign,
    "designate": _reassign,
    "convene": _convene,
}
