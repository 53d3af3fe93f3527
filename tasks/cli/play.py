"""`bihuan play`: the scenarios of a pack, one of them with a running matter, or a rehearsal with sample reports."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer
from sqlalchemy import func, select

from tasks import scenarios, tokens
from tasks.cli.database import opened
from tasks.rehearsal import Rehearsal, Server, Stuck, table
from tasks.settings import Settings
from workflows.store import Database, read
from workflows.store.tables import Escalation


def play(
    pack: Annotated[str, typer.Argument(help="Name of a pack, e.g. case-handling.")],
    reports: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON lines to send to the running server and work to the end."),
    ] = None,
    on: Annotated[
        str,
        typer.Option(help="Number of a case, or key of an instance, of the running server."),
    ] = "",
    scenario: Annotated[str, typer.Option(help="With --on: which scenario of the pack, e.g. first-offence.")] = "",
) -> None:
    """Run the scenarios of a pack on the real engine; with --on or --reports, on the running server."""
    if on:
        _join(Settings().packs / pack / "scenarios" / f"{scenario}.yaml", on)
    elif reports is None:
        raise typer.Exit(0 if scenarios.play(Settings().packs / pack, typer.echo) else 1)
    else:
        _rehearse(reports)


def _join(file: Path, matter: str) -> None:
    settings = Settings()
    if not settings.clock_control:
        typer.echo("playing moves the clock, which BIHUAN_CLOCK_CONTROL forbids", err=True)
        raise typer.Exit(1)
    try:
        story = scenarios.read_scenario(file)
        happened, problems = scenarios.join(opened(), story, matter, settings.data / "evidence", typer.echo)
    except (OSError, scenarios.ScenarioInvalid, scenarios.CannotPlay) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"\n结束 {happened.end or happened.state}")
    for number, key in happened.documents:
        typer.echo(f"文书 {number}  {settings.api_url}/documents/{key}.html")
    for problem in problems:
        typer.echo(f"✗ {problem}", err=True)
    raise typer.Exit(1 if problems else 0)


def _rehearse(reports: Path) -> None:
    settings = Settings()
    secret = tokens.load(settings.tokens).get("admin", "")
    database = opened()
    server = Server(settings.api_url, secret)
    before = _escalations(database)
    try:
        matters = Rehearsal(server, database, typer.echo).run(map(orjson.loads, reports.read_bytes().splitlines()))
        cases: list[dict[str, Any]] = [server.case(matter.number) for matter in matters if matter.number]
    except httpx.TransportError as error:
        typer.echo(f"no server at {settings.api_url} ({error}); start it with: bihuan up", err=True)
        raise typer.Exit(1) from error
    except httpx.HTTPStatusError as error:
        typer.echo(f"{error.request.method} {error.request.url}: {error.response.text}", err=True)
        raise typer.Exit(1) from error
    except Stuck as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    finally:
        server.close()
    typer.echo(table(matters, cases, _escalations(database) - before))


def _escalations(database: Database) -> Counter[int]:
    with read(database) as session:
        levels = session.execute(select(Escalation.level, func.count()).group_by(Escalation.level)).tuples()
        return Counter(dict(levels.all()))
