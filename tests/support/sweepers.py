"""Sweepers in processes of their own, which are killed, on a real database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from workflows.runtime.crash import VARIABLE

if TYPE_CHECKING:
    from datetime import datetime

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
_PROGRAM = """
import sys, time
from datetime import datetime, timedelta
from sqlalchemy.exc import OperationalError
from workflows import runtime
from workflows.store import connect
database, now, lease = connect(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), timedelta(seconds=float(sys.argv[3]))
print("ready", flush=True)
idle = 0
while idle < 3:
    try:
        idle = 0 if runtime.sweep_deadlines(database, now, limit=4, lease=lease) else idle + 1
    except OperationalError as error:
        print(error, flush=True)
    if idle:
        time.sleep(float(sys.argv[3]))
"""


class Sweeper:
    """One process that fires what is due at ``now`` until it finds nothing more three times, ``lease`` seconds apart."""

    def __init__(self, url: str, now: datetime, *, lease: float = 1.0, crash_at: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, url, now.isoformat(), str(lease)],
            env={**os.environ, VARIABLE: crash_at, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ready(self) -> None:
        """Wait until it has begun."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.ended()

    def stopped(self, seconds: float) -> bool:
        """Hold it where it stands for so long, as a machine that is put to sleep does; whether it was still at work."""
        if self.process.poll() is not None:
            return False
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)
        return True

    def ended(self) -> int:
        """Wait for its end; its exit code."""
        code = self.process.wait(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def killed_at_random(url: str, now: datetime, pauses: list[float], at_once: int) -> int:
    """Kill one of so many sweepers after each pause and begin another, then let the last ones finish; how many died."""
    running = [Sweeper(url, now) for _ in range(at_once)]
    died = 0
    for pause in pauses:
        victim = running.pop(0)
        victim.ready()
        time.sleep(pause)
        died += victim.process.poll() is None
        victim.kill()
        running.append(Sweeper(url, now))
    assert [one.ended() for one in running] == [0] * at_once
    return died
