"""`bihuan tick`: one sweep without Prefect."""

from __future__ import annotations

import typer

from tasks.cli.database import opened
from tasks.deadlines import sweep
from tasks.escalations import describe
from workflows.runtime import FiredEscalation


def tick() -> None:
    """Fire every timer and deadline that is due, tell of each escalation here, and end."""
    database = opened()

    def tell(fired: FiredEscalation) -> None:
        typer.echo(str(describe(database, fired)))

    swept = sweep(database, tell)
    typer.echo(f"{swept.timers} timers fired, {len(swept.escalations)} escalations, {swept.items} batch items")
