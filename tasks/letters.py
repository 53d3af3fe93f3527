"""Letters that are due, for the flow and for the fallback: the one place where sending is called from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflows.store import Database


def letters_are_due(_database: Database) -> bool:
    """Whether there is anything to send now."""
    return False


def send_letters(_database: Database) -> str:
    """Send what is due; in words what became of it, empty when nothing was due."""
    return ""
