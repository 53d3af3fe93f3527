from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine

from tests.support.databases import KINDS, postgres_schema
from workflows.store import Database, connect, migrate, tables
from workflows.store.base import Base

ROOT = Path(__file__).parents[3]


def test_the_migrations_give_the_tables_of_the_models(database: Database) -> None:
    assert tables.__all__
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def indexes(metadata: MetaData) -> dict[str, str]:
    """What ``compare_metadata`` does not look at: the conditions of partial indexes."""
    return {
        str(index.name): str(index.dialect_options["sqlite"].get("where"))
        for table in metadata.tables.values()
        for index in table.indexes
    }


def test_the_partial_indexes_are_those_of_the_models(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/migrated.db")
    found = MetaData()
    found.reflect(create_engine(f"sqlite:///{tmp_path}/migrated.db"))
    assert indexes(found) == indexes(Base.metadata)


@pytest.mark.parametrize("kind", KINDS)
def test_migrating_twice_changes_nothing(kind: str, tmp_path: Path) -> None:
    def twice(url: str) -> None:
        migrate(url)
        migrate(url)
        database = connect(url)
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM clock").scalar() == 1
        database.engine.dispose()

    if kind == "sqlite":
        twice(f"sqlite:///{tmp_path}/twice.db")
    else:
        with postgres_schema() as url:
            twice(url)


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/both.db"
    program = "import sys; from workflows.store import migrate; migrate(sys.argv[1])"
    started = [subprocess.Popen([sys.executable, "-c", program, url], cwd=ROOT) for _ in range(2)]
    assert [process.wait(60) for process in started] == [0, 0]


@pytest.mark.slow
def test_the_wheel_carries_the_migrations(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if built.returncode and "hatchling" in built.stderr + built.stdout:
        pytest.skip("hatchling is not installed here")
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"workflows/store/migrations/env.py", "workflows/store/migrations/versions/0001_first.py"} <= set(names)
