"""The press: renders and prints documents in a child process of its own, so that none waits for files to be read."""

from __future__ import annotations

import atexit
import os
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from workflows.intake.files import Resource
from workflows.intake.rendering import Unprintable
from workflows.intake.room import ReadingFailed, Room
from workflows.store.json import encode

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 5.0  # of one document, which takes some milliseconds; its transaction is waiting


class _Pressed(TypedDict, total=False):
    """One of the two is there."""

    made: str
    problem: str


PRESS = Room(SECONDS)
_PRESSED = TypeAdapter(_Pressed)
atexit.register(PRESS.close, 1.0)
os.register_at_fork(after_in_child=PRESS.forget)


def render(template: str, data: dict[str, Any]) -> str:
    """A document as HTML. Unprintable, also for a template that takes too much time or memory."""
    return _ask("render", [Resource("template", template.encode()), Resource("data", encode(data))])


def print_pdf(page: str, font: Path | None = None) -> bytes:
    """The same as PDF. Unprintable."""
    fonts = [Resource("font", str(font).encode())] if font else []
    return b64decode(_ask("print", [Resource("page", page.encode()), *fonts]))


def _ask(job: str, files: list[Resource]) -> str:
    try:
        pressed = PRESS.ask(job, files, _PRESSED)
    except ReadingFailed as failed:
        raise Unprintable("用的时间或内存超过上限") from failed
    if "made" not in pressed:
        raise Unprintable(pressed["problem"])
    return pressed["made"]
