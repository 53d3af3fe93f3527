"""One request, one transaction: it begins before the route and is committed before the answer leaves."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Annotated

from anyio import CancelScope
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from workflows.store import Busy, Database, read, transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

QUEUE_SECONDS = 30
WRITERS = 16  # fewer than the threads that run routes, or waiting writers would leave the one at work no thread


class Writers:
    """The queue of those who want to write. They wait here without a thread; SQLite has one writer at a time."""

    def __init__(self, database: Database) -> None:
        self._free = asyncio.Semaphore(WRITERS if database.turn is None else 1)

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


async def get_session(request: Request) -> AsyncIterator[Session]:
    state = request.app.state
    async with state.writers, left_in_thread(transaction(state.database)) as session:
        yield session


async def get_reading_session(request: Request) -> AsyncIterator[Session]:
    async with left_in_thread(read(request.app.state.database)) as session:
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


# With scope="function" the transaction ends before the answer is sent. Without it a client is told of success first,
# and the commit may then fail.
WriteSession = Annotated[Session, Depends(get_session, scope="function")]
ReadSession = Annotated[Session, Depends(get_reading_session, scope="function")]
