"""Connections and transactions. The only place where a transaction begins and ends."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from workflows.store.json import dumps, loads
from workflows.store.memo import connection_of, forget, forget_ended, forget_undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 30  # how long a writer waits for the one before
READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True, "reading": True}


class Busy(TimeoutError):
    """Another writer holds the database."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database: its engine, its writing and its reading sessions."""

    engine: Engine
    writers: sessionmaker[Session]
    readers: sessionmaker[Session]
    turn: Lock | None  # SQLite has one writer at a time: threads queue here instead of polling the file


def connect(url: str) -> Database:
    """Open ``sqlite:///file`` or ``postgresql+psycopg://…``; nothing is created (see ``migrate``)."""
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    sqlite = address.get_backend_name() == "sqlite"
    # Logs and Prefect keep messages of errors: what is personal must not be in them.
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}} if sqlite else {"pool_pre_ping": True}
    options["hide_parameters"] = True
    engine = create_engine(
        address, json_serializer=dumps, json_deserializer=loads, pool_size=10, max_overflow=40, **options
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
    reading = engine.execution_options(reading=True) if sqlite else engine.execution_options(**READING)
    return Database(
        engine=engine, writers=_sessions(engine), readers=_sessions(reading), turn=Lock() if sqlite else None
    )


@contextmanager
def transaction(database: Database) -> Iterator[Session]:
    """One command: everything in it is written together, or nothing is."""
    with _turn(database), database.writers.begin() as session:
        yield session


@contextmanager
def undone(session: Session, *, reads: bool = False) -> Iterator[None]:
    """What fails in here leaves nothing in the transaction, which goes on; dearer where it does more than read.

    On PostgreSQL whatever statement fails spoils the transaction; on SQLite one that reads spoils nothing.
    """
    if not reads:
        with session.begin_nested():
            yield
        return
    connection = connection_of(session)
    with nullcontext() if connection.dialect.name == "sqlite" else connection.begin_nested():
        try:
            yield
        except BaseException:
            forget(session)  # a lock that it took is gone
            raise


@contextmanager
def tried(session: Session) -> Iterator[None]:
    """What is done in here is undone at its end: for telling what would happen."""
    trial = session.begin_nested()
    try:
        yield
    finally:
        trial.rollback()
        session.expire_all()
        forget(session)  # what was read of it


@contextmanager
def read(database: Database) -> Iterator[Session]:
    """Look without holding writers up; everything that is seen is of one moment."""
    with database.readers.begin() as session:
        yield session


def _sessions(engine: Engine) -> sessionmaker[Session]:
    made = sessionmaker(engine, expire_on_commit=False, autoflush=False)
    event.listen(made, "after_soft_rollback", forget_undone)
    event.listen(made, "after_transaction_end", forget_ended)
    return made


@contextmanager
def _turn(database: Database) -> Iterator[None]:
    if database.turn is None:
        yield
        return
    if not database.turn.acquire(timeout=BUSY_SECONDS):
        raise Busy(Busy.__doc__)
    try:
        yield
    finally:
        database.turn.release()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by its own rules: the begin event below does.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "case_sensitive_like=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # Without it one transaction that is never ended would hold up, for ever, whoever comes to a row of it.
    connection.execute(f"SET lock_timeout = {int(BUSY_SECONDS * 1000)}")
    # Compiling a query takes it tens of milliseconds; ours run for less.
    connection.execute("SET jit = off")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    # What is asked for lists and reports depends on what it is asked with: one plan for all is a bad one for some.
    if connection.get_execution_options().get("reading", False):
        connection.connection.driver_connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")  # type: ignore[union-attr]
