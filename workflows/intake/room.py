"""The room in which files are read: one child process for all threads, begun when first needed and kept warm."""

from __future__ import annotations

import atexit
import logging
import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from threading import Lock, Timer
from time import monotonic
from typing import TYPE_CHECKING, TypeVar, cast

from workflows.intake.frames import Kind, receive, send_job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from pydantic import TypeAdapter

    from workflows.intake.files import Resource

T = TypeVar("T")

SECONDS = 30.0  # of one job, on the clock on the wall
START_SECONDS = 60.0  # until a child is there, which is no job's fault
TRIES = 2
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")  # of the environment

log = logging.getLogger(__name__)


class ReadingFailed(Exception):
    """The child ended in the midst of a job, again and again; ``name`` is the file that it had begun, or empty."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ReadingTooLong(ReadingFailed):
    """The time is up. The child is gone, and the next job has another."""


class Room:
    """Jobs are done one after the other. Whatever becomes of the child, the room stays usable."""

    def __init__(self, seconds: float = SECONDS, module: str = "workflows.intake.child") -> None:
        self.seconds = seconds
        self.module = module
        self._turn = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._inherited: list[subprocess.Popen[bytes]] = []

    def ask(self, job: str, files: list[Resource], answer: TypeAdapter[T]) -> T:
        """Have a job of ``child.JOBS`` done. ReadingTooLong; ReadingFailed when the child dies TRIES times.

        What comes back is JSON, held against the type that is expected: nothing a child says is unpickled or run.
        """
        with self._turn:
            for _ in range(TRIES):
                try:
                    return self._exchange(self._ready(), job, files, answer)
                except ReadingTooLong:
                    raise
                except ReadingFailed as error:
                    failed = error
                    log.warning("the child that reads files ended at %r", failed.name)
            raise failed

    def close(self, patience: float = -1) -> None:
        """End the child; the next job begins another. Waits ``patience`` seconds for the job that is being done."""
        if self._turn.acquire(timeout=patience):
            self._end()
            self._turn.release()

    def forget(self) -> None:
        """After a fork the child is the other process's, which must be the only one to hold its pipes."""
        self._turn = Lock()
        if (child := self._child) is None:
            return
        nothing = os.open(os.devnull, os.O_RDWR)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                os.dup2(nothing, pipe.fileno())
        os.close(nothing)
        child.returncode = 0
        self._inherited.append(child)  # closing it could wait for a thread that was not forked
        self._child = None

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            # Settings, and the secrets among them, are not its business. In its own session Ctrl-C does not reach it.
            environment = {name: os.environ[name] for name in KEPT if name in os.environ}
            self._child = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", self.module, str(self.seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**environment, "PYTHONPATH": os.pathsep.join(os.path.realpath(path) for path in sys.path)},
                cwd="/",
                start_new_session=True,
            )
            with self._within(self._child, START_SECONDS):
                receive(cast("BinaryIO", self._child.stdout))  # it says that it is there
        return self._child

    def _exchange(self, child: subprocess.Popen[bytes], job: str, files: list[Resource], answer: TypeAdapter[T]) -> T:
        with self._within(child, self.seconds) as begun:
            send_job(cast("BinaryIO", child.stdin), job, files)
            while (frame := receive(cast("BinaryIO", child.stdout)))[0] is not Kind.ANSWER:
                begun.append(frame[1].decode())
            return answer.validate_json(frame[1])

    @contextmanager
    def _within(self, child: subprocess.Popen[bytes], seconds: float) -> Iterator[list[str]]:
        """Hear the child; whatever goes wrong, it is gone. The names of the files that it begins are put in a list."""
        begun, started = [""], monotonic()
        watch = Timer(seconds, child.kill)
        watch.daemon = True
        watch.start()
        try:
            yield begun
        except BaseException as error:
            self._end()  # what it says next would be about another job
            if isinstance(error, EOFError | OSError | ValueError):
                late = monotonic() - started >= seconds
                raise (ReadingTooLong if late else ReadingFailed)(begun[-1]) from error
            raise
        finally:
            watch.cancel()

    def _end(self) -> None:
        if (child := self._child) is None:
            return
        self._child = None
        child.kill()
        with suppress(BrokenPipeError):  # closing sends what was still to be said
            child.__exit__(None, None, None)


ROOM = Room()
atexit.register(ROOM.close, 1.0)
os.register_at_fork(after_in_child=ROOM.forget)
