"""A joint operation (部门联合整治) is asked for about a case that one unit cannot solve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.governance import cases
from workflows.governance.cases import CaseEnded
from workflows.runtime.errors import Conflict, NotFound
from workflows.runtime.messages import correlate_message
from workflows.runtime.reasons import said as reason_said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: The message that takes a case from its unit and has the diagram ask for a joint operation.
CONVENED = "joint-rectification-requested"
ASKED_BY = "dispatch-desk@centre"  # where nobody has the case


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
