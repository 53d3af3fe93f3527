"""The inbox is read from indexes, however much everyone else was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from workflows.store import read
from workflows.store.queries.notifications import _inbox

if TYPE_CHECKING:
    from workflows.store import Database


def test_no_other_notification_is_looked_at(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        return
    query = _inbox("p-0001", ["a@u", "b@u"]).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with read(database) as session:
        plan = " ".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}")))
    assert "SCAN notification" not in plan
    assert "ix_notification_recipient" in plan
