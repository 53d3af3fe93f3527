"""Files in the data directory, each under the hash of its content: written once, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def keep(directory: Path, content: bytes, ending: str) -> str:
    """Write a file where it is not there yet; returns its hash. Who calls has made sure that it is harmless."""
    hash = hashlib.sha256(content).hexdigest()
    file = path_of(directory, hash, ending)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, delete=False) as unfinished:
            try:
                unfinished.write(content)
                unfinished.flush()
                os.fsync(unfinished.fileno())
                Path(unfinished.name).replace(file)
            except BaseException:
                with suppress(FileNotFoundError):
                    Path(unfinished.name).unlink()
                raise
    return hash


def path_of(directory: Path, hash: str, ending: str) -> Path:
    return directory / hash[:2] / (hash + ending)
