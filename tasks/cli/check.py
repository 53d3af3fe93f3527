"""`bihuan check`: what is wrong or doubtful with the files of a pack, before they are deployed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tasks.cli.database import refusals
from tasks.packs import resources
from workflows import runtime
from workflows.intake.decisions import check_decisions
from workflows.runtime import Resource
from workflows.runtime.errors import described
from workflows.store.json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.intake.decisions import CheckedFile
    from workflows.runtime.errors import Findings

INNER = ("forms", "registers")  # folders of a pack


def check(
    path: Annotated[Path, typer.Argument(exists=True, help="A pack's folder, or one file of it.")],
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Look through diagrams, decision tables, forms and registers. Exit code 1 when they would be refused."""
    files, shown = together(path)
    if not shown:
        typer.echo(f"{path} 里没有 .bpmn、.dmn、表单或台账 (there is nothing to check)", err=True)
        raise typer.Exit(1)
    decisions = [file for file in files if file.kind == "dmn"]
    tables = [each for each in check_decisions(decisions) if each.resource.name in shown]
    with refusals():
        others = runtime.check_files(files) if any(file.kind != "dmn" for file in files) else []
    told = _by_file(others, files, shown)
    for line in [dumps(_as_json(tables, told))] if json else _lines(tables, told):
        typer.echo(line)
    errors = (finding.severity == "error" for findings in told.values() for _, finding in findings)
    if any(each.refused for each in tables) or any(errors):
        raise typer.Exit(1)


def together(path: Path) -> tuple[list[Resource], set[str]]:
    """The files of the pack, named by their path in it, and the names of those that are asked about."""
    path = path.resolve()
    folder = path.parent if path.is_file() else path
    if path.is_file() and folder.name in INNER:
        folder = folder.parent
    files = [Resource(name.partition("/")[2], content) for name, content in resources(folder)]
    if path.is_dir():
        return files, {file.name for file in files}
    name = path.relative_to(folder).as_posix()
    return [Resource(name, path.read_bytes()), *(file for file in files if file.name != name)], {name}


def _by_file(findings: Findings, files: list[Resource], shown: set[str]) -> dict[str, Findings]:
    """Of a DMN file ``check_decisions`` tells more. What is of no file is shown in any case."""
    told: dict[str, Findings] = {file.name: [] for file in files if file.kind != "dmn" and file.name in shown}
    names = {file.name for file in files}
    for name, finding in findings:
        if name in told or name not in names:
            told.setdefault(name, []).append((name, finding))
    return told


def _as_json(tables: list[CheckedFile], told: dict[str, Findings]) -> list[dict[str, Any]]:
    files = [
        {
            "resourceName": name,
            "refused": any(finding.severity == "error" for _, finding in findings),
            "findings": described(findings),
        }
        for name, findings in told.items()
    ]
    return [*(each.to_json() for each in tables), *files]


def _lines(tables: list[CheckedFile], told: dict[str, Findings]) -> Iterator[str]:
    for checked in tables:
        yield from _of_tables(checked)
    for name, findings in told.items():
        yield name
        for _, finding in findings:
            yield f"  {finding.severity} {finding.rule} {finding.element_id} {finding.message}{finding.hint}"
            yield f"    {finding.message_en}"
        if not findings:
            yield "  没有发现问题 (nothing found)"


def _of_tables(checked: CheckedFile) -> Iterator[str]:
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
