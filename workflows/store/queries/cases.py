"""Cases as lists show them: one table of filters, for pages, exports, batches and clients alike."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, LargeBinary, and_, exists, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from workflows.store.base import table
from workflows.store.errors import Invalid
from workflows.store.json import dumps, encode, loads
from workflows.store.queries.lights import OPEN, Light, reached, showing
from workflows.store.queries.search import ESCAPE, like
from workflows.store.queries.seen import Unindexed, Within, of_cases
from workflows.store.tables import Deadline, ProcessDefinition, ProcessInstance
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

COUNTED = 1_000  # up to here a page counts its matches: it costs the same whatever there is
LOOKED_THROUGH = 10_000  # the newest cases whose variables are looked through
NUMBER = re.compile(r"[0-9]{4}-[0-9]{1,9}")  # of a case, or how one begins
OF_NUMBER = re.compile(r"[0-9-]*")  # what can stand in one
PAUSED = "PAUSED"
STANDS = (*(str(light) for light in Light), PAUSED)
LONGEST_OVERDUE = 24 * 366 * 100  # hours


class NoSuchFilter(Invalid):
    """过滤条件写得不对。"""

    code = "FILTER_INVALID"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases; what is None does not matter. Stage, light and overdue are those of one and the same clock."""

    open: bool | None = None  # not closed, refused, merged or voided yet
    state: str | None = None
    step: str | None = None
    area: str | None = None
    grid: str | None = None
    spot: str | None = None  # the plate it was reported from
    channel: str | None = None
    class_code: str | None = None
    condition_code: str | None = None
    handler_group: str | None = None
    unit: str | None = None  # that has it now: a department, a station, a grid
    process: str | None = None
    version: int | None = None
    stage: str | None = None  # of a clock that runs
    light: str | None = None  # one of STANDS
    overdue_hours: int | None = None  # by more than so many hours
    text: str | None = None  # in the number, the description or the address
    variable: str | None = None  # name=value, at any depth
    reported_from: datetime | None = None
    reported_before: datetime | None = None
    ended_from: datetime | None = None
    ended_before: datetime | None = None
    within: Within | None = None

    def given(self) -> dict[str, Any]:
        """What matters."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in named.items() if value is not None}


class _Position(FunctionElement[int]):
    """Where in some bytes others begin, counted from 1; 0 where they do not occur."""

    type = Integer()
    inherit_cache = True


@compiles(_Position)
def _instr(element: _Position, compiler: Any, **kw: Any) -> str:
    whole, part = element.clauses
    return f"instr({compiler.process(whole, **kw)}, {compiler.process(part, **kw)})"


@compiles(_Position, "postgresql")
def _position(element: _Position, compiler: Any, **kw: Any) -> str:
    whole, part = element.clauses
    return f"position({compiler.process(part, **kw)} IN {compiler.process(whole, **kw)})"


def conditions(wanted: Filter, now: datetime) -> list[ColumnElement[bool]]:
    """A condition for each filter, or for those that belong together. NoSuchFilter."""
    given = wanted.given()
    found = [_CONDITIONS[name](value) for name, value in given.items() if name in _CONDITIONS]
    found += [of(wanted, now) for names, of in _TOGETHER if names & given.keys()]
    if wanted.variable is not None:  # in the newest there are, of which one sees part: to find one's newest costs more
        last = select(Case.number).where(*found).order_by(Case.number.desc()).offset(LOOKED_THROUGH - 1).limit(1)
        found += [Case.number >= func.coalesce(last.scalar_subquery(), ""), _variable(wanted.variable)]
    return found + of_cases(wanted.within)


def list_cases(
    session: Session, wanted: Filter, now: datetime, *, limit: int = 50, before: str | None = None
) -> list[Case]:
    """The newest first; ``before`` is the number of the last case of the page before."""
    query = select(Case).where(*conditions(wanted, now)).order_by(Case.number.desc()).limit(limit)
    return list(session.scalars(query if before is None else query.where(Case.number < before)))


def block_of_cases(
    session: Session, wanted: Filter, now: datetime, *, limit: int, before: str | None = None
) -> Sequence[Row[Any]]:
    """The same as plain rows, of which many are read: what a file is made of."""
    query = select(*table(Case).c).where(*conditions(wanted, now)).order_by(Case.number.desc()).limit(limit)
    return session.connection().execute(query if before is None else query.where(Case.number < before)).all()


def count_cases(session: Session, wanted: Filter, now: datetime, most: int | None = COUNTED) -> int:
    """How many there are; one more than ``most`` stands for all that are more. None: each is counted."""
    some = select(Case.key).where(*conditions(wanted, now))
    if wanted.variable is not None:  # PostgreSQL would begin with the oldest
        some = some.order_by(Case.number.desc())
    found = (some if most is None else some.limit(most + 1)).subquery()
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def instances_of(wanted: Filter, now: datetime) -> ColumnElement[bool]:
    """That a process instance handles one of these cases: the condition of a batch operation."""
    return ProcessInstance.case_id.in_(select(Case.key).where(*conditions(wanted, now)))


def numbered(numbers: list[str]) -> ColumnElement[bool]:
    """That a process instance handles one of the cases with these numbers."""
    return ProcessInstance.case_id.in_(select(Case.key).where(Case.number.in_(numbers)))


def _contains(text: str) -> ColumnElement[bool]:
    """Any of number, description and address holds it, read from the newest case on until a page is full."""
    if NUMBER.fullmatch(text.strip()):
        return and_(Case.number >= text.strip(), Case.number < f"{text.strip()}:")  # the character after 9
    literally = like(text.strip().translate({ord(one): f"{ESCAPE}{one}" for one in f"{ESCAPE}*?"}))
    pattern = f"%{literally}%"
    # Every row is looked at: in a number there is nothing but digits and a stroke.
    columns = (Case.number, Case.text, Case.address) if OF_NUMBER.fullmatch(text.strip()) else (Case.text, Case.address)
    return or_(*(column.like(pattern, escape=ESCAPE) for column in columns))


def _of_process(wanted: Filter, _now: datetime) -> ColumnElement[bool]:
    of = (ProcessInstance.case_id == Case.key,)
    versions = select(ProcessDefinition.key)
    if wanted.process is not None:
        versions = versions.where(ProcessDefinition.process_id == wanted.process)
    if wanted.version is not None:
        versions = versions.where(ProcessDefinition.version == wanted.version)
    return exists().where(*of, ProcessInstance.process_definition_key.in_(versions))


def _of_clock(wanted: Filter, now: datetime) -> ColumnElement[bool]:
    """The open clocks are few beside all cases: they are found first."""
    of: list[ColumnElement[bool]] = [OPEN, ProcessInstance.case_id.is_not(None)]
    if wanted.stage is not None:
        of.append(Unindexed(Deadline.stage) == wanted.stage)
    if wanted.light == PAUSED:
        of.append(Deadline.paused_since.is_not(None))
    elif wanted.light is not None:
        if wanted.light not in STANDS:
            raise NoSuchFilter(f"没有灯色 {wanted.light[:20]}")
        of.append(showing(now)[Light(wanted.light)])
    if wanted.overdue_hours is not None:
        if not 0 <= wanted.overdue_hours <= LONGEST_OVERDUE:
            raise NoSuchFilter("超期的小时数须是不小于 0 的整数")
        of.append(reached(Deadline.due, now - timedelta(hours=wanted.overdue_hours)))
    running = select(ProcessInstance.case_id).join(Deadline, Deadline.process_instance_key == ProcessInstance.key)
    return Case.key.in_(running.where(*of))


def _variable(text: str) -> ColumnElement[bool]:
    """``name=value``: a text as it is, a number, ``true``, ``false`` or ``null``; where it stands does not matter."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise NoSuchFilter("变量条件写成 名称=值")
    begins = encode(name.strip()) + b":"
    wanted = [begins + encode(value.strip())]
    if (plain := _plain(value.strip())) is not None:
        wanted += [begins + plain + end for end in (b",", b"}")]
    found = [_Position(ProcessInstance.snapshot, literal(one, LargeBinary)) > 0 for one in wanted]
    return exists().where(ProcessInstance.case_id == Case.key, or_(*found))


def _plain(text: str) -> bytes | None:
    try:
        value = loads(text)
    except ValueError:
        return None
    return None if isinstance(value, str | list | dict) else dumps(value).encode()


def _equal(column: Any) -> Callable[[Any], ColumnElement[bool]]:
    def equal(value: Any) -> ColumnElement[bool]:
        return and_(column == value)

    return equal


_COLUMNS = ("state", "step", "area", "grid", "spot", "channel", "class_code", "condition_code", "handler_group")
_CONDITIONS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    **{name: _equal(getattr(Case, name)) for name in _COLUMNS},
    "open": lambda is_open: Case.ended.is_(None) if is_open else Case.ended.is_not(None),
    "unit": lambda unit: Case.handler_group.endswith(f"@{unit}", autoescape=True),
    "text": _contains,
    "reported_from": lambda at: Case.reported >= at,
    "reported_before": lambda at: Case.reported < at,
    "ended_from": lambda at: Case.ended >= at,
    "ended_before": lambda at: Case.ended < at,
}
_TOGETHER: tuple[tuple[set[str], Callable[[Filter, datetime], ColumnElement[bool]]], ...] = (
    ({"process", "version"}, _of_process),
    ({"stage", "light", "overdue_hours"}, _of_clock),
)
