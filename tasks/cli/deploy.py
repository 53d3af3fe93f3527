"""`bihuan deploy`: make a pack or a single file the newest version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.cli.database import ACTOR, opened, refusals, said
from tasks.packs import deploy_pack

if TYPE_CHECKING:
    from workflows.runtime import DeploymentResult


def deploy(
    path: Annotated[Path, typer.Argument(exists=True, help="A pack's folder, or one BPMN, DMN or form file.")],
) -> None:
    """Deploy a pack. All of it becomes the newest version, or none of it and the reasons are shown."""
    with refusals():
        typer.echo(summary(path.name, deploy_pack(opened(), path, actor=ACTOR)))


def summary(name: str, result: DeploymentResult) -> str:
    """One line per process and a count of the rest; then the warnings."""
    lines = [f"{name}: {p['process_id']} v{p['version']} {p['name']}" for p in result.processes]
    others = (len(result.decisions), len(result.forms), len(result.registers))
    lines.append("{}: {} decisions, {} forms, {} registers".format(name, *others))
    lines += [f"  {said(warning)}" for warning in result.warnings]
    return "\n".join(lines)
