"""The console: pages for the staff, an application of its own under ``/console`` with its own way of signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api.console import (
    actions,
    bulk,
    calendar,
    case,
    cases,
    first,
    incidents,
    live,
    messages,
    overview,
    processes,
    reports,
    sign_in,
    spots,
    tasks,
    uploads,
    wall,
)
from api.console.guard import Guard
from api.console.pages import STATIC, install

if TYPE_CHECKING:
    from starlette.datastructures import State

PREFIX = "/console"
# The fixed addresses of an area before those with a number in the same place.
AREAS = (
    sign_in,
    first,
    tasks,
    uploads,
    messages,
    cases,
    bulk,
    actions,
    case,
    overview,
    incidents,
    processes,
    spots,
    reports,
    calendar,
    live,
    wall,
)


def create_console(state: State) -> FastAPI:
    """It shares the state of the server it is mounted in: database, queues, settings."""
    console = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    console.router.redirect_slashes = False
    console.state = state
    for area in AREAS:
        console.router.routes.extend(area.router.routes)
    console.mount("/static", StaticFiles(directory=STATIC), name="static")
    install(console)
    console.add_middleware(Guard)
    return console
