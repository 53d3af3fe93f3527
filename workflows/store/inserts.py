"""Rows that may be there already: only the new ones are written, whoever else writes them at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_new(connection: Connection, into: Table, rows: list[dict[str, Any]]) -> list[int]:
    """The keys of those ``rows`` that no unique constraint has kept out. Waits for who is just writing the same."""
    if not rows:
        return []
    statement = _INSERT[connection.dialect.name](into).on_conflict_do_nothing().returning(into.c.key)
    return list(connection.execute(statement, rows).scalars())
