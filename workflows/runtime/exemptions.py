"""Whether the violation of a case is punished (行政处罚法第三十三条): opened, and told what is said of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.governance import cases
from workflows.runtime.errors import Conflict, Invalid, NotFound
from workflows.runtime.instances import start_process
from workflows.runtime.messages import correlate_message
from workflows.store.tables import Case, ProcessInstance

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PROCESS = "penalty-exemption"
NOT_OURS = frozenset({cases.State.REFUSED, cases.State.MERGED, cases.State.VOIDED})


class ExemptionRunning(Conflict):
    """这个案件的违法行为正在办理。"""

    code = "EXEMPTION_RUNNING"


class StatementNotExpected(Conflict):
    """案件的办理此刻不等这个情况。"""

    code = "STATEMENT_NOT_EXPECTED"


class Statement(StrEnum):
    """What the party and others say while a matter is open: messages of the diagram."""

    CORRECTED = "correction-reported"
    PLEA = "plea-submitted"
    NO_PLEA = "plea-waived"
    RECUSAL = "recusal-requested"
    CRIME = "crime-suspected"
    PROSECUTED = "prosecution-accepted"
    SENT_BACK = "prosecution-returned"


#: What each has to say; the rest may be said.
NEEDED = {Statement.PLEA: ("text",), Statement.RECUSAL: ("person", "reason"), Statement.CRIME: ("reason",)}
TOLD = ("text", "evidence", "proof", "person", "reason")


def record_statement(session: Session, number: str, kind: str, told: dict[str, Any], *, actor: str) -> int:
    """Tell the open matter of a case; returns the key of its instance. ``kind`` is that of a ``Statement``.

    ``told`` {text, evidence, proof, person, reason}. CASE_NOT_FOUND, Invalid, StatementNotExpected.
    """
    cases.by_number(session, number)
    if kind not in list(Statement):
        raise Invalid(f"kind 是 {'、'.join(Statement)} 之一")
    if lacking := [name for name in NEEDED.get(Statement(kind), ()) if not told.get(name)]:
        raise Invalid(f"要写明 {'、'.join(lacking)}")
    given = {name: told.get(name) for name in TOLD}
    try:
        return correlate_message(session, kind, number, given, actor=actor).process_instance_key
    except NotFound:
        raise StatementNotExpected from None


def open_exemption(session: Session, number: str, *, actor: str) -> int:
    """Begin it; returns the key of the instance. One at a time for a case: messages find it by the case's number.

    CASE_NOT_FOUND; CaseEnded for one that was refused, merged or voided; ExemptionRunning; NotFound where no such
    process is deployed.
    """
    case = cases.by_number(session, number)
    session.execute(select(Case.key).where(Case.key == case.key).with_for_update())
    if case.state in NOT_OURS:
        raise cases.CaseEnded(f"案件 {number} 不予受理或者已经并案、作废")
    running = select(ProcessInstance.key).where(
        ProcessInstance.case_id == case.key, ProcessInstance.process_id == PROCESS, ProcessInstance.ended.is_(None)
    )
    if session.execute(running.limit(1)).first() is not None:
        raise ExemptionRunning
    return start_process(
        session,
        process_id=PROCESS,
        variables={"case": cases.variables(case)},
        business_id=number,
        case_id=case.key,
        actor=actor,
    )
