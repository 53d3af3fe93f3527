"""Joint operations (部门联合整治): opened, joined by further cases, given their departments, closed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from workflows.governance import assignments, cases
from workflows.governance.numbers import next_document_number
from workflows.store.errors import NotFound
from workflows.store.keys import next_keys
from workflows.store.tables import JointOperation, JointOperationCase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

SERIES = "联治"
LEAD_ROLE, TEAM_ROLE = "department-lead", "handler"
#: What the summary counts.
COUNTS = ("persons", "vehicles", "dissuasions", "notices", "registered", "contests", "reworks", "rebounds")


_RUNNING = select(JointOperation.key).where(
    JointOperation.process_instance_key == bindparam("b_instance"), JointOperation.ended.is_(None)
)


class Outcome(StrEnum):
    SOLVED = "solved"
    PARTLY = "partly"  # something is left, on record
    UNSOLVED = "unsolved"
    DECLINED = "declined"  # it was not convened
    CANCELLED = "cancelled"  # the process was


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for an operation, where and why."""

    reason: str
    requested_by: str
    class_code: str
    grid: str | None
    area: str | None
    case: str | None = None  # a number


def open_operation(session: Session, asked: Request, *, process_instance_key: int, at: datetime) -> JointOperation:
    """Number an operation; a case it is for is tied to it. CASE_NOT_FOUND."""
    operation = JointOperation(
        key=next_keys(session)[0],
        number=next_document_number(session, SERIES, at),
        process_instance_key=process_instance_key,
        class_code=asked.class_code,
        grid=asked.grid,
        area=asked.area,
        reason=asked.reason,
        requested_by=asked.requested_by,
        departments=[],
        started=at,
    )
    session.add(operation)
    session.flush()
    if asked.case is not None:
        join(session, operation, asked.case, at)
    return operation


def join(session: Session, operation: JointOperation, number: str, at: datetime) -> None:
    """A case is for this operation too; nothing happens when it is already. CASE_NOT_FOUND."""
    case = cases.by_number(session, number)
    if session.get(JointOperationCase, (operation.key, case.key)) is None:
        session.add(JointOperationCase(operation_key=operation.key, case_key=case.key, joined=at))
        session.flush()


def by_instance(session: Session, process_instance_key: int) -> JointOperation:
    """The operation that a process instance carries out. NotFound."""
    wanted = select(JointOperation).where(JointOperation.process_instance_key == process_instance_key)
    operation = session.scalars(wanted).one_or_none()
    if operation is None:
        raise NotFound(f"流程实例 {process_instance_key} 没有登记联合整治")
    return operation


def running(session: Session, process_instance_key: int) -> JointOperation | None:
    """The operation that a process instance carries out and has not ended, where it is one."""
    key = session.connection().execute(_RUNNING, {"b_instance": process_instance_key}).scalar_one_or_none()
    return None if key is None else session.get_one(JointOperation, key)


def of_case(session: Session, case_key: int) -> list[JointOperation]:
    """The operations that a case was part of, the first one first."""
    tied = select(JointOperationCase.operation_key).where(JointOperationCase.case_key == case_key)
    return list(
        session.scalars(select(JointOperation).where(JointOperation.key.in_(tied)).order_by(JointOperation.key))
    )


def party(session: Session, given: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """A department that takes part: today's unit, its name, who leads it and who does its work. UNKNOWN_UNIT.

    A department that was reorganised is its successor; where nobody holds a seat, whoever answers for it above.
    """
    place = assignments.unit_of(session, str(given["unit"]), at)
    seats = {
        name: assignments.resolve(
            session, level=assignments.DEPARTMENT, role=role, unit=place.id, location={}, at=at
        ).group
        for name, role in (("leadGroup", LEAD_ROLE), ("teamGroup", TEAM_ROLE))
    }
    return {"lead": False, "bound": False, "contests": 0, **given, "unit": place.id, "unitName": place.name, **seats}


def parties(session: Session, given: Iterable[Mapping[str, Any]], lead: str, at: datetime) -> list[dict[str, Any]]:
    """Each department once, its duties put together; the lead first, which may not give its duty back."""
    found: dict[str, dict[str, Any]] = {}
    duties: dict[str, dict[str, None]] = {}
    for one in ({"unit": lead, "lead": True, "bound": True}, *given):
        made = party(session, one, at)
        found.setdefault(made["unit"], made)
        if one.get("duty"):
            duties.setdefault(made["unit"], {})[str(one["duty"])] = None
    for unit, one in found.items():
        one["duty"] = "；".join(duties.get(unit, ())) or ("牵头" if one["lead"] else "配合")
    return list(found.values())


def convene(session: Session, operation: JointOperation, departments: list[str]) -> None:
    """The departments that take part, the lead first."""
    operation.lead, operation.departments = departments[0], departments
    session.flush()


def hand_over(session: Session, process_instance_key: int, follows: Mapping[str, str]) -> None:
    """The departments of an operation that runs are called as they are now, where it is one."""
    operation = running(session, process_instance_key)
    if operation is not None:
        operation.departments = list(dict.fromkeys(follows.get(unit, unit) for unit in operation.departments))
        operation.lead = operation.lead and follows.get(operation.lead, operation.lead)
        session.flush()


def close(
    session: Session, operation: JointOperation, outcome: Outcome, counts: Mapping[str, Any], at: datetime
) -> None:
    """How it ended, and what its summary counts."""
    operation.outcome, operation.ended = outcome.value, at
    for name in COUNTS:
        setattr(operation, name, int(counts.get(name) or 0))
    session.flush()
