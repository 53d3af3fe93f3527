"""`bihuan verify`: does everything hold that must always hold?"""

from __future__ import annotations

import typer

from tasks.cli.database import opened
from workflows import runtime
from workflows.store import read


def verify() -> None:
    """Check the invariants of the whole database; exit code 1 and one line per problem if one is broken."""
    with read(opened()) as session:
        problems = runtime.verify(session)
    for problem in problems:
        typer.echo(f"{problem.rule}: {problem.process_instance_key or '-'}: {problem.message}", err=True)
    if problems:
        typer.echo(f"{len(problems)} problems", err=True)
        raise typer.Exit(1)
    typer.echo("clean: open rows are the wait states, the log is whole, every open case has its clock")
