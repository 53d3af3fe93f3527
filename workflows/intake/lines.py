"""Lines of Chinese text: broken anywhere but in a number or word, before a closing mark, after an opening one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# 标点避头尾 (GB/T 15834): what no line begins with, and what no line ends with.
CLOSING = "、。，．：；？！…—·～％°）〕】》〉」』”’,.:;?!%)]}>"
OPENING = "（〔【《〈「『“‘([{<"
#: A run that stays together: opening marks, one Chinese character or a word of others, closing marks.
_RUN = re.compile(rf"[{re.escape(OPENING)}]*(?:[!-~]+|[^{re.escape(OPENING)}])?[{re.escape(CLOSING)}]*|.", re.DOTALL)


def broken(text: str, rooms: list[float], width: Callable[[str], float]) -> Iterator[tuple[float, str]]:
    """Each line with the room that it leaves. The last of ``rooms`` is that of all further lines."""
    rooms = list(rooms)
    line, room = "", rooms[0]
    for run in _runs(text):
        for piece in [run] if width(run) <= min(rooms) else run:
            if line and width((line + piece).rstrip(" ")) > room:
                yield _line(line, room, width)
                line = ""
                rooms = rooms[1:] or rooms
                room = rooms[0]
            line += piece if line or piece != " " else ""
    yield _line(line, room, width)


def _line(line: str, room: float, width: Callable[[str], float]) -> tuple[float, str]:
    """A line without the spaces at its end, which may hang over the margin."""
    shown = line.rstrip(" ")
    return room - width(shown), shown


def _runs(text: str) -> Iterator[str]:
    return (found[0] for found in _RUN.finditer(text) if found[0])
