"""Keys: 64-bit numbers from one sequence, with room below each for a million element instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ELEMENT_BITS = 20

# SQLite has no sequences: one row, and its writer is alone anyway.
_NEXT = {
    "sqlite": text("UPDATE key_sequence SET value = value + :count RETURNING value"),
    "postgresql": text("SELECT nextval('process_key') FROM generate_series(1, :count)"),
}


def next_keys(session: Session, count: int = 1) -> list[int]:
    """New keys for instances, definitions, messages: ``n << 20``."""
    connection = session.connection()
    numbers = list(connection.execute(_NEXT[connection.dialect.name], {"count": count}).scalars())
    if len(numbers) < count:  # the row tells the last of them
        numbers = list(range(numbers[0] - count + 1, numbers[0] + 1))
    return [number << ELEMENT_BITS for number in numbers]


def instance_of(key: int) -> int:
    """The process instance a task, job, timer, incident, deadline or element instance belongs to."""
    return key >> ELEMENT_BITS << ELEMENT_BITS
