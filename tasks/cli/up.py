"""`bihuan up`: everything on one machine, until Ctrl-C."""

from __future__ import annotations

import fcntl
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from tasks import tokens
from tasks.children import Children, Failed, NotReady
from tasks.cli.database import ACTOR, opened, refusals
from tasks.cli.deploy import summary
from tasks.cli.stopping import stopping_politely
from tasks.packs import deploy_pack, packs
from tasks.parts import parts
from tasks.settings import Settings
from workflows.intake.room import ROOM
from workflows.runtime.first_account import is_settled, setup_code
from workflows.store import read

if TYPE_CHECKING:
    from collections.abc import Iterator

WELCOME = """
Console  {api}/console{first}
Citizens {api}/        Report, look up, rate; plates: bihuan spots
API      {api}        Documentation: {api}/docs{public}
Prefect  {prefect}        Runs: one for each escalation
Data     {data}
{tokens}
Try next, in another terminal:

  curl {api}/cases -H 'Idempotency-Key: my-first-report-1' -H 'Content-Type: application/json' \\
    -d '{{"channel": "web", "conditionCode": "C0302-01", "text": "果皮箱满溢", "lon": 111.9945, "lat": 27.7281}}'

  .venv/bin/bihuan play case-handling                # the scenarios of the diagram
  .venv/bin/bihuan play case-handling --reports bpmn/case-handling/samples/reports.jsonl
                                                     # 300 reports, worked to the end on this server
Ctrl-C stops everything."""
FIRST = """        Nobody can sign in yet: open {api}/console/first on this machine, with the setup code

           {code}
"""


def up() -> None:
    """Migrate, deploy the packs, load the sample organisation, start API, Prefect and workers, and watch them."""
    settings = Settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    with _only_one(settings), stopping_politely():
        _free(settings.host, settings.port, "BIHUAN_PORT")
        _free(settings.host, settings.prefect_port, "BIHUAN_PREFECT_PORT")
        new = _prepare(settings)
        with Children(settings.data / "logs", typer.echo) as children:
            try:
                _run(settings, children, new)
            except (NotReady, Failed) as error:
                typer.echo(str(error), err=True)
                raise typer.Exit(1) from error
            except KeyboardInterrupt:
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_IGN)  # stopping is not to be stopped half-way
                typer.echo("\nstopping …")
        typer.echo("stopped; the data stay in " + str(settings.data))


def _prepare(settings: Settings) -> dict[str, str]:
    """The database up to date, the packs deployed, the sample organisation with them; returns tokens to show."""
    with refusals():
        database = opened()
        for pack in packs(settings.packs):
            typer.echo(summary(pack.name, deploy_pack(database, pack, actor=ACTOR)))
        new = tokens.ensure_clients(database, settings.tokens)
    database.engine.dispose()
    ROOM.close()  # nothing more is deployed from here
    return new


def _run(settings: Settings, children: Children, new: dict[str, str]) -> None:
    every = {part.name: part for part in parts(settings)}
    for name in ("api", "prefect", "jobs", "fallback"):
        children.start(every[name])
    children.wait(["api", "prefect"])
    children.start(every["sweep"])
    children.wait(["jobs", "fallback", "sweep"])
    typer.echo(_welcome(settings, new, settled=_settled()))
    children.watch()


def _settled() -> bool:
    """Whether somebody can sign in to the console."""
    database = opened()
    with read(database) as session:
        settled = is_settled(session)
    database.engine.dispose()
    return settled


def _welcome(settings: Settings, new: dict[str, str], *, settled: bool) -> str:
    secrets = [f"  {name:<7} {secret}" for name, secret in new.items()]
    return WELCOME.format(
        api=settings.api_url,
        first="" if settled else FIRST.format(api=settings.api_url, code=setup_code(settings.data)),
        public=f"\nPublic   {settings.public_url}        Links lead there" if settings.public_url else "",
        prefect=settings.prefect_url,
        data=settings.data,
        tokens="\n".join([f"Tokens, shown once and kept in {settings.tokens}:", *secrets, ""]) if new else "",
    )


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    with (settings.data / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            typer.echo(f"bihuan is already up on {settings.data}; set BIHUAN_DATA for a second one", err=True)
            raise typer.Exit(1) from error
        yield


def _free(host: str, port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            typer.echo(f"port {port} on {host} is in use: stop what listens there, or set {variable}", err=True)
            raise typer.Exit(1) from error
