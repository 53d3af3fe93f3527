"""Violations: each act that was decided, and how many of them count against a party when the next one is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, Text, and_, bindparam, case, func, insert, or_, select

from workflows.engine.timers import Duration
from workflows.governance import entries, parties
from workflows.store.base import Utc, table
from workflows.store.errors import Conflict, Invalid, NotFound
from workflows.store.keys import next_keys
from workflows.store.memo import connection_of, once
from workflows.store.tables import RegisterEntry, Violation

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

TWO_YEARS = Duration(24, timedelta())  # as long as an act can be prosecuted at all (36)
SHOWN = 50  # rows of a count, the newest


class Outcome(StrEnum):
    """How an act was decided, by articles of 行政处罚法."""

    EXEMPT_SHALL = "EXEMPT_SHALL"  # 33(1), first half
    EXEMPT_MAY = "EXEMPT_MAY"  # 33(1), second half
    EXEMPT_NO_FAULT = "EXEMPT_NO_FAULT"  # 33(2)
    LAPSED = "LAPSED"  # 36
    NOT_ESTABLISHED = "NOT_ESTABLISHED"  # 40
    LIGHTEN = "LIGHTEN"  # 32
    SUMMARY = "SUMMARY"  # 51
    ORDINARY = "ORDINARY"  # 54
    TRANSFER = "TRANSFER"  # 27
    NO_CAPACITY = "NO_CAPACITY"  # 30, 31: under fourteen, or not able to know or control what he does
    EDUCATED = "EDUCATED"  # taught on the spot, because nobody knows who it was
    PENALTY = "PENALTY"


#: What counts as an earlier violation. One that was exempted does, or "first" would never end. What was not proved or
#: not found in time does not, and neither does an act without fault (33(2)) or without capacity (30, 31): who could
#: not have acted otherwise has not been taught anything yet that the next act would disregard.
COUNTED = frozenset(Outcome) - {
    Outcome.LAPSED,
    Outcome.NOT_ESTABLISHED,
    Outcome.EXEMPT_NO_FAULT,
    Outcome.NO_CAPACITY,
    Outcome.EDUCATED,
}
#: What needs a party that is known: nobody is punished without identity.
PUNISHED = frozenset({Outcome.LIGHTEN, Outcome.SUMMARY, Outcome.ORDINARY, Outcome.PENALTY})


class Place(StrEnum):
    CITY = "city"
    AREA = "area"
    GRID = "grid"


class Matter(StrEnum):
    ITEM = "same item"
    LAW = "same law"
    BUREAU = "same bureau"


class ViolationDecided(Conflict):
    """这个流程实例已对这一行为作出另一种处理。"""

    code = "VIOLATION_DECIDED"


class ActDecided(Conflict):
    """同一违法行为已经处理过，不再处理（行政处罚法第二十九条）。"""

    code = "ACT_DECIDED"


@dataclass(frozen=True, slots=True)
class FirstOffenceScope:
    """Among which earlier acts "first" is asked (初次违法): how far back, where, in what."""

    lookback: Duration = TWO_YEARS
    place: Place = Place.CITY
    matter: Matter = Matter.ITEM


@dataclass(frozen=True, slots=True)
class Act:
    """One act: who, what, when, where. ``ended`` is the end of one that went on."""

    party: str | None
    matter: str
    at: datetime
    ended: datetime | None = None
    subject: str | None = None
    law: str | None = None
    bureau: str | None = None
    lon: float | None = None
    lat: float | None = None
    grid: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many earlier acts count, since when, and the newest of them; whether this very act was decided already."""

    count: int
    since: datetime
    rows: list[Row[Any]]
    same_act: Row[Any] | None


def record(
    session: Session,
    act: Act,
    outcome: Outcome,
    *,
    process_instance_key: int,
    case_key: int | None,
    actor: str,
    at: datetime,
) -> Violation | Row[Any]:
    """One row for what an instance decided of an act, however often it says so.

    ViolationDecided where it said otherwise before; ActDecided where another instance decided this very act; Invalid.
    """
    if act.party is None and outcome in PUNISHED:
        raise Invalid("当事人身份不明，不能处罚")
    if act.ended is not None and act.ended < act.at:
        raise Invalid("行为终了不能早于行为发生")
    connection = connection_of(session)
    asked = {"b_party": act.party} | _asked(session, act, process_instance_key)
    for before in connection.execute(_DECIDED_BEFORE, asked).all():
        if before.process_instance_key != process_instance_key:
            raise ActDecided(f"同一违法行为已由流程实例 {before.process_instance_key} 处理过（行政处罚法第二十九条）")
        if before.outcome != outcome.value:
            raise ViolationDecided
        return before
    row = {
        "key": next_keys(session)[0],
        "process_instance_key": process_instance_key,
        "case_key": case_key,
        "party": act.party,
        "subject": act.subject,
        "matter": act.matter,
        "law": act.law,
        "bureau": act.bureau,
        "lon": act.lon,
        "lat": act.lat,
        "grid": act.grid,
        "area": act.area,
        "act_at": act.at,
        "act_end": act.ended,
        "outcome": outcome.value,
        "decided": at,
        "actor": actor,
    }
    connection.execute(_RECORD, row)
    return Violation(**row)


def annul(session: Session, key: int, *, reason: str, actor: str, at: datetime) -> tuple[Violation, bool]:
    """The decision was withdrawn or set aside: it stays on record and counts no more; was it before? NotFound."""
    row = session.get(Violation, key, with_for_update=True)
    if row is None:
        raise NotFound(f"没有编号为 {key} 的违法记录")
    before = row.annulled is not None
    if not before:
        row.annulled, row.annulled_by, row.annulled_why = at, actor, reason
        session.flush()
    return row, before


def count_violations(
    session: Session, act: Act, scope: FirstOffenceScope | None = None, *, besides: int | None = None
) -> Counted:
    """The acts of the party, under all its names, that came before this one and count.

    ``besides`` is the instance that asks. Invalid where the scope looks for something that is not known of the act.
    """
    scope = scope or FirstOffenceScope()
    since = Duration(-scope.lookback.months, -scope.lookback.rest).after(act.at).astimezone(UTC)
    if act.party is None:
        return Counted(0, since, [], None)
    asked = _asked(session, act, besides or 0) | {"b_since": since, **_scoped(scope, act)}
    newest, all_of_them = _counting(scope.matter, scope.place)
    connection = connection_of(session)
    rows = list(connection.execute(newest, asked))
    number = len(rows)
    if number == SHOWN:
        number = connection.execute(all_of_them, asked).scalar_one()
    return Counted(number, since, rows, connection.execute(_SAME_ACT, asked).one_or_none())


def _asked(session: Session, act: Act, besides: int) -> dict[str, Any]:
    """The act of a party under all its names, for the statements below.

    Nobody else decides of the party from now on, between a count and what comes of it in this step.
    """
    party = act.party
    names = once(session, ("turn", party), lambda: _turn(session, party)) if party else ()
    return {
        "b_parties": list(names),
        "b_besides": besides,
        "b_matter": act.matter,
        "b_at": act.at,
        "b_ended": act.ended or act.at,
    }


def _turn(session: Session, party: str) -> set[str]:
    """Two instances that decide of one party at the same moment do it one after the other; SQLite's always do."""
    connection = connection_of(session)
    if connection.dialect.name != "sqlite":
        connection.execute(_TURN, {"b_key": party})
    return entries.family(session, parties.REGISTER, party)


def _scoped(scope: FirstOffenceScope, act: Act) -> dict[str, str]:
    """What the act has in common with those that count. Invalid where it is not known."""
    wanted = {name: getattr(act, column) for name, column in _COMMON.items() if name in (scope.matter, scope.place)}
    if missing := [name for name, value in wanted.items() if value is None]:
        raise Invalid(f"不知道这一行为的 {'、'.join(missing)}，不能按它统计")
    return {f"b_{_COMMON[name]}": value for name, value in wanted.items()}


#: What acts have in common that are within a scope.
_COMMON = {Matter.ITEM: "matter", Matter.LAW: "law", Matter.BUREAU: "bureau", Place.AREA: "area", Place.GRID: "grid"}
_violation, _entry = table(Violation), table(RegisterEntry)
_RECORD = insert(_violation)
_TURN = (
    select(_entry.c.key)
    .where(_entry.c.register == parties.REGISTER, _entry.c.key == bindparam("b_key"), _entry.c.superseded.is_(None))
    .with_for_update()
)
_OF_PARTY = and_(
    Violation.party.in_(bindparam("b_parties", expanding=True)),
    Violation.annulled.is_(None),
    Violation.process_instance_key != bindparam("b_besides"),
)
# The same act (29): the same matter at a time that overlaps this one's.
_SAME = and_(
    _OF_PARTY,
    Violation.matter == bindparam("b_matter"),
    Violation.act_at <= bindparam("b_ended"),
    func.coalesce(Violation.act_end, Violation.act_at) >= bindparam("b_at", type_=Utc()),
)
_SAME_ACT = select(_violation).where(_SAME).order_by(Violation.key).limit(1)  # decided by another instance
# What the instance itself decided of an act, else what another did.
_OWN = Violation.process_instance_key == bindparam("b_besides")
_DECIDED_BEFORE = (
    select(_violation)
    .where(
        or_(
            and_(
                _OWN,
                func.coalesce(Violation.party, "") == func.coalesce(bindparam("b_party", type_=Text()), ""),
                Violation.matter == bindparam("b_matter"),
                Violation.act_at == bindparam("b_at"),
                Violation.annulled.is_(None),
            ),
            _SAME,
        )
    )
    .order_by(case((_OWN, 0), else_=1), Violation.key)
    .limit(1)
)


@cache  # asked for each act that is judged, so built once
def _counting(matter: Matter, place: Place) -> tuple[Select[Any], Select[tuple[int]]]:
    """The newest acts that count within a scope, and how many there are."""
    common = [
        getattr(Violation, column) == bindparam(f"b_{column}")
        for name, column in _COMMON.items()
        if name in (matter, place)
    ]
    counts = and_(
        _OF_PARTY,
        Violation.act_at >= bindparam("b_since"),
        Violation.act_at < bindparam("b_at"),
        Violation.outcome.in_([outcome.value for outcome in sorted(COUNTED)]),
        *common,
    )
    newest = select(_violation).where(counts).order_by(Violation.act_at.desc(), Violation.key.desc()).limit(SHOWN)
    return newest, select(func.count()).select_from(Violation).where(counts)


def as_variables(row: Violation | Row[Any]) -> dict[str, Any]:
    """A row as evidence in the record of another case: nothing personal."""
    return {
        "key": str(row.key),
        "processInstance": str(row.process_instance_key),
        "party": row.party,
        "subject": row.subject,
        "matter": row.matter,
        "law": row.law,
        "bureau": row.bureau,
        "grid": row.grid,
        "area": row.area,
        "actAt": row.act_at.isoformat(),
        "actEnd": row.act_end and row.act_end.isoformat(),
        "outcome": row.outcome,
        "decided": row.decided.isoformat(),
    }
