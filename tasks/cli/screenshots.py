"""`bihuan screenshots`: pictures of the main pages, on a sample month made for them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from tasks.children import Children, NotReady
from tasks.cli.database import refusals
from tasks.cli.stopping import folder_meanwhile
from tasks.demo.month import CASES, Month, load
from tasks.parts import free_port, parts
from tasks.screenshots.pages import pictures
from tasks.screenshots.taking import NoBrowser, take
from tasks.settings import Settings
from workflows.runtime.demo_accounts import new_password
from workflows.store import connect, migrate


def screenshots(
    folder: Annotated[Path, typer.Argument(help="Where the PNG files go.")],
    *,
    cases: Annotated[int, typer.Option(min=20, max=5000, help="How many are reported in the month.")] = CASES,
    language: Annotated[Literal["zh", "en"], typer.Option(help="Of the pages.")] = "zh",
) -> None:
    """Make a sample month in a folder of its own, start a server on it, and picture its main pages."""
    with folder_meanwhile("screenshots") as data, refusals():
        settings = Settings(data=data, address=f"sqlite:///{data}/bihuan.db", public_url="", port=free_port())
        migrate(settings.database_url)
        database, password = connect(settings.database_url), new_password()
        load(database, settings, Month(cases), password, typer.echo)
        api = next(part for part in parts(settings) if part.name == "api")
        try:
            with Children(settings.data / "logs", typer.echo) as children:
                children.start(api)
                children.wait(["api"])
                for file in take(settings.api_url, password, pictures(database), folder, language):
                    typer.echo(f"{file}  {file.stat().st_size // 1024} kB")
        except (NoBrowser, NotReady) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error
        finally:
            database.engine.dispose()
