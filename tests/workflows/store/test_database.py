from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from tests.support.databases import database_url, opened
from workflows.store import Busy, Database, connect, read, transaction
from workflows.store import database as module
from workflows.store.tables import Clock, Deadline, Deployment, Person, ProcessDefinition, ProcessInstance

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

MOMENT = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC)


def client(id: str = "c") -> Person:
    return Person(id=id, name="n")


def clients(database: Database) -> list[str]:
    with read(database) as session:
        return list(session.scalars(select(Person.id).order_by(Person.id)))


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    def fail() -> None:
        with transaction(database) as session:
            session.add(client("lost"))
            session.flush()
            raise RuntimeError

    with transaction(database) as session:
        session.add(client("kept"))
    with pytest.raises(RuntimeError):
        fail()
    assert clients(database) == ["kept"]


def test_objects_can_be_read_after_their_transaction(database: Database) -> None:
    with transaction(database) as session:
        one = client()
        session.add(one)
    assert one.name == "n"


def test_a_reader_is_not_held_up_by_a_writer(database: Database) -> None:
    with transaction(database) as session:
        session.add(client())
        session.flush()
        assert clients(database) == []
    assert clients(database) == ["c"]


def test_writers_wait_for_each_other(database: Database) -> None:
    def count_up() -> None:
        for _ in range(5):
            with transaction(database) as session:
                row = session.execute(select(Deadline.next_level).with_for_update()).scalar_one()
                time.sleep(0.001)
                session.execute(update(Deadline).values(next_level=row + 1))

    with transaction(database) as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
        _deadline(session)
    threads = [Thread(target=count_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with read(database) as session:
        assert session.execute(select(Deadline.next_level)).scalar_one() == 30


def _deadline(session) -> None:
    session.execute(insert(Deployment).values(key=1, actor="a", at=MOMENT))
    session.execute(
        insert(ProcessDefinition).values(
            key=2, deployment_key=1, version=1, name="n", resource_name="r", hash="h", process_id="p", xml=b""
        )
    )
    session.execute(
        insert(ProcessInstance).values(
            key=3,
            process_definition_key=2,
            process_id="p",
            root_process_instance_key=3,
            depth=0,
            state="ACTIVE",
            revision=1,
            hash="h",
            started=MOMENT,
            snapshot=b"{}",
        )
    )
    session.execute(
        insert(Deadline).values(
            key=4,
            process_instance_key=3,
            element_instance_key=4,
            element_id="a",
            stage="s",
            milestone="",
            unit="work_day",
            number="1",
            legal=False,
            started=MOMENT,
            pauses=[],
            suspensions=0,
            extensions=0,
            carried="0",
            due=MOMENT,
            yellow_at=MOMENT,
            purple_at=MOMENT,
            provisional=False,
            rungs=[],
            next_level=0,
        )
    )


def test_a_writer_that_waits_too_long_is_told_so(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    database = connect(f"sqlite:///{tmp_path}/busy.db")
    with transaction(database) as session:
        session.execute(text("CREATE TABLE t (x)"))
        with pytest.raises(Busy), transaction(database):
            pass
    other = connect(f"sqlite:///{tmp_path}/busy.db")  # another process has a lock of its own
    with transaction(database) as session:
        session.execute(text("INSERT INTO t VALUES (1)"))
        with pytest.raises(DBAPIError, match="locked"), transaction(other) as late:
            late.execute(text("INSERT INTO t VALUES (2)"))
    database.engine.dispose()
    other.engine.dispose()


def test_sqlite_is_opened_for_durability(tmp_path) -> None:
    database = connect(f"sqlite:///{tmp_path}/x.db")
    with transaction(database) as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.engine.dispose()


def test_references_are_enforced(database: Database) -> None:
    def dangle() -> None:
        with transaction(database) as session:
            session.execute(
                text("INSERT INTO timer (key, process_instance_key, element_id, due) VALUES (1, 99, 'a', '2026-01-01')")
            )

    with pytest.raises(IntegrityError):
        dangle()


def test_moments_are_kept_in_utc_to_the_microsecond(database: Database) -> None:
    local = MOMENT.astimezone(timezone(timedelta(hours=8)))
    with transaction(database) as session:
        session.execute(update(Clock).values(pinned_at=local))
    with read(database) as session:
        found = session.execute(select(Clock.pinned_at)).scalar_one()
        earlier = session.execute(select(Clock.id).where(Clock.pinned_at < local + timedelta(microseconds=1))).all()
    assert (found, found.tzinfo, len(earlier)) == (MOMENT, UTC, 1)


def test_a_naive_moment_is_refused(database: Database) -> None:
    def pin() -> None:
        with transaction(database) as session:
            session.execute(update(Clock).values(pinned_at=datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError, match="time zone"):
        pin()


def test_a_full_disk_leaves_all_as_it_was_until_there_is_room(tmp_path: Path) -> None:
    with database_url("sqlite", tmp_path) as url, opened(url) as database:
        most = {"pages": 1}

        @event.listens_for(database.engine, "begin")
        def bound(connection: Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {most['pages']}")

        def fill() -> None:
            with transaction(database) as session:
                session.add(client("small"))
                session.flush()
                session.add(client("x" * 100_000))

        with pytest.raises(OperationalError, match="disk is full"):
            fill()
        assert clients(database) == []
        most["pages"] = 100_000
        fill()
        assert len(clients(database)) == 2


def test_what_is_personal_is_not_in_the_message_of_an_error(database: Database) -> None:
    with pytest.raises(IntegrityError) as failure, transaction(database) as session:
        session.execute(insert(Person), [{"id": "p", "name": "欧阳甄别"}, {"id": "p", "name": "欧阳甄别"}])
    assert "欧阳甄别" not in str(failure.value)
