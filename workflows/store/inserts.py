"""Rows that may be there already: only the new ones are written, whoever else writes them at the same time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table, TextClause


def insert_new(connection: Connection, into: Table, rows: list[dict[str, Any]]) -> list[int]:
    """The keys of those ``rows`` that no unique constraint has kept out. Waits for who is just writing the same."""
    written = [connection.execute(_statement(into, tuple(row)), row).scalar() for row in rows]
    return [key for key in written if key is not None]


@cache
def _statement(into: Table, names: tuple[str, ...]) -> TextClause:
    """As text: SQLAlchemy compiles ON CONFLICT anew each time."""
    columns, values = ", ".join(f'"{name}"' for name in names), ", ".join(f":{name}" for name in names)
    (key,) = into.primary_key.columns
    insert = f'INSERT INTO {into.name} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING RETURNING "{key.name}"'  # noqa: S608
    return text(insert).bindparams(*(bindparam(name, type_=into.c[name].type) for name in names))
