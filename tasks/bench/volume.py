"""Years of cases out of a month: its rows copied in bulk by the database itself, with keys, numbers and times moved.

What pages read is true of every copy. The hash chain of events is not reckoned anew and JSON inside rows stays as it
was: such a database is for measuring, and `verify` would say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    text,
)

from workflows.store.base import Base, Utc, table
from workflows.store.keys import ELEMENT_BITS
from workflows.store.tables import Case, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Column, ColumnElement, Connection, Table

    from workflows.store import Database

#: Tables that hold something of a case or an instance and are not copied: work in bulk, drafts, registers.
LEFT = {"batch_operation_item", "task_draft", "register_entry", "thrown_message", "instance_part", "instance_part_key"}
#: Texts that must be unlike in every copy.
UNIQUE = {"query_code", "dedupe", "id"}
NUMBERED = {"document", "joint_operation", "supervision_letter"}
#: Numbers of cases.
NUMBERS = {("case", "number"), ("process_instance", "business_id"), ("supervision_letter", "subject")}
#: Copied with every eighth copy only, being many and read one case at a time: decisions, and processes of no case.
SELDOM, EIGHTH = {"decision_evaluation"}, 8
YEAR, STEP, FIRST, FIRST_OPEN = 300, 1_000, 100_000, 500_000  # copies in a year, and how their cases are numbered
MOST_OPEN = 400
_PICKED = select(column("key", BigInteger)).select_from(text("bench_pick"))


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy: by how much its keys, its numbers and its times are moved."""

    number: int
    shift: int
    base: int
    years: int
    days: int


def grow(database: Database, cases: int, open_cases: int, say: Callable[[str], object] = lambda _: None) -> int:
    """Copy what has ended until there are about so many cases, and what is open until so many are; the copies made."""
    with database.engine.begin() as connection:
        first, last = _span(connection)
        span = last - first + (1 << ELEMENT_BITS)
        ended, still_open = _counts(connection)
        rounds = [
            (True, max(0, (cases - open_cases) // max(1, ended))),
            (False, min(MOST_OPEN, max(0, open_cases // max(1, still_open) - 1))),
        ]
        made = 0
        for over, times in rounds:
            for number in range(1, times + 1):
                if number % EIGHTH in {0, 1}:
                    _pick(connection, over=over, alone=not over or number % EIGHTH == 0, last=last)
                made += 1
                year = (number - 1) // YEAR
                copy = Copy(
                    number if over else -number,
                    span * made,
                    (FIRST if over else FIRST_OPEN) + (number - 1) % YEAR * STEP,
                    year,
                    365 * year + number % YEAR + 1 if over else 0,
                )
                for of in Base.metadata.sorted_tables:
                    if over and of.name in SELDOM and number % EIGHTH:
                        continue
                    _copy(connection, of, copy, (first, last))
                if number % 50 == 0:
                    say(f"{'ended' if over else 'open'}: {number} of {times} copies")
        _draw(connection, span * (made + 1))
    _analyse(database)
    return made


def _span(connection: Connection) -> tuple[int, int]:
    """The keys of what can be copied: of all that was reported or started, and of what belongs to it."""
    both = [select(func.min(one.c.key), func.max(one.c.key)) for one in (table(Case), table(ProcessInstance))]
    found = [connection.execute(query).one() for query in both]
    (newest,) = connection.execute(select(func.max(table(ProcessInstance).c.key))).one()
    others = [
        connection.execute(select(func.max(of.c.key))).scalar() or 0
        for of in Base.metadata.sorted_tables
        if "key" in of.c and isinstance(of.c.key.type, BigInteger) and of.c.key.identity is None
    ]
    return min(row[0] for row in found), max([newest, *others])


def _counts(connection: Connection) -> tuple[int, int]:
    of = table(Case)
    counts = [
        connection.execute(select(func.count()).select_from(of).where(condition)).scalar_one()
        for condition in (of.c.ended.is_not(None), of.c.ended.is_(None))
    ]
    return counts[0], counts[1]


def _pick(connection: Connection, *, over: bool, alone: bool, last: int) -> None:
    """The keys of the cases and instances that are copied: those that have ended with all that is about them, or not.

    All of it is of the month: copies come after.
    """
    connection.exec_driver_sql("DROP TABLE IF EXISTS bench_pick")
    connection.exec_driver_sql("CREATE TEMPORARY TABLE bench_pick (key BIGINT PRIMARY KEY)")
    cases, instances = table(Case), table(ProcessInstance)
    running = select(instances.c.case_id).where(instances.c.ended.is_(None), instances.c.case_id.is_not(None))
    finished = and_(cases.c.ended.is_not(None), cases.c.key.not_in(running), cases.c.merged_into.is_(None))
    wanted = finished if over else cases.c.ended.is_(None)
    month = func.length(cases.c.number) == len("2026-000001"), func.substr(cases.c.number, 6) < str(FIRST)
    keys = list(connection.execute(select(cases.c.key).where(wanted, *month)).scalars())
    state = instances.c.ended.is_not(None) if over else instances.c.ended.is_(None)
    known = select(cases.c.number).where(cases.c.key.in_(keys))
    of_no_case = state if alone else and_(state, instances.c.business_id.in_(known))
    of_them = or_(instances.c.case_id.in_(keys), and_(instances.c.case_id.is_(None), of_no_case))
    keys += connection.execute(select(instances.c.key).where(of_them, instances.c.key <= last)).scalars()
    connection.execute(text("INSERT INTO bench_pick VALUES (:key)"), [{"key": key} for key in keys])


def _copy(connection: Connection, of: Table, copy: Copy, span: tuple[int, int]) -> None:
    wanted = _wanted(of)
    if wanted is None:
        return
    columns = [column for column in of.c if column.identity is None]
    chosen = [_moved(connection, of, column, copy, span) for column in columns]
    query = select(*chosen).where(wanted)
    connection.execute(insert(of).from_select([column.name for column in columns], query))


def _wanted(of: Table) -> ColumnElement[bool] | None:
    """Which rows belong to what is picked; None for a table that holds nothing of it."""
    if of.name in LEFT:
        return None
    if of.name in {"case", "process_instance"}:
        return of.c.key.in_(_PICKED)
    owners = [(name, f"{name.rpartition('_')[2]}_key") for name in ("notification", "escalation", "joint_operation")]
    for name, key in owners:  # what belongs to one of these may be written by an instance that goes on
        if key in of.c:
            owner = Base.metadata.tables[name].c
            of_it = of.c[key].in_(select(owner.key).where(owner.process_instance_key.in_(_PICKED)))
            return of_it & of.c.case_key.in_(_PICKED) if "case_key" in of.c else of_it
    if "process_instance_key" in of.c and "case_key" in of.c:
        alone = and_(of.c.process_instance_key.is_(None), of.c.case_key.in_(_PICKED))
        return or_(of.c.process_instance_key.in_(_PICKED), alone)
    for name in ("process_instance_key", "case_key"):
        if name in of.c:
            return of.c[name].in_(_PICKED)
    return None


def _moved(  # noqa: PLR0911 - a table in all but form
    connection: Connection, of: Table, column: Column[Any], copy: Copy, span: tuple[int, int]
) -> ColumnElement[Any]:
    if column.name == "correlation_key" and of.name == "process_instance":
        return null()
    if (of.name, column.name) in NUMBERS:
        return _number(column, copy)
    if column.name in UNIQUE or (column.name == "number" and of.name in NUMBERED):
        return column.concat(f"#{copy.number}")
    if column.name == "ordinal":
        return column + STEP * abs(copy.number) + (FIRST_OPEN if copy.number < 0 else 0)
    if isinstance(column.type, BigInteger):
        moved = column + literal(copy.shift, BigInteger)
        return case((column.between(*span), moved), else_=column)
    if isinstance(column.type, Utc) and copy.days:
        return _earlier(connection, column, copy.days)
    return column


def _number(column: Column[Any], copy: Copy) -> ColumnElement[Any]:
    """2026-000123 → 2025-104123; other texts as they are."""
    year = cast(cast(func.substr(column, 1, 4), Integer) - copy.years, Text)
    rest = cast(cast(func.substr(column, 6), Integer) + copy.base, Text)
    is_number = and_(func.length(column) == len("2026-000001"), func.substr(column, 5, 1) == "-")
    return case((is_number, year.concat("-").concat(rest)), else_=column)


def _earlier(connection: Connection, column: Column[Any], days: int) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return cast(func.strftime("%Y-%m-%d %H:%M:%f000", column, f"-{days} days"), Text)
    return column - func.make_interval(0, 0, 0, days)


def _draw(connection: Connection, keys: int) -> None:
    """Whoever draws keys from now on gets others."""
    numbers = keys >> ELEMENT_BITS
    if connection.dialect.name == "sqlite":
        connection.execute(text("UPDATE key_sequence SET value = value + :count"), {"count": numbers})
    else:
        connection.execute(text("SELECT setval('process_key', nextval('process_key') + :count)"), {"count": numbers})


def _analyse(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if connection.dialect.name == "sqlite" else "VACUUM ANALYZE")
