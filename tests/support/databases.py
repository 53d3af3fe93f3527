"""Databases with the current schema, as ``migrate`` makes it: SQLite files and, where there is a server, PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from tests.support.postgres import server
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


@cache
def _admin() -> Engine:
    return create_engine(server(), isolation_level="AUTOCOMMIT", poolclass=NullPool)


@cache
def _postgres_template() -> str:
    name = f"template_{uuid4().hex}"
    with _admin().connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    migrate(server().set(database=name).render_as_string(hide_password=False))
    return name


@contextmanager
def database_url(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database with the schema in it."""
    if kind == "sqlite":
        shutil.copy(_template(), folder / "test.db")
        yield f"sqlite:///{folder}/test.db"
        return
    admin = _admin()
    name = f"t{uuid4().hex}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {_postgres_template()}"))
    yield server().set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def postgres_schema() -> Iterator[str]:
    """The URL of an empty schema on the test server."""
    schema = f"t{uuid4().hex}"
    admin = create_engine(server())
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    own = server().update_query_dict({"options": f"-csearch_path={schema}"})
    yield own.render_as_string(hide_password=False)
    with admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = connect(url)
    yield database
    database.engine.dispose()
