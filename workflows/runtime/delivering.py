"""What was thrown reaches those who wait for it: messages and signals, until nothing is on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.runtime.signals import deliver_signals
from workflows.runtime.thrown_messages import deliver_messages

if TYPE_CHECKING:
    from workflows.store import Database

ROUNDS = 10  # what is heard may throw something itself; two that answer each other for ever are left to the sweep


def deliver(database: Database, limit: int = 100, *, rounds: int = ROUNDS) -> int:
    """Bring what was thrown to those who wait, up to ``limit`` of each kind a round; returns how many were brought."""
    brought = 0
    for _ in range(rounds):
        arrived = deliver_messages(database, limit) + deliver_signals(database, limit)
        if not arrived:
            break
        brought += arrived
    return brought
