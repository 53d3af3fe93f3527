"""`bihuan bench joint`: what joint operations of few and many departments cost, and work that is handed over."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from tasks.bench import joint
from tasks.cli.stopping import folder_meanwhile
from tasks.settings import Settings

DEPARTMENTS = (5, 50)
SHOWN = {"claim": "认领", "sign-in": "签到", "rectify": "整治", "accept": "验收"}
FEW = 5  # tables whose rows are told one by one


def bench_joint(
    open: Annotated[int, typer.Option(help="How many open cases of a unit are handed over.")] = 10_000,
    write: Annotated[Path | None, typer.Option(help="Also write the figures into this file.")] = None,
) -> None:
    """Measure joint operations of 5 and of 50 departments on an SQLite file, and handing over a unit's open work."""
    with folder_meanwhile("bench") as folder:
        text = "\n".join([*_circumstances(open), "", *_operations(folder), "", *_handed_over(folder, open)])
    typer.echo(text)
    if write:
        page = f"# Joint operations\n\nPrinted by `bihuan bench joint --write`, not by a test.\n\n{text}\n"
        write.write_text(page, "utf-8")


def _circumstances(open: int) -> list[str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [
        f"- {python}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}; SQLite, synchronous=FULL",
        "- an operation: convened, duties claimed, planned, worked on by all, accepted, looked at again, summed up",
        "- a command is the completion of a task, from before the transaction to after its commit; medians",
        f"- handed over: {open:,} cases with a task and four clocks each, an instance in one transaction",
    ]


def _operations(folder: Path) -> list[str]:
    done = []
    for number in DEPARTMENTS:
        database = joint.prepared(f"sqlite:///{folder}/joint-{number}.db", Settings().packs, number)
        done.append(joint.run(database, number))
        database.engine.dispose()
    rows: dict[str, list[str]] = {
        "commands": [str(one.commands) for one in done],
        "all commands, CPU s": [f"{sum(map(sum, one.cpu.values())):.2f}" for one in done],
        "all commands, s": [f"{one.seconds:.2f}" for one in done],
        "largest state, kB": [f"{one.largest / 1e3:.1f}" for one in done],
        "rows written": [f"{sum(one.rows.values()):,}" for one in done],
    }
    rows |= {
        f"one {label} `{name}`, CPU ms": [f"{one.each(name) * 1e3:.1f}" for one in done]
        for name, label in SHOWN.items()
    }
    most = sorted(done[-1].rows, key=lambda name: -done[-1].rows[name])[:FEW]
    rows |= {f"of these in `{name}`": [str(one.rows.get(name, 0)) for one in done] for name in most}
    head = ["what", *(f"{number} departments" for number in DEPARTMENTS)]
    return [
        _row(head),
        _row(["---", *("---:" for _ in DEPARTMENTS)]),
        *(_row([what, *of]) for what, of in rows.items()),
    ]


def _handed_over(folder: Path, open: int) -> list[str]:
    begun, spent = joint.handed_over(f"sqlite:///{folder}/succession.db", Settings().packs, open)
    return [
        "| handing over | |",
        "|---|---:|",
        f"| finding {open:,} cases and beginning, CPU ms | {begun * 1e3:.0f} |",
        f"| one case, CPU ms | {median(spent) * 1e3:.2f} |",
        f"| one of the last hundred, CPU ms | {spent[-1] * 1e3:.2f} |",
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
