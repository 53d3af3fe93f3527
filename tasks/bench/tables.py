"""Figures as a table, a column for each database they were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from workflows.store import Database

Figures = dict[str, str]  # by what was measured


def machine() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def name_of(database: Database) -> str:
    if database.engine.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}, synchronous=FULL"
    with database.engine.connect() as connection:
        settings = connection.execute(
            text("SELECT current_setting('server_version'), current_setting('synchronous_commit')")
        ).one()
    return f"PostgreSQL {settings[0]}, synchronous_commit={settings[1]}"


def table(columns: list[tuple[str, Figures]]) -> list[str]:
    names = [name for name, _ in columns]
    rows = [(what, *(figures[what] for _, figures in columns)) for what in columns[0][1]]
    head = ("what", *names)
    return [f"| {' | '.join(row)} |" for row in (head, ("---", *("---:" for _ in names)), *rows)]
