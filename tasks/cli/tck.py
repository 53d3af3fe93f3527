"""`bihuan tck`: how far our decisions agree with the DMN Technology Compatibility Kit."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tasks.tck.running import run_kit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.tck.running import Verdict


def tck(
    kit: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The kit, or a part of it.")],
    achieved: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Figures that must be reached again, as JSON.")
    ] = None,
) -> None:
    """Run the DMN TCK: figures per level and folder, then every failure. Exit code 1 below the figures achieved."""
    verdicts = list(run_kit(kit))
    for line in report(verdicts):
        typer.echo(line)
    lost = list(below(verdicts, json.loads(achieved.read_text("utf-8")))) if achieved else []
    for line in lost:
        typer.echo(line, err=True)
    if lost or not verdicts:
        raise typer.Exit(1)


def report(verdicts: list[Verdict]) -> Iterator[str]:
    for label in ("level", "folder"):
        for (level, name), total, passed in counted(verdicts, label):
            yield f"{passed:5} / {total:<5} {level if label == 'level' else f'{level}/{name}'}"
        yield ""
    failed = [each for each in verdicts if not each.passed]
    for each in failed:
        yield f"FAILED {each.level}/{each.folder} {each.case}"
        yield f"    expected {shown(each.expected)}"
        yield f"    actual   {each.error or shown(each.actual)}"
    yield f"{len(verdicts) - len(failed)} passed, {len(failed)} failed"


def counted(verdicts: list[Verdict], label: str) -> Iterator[tuple[tuple[str, str], int, int]]:
    """For each level, or each folder of one: how many cases, how many passed."""
    total: Counter[tuple[str, str]] = Counter()
    passed: Counter[tuple[str, str]] = Counter()
    for each in verdicts:
        key = (each.level, each.folder if label == "folder" else "")
        total[key] += 1
        passed[key] += each.passed
    for key in sorted(total):
        yield key, total[key], passed[key]


def below(verdicts: list[Verdict], achieved: dict[str, int]) -> Iterator[str]:
    reached = {level: passed for (level, _), _, passed in counted(verdicts, "level")}
    for level, figure in achieved.items():
        if reached.get(level, 0) < figure:
            yield f"{level}: {reached.get(level, 0)} passed, {figure} were achieved before"


def shown(value: Any) -> str:
    return repr(value)
