"""`bihuan play`: the scenarios of a pack, or a whole rehearsal with sample reports."""

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
) -> None:
    """Run the scenarios of a pack on the real engine; or, with --reports, rehearse on the running server."""
    if reports is None:
        raise typer.Exit(0 if scenarios.play(Settings().packs / pack, typer.echo) else 1)
    _rehearse(reports)


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
