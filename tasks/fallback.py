"""When Prefect is away the clock goes on: sweeps are watched, and done here once two beats were missed."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tasks.deadlines import sweep
from tasks.escalations import describe
from tasks.letters import send_letters
from tasks.settings import Settings
from workflows import runtime
from workflows.runtime.demo import is_loading
from workflows.store import connect, read, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.store import Database

logger = logging.getLogger(__name__)

SWEEP = "sweep"  # the beat of Prefect's sweeps
FALLBACK = "fallback"  # the beat of those that are done here
MISSED = 2
LOOK_SECONDS = 5.0


class Fallback:
    """Looks whether Prefect's sweeps still beat, and does their work as long as they do not.

    ``period`` is the time between two of Prefect's sweeps. What fires here stays to be announced: its runs appear when
    Prefect is back.
    """

    def __init__(self, database: Database, period: timedelta, say: Callable[[str], object] = logger.info) -> None:
        self._database = database
        self._patience = MISSED * period
        self._say = say
        self._since = datetime.now(UTC)
        self._away = False

    def look(self) -> bool:
        """Sweep if Prefect is away; whether it is. It is given its time after this was started, too."""
        with read(self._database) as session:
            if is_loading(session):
                return self._away
            beat = runtime.last_beats(session, [SWEEP]).get(SWEEP)
        now = datetime.now(UTC)
        self._since = min(self._since, now)
        # What was heard in the time to come was heard before the machine's clock was set back: it is no sign of life.
        heard = beat.at if beat is not None and beat.at <= now + self._patience else self._since
        silent = now - max(heard, self._since)
        away = silent > self._patience
        if away != self._away:
            known = f"已 {silent.total_seconds():.0f} 秒没有 Prefect 的巡检,由后备循环代为巡检"
            self._say(known if away else "Prefect 的巡检已恢复,后备循环停止")
        self._away = away
        if away:
            self._sweep()
        return away

    def _sweep(self) -> None:
        with transaction(self._database) as session:
            runtime.beat(session, FALLBACK, by=f"{socket.gethostname()}-{os.getpid()}")
        for fired in sweep(self._database).escalations:
            self._say(str(describe(self._database, fired)))
        send_letters(self._database)


def keep_watch(database: Database, period: timedelta, say: Callable[[str], object] = logger.info) -> None:
    """Look every few seconds until SIGTERM or SIGINT. An error ends one look, not the watch."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    fallback = Fallback(database, period, say)
    while not stop.wait(LOOK_SECONDS):
        try:
            fallback.look()
        except Exception:
            logger.exception("one look failed")


def main() -> None:
    """Keep watch as a part of its own."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings()
    keep_watch(connect(settings.database_url), timedelta(seconds=settings.sweep_seconds))


if __name__ == "__main__":
    main()
