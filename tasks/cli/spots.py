"""`bihuan spots`: places with a plate that citizens report from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tasks.cli.database import ACTOR, opened, refusals
from workflows import runtime
from workflows.governance import spots
from workflows.store import read, transaction

app = typer.Typer(help="Places with a plate that citizens report from.", no_args_is_help=True)


@app.command()
def add(table: Annotated[Path, typer.Argument(help="CSV in UTF-8: name, address, lon, lat, place_kind.")]) -> None:
    """Give every new place of a table its code. Known ones, by name and address, stay as they are."""
    with refusals(), transaction(opened()) as session:
        places = spots.read_table(table.read_text("utf-8-sig"))
        for spot in runtime.import_spots(session, places, actor=ACTOR):
            typer.echo(f"{spot.code}  {spot.grid}  {spot.name}  {spot.address}")


@app.command("list")
def list_(grid: Annotated[str, typer.Option(help="Only those of a grid, as in G07.")] = "") -> None:
    """Every place in use, grid by grid."""
    with read(opened()) as session:
        for spot in spots.listed(session, grid=grid):
            typer.echo(f"{spot.code}  {spot.grid}  {spot.name}  {spot.address}")


@app.command()
def retire(code: Annotated[str, typer.Argument(help="The code on the plate.")]) -> None:
    """Its plate leads nowhere any more."""
    with refusals(), transaction(opened()) as session:
        runtime.retire_spot(session, code, actor=ACTOR)
