"""What holds for every test: nothing calls home, and what Prefect leaves behind in this process hurts nobody."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# Thousands of small databases that are synchronised with each commit: in memory that takes no time.
if "TMPDIR" not in os.environ and os.access(MEMORY := Path("/dev/shm"), os.W_OK):  # noqa: S108
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# Read when Prefect is imported, which collecting the tests does.
os.environ |= {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def pytest_collection_modifyitems(items):
    """Prefect's tests last: its threads make every process that is forked afterwards end with an error."""
    items.sort(key=lambda item: item.get_closest_marker("prefect") is not None)
