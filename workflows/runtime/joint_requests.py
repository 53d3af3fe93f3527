"""A joint operation (部门联合整治) is asked for about a case that one unit cannot solve."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from workflows.governance import cases, joint_operations
from workflows.governance.cases import CaseEnded
from workflows.governance.joint_operations import Outcome
from workflows.runtime.errors import Conflict, NotFound
from workflows.runtime.messages import correlate_message
from workflows.runtime.reasons import said as reason_said
from workflows.runtime.thrown_messages import Thrower, throw_message

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.runtime.running import Running

#: The message that takes a case from its unit and has the diagram ask for a joint operation.
CONVENED = "joint-rectification-requested"
ASKED_BY = "dispatch-desk@centre"  # where nobody has the case


#: The message that tells a case how the operation ended that it waits for.
FINISHED = "joint-rectification-finished"
KEPT = timedelta(days=30)


class NotInHand(Conflict):
    """案件此刻不在承办单位手里,不能提请联合整治。"""

    code = "NOT_IN_HAND"


def request_joint_rectification(
    session: Session, number: str, *, reason: str, requested_by: str | None = None, actor: str
) -> int:
    """The case leaves its unit and waits for the operation; returns the key of the instance that handles it.

    In the name of a seat, by default of whoever has the case. CASE_NOT_FOUND, CaseEnded, NotInHand, ReasonMissing.
    """
    case = cases.by_number(session, number)
    if case.ended is not None:
        raise CaseEnded(f"案件 {number} 已经结束")
    given = {
        **reason_said(reason, required=True),
        "requestedBy": requested_by or case.handler_group or ASKED_BY,
        "authorised": False,
    }
    try:
        return correlate_message(session, CONVENED, number, given, actor=actor).process_instance_key
    except NotFound:
        raise NotInHand from None


def release_cases(session: Session, running: Running, now: datetime, actor: str) -> None:
    """The cases of an operation whose process is cancelled do not wait for it for ever."""
    operation = joint_operations.running(session, running.key)
    if operation is None:
        return
    joint_operations.close(session, operation, Outcome.CANCELLED, {}, now)
    thrower = Thrower(running.key, running.business_id, actor, now)
    told: dict[str, Any] = {
        "joint": {"number": operation.number, "outcome": Outcome.CANCELLED.value, "summary": None, "records": []}
    }
    for case in running.execution.variables().get("cases") or []:
        throw_message(session, thrower, FINISHED, str(case["ticket"]), told, KEPT)
