"""The parts of an instance that are kept apart: waiting items of its large multi-instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select

from workflows.store.base import table
from workflows.store.json import encode, loads
from workflows.store.tables import InstancePart, InstancePartKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

Part = dict[str, Any]

part, part_key = table(InstancePart), table(InstancePartKey)

_OF_ITEM = select(part.c.key, part.c.state).where(part.c.key == bindparam("key"))
_OF_INNER = (
    select(part.c.key, part.c.state)
    .join(part_key, part_key.c.part_key == part.c.key)
    .where(part_key.c.key == bindparam("key"))
)
_DROP = (
    delete(part).where(part.c.key.in_(bindparam("keys", expanding=True))),
    delete(part_key).where(part_key.c.part_key.in_(bindparam("keys", expanding=True))),
)


class StoredParts:
    """Those of one instance, read when they are asked for."""

    def __init__(self, session: Session, process_instance_key: int) -> None:
        self._session = session
        self._instance = process_instance_key

    def holding(self, key: int) -> tuple[int, Part] | None:
        """The part with this element instance or subscription in it, with its key."""
        connection = self._session.connection()
        for query in (_OF_ITEM, _OF_INNER):
            if row := connection.execute(query, {"key": key}).one_or_none():
                return row.key, loads(row.state)
        return None

    def inside(self, body: int) -> dict[int, Part]:
        """All parts of a body."""
        query = select(part.c.key, part.c.state).where(part.c.body_key == body).order_by(part.c.key)
        return {row.key: loads(row.state) for row in self._session.connection().execute(query)}

    def all(self) -> Iterable[Part]:
        query = select(part.c.state).where(part.c.process_instance_key == self._instance).order_by(part.c.key)
        return (loads(row.state) for row in self._session.connection().execute(query))


def save_parts(connection: Connection, process_instance_key: int, parts: Mapping[int, Part | None]) -> int:
    """Write the parts that are kept apart from now on and drop the others; returns the bytes of the largest."""
    if not parts:
        return 0
    for statement in _DROP:
        connection.execute(statement, {"keys": list(parts)})
    rows = [
        {
            "key": key,
            "process_instance_key": process_instance_key,
            "body_key": kept["tokens"][0][1],
            "state": encode(kept),
        }
        for key, kept in parts.items()
        if kept is not None
    ]
    keys = [{"key": token[0], "part_key": key} for key, kept in parts.items() if kept for token in kept["tokens"][1:]]
    if rows:
        connection.execute(insert(part), rows)
    if keys:
        connection.execute(insert(part_key), keys)
    return max((len(row["state"]) for row in rows), default=0)
