"""How late a rung fires and is shown as a run where Prefect's schedule sweeps, as the product serves it."""

from __future__ import annotations

import time
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from tasks.bench import clocked, deadlines
from tasks.children import Children
from tasks.parts import free_port, parts
from tasks.settings import Settings
from workflows.store import Database, read
from workflows.store.base import table
from workflows.store.tables import Escalation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import Row

    from tasks.bench.tables import Figures

escalation = table(Escalation)


def measured(folder: Path, open: int, seconds: int, per_second: int, packs: Path) -> Figures:
    """Lateness in seconds, where so many rungs a second come due for so many seconds, among ``open`` clocks."""
    folder.mkdir()
    settings = Settings(data=folder, address=f"sqlite:///{folder}/bihuan.db", prefect_port=free_port(), packs=packs)
    database = clocked.prepared(settings.database_url, packs)
    clocked.open_far(database, open)
    with Children(folder / "logs", lambda _: None) as children:
        for part in parts(settings):
            if part.name in {"prefect", "sweep"}:
                children.start(part)
                children.wait([part.name])
        _until_shown(database, deadlines.arm(database, seconds, per_second), time.monotonic() + 2 * seconds + 120)
    rungs = _rungs(database)
    database.engine.dispose()
    fired = [(row.fired - row.at).total_seconds() for row in rungs]
    shown = [(row.announced - row.at).total_seconds() for row in rungs]
    return {
        f"due → the sweep that fires it, {len(rungs):,} rungs, s": _p50_p99(fired),
        "due → shown as a run, s": _p50_p99(shown),
        "a sweep every, s": f"{settings.sweep_seconds}",
    }


def _rungs(database: Database) -> Sequence[Row[Any]]:
    with read(database) as session:
        wanted = select(escalation.c.at, escalation.c.fired, escalation.c.announced)
        return session.execute(wanted.where(escalation.c.announced.is_not(None))).all()


def _until_shown(database: Database, wanted: int, end: float) -> None:
    count = select(func.count()).select_from(escalation).where(escalation.c.announced.is_not(None))
    while time.monotonic() < end:
        with read(database) as session:
            if session.execute(count).scalar_one() >= wanted:
                return
        time.sleep(2)
    raise RuntimeError(f"not all of {wanted} rungs were shown")


def _p50_p99(seconds: Iterable[float]) -> str:
    hundredths = quantiles(sorted(seconds), n=100)
    return f"p50 {hundredths[49]:.1f}, p99 {hundredths[98]:.1f}"
