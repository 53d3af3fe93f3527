"""A folder that other programs collect from: one JSON file per message, as SMS and printing gateways like it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import orjson

from tasks.handlers import Job, handler
from tasks.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@handler("outbox/write")
def write(job: Job) -> dict[str, Any]:
    """Write headers and variables to ``<data>/outbox/<job key>.json``. Written twice, it is the same file."""
    folder = Settings().data / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{job.key}.json"
    _replace(
        target, orjson.dumps({"key": str(job.key), "headers": job.headers, "variables": job.variables}, default=str)
    )
    return {"outbox": {"file": target.name}}


def _replace(target: Path, content: bytes) -> None:
    # A collector never sees half a file.
    draft = target.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
