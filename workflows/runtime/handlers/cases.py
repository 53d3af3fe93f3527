"""Service tasks on the case itself: locate, refuse, file, evaluate, close."""

from __future__ import annotations

from typing import Any

from workflows.governance import cases, evaluation, organisation
from workflows.runtime.errors import Invalid
from workflows.runtime.inline import InlineCall, inline

DUPLICATE = "duplicate"  # the refusal code that means: the matter goes on under another number


class NoCase(Invalid):
    """这个流程实例不属于任何案件。"""

    code = "NO_CASE"


def case_of(call: InlineCall) -> int:
    """The key of the case the instance handles."""
    if call.case_id is None:
        raise NoCase
    return call.case_id


@inline("case/locate")
def locate(call: InlineCall) -> dict[str, Any]:
    """Where the case lies, in what season, and which open case it repeats."""
    case = cases.get(call.session, case_of(call))
    location = organisation.locate(call.session, case.lon, case.lat)
    cases.place(call.session, case.key, location)
    duplicate = cases.duplicate_of(call.session, case, call.now)
    rules = {
        "season": organisation.season(call.session, call.now),
        "areaClass": organisation.area_class(call.session, location),
    }
    return {
        "location": location.as_variables() | rules,
        "duplicateOf": duplicate.number if duplicate else None,
    }


@inline("case/refuse")
def refuse(call: InlineCall) -> None:
    """End the case as the decision ``refusal`` says: not accepted, or merged into the case it repeats."""
    refusal = call.variables["refusal"]
    code, reason = refusal["code"], refusal["reason"]
    if code == DUPLICATE:
        main = call.variables["duplicateOf"]
        cases.merge(call.session, case_of(call), main, code=code, reason=reason, at=call.now)
    else:
        cases.refuse(call.session, case_of(call), code=code, reason=reason, at=call.now)


@inline("case/file")
def file(call: InlineCall) -> dict[str, Any]:
    cases.file(call.session, case_of(call), call.now)
    return {"filed": {"at": call.now.isoformat()}}


@inline("case/evaluate", reads=True)
def evaluate(call: InlineCall) -> dict[str, Any]:
    """Reads ``reworks`` and what the callback left in ``satisfaction``; both may be missing."""
    callback = call.variables.get("satisfaction") or {}
    result = evaluation.evaluate(
        call.session,
        case_of(call),
        reworks=int(call.variables.get("reworks") or 0),
        satisfaction=callback.get("result"),
        now=call.now,
    )
    return {"evaluation": result.as_variables()}


@inline("case/close")
def close(call: InlineCall) -> None:
    """Close the case and keep how it was rated."""
    rating = call.variables["evaluation"]
    cases.rate(
        call.session,
        case_of(call),
        on_time=rating["onTime"],
        reworks=int(rating["reworks"]),
        satisfaction=rating["satisfaction"],
        stars=int(rating["stars"]),
    )
    cases.close(call.session, case_of(call), call.now)
