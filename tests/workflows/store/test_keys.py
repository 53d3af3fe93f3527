from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from workflows.store import transaction
from workflows.store.keys import instance_of, next_keys

if TYPE_CHECKING:
    from workflows.store import Database


def test_keys_leave_room_for_a_million_elements(database: Database) -> None:
    with transaction(database) as session:
        first, second, third = [*next_keys(session), *next_keys(session, 2)]
    assert (first, second - first, third - second) == (1 << 20, 1 << 20, 1 << 20)
    assert instance_of(second + 1_000_000) == second == instance_of(second)


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
