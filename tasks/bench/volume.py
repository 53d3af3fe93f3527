"""Years of cases out of a month: its rows copied in bulk by the database itself, with keys, numbers and times moved.

What pages read is true of every copy. The hash chain of events is not reckoned anew and JSON inside rows stays as it
was: such a database is for measuring, and `verify` would say so.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    Table,
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
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Connection

    from workflows.store import Database

#: Tables that hold something of a case or an instance and are not copied: work in bulk, drafts, registers.
LEFT = {"batch_operation_item", "task_draft", "register_entry", "thrown_message", "instance_part", "instance_part_key"}
#: Texts that must be unlike in every copy.
UNIQUE = {"query_code", "dedupe", "id", "token"}
NUMBERED = {"document", "joint_operation", "supervision_letter"}
#: Numbers of cases.
NUMBERS = {("case", "number"), ("process_instance", "business_id"), ("supervision_letter", "subject")}
#: Copied with every eighth copy only, being many and read one case at a time: decisions, and processes of no case.
SELDOM, EIGHTH = {"decision_evaluation"}, 8
YEAR, STEP, FIRST, FIRST_OPEN = 300, 1_000, 100_000, 500_000  # copies in a year, and how their cases are numbered
MOST_OPEN, SAID_EVERY = 400, 50
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
    """Copy what has ended until there are about so many cases, and what is open until so many are; the copies made.

    Indexes are made anew at the end, and what is copied lies in temporary tables, so that a copy costs what it holds.
    """
    with _bulk(database) as connection:
        with connection.begin():
            first, last = _span(connection)
            ended, still_open = _counts(connection)
        span = last - first + (1 << ELEMENT_BITS)
        many = max(0, (cases - open_cases) // max(1, ended))
        few = min(MOST_OPEN, max(0, open_cases // max(1, still_open) - 1))
        rounds = [
            (True, True, [number for number in range(1, many + 1) if number % EIGHTH == 0]),
            (True, False, [number for number in range(1, many + 1) if number % EIGHTH]),
            (False, True, list(range(1, few + 1))),
        ]
        made = 0
        for over, whole, numbers in rounds:
            with connection.begin():
                sources = _picked(connection, over=over, whole=whole, last=last)
            for number in numbers:
                made += 1
                with connection.begin():
                    _copy(connection, sources, _moves(number, made * span, over=over), (first, last))
                if made % SAID_EVERY == 0:
                    say(f"{made} of {many + few} copies")
        with connection.begin():
            _draw(connection, span * (made + 1))
    return made


def _moves(number: int, shift: int, *, over: bool) -> Copy:
    """What has ended goes back by years and days; what is open stays where it is."""
    year = (number - 1) // YEAR
    base = (FIRST if over else FIRST_OPEN) + (number - 1) % YEAR * STEP
    days = 365 * year + number % YEAR + 1 if over else 0
    return Copy(number if over else -number, shift, base, year, days)


@contextmanager
def _bulk(database: Database) -> Iterator[Connection]:
    """A connection for much at once: on SQLite nothing waits for the disk; the indexes are away meanwhile."""
    indexes = [index for of in Base.metadata.sorted_tables for index in of.indexes if not index.unique]
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            if raw is not None:
                for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-400000"):
                    raw.execute(f"PRAGMA {pragma}")
        with connection.begin():
            for index in indexes:
                index.drop(connection)
        yield connection
        with connection.begin():
            for index in indexes:
                index.create(connection)
        connection.invalidate()  # nobody else gets a connection with these settings
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if connection.dialect.name == "sqlite" else "VACUUM ANALYZE")


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


def _picked(connection: Connection, *, over: bool, whole: bool, last: int) -> dict[str, Table]:
    """By table what is copied of it: cases and instances that have ended with all that is about them, or those open.

    All of it is of the month: copies come after. ``whole``: also what is copied seldom.
    """
    connection.exec_driver_sql("DROP TABLE IF EXISTS bench_pick")
    connection.exec_driver_sql("CREATE TEMPORARY TABLE bench_pick (key BIGINT PRIMARY KEY)")
    cases, instances = table(Case), table(ProcessInstance)
    running = select(instances.c.case_id).where(instances.c.ended.is_(None), instances.c.case_id.is_not(None))
    finished = and_(cases.c.ended.is_not(None), cases.c.key.not_in(running), cases.c.merged_into.is_(None))
    wanted = finished if over else cases.c.ended.is_(None)
    keys = list(connection.execute(select(cases.c.key).where(wanted, cases.c.key <= last)).scalars())
    state = instances.c.ended.is_not(None) if over else instances.c.ended.is_(None)
    known = select(cases.c.number).where(cases.c.key.in_(keys))
    of_no_case = state if whole else and_(state, instances.c.business_id.in_(known))
    of_them = or_(instances.c.case_id.in_(keys), and_(instances.c.case_id.is_(None), of_no_case))
    keys += connection.execute(select(instances.c.key).where(of_them, instances.c.key <= last)).scalars()
    connection.execute(text("INSERT INTO bench_pick VALUES (:key)"), [{"key": key} for key in keys])
    return {
        of.name: source
        for of in Base.metadata.sorted_tables
        if (whole or of.name not in SELDOM) and (source := _source(connection, of)) is not None
    }


def _source(connection: Connection, of: Table) -> Table | None:
    """A temporary table with the rows of a table that are copied."""
    wanted = _wanted(of)
    if wanted is None:
        return None
    source = Table(
        f"bench_{of.name}", MetaData(), *(Column(one.name, one.type) for one in of.c), prefixes=["TEMPORARY"]
    )
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {source.name}")
    source.create(connection, checkfirst=False)
    names = [one.name for one in of.c]
    connection.execute(insert(source).from_select(names, select(*of.c).where(wanted)))
    return source


def _copy(connection: Connection, sources: dict[str, Table], copy: Copy, span: tuple[int, int]) -> None:
    for of in Base.metadata.sorted_tables:
        if (source := sources.get(of.name)) is not None:
            names = [one.name for one in of.c if one.identity is None]
            chosen = [_moved(connection, of.name, source.c[name], copy, span) for name in names]
            connection.execute(insert(of).from_select(names, select(*chosen)))


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
    connection: Connection, of: str, column: Column[Any], copy: Copy, span: tuple[int, int]
) -> ColumnElement[Any]:
    if column.name == "correlation_key" and of == "process_instance":
        return null()
    if (of, column.name) in NUMBERS:
        return _number(column, copy)
    if column.name in UNIQUE or (column.name == "number" and of in NUMBERED):
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
