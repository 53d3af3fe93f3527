"""`bihuan tick`: one sweep without Prefect, or one whenever Prefect is away."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from tasks.cli.database import opened
from tasks.deadlines import sweep
from tasks.escalations import describe
from tasks.fallback import keep_watch
from tasks.letters import send_letters
from tasks.settings import Settings


def tick(
    *,
    loop: Annotated[
        bool, typer.Option("--loop", help="Watch, and sweep while Prefect does not; until Ctrl-C.")
    ] = False,
) -> None:
    """Fire every timer and deadline that is due, print each escalation, and end. Their runs appear in Prefect later."""
    database = opened()
    if loop:
        keep_watch(database, timedelta(seconds=Settings().sweep_seconds), typer.echo)
        return
    swept = sweep(database)
    for fired in swept.escalations:
        typer.echo(str(describe(database, fired)))
    typer.echo(f"{swept.timers} timers fired, {len(swept.escalations)} escalations, {swept.items} batch items")
    if sent := send_letters(database):
        typer.echo(sent)
