"""One round of the clock: fire what is due, then tell of it. Prefect asks for it on a schedule, `bihuan tick` once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows import runtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.runtime import FiredEscalation
    from workflows.store import Database

BATCH = 100
ROUNDS = 100  # a timer that is due again as soon as it fired must not keep a sweep for ever


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    timers: int
    signals: int
    escalations: list[FiredEscalation]

    def __bool__(self) -> bool:
        return bool(self.timers or self.signals or self.escalations)


def sweep(
    database: Database,
    escalate: Callable[[FiredEscalation], object] | None = None,
    *,
    batch: int = BATCH,
    rounds: int = ROUNDS,
) -> Swept:
    """Deliver signals and fire timers and rungs that are due, in batches, each in its own transaction and each once.

    ``escalate`` is told of every rung that fired and that nobody was told of yet; a batch has to be told within the
    lease of a claim, a minute. Without it they stay to be told.
    """
    timers = signals = 0
    for _ in range(rounds):
        delivered = runtime.deliver_signals(database, limit=batch)
        signals += delivered
        if delivered < batch:
            break
    for _ in range(rounds):
        fired = runtime.fire_timers(database, limit=batch)
        timers += fired
        if fired < batch:
            break
    runtime.deliver_signals(database, limit=batch)  # what the timers have thrown
    escalations: list[FiredEscalation] = []
    for _ in range(rounds):
        told = runtime.sweep_deadlines(database, limit=batch, escalate=escalate)
        escalations += told
        if len(told) < batch:
            break
    return Swept(timers, signals, escalations)
