"""`bihuan bench console`: what pages cost in a city of years, on SQLite and, where one is named, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import func, select

from tasks.bench.pages import WATCHERS, Cost, costs
from tasks.bench.tables import machine, name_of
from tasks.bench.volume import grow
from tasks.cli.stopping import folder_meanwhile
from tasks.demo.month import Month, load
from tasks.figures import count_figures
from tasks.settings import Settings
from workflows.runtime.demo_accounts import new_password
from workflows.store import Database, connect, migrate, read
from workflows.store.base import Base, table
from workflows.store.tables import Case, Deadline, ElementInstance, Escalation, Event, UserTask, Violation

AIM = 0.150  # seconds
COUNTED = (Case, Event, ElementInstance, UserTask, Deadline, Escalation, Violation)


def bench_console(  # noqa: PLR0917 - typer's way: a parameter for each option
    cases: Annotated[int, typer.Option(help="How many cases there are.")] = 200_000,
    open: Annotated[int, typer.Option(help="How many of them are open.")] = 4_000,
    month: Annotated[int, typer.Option(help="How many cases the month has that is copied.")] = 300,
    times: Annotated[int, typer.Option(help="How often each page is asked for.")] = 15,
    database_url: Annotated[str, typer.Option(help="An empty PostgreSQL database to measure as well.")] = "",
    folder: Annotated[
        Path | None, typer.Option(help="Where the SQLite file is made; one that is there is used.")
    ] = None,
    write: Annotated[Path | None, typer.Option(help="Also write the figures into this file.")] = None,
) -> None:
    """Measure the server time and the statements of every page, with a sample month copied to years of cases."""
    with folder_meanwhile("bench", folder) as made:
        place = folder or made
        urls = [f"sqlite:///{place}/console.db", *([database_url] if database_url else [])]
        parts = []
        for url in urls:
            database = _prepared(url, made, Month(month), (cases, open))
            try:
                parts += ["", f"## {name_of(database)}", "", *_rows(database)]
                found = costs(database, url, times)
                for watcher in WATCHERS:
                    seen = [one for one in found if one.watcher is watcher]
                    parts += ["", f"### Who sees {watcher.sees}", "", *_table(seen)]
            finally:
                database.engine.dispose()
    content = "\n".join([*_circumstances(times), *parts])
    typer.echo(content)
    if write:
        page = f"# The console\n\nPrinted by `bihuan bench console --write`, not by a test.\n\n{content}\n"
        write.write_text(page, "utf-8")


def _prepared(url: str, folder: Path, sample: Month, size: tuple[int, int]) -> Database:
    """The month and its copies; a database that has them already is used as it is."""
    migrate(url)
    database = connect(url)
    with read(database) as session:
        there = session.execute(select(func.count()).select_from(Case)).scalar_one()
    if not there:
        load(database, Settings(data=folder, address=url), sample, new_password(), _aside)
        grow(database, *size, _aside)
    count_figures(database)  # as every hour
    return database


def _aside(text: str) -> None:
    typer.echo(text, err=True)


def _circumstances(times: int) -> list[str]:
    return [
        f"- {machine()}",
        "- a sample month, worked by the engine, copied with keys, numbers and times moved",
        "- the figures of the months are kept, as every hour",
        "- decisions, and processes of no case, are copied with every eighth copy only",
        f"- the application in this process, four people sign in by turns, no compression; medians of {times} requests",
        "- CPU is that of this process: on SQLite all of it, on PostgreSQL without the server's",
    ]


def _rows(database: Database) -> list[str]:
    size = {}
    with read(database) as session:
        for model in COUNTED:
            of = table(model)
            size[of.name] = session.execute(select(func.count()).select_from(of)).scalar_one()
    tables = len(Base.metadata.sorted_tables)
    return [", ".join(f"{number:,} {name}" for name, number in size.items()) + f"; {tables} tables."]


def _table(found: list[Cost]) -> list[str]:
    slow = [one for one in found if one.seconds > AIM]
    return [
        "| page | ms | worst | CPU ms | statements | kB |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| `{one.path}` | {one.seconds * 1e3:.0f} | {one.worst * 1e3:.0f} | {one.cpu * 1e3:.0f} "
            f"| {one.statements} | {one.size / 1e3:.0f} |"
            for one in found
        ),
        "",
        f"{len(found) - len(slow)} of {len(found)} pages take at most {AIM * 1e3:.0f} ms.",
    ]
