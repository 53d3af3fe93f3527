"""Keys: 64-bit numbers from one sequence, with room below each for a million element instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from workflows.store.memo import connection_of, once

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

ELEMENT_BITS = 20
MOST_AHEAD = 64  # numbers that a transaction takes before it needs them

# SQLite has no sequences: one row, and its writer is alone anyway.
_NEXT = {
    "sqlite": text("UPDATE key_sequence SET value = value + :count RETURNING value"),
    "postgresql": text("SELECT nextval('process_key') FROM generate_series(1, :count)"),
}


def next_keys(session: Session, count: int = 1) -> list[int]:
    """New keys for instances, definitions, messages: ``n << 20``, ascending.

    A transaction is given some ahead, the more the more often it asks; what it does not use is left out.
    """
    ahead: list[int] = once(session, ("keys ahead",), list)
    if len(ahead) < count:
        given = once(session, ("keys given",), lambda: [1])
        new = _numbers(connection_of(session), count - len(ahead) + min(given[0], MOST_AHEAD))
        given[0] += len(new)
        ahead += new
    taken, ahead[:] = ahead[:count], ahead[count:]
    return [number << ELEMENT_BITS for number in taken]


def _numbers(connection: Connection, count: int) -> list[int]:
    numbers = list(connection.execute(_NEXT[connection.dialect.name], {"count": count}).scalars())
    if len(numbers) < count:  # the row tells the last of them
        numbers = list(range(numbers[0] - count + 1, numbers[0] + 1))
    return numbers


def instance_of(key: int) -> int:
    """The process instance a task, job, timer, incident, deadline or element instance belongs to."""
    return key >> ELEMENT_BITS << ELEMENT_BITS
