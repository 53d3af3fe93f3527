"""A run gives signs of life while it works, so that one whose process was killed is known, on whatever machine."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowRunFilter

from workflows import runtime
from workflows.store import read, transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from uuid import UUID

    from workflows.store import Database

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
DEAD_AFTER = timedelta(seconds=30)
IDLE = "-"


def of_run(run: object) -> str:
    """The name under which a run beats."""
    return f"run:{run}"


def here(what: str) -> str:
    """Something of this machine, by name."""
    return f"{what}@{socket.gethostname()}"


@contextmanager
def alive(database: Database, run: object, *names: str) -> Iterator[None]:
    """Beat for a run, and under these names too, now and every five seconds, as long as the block takes."""
    stop = threading.Event()

    def say() -> None:
        with transaction(database) as session:
            runtime.beat(session, of_run(run), *names, by=str(run))

    def keep_saying() -> None:
        while not stop.wait(EVERY_SECONDS):
            try:
                say()
            except Exception:
                logger.exception("no sign of life could be given")

    say()
    thread = threading.Thread(target=keep_saying, name="beats", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def busy(database: Database, name: str, run: object) -> bool:
    """Whether another run is at work under a name; one that ended says so with ``rest``."""
    with read(database) as session:
        last = runtime.last_beats(session, [name]).get(name)
    return last is not None and last.by not in {IDLE, str(run)} and not _past(last.at, datetime.now(UTC))


def rest(database: Database, name: str) -> None:
    """Nobody is at work under this name now."""
    with transaction(database) as session:
        runtime.beat(session, name, by=IDLE)


def dead(database: Database, runs: Collection[UUID], now: datetime) -> set[UUID]:
    """Those of the runs that have given no sign of life lately."""
    with read(database) as session:
        last = runtime.last_beats(session, [of_run(run) for run in runs])
    return {run for run in runs if (beat := last.get(of_run(run))) is None or _past(beat.at, now)}


def _past(at: datetime, now: datetime) -> bool:
    """Whether a sign of life is too old, or from a time to come: the machine's clock was set back since."""
    return abs(now - at) >= DEAD_AFTER


def at_work(name: str, *tags: str) -> bool:
    """Whether a run of a flow, with these tags, is at work or about to be."""
    wanted: dict[str, Any] = {"state": {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}}}
    if tags:
        wanted["tags"] = {"all_": list(tags)}
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(
            flow_filter=FlowFilter.model_validate({"name": {"any_": [name]}}),
            flow_run_filter=FlowRunFilter.model_validate(wanted),
            limit=1,
        )
    return bool(found)
