"""Letters that are due, for flow, command and fallback: whether there are any, and what came of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tasks.deliveries import deliver_due
from workflows.store import read
from workflows.store.queries.letters import letters_due

if TYPE_CHECKING:
    from workflows.store import Database


def letters_are_due(database: Database) -> bool:
    """Whether there is anything to send now."""
    with read(database) as session:
        return letters_due(session, datetime.now(UTC))


def send_letters(database: Database) -> str:
    """Send what is due; in words what became of it, empty when nothing was due."""
    done = deliver_due(database)
    if not done:
        return ""
    return f"送出消息 {done.sent} 条,稍后再送 {done.postponed} 条,失败 {done.failed} 条,结果不明 {done.uncertain} 条"
