"""Letters, for flow, command and fallback: whether any are due, what came of them, and that old ones go."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tasks.deliveries import deliver_due
from workflows import runtime
from workflows.store import read
from workflows.store.queries.letters import letters_due

if TYPE_CHECKING:
    from workflows.store import Database

logger = logging.getLogger(__name__)


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


def forget_letters(database: Database, days: int) -> int:
    """Delete what is older than so many days, in short transactions; how many notifications are gone."""
    notifications = letters = 0
    while (gone := runtime.forget_notifications(database, timedelta(days=days))).notifications:
        notifications += gone.notifications
        letters += gone.letters
    logger.info("%s notifications and %s letters older than %s days are gone", notifications, letters, days)
    return notifications
