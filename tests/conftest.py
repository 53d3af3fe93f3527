"""What holds for every test: nothing calls home, and what Prefect leaves behind in this process hurts nobody."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# Thousands of small databases that are synchronised with each commit: in memory that takes no time.
if "TMPDIR" not in os.environ and os.access(MEMORY := Path("/dev/shm"), os.W_OK):  # noqa: S108
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# Read when Prefect is imported, which collecting the tests does.
os.environ |= {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


# Random tests try the same examples on every machine, fast or slow, and say at once what fails.
# `--hypothesis-profile=shrink` makes a failing example small; `--hypothesis-profile=search` looks for new ones.
STEADY = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
AT_ONCE = [phase for phase in Phase if phase not in {Phase.shrink, Phase.explain}]
settings.register_profile("steady", **STEADY, derandomize=True, print_blob=True, phases=AT_ONCE)
settings.register_profile("shrink", **STEADY, derandomize=True)
settings.register_profile("search", **STEADY, derandomize=False)
settings.load_profile("steady")


def pytest_configure():
    """Who is told to end cleans up: servers, databases and folders go with the process."""
    this = os.getpid()

    def end(*_):
        if os.getpid() != this:  # a fork has nothing of its own
            os._exit(128 + signal.SIGTERM)
        pytest.exit("told to end", 128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)


def pytest_collection_modifyitems(items):
    """The files with what is slow first, or one core waits for them at the end; Prefect's tests last: its threads
    make every process that is forked afterwards end with an error.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.get_closest_marker("prefect") is not None, item.path not in slow))
