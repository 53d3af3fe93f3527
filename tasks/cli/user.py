"""`bihuan user`: who may sign in to the console."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy import select

from tasks.cli.database import opened, refusals
from workflows.runtime import staff
from workflows.store import read, transaction
from workflows.store.tables import Person, StaffAccount

app = typer.Typer(help="Accounts of the staff, who sign in to the console.", no_args_is_help=True)
ACTOR = "command-line"
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Lower-case letters, digits, ., - and _.")],
    person: Annotated[str, typer.Option(help="Who it is, as in p-0001.")],
    role: Annotated[list[str] | None, typer.Option(help="admin, designer, supervisor, desk, viewer.")] = None,
    password_stdin: Stdin = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="Only an OpenID provider lets them in.")] = False,
) -> None:
    """Let a person of the organisation sign in."""
    password = None if no_password else _password(stdin=password_stdin)
    with refusals(), transaction(opened()) as session:
        staff.create_account(session, id, password, person=person, roles=role or [], actor=ACTOR)


@app.command()
def passwd(id: Annotated[str, typer.Argument()], password_stdin: Stdin = False) -> None:
    """Give an account a new password; every session and lock of it ends."""
    password = _password(stdin=password_stdin)
    with refusals(), transaction(opened()) as session:
        staff.set_password(session, id, password, actor=ACTOR)


@app.command("list")
def list_() -> None:
    """Every account with its person and roles."""
    query = select(StaffAccount, Person.name).join(Person, Person.id == StaffAccount.person_id)
    with read(opened()) as session:
        for account, name in session.execute(query.order_by(StaffAccount.id)):
            state = "  (disabled)" if account.disabled else "  (locked)" * staff.is_locked(account)
            typer.echo(f"{account.id}  {account.person_id} {name}  {','.join(account.roles)}{state}")


@app.command()
def disable(id: Annotated[str, typer.Argument()]) -> None:
    """Close an account; whoever is signed in with it is out."""
    with refusals(), transaction(opened()) as session:
        staff.disable_account(session, id, actor=ACTOR)


def _password(*, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
