"""One request, one transaction: it begins before the route and is committed before the answer leaves."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Annotated, TypeVar

from anyio import CancelScope
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from workflows import runtime
from workflows.store import Busy, Database, read, transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from workflows.runtime import Resource

T = TypeVar("T")

QUEUE_SECONDS = 30
# Together no more than the 40 threads that run routes and fewer than the database's 50 connections: a session keeps
# its connection while it waits for a thread, so with more of them all threads could be waiting for connections.
WRITERS, READERS = 16, 24


class Queue:
    """Those who want a session. They wait here, without a thread and without a connection."""

    def __init__(self, places: int) -> None:
        self._free = asyncio.Semaphore(places)

    @property
    def full(self) -> bool:
        return self._free.locked()

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(QUEUE_SECONDS if self.full else None):
                await self._free.acquire()
        except TimeoutError as error:
            raise Busy(Busy.__doc__) from error

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


def writers(database: Database) -> Queue:
    """The queue of those who want to write; SQLite has one writer at a time."""
    return Queue(WRITERS if database.turn is None else 1)


async def get_session(request: Request) -> AsyncIterator[Session]:
    state = request.app.state
    async with state.writers, left_in_thread(transaction(state.database)) as session:
        yield session
    if session.info.get(runtime.THROWN):  # the answer tells of a world that has heard it, as far as a moment allows
        await run_in_threadpool(runtime.deliver, state.database)


async def get_reading_session(request: Request) -> AsyncIterator[Session]:
    state = request.app.state
    async with state.readers, left_in_thread(read(state.database)) as session:
        yield session


@asynccontextmanager
async def left_in_thread(manager: AbstractContextManager[Session]) -> AsyncIterator[Session]:
    """A session begins without a word to the database; the commit at its end is heard, so it has a thread."""
    session = manager.__enter__()
    try:
        yield session
    except BaseException as error:
        with CancelScope(shield=True):
            await run_in_threadpool(manager.__exit__, type(error), error, error.__traceback__)
        raise
    with CancelScope(shield=True):
        await run_in_threadpool(manager.__exit__, None, None, None)


async def in_reading_room(request: Request, read: Callable[[list[Resource]], T], resources: list[Resource]) -> T:
    """Have files read. One at a time, and before a session is taken: nobody who wants to write waits for it."""
    async with request.app.state.reading_room:
        return await run_in_threadpool(read, resources)


# With scope="function" the transaction ends before the answer is sent. Without it a client is told of success first,
# and the commit may then fail.
WriteSession = Annotated[Session, Depends(get_session, scope="function")]
ReadSession = Annotated[Session, Depends(get_reading_session, scope="function")]
