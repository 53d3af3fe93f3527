"""`bihuan bench deadlines`: what a million clocks cost, on SQLite and, where one is named, on PostgreSQL."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated

import typer

from tasks.bench import beating, clocked, deadlines, runs
from tasks.bench.copies import open_clocks
from tasks.bench.tables import Figures, machine, name_of, table
from tasks.cli.stopping import folder_meanwhile
from tasks.settings import Settings
from workflows.store import Database
from workflows.store.queries.lights import Light

SECONDS = 60  # of the measure of lateness
PER_SECOND = 5
MOST_AMONG = 100_000  # clocks, of which some come due while Prefect sweeps


def bench_deadlines(  # noqa: PLR0917 - typer's way: a parameter for each option
    open: Annotated[int, typer.Option(help="How many clocks run without a rung due.")] = 1_000_000,
    due: Annotated[int, typer.Option(help="How many have a rung due at once.")] = 10_000,
    seconds: Annotated[int, typer.Option(help="How long lateness is measured.")] = SECONDS,
    database_url: Annotated[str, typer.Option(help="An empty PostgreSQL database to measure as well.")] = "",
    prefect: Annotated[
        bool, typer.Option("--prefect", help="Measure Prefect's part too, with a server of its own.")
    ] = False,
    prefect_database_url: Annotated[
        str, typer.Option(help="With Prefect: an empty database, postgresql+asyncpg://…, to measure it on as well.")
    ] = "",
    shown: Annotated[int, typer.Option(help="With Prefect: how many escalations become runs.")] = 200,
    scheduled: Annotated[int, typer.Option(help="With Prefect: how many runs are scheduled one by one.")] = 1_000,
    write: Annotated[Path | None, typer.Option(help="Also write the figures into this file.")] = None,
) -> None:
    """Measure a look at which nothing is due, the lights, a storm of rungs, and how late they fire."""
    with folder_meanwhile("bench") as folder:
        urls = [f"sqlite:///{folder}/bihuan.db", *([database_url] if database_url else [])]
        columns: list[tuple[str, Figures]] = []
        for url in urls:
            database = clocked.prepared(url, Settings().packs)
            try:
                columns.append((name_of(database), _figures(database, open, due, seconds)))
            finally:
                database.engine.dispose()
        lines = [*_circumstances(open, due, seconds), "", *table(columns)]
        if prefect:
            lines += ["", *_with_prefect(folder, shown, scheduled, prefect_database_url)]
            among = min(open, MOST_AMONG)
            late = beating.measured(folder / "beating", among, seconds, PER_SECOND, Settings().packs)
            lines += ["", *table([(f"lateness where Prefect sweeps, {among:,} clocks", late)])]
    content = "\n".join(lines)
    typer.echo(content)
    if write:
        page = f"# Deadlines\n\nPrinted by `bihuan bench deadlines --write`, not by a test.\n\n{content}\n"
        write.write_text(page, "utf-8")


def _circumstances(open: int, due: int, seconds: int) -> list[str]:
    return [
        f"- {machine()}; one process sweeps",
        f"- {open:,} clocks, 20 to a case, in all four lights, each with three rungs that are far away",
        f"- of {due:,} more, each of a case of its own, the first rung is due at once",
        "- a rung that fires: recipient by role and place in the organisation, escalation, notification, event",
        f"- lateness: {PER_SECOND} rungs a second for {seconds} s, a sweep every second, until the sweep has returned",
    ]


def _figures(database: Database, open: int, due: int, seconds: int) -> Figures:
    clocked.open_far(database, open)
    figures = {
        "clocks that run": f"{open_clocks(database):,}",
        "a look at which nothing is due, ms": _shown(deadlines.looks(database)),
        "lights of all clocks by stage and holder, ms": _shown(deadlines.lights(database)),
        "first page of those that are red, ms": _shown(deadlines.pages(database, Light.RED)),
        "first page of those that are green, ms": _shown(deadlines.pages(database, Light.GREEN)),
    }
    late = sorted(deadlines.lateness(database, seconds, PER_SECOND))
    hundredths = quantiles(late, n=100)
    figures["lateness p50, s"], figures["lateness p99, s"] = f"{hundredths[49]:.2f}", f"{hundredths[98]:.2f}"
    clocked.open_due(database, due)
    storm, bare = deadlines.fire(database), median(deadlines.bare_commits(database))
    each = storm.seconds / storm.rungs
    return figures | {
        f"rungs of a storm of {due:,}, s": f"{storm.seconds:.1f} ({storm.rungs:,} rungs)",
        "one rung of it, ms (CPU)": f"{each * 1e3:.2f} ({storm.cpu / storm.rungs * 1e3:.2f})",
        "a transaction that writes one row, ms": f"{bare * 1e3:.2f}",
        "one rung : one such transaction": f"{each / bare:.1f}",
    }


def _shown(spent: list[float]) -> str:
    """The median, with the worst."""
    return f"{median(spent) * 1e3:.1f} (worst {max(spent) * 1e3:.1f})"


def _with_prefect(folder: Path, shown: int, scheduled: int, database_url: str) -> list[str]:
    columns = [("SQLite", runs.measured(folder / "runs", shown, scheduled, Settings().packs))]
    if database_url:
        figures = runs.measured(folder / "more-runs", shown, scheduled, Settings().packs, database_url)
        columns.append((f"PostgreSQL, {runs.ON_POSTGRESQL} requests at once", figures))
    head, *rest = table(columns)
    return [head.replace("| what |", f"| with Prefect {version('prefect')} on |"), *rest]
