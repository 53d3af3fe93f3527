"""The database a command works on, and refusals said plainly."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from tasks.settings import Settings
from workflows.runtime.errors import Refusal
from workflows.store import Database, connect, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACTOR = "cli"


def opened() -> Database:
    """The database of the settings, made and brought up to date where needed."""
    settings = Settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    return connect(settings.database_url)


@contextmanager
def refusals() -> Iterator[None]:
    """A refusal is an answer, not a crash: its text, the places at fault, and exit code 1."""
    try:
        yield
    except Refusal as refusal:
        typer.echo(f"{refusal.code}: {refusal}", err=True)
        for detail in refusal.details:
            typer.echo(f"  {said(detail)}", err=True)
        raise typer.Exit(1) from refusal


def said(detail: Mapping[str, Any]) -> str:
    """A finding, or what else a refusal has to say, on one line."""
    return " · ".join(f"{name}: {value}" for name, value in detail.items() if value)
