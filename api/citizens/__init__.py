"""The pages for citizens, without an account: an application of its own at the root of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.routing import Match

from api.bodies import Gate
from api.citizens import progress, rating, reporting, welcome
from api.citizens.guard import Guard
from api.citizens.pages import FILES, install, refused

if TYPE_CHECKING:
    from starlette.datastructures import State
    from starlette.types import ASGIApp, Receive, Scope, Send

#: What an address of these pages begins with; everything else is the API's and the console's.
OURS = frozenset({"", "r", "q", "rate", "display", "citizens"})


def create_citizens(state: State) -> FastAPI:
    """It shares the state of the server it stands in front of: database, queues, settings."""
    citizens = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    citizens.router.redirect_slashes = False
    citizens.state = state
    for area in (welcome, reporting, progress, rating):
        citizens.router.routes.extend(area.router.routes)
    citizens.mount("/citizens", FILES, name="static")
    install(citizens)
    citizens.add_middleware(Gate, settings=state.settings, render=refused)
    return citizens


def _lost(scope: Scope) -> bool:
    """Somebody with a browser, at an address that nothing answers to: they read a page, and programs a problem."""
    asks = scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    return asks and all(route.matches(scope)[0] is Match.NONE for route in scope["app"].routes)


class Front:
    """Sends a request to the citizens' pages or to everything else, by the first part of its address."""

    def __init__(self, app: ASGIApp, pages: ASGIApp) -> None:
        self.app = app
        self.pages = Guard(pages)  # around everything, so that an error of ours is guarded too

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and (scope["path"].split("/")[1] in OURS or _lost(scope))
        await (self.pages if ours else self.app)(scope, receive, send)
