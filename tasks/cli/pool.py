"""`bihuan pool`: the schedules of the clock on a work pool of Prefect, for several workers."""

from __future__ import annotations

from typing import Annotated

import typer

from tasks.settings import Settings


def pool(name: Annotated[str, typer.Argument(help="The work pool; it is made if it is not there.")] = "bihuan") -> None:
    """Put every deployment on a work pool of processes on the server of PREFECT_API_URL, and end."""
    from tasks.pool import deploy_to_pool  # noqa: PLC0415 - importing Prefect takes two seconds

    for deployment in deploy_to_pool(name, Settings()):
        typer.echo(deployment)
    typer.echo(f"on work pool {name}; a worker: prefect worker start --type process --pool {name} --limit 4")
