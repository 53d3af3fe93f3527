"""Service tasks on responsibility: who is meant, and who is next when they cannot solve it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.governance import assignments, cases
from workflows.runtime.errors import BpmnError
from workflows.runtime.inline import InlineCall, inline

if TYPE_CHECKING:
    from workflows.governance.assignments import Assignment

TOP_LEVEL = "TOP_LEVEL"


@inline("unit/resolve")
def resolve(call: InlineCall) -> dict[str, Any]:
    """From the dispatch decision ``{level, role, unit}`` and the location to a group whose seat is held."""
    wanted = call.variables["assignment"]
    return _hand_to(
        call,
        assignments.resolve(
            call.session,
            level=wanted["level"],
            role=wanted["role"],
            unit=wanted.get("unit"),
            location=call.variables["location"],
            at=call.now,
        ),
    )


@inline("unit/next-level")
def next_level(call: InlineCall) -> dict[str, Any]:
    """楼栋→小区→社区→网格→片区→中心; the error TOP_LEVEL above the centre."""
    following = assignments.next_level(call.session, call.variables["assignment"]["unit"], call.now)
    if following is None:
        raise BpmnError(TOP_LEVEL, "已到指挥调度中心，没有上一级")
    return _hand_to(call, following)


def _hand_to(call: InlineCall, assignment: Assignment) -> dict[str, Any]:
    if call.case_id is not None:
        cases.hand_to(call.session, call.case_id, assignment.group)
    return {"assignment": assignment.as_variables()}
