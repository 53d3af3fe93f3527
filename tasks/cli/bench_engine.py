"""`bihuan bench engine`: what old, wide and long cases cost, with raw SpiffWorkflow measured beside it."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from tasks.bench import durable, engine, spiff
from tasks.cli.stopping import folder_meanwhile

ROUNDS = (1, 300, 5_000)
ITEMS = (100, 1_000, 10_000)
NODES = (300, 2_000)
SPIFF_ROUNDS = 300  # beyond, its rounds take so long that nobody waits for them
SPIFF_ITEMS = 1_000
COMPLETED = 100  # waiting items whose median is shown
WINDOW = 10  # rounds whose median stands for the one that is shown


def bench_engine(
    write: Annotated[Path | None, typer.Option(help="Also write the figures into this file.")] = None,
) -> None:
    """Measure rounds of rework, items of a multi-instance and chains of elements in memory."""
    text = "\n".join([*_circumstances(), "", *_figures()])
    typer.echo(text)
    if write:
        write.write_text(
            f"# The engine\n\nPrinted by `bihuan bench engine --write`, not by a test.\n\n{text}\n", "utf-8"
        )


def _circumstances() -> list[str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [
        f"- {python}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}; CPU time of one thread",
        f"- a round is load, complete, save as JSON in memory; the median of {WINDOW} around it",
        "- a chain is read, checked and run; an item is a script whose result is collected",
        "- durable: in an SQLite file, with work list, record and event",
    ]


def _figures() -> list[str]:
    ours = engine.rounds(max(ROUNDS))
    with folder_meanwhile("bench") as folder:
        theirs = spiff.saved_rounds(folder / "spiff.db", min(SPIFF_ROUNDS, max(ROUNDS)))
        database = durable.prepared(folder / "bihuan.db")
        waiting = {count: durable.waiting_items(database, count, COMPLETED) for count in ITEMS}
        database.engine.dispose()
    return [
        "| what | bihuan | SpiffWorkflow 3.2.0 | ratio |",
        "|---|---:|---:|---:|",
        *(
            _row(f"rework round {n:,}, ms", _around(ours, n), _around(theirs, n) if n <= len(theirs) else None, 1e3)
            for n in ROUNDS
        ),
        *(
            _row(
                f"one of {n:,} items, µs", engine.items_each(n), spiff.items_each(n) if n <= SPIFF_ITEMS else None, 1e6
            )
            for n in ITEMS
        ),
        *(
            _row(f"completing one of {n:,} waiting items, durable, ms", spent, None, 1e3)
            for n, spent in waiting.items()
        ),
        *(_row(f"chain of {n:,} tasks, ms", engine.chain_of(n), spiff.chain_of(n), 1e3) for n in NODES),
    ]


def _around(spent: list[float], number: int) -> float:
    end = min(len(spent), max(number, WINDOW))
    return median(spent[max(0, end - WINDOW) : end])


def _row(what: str, ours: float, theirs: float | None, unit: float) -> str:
    if theirs is None:
        return f"| {what} | {ours * unit:.2f} | does not end, or not measured | |"
    return f"| {what} | {ours * unit:.2f} | {theirs * unit:.2f} | {ours / theirs:.2f} |"
