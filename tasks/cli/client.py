"""`bihuan client`: the programs that may call the API."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from tasks.cli.database import opened, refusals
from workflows.runtime.access import create_api_client, renew_secret
from workflows.store import read, transaction
from workflows.store.tables import ApiClient

app = typer.Typer(help="API clients: programs that may call the API.", no_args_is_help=True)


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Lower-case letters, digits, - and _.")],
    role: Annotated[
        list[str], typer.Option(help="admin, designer, supervisor, desk, integrator, worker, viewer, wall.")
    ],
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
) -> None:
    """Register a client and print its secret, which is shown only now."""
    with refusals(), transaction(opened()) as session:
        secret = create_api_client(session, id, name=name or id, roles=role)
    typer.echo(secret)


@app.command("list")
def list_() -> None:
    """Every client with its roles; secrets are kept as hashes and cannot be shown."""
    with read(opened()) as session:
        for client in session.scalars(select(ApiClient).order_by(ApiClient.id)):
            typer.echo(f"{client.id}  {','.join(client.roles)}  {client.name}{'  (disabled)' * client.disabled}")


@app.command()
def renew(id: Annotated[str, typer.Argument()]) -> None:
    """Give a client a new secret and print it. The old one, and every token made with it, is dead."""
    with refusals(), transaction(opened()) as session:
        secret = renew_secret(session, id)
    typer.echo(secret)
