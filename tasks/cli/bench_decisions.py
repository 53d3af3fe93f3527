"""`bihuan bench decisions`: conditions and decision tables a second, with those of other engines beside them."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Annotated

import typer

from tasks.bench import decisions

SLOWER = 20  # what takes others so much longer is measured on so many fewer cases


def bench_decisions(
    rounds: Annotated[int, typer.Option(help="How many thousand conditions, and how many hundred tables.")] = 100,
    feelin: Annotated[Path | None, typer.Option(help="A folder with node_modules in which npm's feelin is.")] = None,
    write: Annotated[Path | None, typer.Option(help="Also write the figures into this file.")] = None,
) -> None:
    """Measure FEEL conditions and a decision table of 21 rules; print how many a second and the ratio to others."""
    text = "\n".join([*_circumstances(), "", *_figures(rounds, feelin)])
    typer.echo(text)
    if write:
        write.write_text(
            f"# Decisions\n\nPrinted by `bihuan bench decisions --write`, not by a test.\n\n{text}\n", "utf-8"
        )


def _circumstances() -> list[str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [
        f"- {python}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}; CPU time of one thread",
        f"- {len(decisions.CONDITIONS)} conditions, compiled once; feelin parses at each evaluation",
        f"- a FIRST table of {len(decisions.RULES) + 1} rules and {len(decisions.INPUTS)} inputs, by the public API",
    ]


def _figures(rounds: int, modules: Path | None) -> list[str]:
    count = max(1, rounds * 1_000 // sum(map(len, decisions.CONDITIONS.values())))
    conditions, by_feelin = decisions.conditions(count), decisions.feelin(max(1, count // SLOWER), modules)
    cases = decisions.cases(rounds * 100)
    few = cases[: max(1, len(cases) // SLOWER)]
    with_ranges, decided = decisions.ours(decisions.table(ranges=True), cases)
    shared = decisions.table(ranges=False)
    (mine, answers), (spiff, others) = decisions.ours(shared, cases), decisions.theirs(shared, few)
    if answers != decided or answers[: len(few)] != others:
        raise RuntimeError("the engines disagree about the table")
    return [
        "| per second | bihuan | other | ratio |",
        "|---|---:|---:|---:|",
        _row("conditions (other: feelin)", conditions, by_feelin),
        _row("decision tables", with_ranges, None),
        _row("decision tables with cells that are Python too (other: SpiffWorkflow 3.2.0)", mine, spiff),
    ]


def _row(what: str, ours: float, theirs: float | None) -> str:
    if theirs is None:
        return f"| {what} | {ours:,.0f} | not measured | |"
    return f"| {what} | {ours:,.0f} | {theirs:,.0f} | {ours / theirs:.1f} |"
