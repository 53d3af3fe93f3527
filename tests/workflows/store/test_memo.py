from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from workflows.store import read, transaction
from workflows.store.memo import forget, once, remember

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflows.store import Database


class Looks:
    """How often one has looked."""

    def __init__(self) -> None:
        self.count = 0

    def at(self, session: Session) -> int:
        def look() -> int:
            self.count += 1
            return self.count

        return once(session, ("count",), look)


def test_a_transaction_looks_once_and_the_next_one_anew(database: Database) -> None:
    looks = Looks()
    with transaction(database) as session:
        assert [looks.at(session), looks.at(session)] == [1, 1]
    with read(database) as session:
        assert [looks.at(session), looks.at(session)] == [2, 2]


def test_a_session_that_goes_on_after_its_transaction_looks_anew(database: Database) -> None:
    looks = Looks()
    with database.writers() as session:
        with session.begin():
            assert looks.at(session) == 1
        with session.begin():
            assert looks.at(session) == 2


def test_what_was_read_in_a_savepoint_that_is_undone_is_read_again(database: Database) -> None:
    looks = Looks()
    with transaction(database) as session:
        with suppress(ZeroDivisionError), session.begin_nested():
            looks.at(session)
            raise ZeroDivisionError
        assert looks.at(session) == 2
        with session.begin_nested():
            assert looks.at(session) == 2
        assert looks.at(session) == 2


def test_who_changes_something_forgets_and_who_knows_it_says_so(database: Database) -> None:
    looks = Looks()
    with transaction(database) as session:
        assert looks.at(session) == 1
        forget(session)
        assert looks.at(session) == 2
        remember(session, ("count",), 9)
        assert looks.at(session) == 9


def test_nothing_found_is_remembered_and_what_fails_is_not(database: Database) -> None:
    asked = []

    def nothing() -> None:
        asked.append("nothing")

    def fail() -> None:
        asked.append("fail")
        raise KeyError

    with transaction(database) as session:
        for _ in range(2):
            once(session, ("nothing",), nothing)
            with suppress(KeyError):
                once(session, ("fail",), fail)
    assert asked == ["nothing", "fail", "fail"]
