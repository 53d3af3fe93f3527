"""One round of the clock: fire what is due, then tell of it. Prefect asks on a schedule, `bihuan tick` once."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from workflows import runtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.runtime import FiredEscalation
    from workflows.store import Database

BATCH = 100
ROUNDS = 100  # a timer that is due again as soon as it fired must not keep a sweep for ever
BATCH_SECONDS = 10.0  # after which a sweep leaves the rest of the batch operations to the next


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    timers: int = 0
    signals: int = 0
    items: int = 0  # of batch operations
    escalations: list[FiredEscalation] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.timers or self.signals or self.items or self.escalations)

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            self.timers + other.timers,
            self.signals + other.signals,
            self.items + other.items,
            self.escalations + other.escalations,
        )


def sweep(
    database: Database,
    escalate: Callable[[FiredEscalation], object] | None = None,
    *,
    batch: int = BATCH,
    rounds: int = ROUNDS,
    seconds: float = BATCH_SECONDS,
) -> Swept:
    """Deliver signals, fire what is due, carry out batch operations; each in a transaction of its own and each once.

    ``escalate`` is told of every rung that fired and that nobody was told of yet; a batch has to be told within the
    lease of a claim, a minute. Without it they stay to be told. Between two rounds of batch operations, which together
    take up to ``seconds``, whatever has become due comes first.
    """
    until = monotonic() + seconds
    swept = Swept()
    while True:
        swept += _fire_due(database, escalate, batch, rounds)
        done = runtime.run_batches(database, limit=batch)
        swept += Swept(items=done)
        done += runtime.recount_deadlines(database)
        if not done or monotonic() >= until:
            return swept


def _fire_due(
    database: Database, escalate: Callable[[FiredEscalation], object] | None, batch: int, rounds: int
) -> Swept:
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
    signals += runtime.deliver_signals(database, limit=batch)  # what the timers have thrown
    runtime.resume_deadlines(database, limit=batch)
    escalations: list[FiredEscalation] = []
    for _ in range(rounds):
        told = runtime.sweep_deadlines(database, limit=batch, escalate=escalate)
        escalations += told
        if len(told) < batch:
            break
    return Swept(timers, signals, 0, escalations)
