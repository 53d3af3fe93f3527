"""The worker for jobs that touch the world: hand out, run the handler, record what came of it."""

from __future__ import annotations

import importlib
import logging
import os
import pkgutil
import signal
import socket
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from tasks import handlers
from tasks.handlers import HANDLERS, Job, Registration
from tasks.settings import Settings
from workflows import runtime
from workflows.runtime.errors import BpmnError, Refusal, TooLarge
from workflows.store import Database, connect, transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

BATCH = 10
IDLE_SECONDS = 1.0
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(hours=1)


def load_handlers() -> Mapping[str, Registration]:
    """Import every module in tasks/handlers; each registers what it can do."""
    for module in pkgutil.iter_modules(handlers.__path__, "tasks.handlers."):
        importlib.import_module(module.name)
    return HANDLERS


def work(database: Database, registered: Mapping[str, Registration], worker: str) -> int:
    """One round over all types; returns how many jobs were handed out. The handlers run outside any transaction."""
    handed_out = 0
    for type, registration in registered.items():
        with transaction(database) as session:
            rows = runtime.activate_jobs(session, type, worker, registration.timeout, BATCH)
        handed_out += len(rows)
        for row in rows:
            job = Job(**{field: row[field] for field in Job.__dataclass_fields__})
            _run(database, job, registration, worker)
    runtime.deliver(database)
    return handed_out


def backoff(retries: int) -> timedelta:
    """How long a failed job rests: doubled for each retry that is gone, as far as the remaining ones tell."""
    pause: timedelta = FIRST_BACKOFF * 2 ** max(0, 5 - retries)
    return min(pause, LONGEST_BACKOFF)


def _run(database: Database, job: Job, registration: Registration, worker: str) -> None:
    actor = f"worker:{worker}"
    try:
        result = registration.function(job) or {}
    except BpmnError as error:
        with transaction(database) as session:
            runtime.throw_job_error(session, job.key, error.code, error.message, error.variables, actor=actor)
        return
    except Exception as error:  # whatever a handler does wrong is the job's failure, not the worker's
        logger.exception("job %s (%s) failed", job.key, job.type)
        retries = max(0, job.retries - 1)
        with transaction(database) as session:
            message = f"{type(error).__name__}: {error}"
            runtime.fail_job(session, job.key, retries=retries, backoff=backoff(retries), message=message, actor=actor)
        return
    try:
        with transaction(database) as session:
            runtime.complete_job(session, job.key, result, actor=actor)
    except TooLarge as error:  # doing it again would make it no smaller
        with transaction(database) as session:
            runtime.fail_job(session, job.key, retries=0, backoff=timedelta(), message=str(error), actor=actor)
    except Refusal as refusal:  # cancelled, or done by another worker after the lease: nothing is left to record
        logger.warning("job %s (%s) was done in vain: %s", job.key, job.type, refusal)


def main() -> None:
    """Work until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    database = connect(Settings().database_url)
    registered = load_handlers()
    worker = f"{socket.gethostname()}-{os.getpid()}"
    logger.info("worker %s for %s", worker, ", ".join(sorted(registered)))
    while not stop.is_set():
        if not work(database, registered, worker):
            stop.wait(IDLE_SECONDS)


if __name__ == "__main__":
    main()
