"""What Prefect adds to a rung that fired: a run for each, shown completed or scheduled one by one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, func, make_url, select

from tasks.bench import clocked, deadlines
from tasks.children import Children
from tasks.parts import free_port, parts
from tasks.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.bench.tables import Figures

ON_POSTGRESQL = 4  # requests at once


def measured(folder: Path, shown: int, scheduled: int, packs: Path, prefect_database: str = "") -> Figures:
    """Seconds and bytes for so many escalations shown as runs, and so many scheduled one by one.

    ``prefect_database`` is an empty one on PostgreSQL, as SQLAlchemy names it; empty: SQLite.
    """
    folder.mkdir()
    settings = Settings(data=folder, address=f"sqlite:///{folder}/bihuan.db", prefect_port=free_port(), packs=packs)
    database = clocked.prepared(settings.database_url, packs)
    clocked.open_due(database, shown)
    fired = deadlines.fire(database).rungs
    part = next(part for part in parts(settings) if part.name == "prefect")
    if prefect_database:
        there = {"PREFECT_SERVER_DATABASE_CONNECTION_URL": prefect_database}
        part = replace(part, environment={**part.environment, **there})
    environment = {
        **os.environ,
        **part.environment,
        "DATABASE_URL": settings.database_url,
        "BIHUAN_DATA": str(folder),
        "BIHUAN_PREFECT_REQUESTS": str(ON_POSTGRESQL if prefect_database else 1),
    }
    with Children(folder / "logs", lambda _: None) as children:
        children.start(part)
        children.wait([part.name])
        before = _size(folder, prefect_database)
        under_one = _run(environment, 0)
        grown = _size(folder, prefect_database) - before
        clocked.open_due(database, scheduled)
        deadlines.fire(database)
        alone = _run(environment, scheduled)
        grown_alone = _size(folder, prefect_database) - before - grown
    database.engine.dispose()
    each, each_alone = under_one["seconds"] / under_one["runs"], alone["seconds"] / max(1, alone["finished"])
    return {
        "escalations that fired": f"{fired:,}",
        "of them shown as runs, finished": f"{under_one['runs']:,} in {under_one['seconds']:.1f} s",
        "one such run, ms": f"{each * 1e3:.0f}",
        "10,000 of them, s (reckoned)": f"{each * 10_000:.0f}",
        "growth of Prefect's database for each, kB": f"{grown / under_one['runs'] / 1e3:.1f}",
        "runs scheduled one by one": f"{alone['runs']:,} created in {alone['creating']:.1f} s",
        "of them finished": f"{alone['finished']:,} in {alone['seconds']:.1f} s",
        "one such run, ms (ratio)": f"{each_alone * 1e3:.0f} ({each_alone / each:.1f})",
        "growth of Prefect's database for each of those created, kB": f"{grown_alone / alone['runs'] / 1e3:.1f}",
    }


def _run(environment: dict[str, str], number: int) -> dict[str, Any]:
    ran = subprocess.run(  # noqa: S603 - a module of our own
        [sys.executable, "-m", "tasks.bench.announcing", str(number)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2_000:])
    said: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return said


def _size(folder: Path, prefect_database: str) -> int:
    """Bytes of Prefect's database; of SQLite's with what is not yet merged into it."""
    if prefect_database:
        engine = create_engine(make_url(prefect_database).set(drivername="postgresql+psycopg"))
        with engine.connect() as connection:
            size: int = connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
        engine.dispose()
        return size
    return sum(file.stat().st_size for file in (folder / "prefect").glob("prefect.db*"))
