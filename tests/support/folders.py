"""Folders that a whole run needs, gone when its process ends."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path


def folder_of_the_run(purpose: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"bihuan-{purpose}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
