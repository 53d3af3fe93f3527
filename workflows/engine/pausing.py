"""What an instance has to know of a pause: how much later its timers are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from workflows.engine.waiting import text

if TYPE_CHECKING:
    from workflows.engine.instance import Instance

LATEST = datetime.max.replace(tzinfo=UTC)


def postpone(instance: Instance, since: datetime) -> None:
    """Move every timer by the time from ``since`` to now, or from when it was set, if that was during the pause."""
    for token in instance.tasks.values():
        wait = token.internal_data.get("wait", {})
        if wait.get("kind") == "timer":
            begun = datetime.fromtimestamp(token.started / 1000, UTC)
            wait["due"] = text(_later(datetime.fromisoformat(wait["due"]), instance.env.now - max(since, begun)))


def _later(due: datetime, by: timedelta) -> datetime:
    """Time is not turned back where the clock was."""
    return due + min(max(by, timedelta()), LATEST - due)
