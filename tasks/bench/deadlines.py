"""What deadlines cost: a look at which none is due, a storm of rungs, how late each fires, the lights over all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from workflows import runtime
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.queries.lights import Light, count_lights, showing
from workflows.store.tables import Clock, Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = 100
BATCH = 100

deadline, clock = table(Deadline), table(Clock)


@dataclass(frozen=True, slots=True)
class Storm:
    """So many rungs fired, in seconds by the clock on the wall and of this process's CPU."""

    rungs: int
    seconds: float
    cpu: float


def looks(database: Database, times: int = 30) -> list[float]:
    """Seconds of each sweep that finds nothing due."""
    return [_spent(lambda: _nothing(database)) for _ in range(times)]


def lights(database: Database, times: int = 5) -> list[float]:
    """Seconds of each count of all open clocks by light, stage and holder."""
    return [_spent(lambda: _counted(database)) for _ in range(times)]


def pages(database: Database, light: Light, times: int = 5) -> list[float]:
    """Seconds of each reading of the first page under one light, what is due first coming first."""

    def page() -> None:
        with read(database) as session:
            query = select(deadline).where(showing(runtime.now(session))[light])
            session.connection().execute(query.order_by(deadline.c.due, deadline.c.key).limit(PAGE)).all()

    return [_spent(page) for _ in range(times)]


def fire(database: Database) -> Storm:
    """Fire all that is due, one sweep after the other."""
    rungs, begin, cpu = 0, time.perf_counter(), time.process_time()
    while fired := runtime.sweep_deadlines(database, limit=BATCH):
        rungs += len(fired)
    return Storm(rungs, time.perf_counter() - begin, time.process_time() - cpu)


def bare_commits(database: Database, times: int = 300) -> list[float]:
    """Seconds of each transaction that writes one row and nothing else: what the disk costs."""

    def write() -> None:
        with transaction(database) as session:
            session.connection().execute(update(clock).values(pinned_at=None))

    return [_spent(write) for _ in range(times)]


def lateness(database: Database, seconds: int, per_second: int, every: float = 1.0) -> list[float]:
    """Seconds from when each rung was due until it had fired, swept ``every`` so many seconds."""
    wanted = arm(database, seconds, per_second)
    late: list[float] = []
    end = time.monotonic() + 2 * seconds + 60
    while len(late) < wanted and time.monotonic() < end:
        next_look = time.monotonic() + every
        fired = runtime.sweep_deadlines(database, limit=BATCH)
        now = datetime.now(UTC)
        late += [(now - one.at).total_seconds() for one in fired]
        time.sleep(max(0.0, next_look - time.monotonic()))
    return late


def arm(database: Database, seconds: int, per_second: int) -> int:
    """Let the next rung of as many open clocks be due evenly within so many seconds from now on; how many."""
    begin = datetime.now(UTC) + timedelta(seconds=2)
    moments = [begin + timedelta(seconds=number / per_second) for number in range(seconds * per_second)]
    with transaction(database) as session:
        connection = session.connection()
        chosen = select(deadline.c.key, deadline.c.rungs).where(deadline.c.next_at.is_not(None))
        rows = connection.execute(chosen.order_by(func.abs(deadline.c.key % 7919)).limit(len(moments))).all()
        armed = [
            {
                "b_key": row.key,
                "rungs": [{**row.rungs[0], "due": at.isoformat()}, *row.rungs[1:]],
                "next_at": at,
            }
            for row, at in zip(rows, moments, strict=True)
        ]
        connection.execute(update(deadline).where(deadline.c.key == bindparam("b_key")), armed)
    return len(moments)


def _nothing(database: Database) -> None:
    if runtime.sweep_deadlines(database):
        raise RuntimeError("something was due")


def _counted(database: Database) -> None:
    with read(database) as session:
        count_lights(session, runtime.now(session))


def _spent(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
