"""Databases with the current schema, as ``migrate`` makes it: SQLite files and, where there is a server, PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from workflows.store import connect, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.store import Database

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@cache
def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="bihuan-tests-")) / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@contextmanager
def database_url(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database with the schema in it."""
    if kind == "sqlite":
        shutil.copy(_template(), folder / "test.db")
        yield f"sqlite:///{folder}/test.db"
        return
    with postgres_schema() as url:
        migrate(url)
        yield url


@contextmanager
def postgres_schema() -> Iterator[str]:
    """The URL of an empty schema on the test server."""
    if "TEST_DATABASE_URL" not in os.environ:
        pytest.skip("TEST_DATABASE_URL is not set")
    server = make_url(os.environ["TEST_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    schema = f"t{uuid4().hex}"
    admin = create_engine(server)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    own = server.update_query_dict({"options": f"-csearch_path={schema}"})
    yield own.render_as_string(hide_password=False)
    with admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = connect(url)
    yield database
    database.engine.dispose()
