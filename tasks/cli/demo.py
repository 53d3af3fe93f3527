"""`bihuan demo`: the sample city with a month of work, so that every page has something true to show."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tasks.cli.database import opened, refusals
from tasks.demo.month import CASES, Month, load
from tasks.settings import Settings
from workflows.runtime.demo import NotEmpty, clear_demo
from workflows.runtime.demo import demo as demo_of
from workflows.runtime.demo_accounts import ACCOUNTS, give_accounts, new_password
from workflows.store import Database, read, transaction


def demo(
    *,
    cases: Annotated[int, typer.Option(min=1, max=5000, help="How many are reported in the month.")] = CASES,
    seed: Annotated[str, typer.Option(help="Another seed is another month.")] = "1",
    again: Annotated[
        bool, typer.Option("--again", help="Delete the sample month that is there, and make one that ends now.")
    ] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the accounts' password from standard input.")
    ] = False,
) -> None:
    """Fill an empty database with the sample city and a month of its work; needs no server and no Prefect."""
    settings = Settings()
    password = sys.stdin.readline().strip() if password_stdin else new_password()
    with refusals():
        database = opened()
        if again:
            with transaction(database) as session:
                clear_demo(session)
        if _is_there(database, password):
            typer.echo("示例月份已经在了,重新做一个用 --again;口令换新 the month is there; new passwords:")
        else:
            counts = load(database, settings, Month(cases, seed), password, typer.echo)
            typer.echo(",".join(f"{number} {name}" for name, number in counts.items()))
    typer.echo(_accounts(settings, password if not password_stdin else "…"))


def _is_there(database: Database, password: str) -> bool:
    """Whether the month was made before; then its accounts get this password."""
    with read(database) as session:
        state = demo_of(session).state
    if state == "broken":
        raise NotEmpty("上次载入中断了,重新做一个用 --again")
    if state != "done":
        return False
    with transaction(database) as session:
        give_accounts(session, password)
    return True


def _accounts(settings: Settings, password: str) -> str:
    lines = [f"  {one.id:<11} {one.said}" for one in ACCOUNTS]
    return "\n".join([
        "",
        f"Console  {settings.links_url}/console    (start the server with: bihuan up)",
        f"口令 password, shown once, for each of these accounts: {password}",
        *lines,
    ])  # fmt: skip
