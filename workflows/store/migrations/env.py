"""How Alembic runs here: on the connection of ``migrate``, in its transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from workflows.store import tables
from workflows.store.base import Base

LOCK = 0x62696875616E  # any number, the same for every migrating process

assert tables  # noqa: S101 - importing them fills the metadata
connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()
