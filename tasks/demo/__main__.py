"""The sample month in a process of its own, as the console starts it; the password comes by standard input."""

from __future__ import annotations

import sys

from tasks.demo.month import Month, load
from tasks.settings import Settings
from workflows.store import connect

if __name__ == "__main__":
    settings = Settings()
    load(connect(settings.database_url), settings, Month(), sys.stdin.readline().strip(), print)
