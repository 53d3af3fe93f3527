"""Service tasks on the clocks of other instances: whether something may be asked, and carrying out what was granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.engine.timers import parse_instant
from workflows.governance import notices, organisation
from workflows.runtime import deadline_commands as commands
from workflows.runtime.cases import number_of
from workflows.runtime.errors import BpmnError, Invalid, NotFound, Refusal
from workflows.runtime.escalation_words import clock_name, limit_text, local
from workflows.runtime.inline import InlineCall, inline
from workflows.runtime.requests import Kind, admit
from workflows.runtime.running import lock
from workflows.store.tables.governance import Unit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

NOT_ADMISSIBLE = "NOT_ADMISSIBLE"
NOT_GRANTED = "NOT_GRANTED"


def deadline_of(call: InlineCall) -> int:
    """The key in the variable ``deadline``. NotFound when it is none."""
    text = str(call.variables.get("deadline") or "")
    if not text.isdecimal():
        raise NotFound(f"没有时限 {text or '(空)'}")
    return int(text)


def until_of(text: Any) -> datetime | None:
    """The text of ``until`` as a moment; a date is its midnight in 娄底. Invalid."""
    try:
        return None if text is None else parse_instant(str(text))
    except ValueError as error:
        raise Invalid(str(error)) from error


def business_error(code: str, refusal: Refusal) -> BpmnError:
    """A refusal as something the diagram deals with; it sees ``refusal`` {code, reason}."""
    return BpmnError(code, str(refusal), {"refusal": {"code": refusal.code, "reason": str(refusal)}})


@inline("deadline/check-extension")
def check_extension(call: InlineCall) -> dict[str, Any]:
    return _admitted(call, Kind.EXTENSION)


@inline("deadline/check-suspension")
def check_suspension(call: InlineCall) -> dict[str, Any]:
    return _admitted(call, Kind.SUSPENSION)


@inline("deadline/check-appeal")
def check_appeal(call: InlineCall) -> dict[str, Any]:
    return _admitted(call, Kind.APPEAL)


@inline("deadline/extend")
def extend(call: InlineCall) -> dict[str, Any]:
    """One original limit more; ``extended`` {due, shown}. The error NOT_GRANTED where it cannot be any more."""
    key, reason = deadline_of(call), call.variables["reason"]
    try:
        due = commands.extend_deadline(call.session, key, reason=reason, actor=call.actor)
    except Refusal as refusal:
        raise business_error(NOT_GRANTED, refusal) from refusal
    return {"extended": {"due": due.isoformat(), "shown": local(due)}}


@inline("deadline/suspend")
def suspend(call: InlineCall) -> dict[str, Any]:
    """挂账, ``suspended`` {until, shown}; the reporter is told. The error NOT_GRANTED where it cannot be any more."""
    key, until = deadline_of(call), until_of(call.variables.get("until"))
    try:
        if until is None:
            raise Invalid("挂账要写明截止时间")
        commands.suspend_deadline(call.session, key, until=until, reason=call.variables["reason"], actor=call.actor)
    except Refusal as refusal:
        raise business_error(NOT_GRANTED, refusal) from refusal
    tell_suspended(call, key, until)
    return {"suspended": {"until": until.isoformat(), "shown": local(until)}}


@inline("deadline/resume")
def resume(call: InlineCall) -> dict[str, Any]:
    """The end of 挂账: ``clock`` as it is now; ``resumed`` is false where the sweep was first, or the clock is over."""
    reason, key = call.variables.get("resumption") or "挂账到期", deadline_of(call)
    resumed = commands.resume_deadline(call.session, key, reason=reason, actor=call.actor)
    return {"resumed": resumed, "clock": _seen(call, commands.find_deadline(call.session, key))}


@inline("deadline/exempt")
def exempt(call: InlineCall) -> None:
    """申诉成立."""
    commands.exempt_deadline(call.session, deadline_of(call), reason=call.variables["reason"], actor=call.actor)


@inline("deadline/raise")
def climb(call: InlineCall) -> dict[str, Any]:
    """The rung after ``escalation`` fires at once, unless it has; ``raised`` says whether."""
    escalation = call.variables["escalation"]
    key = int(escalation["deadline"])
    row = commands.find_deadline(call.session, key)
    if row.fired_level is not None and row.fired_level > escalation["level"]:
        return {"raised": False}
    return {"raised": commands.raise_deadline(call.session, key, actor=call.actor) is not None}


def tell_suspended(call: InlineCall, key: int, until: datetime) -> None:
    """Who has reported something does not learn from silence alone that it stands still."""
    row = commands.find_deadline(call.session, key)
    case_id = lock(call.session, row.process_instance_key).case_id
    if case_id is not None:
        notices.tell_reporter(call.session, case_id, "suspended", call.now, until=until)


def _admitted(call: InlineCall, kind: Kind) -> dict[str, Any]:
    """The clock, as those who decide see it, and who has asked; or the error NOT_ADMISSIBLE."""
    until = None
    try:
        if kind is Kind.SUSPENSION:
            until = until_of(call.variables.get("until"))
        row = admit(
            call.session,
            kind,
            deadline_of(call),
            reason=str(call.variables.get("reason") or ""),
            until=until,
            request_key=call.process_instance_key,
            actor=call.actor,
        )
    except Refusal as refusal:
        error = business_error(NOT_ADMISSIBLE, refusal)
        given = {"applicant": call.actor, "clock": _asked_about(call)}
        raise BpmnError(error.code, error.message, error.variables | given) from refusal
    return {"clock": _seen(call, row), "applicant": call.actor}


def _asked_about(call: InlineCall) -> dict[str, Any] | None:
    """The clock of a request that is refused, where there is one."""
    try:
        return _seen(call, commands.find_deadline(call.session, deadline_of(call)))
    except NotFound:
        return None


def _seen(call: InlineCall, row: Row[Any]) -> dict[str, Any]:
    instance = lock(call.session, row.process_instance_key)
    unit = call.session.get(Unit, row.holder.partition("@")[2]) if row.holder else None
    number, name = number_of(call.session, instance.case_id), clock_name(row.stage, row.milestone)
    subject = number or str(row.process_instance_key)
    return {
        "key": str(row.key),
        "processInstance": str(row.process_instance_key),
        "subject": subject,
        "name": name,
        "about": f"{'案件' if number else '流程'} {subject} 的“{name}”",
        "limit": limit_text(row.unit, row.number),
        "due": row.due.isoformat(),
        "dueShown": local(row.due),
        "extensions": row.extensions,
        "holder": row.holder,
        "unit": unit.id if unit else organisation.CENTRE,
        "unitKind": unit.kind if unit else organisation.CENTRE,
    }
