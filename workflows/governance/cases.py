"""Cases: reported, filed, refused or merged, closed and rated; and the five public steps on the way."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from math import cos, radians
from secrets import compare_digest
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.governance import catalogue, involved, spots, submissions
from workflows.governance.numbers import next_number, query_code
from workflows.governance.places import METRES_PER_DEGREE, metres
from workflows.governance.spots import SpotMissing
from workflows.governance.submissions import ReportMismatch
from workflows.store.errors import Conflict, Invalid, NotFound
from workflows.store.keys import next_keys
from workflows.store.tables.governance import Case, CaseStep, Report

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.governance.organisation import Location

DUPLICATE_METRES = 50
DUPLICATE_AGE = timedelta(days=30)


class Step(StrEnum):
    """The closed loop as the public sees it."""

    SUBMITTED = "问题提交"
    ACCEPTED = "平台受理"
    HANDLED = "问题处置"
    CALLED_BACK = "及时回访"
    EVALUATED = "结果评价"


class State(StrEnum):
    REPORTED = "reported"
    FILED = "filed"
    REFUSED = "refused"
    MERGED = "merged"
    CLOSED = "closed"
    VOIDED = "voided"


class CaseMissing(NotFound):
    """没有这个案件，或者查询码不对。"""

    code = "CASE_NOT_FOUND"


class CaseEnded(Conflict):
    """案件已经结束。"""

    code = "CASE_ENDED"


class UnknownStep(Invalid):
    """没有这个公开步骤。"""

    code = "UNKNOWN_STEP"


def report(session: Session, fields: Mapping[str, Any], *, now: datetime) -> Case:
    """Make a case of what someone submitted. Starts nothing: who calls starts the process with ``variables``."""
    given = submissions.read(fields)
    condition = catalogue.find(session, given.condition_code)
    if given.class_code not in (None, condition.class_code):
        message = f"立案条件 {condition.code} 属于小类 {condition.class_code}"
        raise ReportMismatch(message, details=[{"pointer": "/classCode", "message": message}])
    spot = _spot(session, given.spot) if given.spot is not None else None
    case = Case(
        key=next_keys(session)[0],
        number=next_number(session, now),
        query_code=query_code(),
        channel=given.channel,
        class_code=condition.class_code,
        condition_code=condition.code,
        text=given.text,
        address=given.address,
        lon=given.lon,
        lat=given.lat,
        spot=spot,
        place_kind=given.place_kind,
        origin_level=given.origin_level,
        anonymous=given.anonymous,
        contact=given.contact,
        photos=given.photos,
        step=Step.SUBMITTED.value,
        state=State.REPORTED.value,
        reported=now,
    )
    session.add(case)
    session.flush()
    session.add(Report(case_key=case.key, reporter_name=given.reporter_name, reporter_phone=given.reporter_phone))
    session.add(CaseStep(case_key=case.key, step=Step.SUBMITTED.value, at=now))
    session.flush()
    return case


def _spot(session: Session, code: str) -> str:
    """The plate that was reported from; ReportMismatch for one that does not hang."""
    try:
        return spots.find(session, code).code
    except SpotMissing as missing:
        message = str(missing)
        raise ReportMismatch(message, details=[{"pointer": "/spot", "message": message}]) from missing


def variables(case: Case) -> dict[str, Any]:
    """What a process is told of a case; nothing personal."""
    return {
        "number": case.number,
        "channel": case.channel,
        "classCode": case.class_code,
        "conditionCode": case.condition_code,
        "text": case.text,
        "address": case.address,
        "lon": case.lon,
        "lat": case.lat,
        "spot": case.spot,
        "placeKind": case.place_kind,
        "originLevel": case.origin_level,
        "anonymous": case.anonymous,
        "contact": case.contact,
        "photos": case.photos,
    }


def get(session: Session, key: int) -> Case:
    case = session.get(Case, key)
    if case is None:
        raise CaseMissing
    return case


def by_number(session: Session, number: str) -> Case:
    case = session.scalars(select(Case).where(Case.number == number)).one_or_none()
    if case is None:
        raise CaseMissing
    return case


def key_of(session: Session, number: str) -> int | None:
    """The key of the case with a number; None where there is none."""
    return session.scalars(select(Case.key).where(Case.number == number)).one_or_none() if number else None


def look_up(session: Session, number: str, code: str) -> Case:
    """What the reporter sees with both; a wrong code is answered as a wrong number is."""
    case = by_number(session, number)
    if not compare_digest(case.query_code.encode(), code.strip().upper().encode()):
        raise CaseMissing
    return case


def by_code(session: Session, code: str) -> Case:
    """The case with a query code, as it is typed or read out: small letters, blanks and dashes do not matter."""
    plain = "".join(filter(str.isalnum, code)).upper()
    case = session.scalars(select(Case).where(Case.query_code == plain)).one_or_none()
    if case is None:
        raise CaseMissing
    return case


def enter_step(session: Session, key: int, step: str, at: datetime) -> None:
    """The case comes into a public step; nothing happens when it is in it."""
    if step not in [known.value for known in Step]:
        raise UnknownStep(f"没有公开步骤“{step}”")
    case = get(session, key)
    if case.step != step:
        case.step = step
        session.add(CaseStep(case_key=key, step=step, at=at))
        session.flush()


def place(session: Session, key: int, location: Location) -> None:
    case = get(session, key)
    case.community, case.grid, case.area = location.community, location.grid, location.area
    session.flush()
    around = (location.building, location.compound, location.community, location.grid)  # the area is above the grid
    involved.involve(session, key, {f"@{unit}" for unit in around if unit})


def hand_to(session: Session, key: int, group: str) -> None:
    """The group has the case now."""
    get(session, key).handler_group = group
    session.flush()
    involved.involve(session, key, involved.units([group]))


def file(session: Session, key: int, at: datetime) -> None:
    """立案"""
    case = _open(session, key)
    case.state, case.filed = State.FILED.value, at
    session.flush()


def refuse(session: Session, key: int, *, code: str, reason: str, at: datetime) -> None:
    """不予受理"""
    case = _open(session, key)
    case.state, case.refusal_code, case.refusal_reason = State.REFUSED.value, code, reason
    _end(session, case, at)


def merge(session: Session, key: int, into: str, *, code: str, reason: str, at: datetime) -> None:
    """并案: the matter goes on under the number of the case it repeats."""
    case, main = _open(session, key), by_number(session, into)
    if main.key == key:
        raise Invalid("案件不能并入自己")
    case.state, case.refusal_code, case.refusal_reason = State.MERGED.value, code, reason
    # The one it repeats may have been merged itself: point at the one that is worked on.
    case.merged_into = main.merged_into or main.key
    _end(session, case, at)


def close(session: Session, key: int, at: datetime) -> None:
    """结案"""
    case = _open(session, key)
    case.state = State.CLOSED.value
    _end(session, case, at)


def void(session: Session, key: int, at: datetime) -> None:
    """作废: what handled the case was cancelled. A case that has ended stays as it ended."""
    case = get(session, key)
    if case.ended is None:
        case.state = State.VOIDED.value
        _end(session, case, at)


def reopen(session: Session, key: int) -> None:
    """What handled the case is begun anew. Only a voided case is open again; one that was decided stays as it is."""
    case = get(session, key)
    if case.state == State.VOIDED.value:
        case.state, case.ended = (State.FILED if case.filed else State.REPORTED).value, None
        session.flush()


def rate(session: Session, key: int, *, on_time: bool, reworks: int, satisfaction: str | None, stars: int) -> None:
    """结果评价"""
    case = get(session, key)
    case.on_time, case.reworks, case.satisfaction, case.stars = on_time, reworks, satisfaction, stars
    session.flush()


def duplicate_of(session: Session, case: Case, now: datetime) -> Case | None:
    """The earliest open case of the same class within 50 metres, reported in the last 30 days, before this one."""
    lat_span = DUPLICATE_METRES / METRES_PER_DEGREE
    lon_span = lat_span / max(cos(radians(case.lat)), lat_span)
    near = (
        select(Case)
        .where(
            Case.class_code == case.class_code,
            Case.ended.is_(None),
            Case.lat.between(case.lat - lat_span, case.lat + lat_span),
            Case.lon.between(case.lon - lon_span, case.lon + lon_span),
            Case.reported >= now - DUPLICATE_AGE,
            Case.key < case.key,
        )
        .order_by(Case.key)
    )
    here = (case.lon, case.lat)
    return next((one for one in session.scalars(near) if metres((one.lon, one.lat), here) <= DUPLICATE_METRES), None)


def _open(session: Session, key: int) -> Case:
    case = get(session, key)
    if case.ended is not None:
        raise CaseEnded(f"案件 {case.number} 已经结束")
    return case


def _end(session: Session, case: Case, at: datetime) -> None:
    case.ended, case.handler_group = at, None
    session.flush()
