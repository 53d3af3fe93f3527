"""Databases with the current schema, as ``migrate`` makes it: SQLite files and, where there is a server, PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from tests.support.folders import folder_of_the_run
from tests.support.postgres import server
from workflows.store import connect, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workflows.store import Database

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


#: What makes a database ready; a name of its own for each, so that it is done once in a process and copied then.
Fill = Callable[["Database"], None]


@cache
def _template(fill: Fill | None) -> Path:
    path = folder_of_the_run("tests") / "template.db"
    if fill is None:
        migrate(f"sqlite:///{path}")
        return path
    shutil.copy(_template(None), path)
    with opened(f"sqlite:///{path}") as database:
        fill(database)
    return path


@cache
def _admin() -> Engine:
    return create_engine(server(), isolation_level="AUTOCOMMIT", poolclass=NullPool)


@cache
def _postgres_template(fill: Fill | None) -> str:
    name = f"template_{uuid4().hex}"
    url = server().set(database=name).render_as_string(hide_password=False)
    if fill is None:
        _tell(f"CREATE DATABASE {name}")
        migrate(url)
        return name
    _copy(_postgres_template(None), name)
    with opened(url) as database:
        fill(database)
    return name


def _copy(template: str, name: str) -> None:
    """File by file: with the log that is the default it takes three times as long."""
    _tell(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


def _tell(statement: str) -> None:
    with _admin().connect() as connection:
        connection.execute(text(statement))


@contextmanager
def database_url(kind: str, folder: Path, fill: Fill | None = None) -> Iterator[str]:
    """The URL of a database with the schema in it, empty or with what ``fill`` puts there."""
    if kind == "sqlite":
        shutil.copy(_template(fill), folder / "test.db")
        yield f"sqlite:///{folder}/test.db"
        return
    name = f"t{uuid4().hex}"
    _copy(_postgres_template(fill), name)
    yield server().set(database=name).render_as_string(hide_password=False)
    _tell(f"DROP DATABASE {name} WITH (FORCE)")


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
