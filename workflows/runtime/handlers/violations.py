"""Service tasks on violations: how many count against a party, and keeping how an act was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.engine.timers import parse_duration
from workflows.governance import parties, violations
from workflows.governance.violations import Act, FirstOffenceScope, Matter, Outcome, Place
from workflows.runtime.errors import Invalid
from workflows.runtime.handlers.deadlines import business_error
from workflows.runtime.handlers.registers import moment, place
from workflows.runtime.inline import InlineCall, inline

if TYPE_CHECKING:
    from datetime import datetime

ALREADY_DECIDED = "ALREADY_DECIDED"


@inline("violation/count", reads=True)
def count(call: InlineCall) -> dict[str, Any]:
    """The earlier acts of ``party`` that count against the one of ``matter`` at ``actAt``, within ``scope``."""
    seen = call.variables
    ended = None if seen.get("actEnd") is None else moment(seen, "actEnd")
    act = _act(call, moment(seen, "actAt"), ended, seen.get("place"))
    scope = _scope(seen.get("scope"))
    counted = violations.count_violations(call.session, act, scope, besides=call.process_instance_key)
    same = counted.same_act
    return {
        "priors": {
            "count": counted.count,
            "since": counted.since.isoformat(),
            "party": act.party,
            "scope": {"place": scope.place.value, "matter": scope.matter.value},
            "rows": [violations.as_variables(row) for row in counted.rows],
            "sameAct": violations.as_variables(same) if same else None,
        }
    }


@inline("violation/record")
def record(call: InlineCall) -> dict[str, Any]:
    """Keep the ``outcome`` for the ``act`` {at, end, place} of ``party`` in ``matter``; once for an instance.

    The error ALREADY_DECIDED where another instance has decided this very act (29).
    """
    given = call.variables["act"]
    if not isinstance(given, dict):
        raise Invalid("act 要写 at，可以加 end 和 place")
    ended = None if given.get("end") is None else moment(given, "end")
    act = _act(call, moment(given, "at"), ended, given.get("place") or call.variables.get("place"))
    try:
        row = violations.record(
            call.session,
            act,
            Outcome(call.variables["outcome"]),
            process_instance_key=call.process_instance_key,
            case_key=call.case_id,
            actor=call.actor,
            at=call.now,
        )
    except violations.ActDecided as refusal:
        raise business_error(ALREADY_DECIDED, refusal) from refusal
    return {"violation": violations.as_variables(row)}


def _act(call: InlineCall, at: datetime, ended: datetime | None, where: Any) -> Act:
    """``matter`` is a code or {code, law, bureau}. A shop or a vehicle stands for who had it then."""
    matter = call.variables["matter"]
    told = matter if isinstance(matter, dict) else {"code": matter}
    if not isinstance(told.get("code"), str):
        raise Invalid("matter 应为事项编码，或写明 code、law、bureau")
    subject = parties.named(call.session, call.variables.get("party"), at)
    party = parties.responsible(call.session, subject, at) if subject else None
    there = place(call, where)
    lon, lat = there.point or (None, None)
    return Act(
        party=party,
        subject=subject if subject != party else None,
        matter=told["code"],
        law=told.get("law"),
        bureau=told.get("bureau"),
        at=at,
        ended=ended,
        lon=lon,
        lat=lat,
        grid=there.unit("grid"),
        area=there.unit("area"),
    )


def _scope(value: Any) -> FirstOffenceScope:
    """From {lookback: an ISO 8601 duration, place, matter}; what is not said is as usual. Invalid."""
    value = value or {}
    usual = FirstOffenceScope()
    try:
        lookback = value.get("lookback")
        return FirstOffenceScope(
            usual.lookback if lookback is None else parse_duration(lookback),
            Place(value.get("place") or usual.place),
            Matter(value.get("matter") or usual.matter),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise Invalid(
            f"scope 写 lookback（如 P2Y）、place（{'、'.join(Place)}）、matter（{'、'.join(Matter)}）：{error}"
        ) from error
