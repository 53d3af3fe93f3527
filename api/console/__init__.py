"""The console: pages for the staff, an application of its own under ``/console`` with its own way of signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import RedirectResponse

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
    wall,
)
from api.console.guard import Guard
from api.console.oidc import routes as oidc
from api.console.oidc.provider import Provider
from api.console.oidc.refused import Refused
from api.console.pages import FILES, install
from api.permissions import public
from api.routing import new_router
from api.sessions import Queue

if TYPE_CHECKING:
    from starlette.datastructures import State

PREFIX = "/console"
# The fixed addresses of an area before those with a number in the same place.
AREAS = (
    sign_in,
    oidc,
    first,
    tasks,
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

door = new_router("Console")


@door.get(PREFIX, include_in_schema=False, dependencies=[public("只转到控制台的首页")])
def get_console() -> RedirectResponse:
    """The address as it is told and typed: what is mounted answers only from its slash on."""
    return RedirectResponse(f"{PREFIX}/", 308)


def create_console(state: State) -> FastAPI:
    """It shares the state of the server it is mounted in: database, queues, settings."""
    console = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    console.router.redirect_slashes = False
    console.state = state
    state.provider = Provider(state.settings) if state.settings.oidc_issuer else None
    state.sign_ins_by_provider = Queue(4)  # each waits for the provider, with a thread
    for area in AREAS:
        console.router.routes.extend(area.router.routes)
    console.mount("/static", FILES, name="static")
    install(console)
    console.add_exception_handler(Refused, oidc.refuse)  # type: ignore[arg-type]
    console.add_middleware(Guard)
    return console
