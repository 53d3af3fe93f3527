"""`bihuan check`: what is wrong or doubtful with decision files, before they are deployed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.intake.decisions import check_decisions
from workflows.runtime import Resource
from workflows.store.json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.intake.decisions import CheckedFile


def check(
    path: Annotated[Path, typer.Argument(exists=True, help="A DMN file, or a folder of some.")],
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Look through decision tables: overlaps, gaps, rules that never fire. Exit code 1 when they would be refused."""
    folder = path if path.is_dir() else path.parent
    files = sorted(folder.glob("*.dmn")) if path.is_dir() else [path, *_beside(path)]
    checked = check_decisions([Resource(file.name, file.read_bytes()) for file in files])
    shown = checked if path.is_dir() else checked[:1]
    if not shown:
        typer.echo(f"{path} 里没有 .dmn 文件 (there is no DMN file)", err=True)
        raise typer.Exit(1)
    for line in (
        [dumps([each.to_json() for each in shown])] if json else (line for each in shown for line in told(each))
    ):
        typer.echo(line)
    if any(each.refused for each in shown):
        raise typer.Exit(1)


def told(checked: CheckedFile) -> Iterator[str]:
    yield checked.resource.name
    for problem in checked.problems:
        yield f"  error {problem}"
    for table, analysis in checked.tables:
        yield f"  决策表「{table.name}」 {table.hit_policy}，{len(table.rules)} 条规则 (rules)"
        for found in analysis.findings:
            yield f"    {found.severity} {found.kind} {found.text}"
        for note in analysis.notes:
            yield f"    note {note}"
        if not analysis.findings:
            yield "    没有发现问题 (nothing found)"


def _beside(file: Path) -> list[Path]:
    """What it may import."""
    return [each for each in sorted(file.parent.glob("*.dmn")) if each != file]
