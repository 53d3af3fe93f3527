"""What holds for every test: nothing calls home, and what Prefect leaves behind in this process hurts nobody."""

from __future__ import annotations

import os

# Read when Prefect is imported, which collecting the tests does.
os.environ |= {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def pytest_collection_modifyitems(items):
    """Prefect's tests last: its threads make every process that is forked afterwards end with an error."""
    items.sort(key=lambda item: item.get_closest_marker("prefect") is not None)
