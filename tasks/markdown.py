"""Text where Markdown is read: shown as it is. What diagrams, tables and names say is not to be believed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workflows.runtime.texts import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = 200  # characters of what comes from a diagram, a decision table or a name
_MARKS = re.compile(
    r"[&<>|\[\]\\`*_~]"
    r"|:(?=//)|(?<=www)\.|@(?=\S*\.)"  # addresses that would become links by themselves
    r"|^[#+=-](?=[ #+=-]|$)|(?<=^\d)[.)]",  # headings, lists and rules
    re.IGNORECASE,
)


def shown(text: str) -> str:
    """In one line, within its cell, and nothing but text."""
    return _MARKS.sub(lambda found: f"&#{ord(found[0])};", one_line(text, LONGEST))


def table(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows for a table of Prefect, whose pages read every text in a cell as Markdown."""
    return [{name: shown(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows]
