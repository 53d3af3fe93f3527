from __future__ import annotations

from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from workflows.store import transaction
from workflows.store.keys import instance_of, next_keys

if TYPE_CHECKING:
    from workflows.store import Database


def test_keys_leave_room_for_a_million_elements(database: Database) -> None:
    with transaction(database) as session:
        first, second, third = [*next_keys(session), *next_keys(session, 2)]
    assert (first, second - first, third - second) == (1 << 20, 1 << 20, 1 << 20)
    assert instance_of(second + 1_000_000) == second == instance_of(second)


def test_a_transaction_that_asks_again_and_again_asks_the_database_less_and_less(database: Database) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    with transaction(database) as session:
        keys = [key for _ in range(200) for key in next_keys(session)]
    assert len([statement for statement in asked if "key_sequence" in statement]) < 20
    assert keys == sorted(set(keys))


def test_a_key_that_was_undone_is_not_given_again(database: Database) -> None:
    with transaction(database) as session:
        keys = [next_keys(session)[0] for _ in range(4)]
        with suppress(ZeroDivisionError), session.begin_nested():
            keys += [next_keys(session)[0] for _ in range(4)]
            raise ZeroDivisionError
        after = [next_keys(session)[0] for _ in range(8)]
    with transaction(database) as session:
        after += next_keys(session, 3)
    assert len(after) == len(set(after))
    assert not set(after) & set(keys[:4])


def test_no_key_comes_twice(database: Database) -> None:
    keys: list[int] = []

    def take() -> None:
        for _ in range(20):
            with transaction(database) as session:
                keys.extend(next_keys(session, 3))

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == len(set(keys)) == 240
