"""Live pages: one look at the database every two seconds, told to every page that is open (server-sent events)."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy import func, select

from api.console.people import COOKIE, SignedOut, recognise
from api.problems import Problem
from api.routing import new_router
from workflows.store import Database, read
from workflows.store.tables import Event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

router = new_router("Console")
LOOK_SECONDS = 2.0
PASSING_SECONDS = 30.0  # lights change although nothing happens
HEARTBEAT_SECONDS = (
    15.0  # a proxy ends what is silent for a minute; and whether the reader may still read is asked anew
)
MOST_STREAMS = 4  # of one session: a browser has six connections to a host
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

_NEWEST = select(func.max(Event.key))  # every command writes an event; the key is the primary key


class Changes:
    """What the pages of a process wait for. ``number`` grows with every change; it looks only while someone waits."""

    def __init__(self, database: Database) -> None:
        self.number = 0
        self.closing = False
        self._database = database
        self._streams: Counter[str] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._told = asyncio.Event()

    def check(self, reader: str) -> None:
        """Problem 429 for one page too many of a reader."""
        if self._streams[reader] >= MOST_STREAMS:
            raise Problem(429, "打开的页面太多,这一页不会自动更新", code="TOO_MANY_STREAMS")

    @contextmanager
    def stream(self, reader: str) -> Iterator[None]:
        """A page of a reader is open."""
        self._streams[reader] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            self._streams[reader] -= 1
            self._streams += Counter()  # forgets who has none
            if not self._streams and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    @property
    def open(self) -> int:
        return self._streams.total()

    async def after(self, number: int, seconds: float) -> int:
        """The number of the last change, as soon as it is another one or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.number == number and not self.closing:
                    await self._told.wait()
        return self.number

    def close(self) -> None:
        """The server ends: so do all streams. May be called from anywhere in the loop's thread."""
        self.closing = True
        self._tell()

    def _tell(self) -> None:
        told, self._told = self._told, asyncio.Event()
        told.set()

    async def _look(self) -> None:
        seen, since = await self._newest(), time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            newest = await self._newest()
            if newest != seen or time.monotonic() - since >= PASSING_SECONDS:
                seen, since = newest, time.monotonic()
                self.number += 1
                self._tell()

    async def _newest(self) -> int:
        """0 while the database cannot be asked: the pages are told when it can again."""

        def newest() -> int:
            with read(self._database) as session:
                return session.execute(_NEWEST).scalar() or 0

        try:
            return await run_in_threadpool(newest)
        except Exception:  # noqa: BLE001 - whatever it is, looking goes on
            return 0


async def reading(request: Request) -> None:
    if await recognise(request, keep=False) is None:
        raise SignedOut


@router.get("/live", dependencies=[Depends(reading)])
async def get_live(request: Request) -> StreamingResponse:
    """``change`` whenever something may look different, ``over`` once the session is. It keeps no session alive."""

    async def allowed() -> bool:
        return await recognise(request, keep=False) is not None

    return stream(request, request.cookies[COOKIE], allowed)


def stream(request: Request, reader: str, allowed: Callable[[], Awaitable[bool]]) -> StreamingResponse:
    """Events for one page, until its reader leaves, may not read any more, or the server ends."""
    changes: Changes = request.app.state.changes
    changes.check(reader)

    async def events() -> AsyncIterator[str]:
        with changes.stream(reader):
            yield f"retry: {int(2000 * LOOK_SECONDS)}\n\n"
            number, asked = changes.number, time.monotonic()
            while not changes.closing:
                last, number = number, await changes.after(number, HEARTBEAT_SECONDS)
                if time.monotonic() - asked >= HEARTBEAT_SECONDS:
                    asked = time.monotonic()
                    if not await allowed():
                        yield "event: over\ndata:\n\n"
                        return
                yield f"event: change\ndata: {number}\n\n" if number != last else ": still here\n\n"

    return StreamingResponse(events(), media_type="text/event-stream", headers=HEADERS)


@contextmanager
def ended_by_signals(changes: Changes) -> Iterator[None]:
    """A server that was asked to end waits for open answers, and a stream is one: it hears of the signal too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def handle(number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(changes.close)
        if callable(told := before[signal.Signals(number)]):
            told(number, frame)

    for one in before:
        signal.signal(one, handle)
    try:
        yield
    finally:
        changes.close()
        for one, was in before.items():
            signal.signal(one, was)
