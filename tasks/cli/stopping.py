"""Ended by a signal, a command still cleans up."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def stopping_politely() -> Iterator[None]:
    """SIGTERM ends this as Ctrl-C does, with the children stopped first; also where a shell started it with `&`."""
    previous = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def folder_meanwhile(purpose: str, within: Path | None = None) -> Iterator[Path]:
    """A folder that is gone when this ends, however it ends."""
    with stopping_politely(), TemporaryDirectory(prefix=f"bihuan-{purpose}-", dir=within) as folder:
        yield Path(folder)
