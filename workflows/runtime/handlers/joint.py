"""Service tasks of joint rectification (部门联合整治): number it, let cases join, settle its departments, close it."""

from __future__ import annotations

from typing import Any

from workflows.governance import catalogue, joint_operations
from workflows.governance.joint_operations import Outcome, Request
from workflows.runtime.inline import InlineCall, inline
from workflows.store.tables.governance import Unit

SOMEBODY = "dispatch-desk@centre"  # asks where nobody is named


@inline("joint/open")
def open_operation(call: InlineCall) -> dict[str, Any]:
    """Number the operation that ``request``, ``matter`` {conditionCode} and ``location`` are about."""
    request, matter = call.variables["request"], call.variables["matter"]
    location = call.variables.get("location") or {}
    condition = catalogue.find(call.session, str(matter["conditionCode"]))
    requester = request.get("requestedBy") or SOMEBODY
    asked = Request(
        reason=str(request["reason"]),
        requested_by=str(requester),
        class_code=condition.class_code,
        grid=location.get("grid"),
        area=location.get("area"),
        case=request.get("case"),
    )
    operation = joint_operations.open_operation(
        call.session, asked, process_instance_key=call.process_instance_key, at=call.now
    )
    first = call.session.get(Unit, str(request.get("firstReceiver") or ""))
    return {
        "joint": {"number": operation.number, "key": str(call.process_instance_key), "at": call.now.isoformat()},
        "cases": _with([], request),
        "requester": operation.requested_by,
        "site": {"grid": asked.grid, "area": asked.area},
        "matter": {
            **matter,
            "classCode": condition.class_code,
            "className": condition.class_name,
            "major": condition.class_code[:3],
            "department": condition.department,
        },
        "firstReceiver": {"unit": first.id if first else None, "kind": first.kind if first else None},
    }


def _with(cases: list[dict[str, Any]], request: dict[str, Any]) -> list[dict[str, Any]]:
    """The cases to be told how it ended, each once, under the ticket it asked with last."""
    number, ticket = request.get("case"), request.get("ticket")
    if number is None or ticket is None:
        return cases
    return [*(case for case in cases if case["number"] != number), {"number": number, "ticket": ticket}]


@inline("joint/join")
def join(call: InlineCall) -> dict[str, Any]:
    """One more case, where ``joined`` {case, ticket} names one; gives ``cases``."""
    joined = call.variables["joined"]
    if joined.get("case") is not None:
        operation = joint_operations.by_instance(call.session, call.process_instance_key)
        joint_operations.join(call.session, operation, str(joined["case"]), call.now)
    return {"cases": _with(call.variables["cases"], joined)}


@inline("joint/convene")
def convene(call: InlineCall) -> dict[str, Any]:
    """``lead`` and ``departments`` [{unit, duty}] as today's units and their seats: ``parties``, and ``leader``."""
    operation = joint_operations.by_instance(call.session, call.process_instance_key)
    seen = call.variables
    parties = joint_operations.parties(call.session, seen["departments"], str(seen["lead"]), call.now)
    joint_operations.convene(call.session, operation, [party["unit"] for party in parties])
    return {"parties": parties, "leader": parties[0]}


@inline("joint/party")
def settle_party(call: InlineCall) -> dict[str, Any]:
    """The one who has the duty of ``party`` {unit} now."""
    return {"party": joint_operations.party(call.session, call.variables["party"], call.now)}


@inline("joint/close")
def close(call: InlineCall) -> None:
    """How it ended: ``outcome``, and ``totals`` of its record."""
    operation = joint_operations.by_instance(call.session, call.process_instance_key)
    totals = call.variables.get("totals") or {}
    joint_operations.close(call.session, operation, Outcome(call.variables["outcome"]), totals, call.now)
