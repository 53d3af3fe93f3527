"""`bihuan bench exemptions`: a year of pavement parking decided, on SQLite and, where one is named, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tasks.bench import parking
from tasks.bench.tables import Figures, machine, name_of, table
from tasks.cli.stopping import folder_meanwhile
from tasks.settings import Settings


def bench_exemptions(
    records: Annotated[int, typer.Option(help="How many records.")] = 21_000,
    workers: Annotated[int, typer.Option(help="Processes at work on PostgreSQL; SQLite has one writer.")] = 2,
    database_url: Annotated[str, typer.Option(help="An empty PostgreSQL database to measure as well.")] = "",
    write: Annotated[Path | None, typer.Option(help="Also write the figures into this file.")] = None,
) -> None:
    """Measure records of pavement parking that are decided, recorded and closed by the shipped process."""
    columns: list[tuple[str, Figures]] = []
    with folder_meanwhile("bench") as folder:
        for url in [f"sqlite:///{folder}/bihuan.db", *([database_url] if database_url else [])]:
            database = parking.prepared(url, Settings().packs)
            at_once = 1 if database.engine.dialect.name == "sqlite" else workers
            try:
                columns.append(
                    (name_of(database), _figures(parking.decide(database, url, records, at_once), records, at_once))
                )
            finally:
                database.engine.dispose()
    lines = [
        f"- {machine()}",
        f"- {records:,} records, each by an instance of its own with what was looked up and decided on record",
        "- every tenth by a plate that was there before, every thirtieth not driven away, every fiftieth unaudited",
        "",
        *table(columns),
    ]
    content = "\n".join(lines)
    typer.echo(content)
    if write:
        page = f"# Exemptions\n\nPrinted by `bihuan bench exemptions --write`, not by a test.\n\n{content}\n"
        write.write_text(page, "utf-8")


def _figures(decided: parking.Decided, records: int, workers: int) -> Figures:
    return {
        "processes at work": str(workers),
        "all of them, s": f"{decided.seconds:.1f}",
        "records a second": f"{records / decided.seconds:.0f}",
        "CPU for each, ms": f"{decided.cpu / records * 1e3:.2f}",
        "rows written for each": f"{decided.rows / records:.1f}",
        "memory at half and at the end, MB": f"{decided.half:.0f}, {decided.end:.0f}",
        **{f"decided {outcome}": f"{number:,}" for outcome, number in decided.outcomes.items()},
    }
