"""`bihuan tick`: one sweep without Prefect."""

from __future__ import annotations

import typer

from tasks.cli.database import opened
from tasks.deadlines import sweep
from tasks.deliveries import deliver_due
from tasks.escalations import describe
from workflows.runtime import FiredEscalation


def tick() -> None:
    """Fire every timer and deadline that is due, tell of each escalation here, send the letters, and end."""
    database = opened()

    def tell(fired: FiredEscalation) -> None:
        typer.echo(str(describe(database, fired)))

    swept = sweep(database, tell)
    typer.echo(f"{swept.timers} timers fired, {len(swept.escalations)} escalations, {swept.items} batch items")
    if delivered := deliver_due(database):
        typer.echo(
            f"{delivered.sent} letters sent, {delivered.postponed} postponed, {delivered.failed} failed, "
            f"{delivered.uncertain} uncertain"
        )
