"""The HTTP server: ``uvicorn api.app:create_app --factory``."""

from __future__ import annotations

import functools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from api import (
    calendar,
    cases,
    citizens,
    console,
    deadlines,
    decisions,
    docs,
    documents,
    evidence,
    exemptions,
    health,
    notifications,
    openapi,
    organisation,
    problems,
    publications,
    registers,
    tokens,
    v2,
    webhooks,
)
from api.auth import Keyring
from api.bodies import Gate
from api.console.live import Changes, ended_by_signals
from api.limits import Counts
from api.permissions import undeclared
from api.sessions import READERS, Queue, writers
from api.settings import VERSION, Settings
from workflows.store import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class UndeclaredRoute(RuntimeError):
    """A route does not say who may use it."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Raises UndeclaredRoute rather than serve something nobody has thought about."""
    settings = settings or Settings()
    database = connect(settings.database_url)
    app = FastAPI(
        title=openapi.TITLE,
        version=VERSION,
        lifespan=_lifespan,
        # FastAPI's own pages of documentation load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.keyring = Keyring(settings, database)
    app.state.writers = writers(database)
    app.state.readers = Queue(READERS)
    app.state.reading_room = Queue(1)
    app.state.sign_ins = Queue(2)  # each takes 64 MiB and a tenth of a second
    app.state.changes = Changes(database)
    app.state.counts = Counts(settings.public_per_minute)
    app.state.wrong_codes = Counts(settings.wrong_codes_per_minute)
    for router in (
        *v2.routers,
        *cases.routers,
        *calendar.routers,
        *notifications.routers,
        *webhooks.routers,
        *deadlines.routers,
        *exemptions.routers,
        *organisation.routers,
        *evidence.routers,
        *documents.routers,
        *registers.routers,
        decisions.router,
        publications.router,
        tokens.router,
        health.router,
        openapi.router,
        docs.router,
        console.door,
    ):
        app.router.routes.extend(router.routes)
    if forgotten := list(undeclared(app)):
        raise UndeclaredRoute(f"{UndeclaredRoute.__doc__}: {', '.join(forgotten)}")
    problems.install(app)
    app.mount(console.PREFIX, console.create_console(app.state))
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(citizens.Front, pages=citizens.create_citizens(app.state))
    app.openapi = functools.partial(openapi.document, app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with ended_by_signals(app.state.changes):
        yield
    app.state.database.engine.dispose()
