"""Child processes that are watched: started in own groups, asked if they work, restarted, stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

LOG_LIMIT = 10 * 1024 * 1024
GRACE_SECONDS = 10.0
MOST_RESTARTS = 5  # within RESTART_WINDOW seconds; a part that keeps dying takes everything down
RESTART_WINDOW = 600.0


class NotReady(RuntimeError):
    """A part did not come up."""


class Failed(RuntimeError):
    """A part keeps dying."""


@dataclass(frozen=True, slots=True)
class Part:
    """One child: what to run, and ``missing()``, which says what it still lacks to be healthy (empty: nothing)."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    missing: Callable[[float], str]  # is given the time the child was started
    patience: float = 60.0


@dataclass(slots=True)
class Child:
    part: Part
    process: subprocess.Popen[bytes]
    started: float
    sick_since: float | None = None
    restarts: list[float] = field(default_factory=list)


class Children:
    """A context manager: whatever happens inside, no child outlives it."""

    def __init__(self, logs: Path, say: Callable[[str], object]) -> None:
        self._logs = logs
        self._say = say
        self._children: dict[str, Child] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, part: Part) -> None:
        self._children[part.name] = Child(part, self._spawn(part), time.time())

    def wait(self, names: Iterable[str]) -> None:
        """Until each of them is healthy. NotReady when one dies or its patience ends."""
        for child in [self._children[name] for name in names]:
            part = child.part
            while missing := part.missing(child.started):
                if child.process.poll() is not None:
                    raise NotReady(f"{part.name} ended with {child.process.returncode}\n{self.tail(part.name)}")
                if time.time() - child.started > part.patience:
                    raise NotReady(
                        f"{part.name} is not ready after {part.patience:.0f} s: {missing}\n{self.tail(part.name)}"
                    )
                time.sleep(0.25)
            self._say(f"{part.name:<8} ready after {time.time() - child.started:.1f} s, log {self._log(part.name)}")

    def watch(self, until: Callable[[], bool] = lambda: False, *, every: float = 5.0) -> None:
        """Restart what died or stays unhealthy. Failed when that does not help."""
        while not until():
            time.sleep(every)
            for child in self._children.values():
                self._look_after(child)

    def stop(self) -> None:
        """One after the other, last started first, so that none loses what it needs to end well."""
        while self._children:
            name, child = self._children.popitem()
            _signal(child.process, signal.SIGTERM)
            try:
                child.process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._say(f"{name} did not stop by itself")
            _signal(child.process, signal.SIGKILL)  # and what it may have left behind in its group
            child.process.wait()

    def tail(self, name: str, lines: int = 12) -> str:
        """The last lines of a part's log, each with the part's name in front."""
        text = self._log(name).read_text("utf-8", "replace").splitlines()[-lines:]
        return "\n".join(f"{name} | {line}" for line in text)

    def _look_after(self, child: Child) -> None:
        part, now = child.part, time.time()
        if child.process.poll() is not None:
            reason = f"ended with {child.process.returncode}"
        elif missing := part.missing(child.started):
            child.sick_since = child.sick_since or now
            if now - child.sick_since < part.patience:
                return
            reason = f"unhealthy for {part.patience:.0f} s: {missing}"
        else:
            child.sick_since = None
            return
        self._say(f"{part.name} {reason}\n{self.tail(part.name)}")
        child.restarts = [at for at in child.restarts if now - at < RESTART_WINDOW]
        if len(child.restarts) >= MOST_RESTARTS:
            raise Failed(
                f"{part.name} was restarted {MOST_RESTARTS} times in {RESTART_WINDOW / 60:.0f} minutes; giving up"
            )
        _signal(child.process, signal.SIGKILL)
        child.process.wait()
        child.process, child.started, child.sick_since = self._spawn(part), now, None
        child.restarts.append(now)
        self._say(f"{part.name} restarted")

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        log = self._log(part.name)
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".1.log"))
        with log.open("ab") as output:
            # A group of its own: Ctrl-C reaches only the parent, which then stops the children in order.
            return subprocess.Popen(  # noqa: S603 - the commands are our own
                part.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **part.environment},
                start_new_session=True,
            )

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
