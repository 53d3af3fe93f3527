"""`bihuan bench`: what a step costs, with raw SpiffWorkflow measured beside it."""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from tasks.bench import durable, http, spiff
from tasks.cli.bench_console import bench_console
from tasks.cli.bench_deadlines import bench_deadlines
from tasks.cli.bench_decisions import bench_decisions
from tasks.cli.bench_engine import bench_engine
from tasks.cli.bench_exemptions import bench_exemptions
from tasks.cli.bench_joint import bench_joint
from tasks.cli.stopping import folder_meanwhile
from tasks.parts import free_port
from tasks.settings import Settings

LOOPS = 5
SHOWN = (1, 50, 300)  # rounds
ROUNDS = 305
WINDOW = 5  # rounds on each side of the one that is shown


app = typer.Typer(invoke_without_command=True)
app.command("console")(bench_console)
app.command("deadlines")(bench_deadlines)
app.command("exemptions")(bench_exemptions)
app.command("decisions")(bench_decisions)
app.command("engine")(bench_engine)
app.command("joint")(bench_joint)


@app.callback()
def bench(
    context: typer.Context,
    lifecycles: Annotated[int, typer.Option(help="How many lifecycles each figure is the median of.")] = 300,
    write: Annotated[Path | None, typer.Option(help="Also write the figures into this file.")] = None,
) -> None:
    """Measure steps, lifecycles over HTTP, state and rework; print medians and the ratio to raw SpiffWorkflow."""
    if context.invoked_subcommand:
        return
    with folder_meanwhile("bench") as folder:
        text = "\n".join([*_conditions(lifecycles), "", *_figures(folder, lifecycles)])
    typer.echo(text)
    if write:
        write.write_text(f"# Benchmarks\n\nPrinted by `bihuan bench --write`, not by a test.\n\n{text}\n", "utf-8")


def _conditions(lifecycles: int) -> list[str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return [
        f"- {python}, SQLite {sqlite3.sqlite_version}, {machine}",
        "- SQLite file in WAL mode with synchronous=FULL; one lifecycle is three user tasks and one decision",
        f"- medians of {lifecycles} lifecycles and of {LOOPS} loops of {ROUNDS} rounds",
        f"- over HTTP: one server process, {http.CLIENTS} clients in another, seven requests per lifecycle",
    ]


def _figures(folder: Path, lifecycles: int) -> list[str]:
    raw = median(spiff.in_memory(lifecycles))
    naive = spiff.saved_lifecycles(folder / "spiff.db", lifecycles)
    naive_rounds = [spiff.saved_rounds(folder / "spiff.db", ROUNDS)]

    database = durable.prepared(folder / "bihuan.db")
    durable.completions(database, 20)
    ours = median(durable.completions(database, lifecycles))
    our_rounds = [durable.rounds(database, ROUNDS) for _ in range(LOOPS)]
    state = durable.bytes_of_a_case(database, Settings().packs)
    over_http = http.lifecycles_per_second(database, folder, lifecycles, free_port())

    return [
        "| what | bihuan | SpiffWorkflow 3.2.0 | ratio |",
        "|---|---:|---:|---:|",
        _row("CPU of a user task's completion, ms (SpiffWorkflow: in memory, nothing saved)", ours * 1e3, raw * 1e3),
        _row("lifecycles per second over HTTP (SpiffWorkflow: saved in process, nothing else)", over_http, naive),
        *(
            _row(
                f"CPU in rework round {number}, ms (SpiffWorkflow: saved in process)",
                _around(our_rounds, number) * 1e3,
                _around(naive_rounds, number) * 1e3,
            )
            for number in SHOWN
        ),
        f"| state of a case of case-handling while it is handled, bytes | {state} | | |",
    ]


def _row(what: str, ours: float, theirs: float) -> str:
    return f"| {what} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} |"


def _around(loops: list[list[float]], number: int) -> float:
    """The median over all loops and the rounds next to this one, so that one slow step does not decide."""
    begin = max(0, number - 1 - WINDOW)
    return median(spent for loop in loops for spent in loop[begin : begin + 2 * WINDOW])
