"""Migrations: Alembic revisions, shipped in the package and run by ``migrate``."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from workflows.store.database import connect


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to the newest schema; one that has it already is left alone. Two at once wait for each other.

    Another ``revision`` is a schema as it once was, to try migrations on.
    """
    database = connect(url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    try:
        with database.engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # who is changing much data is waited for
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        database.engine.dispose()
