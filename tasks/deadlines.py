"""One round of the clock: fire what is due, whoever asks for it; and show what has fired, one after the other."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from workflows import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workflows.runtime import FiredEscalation
    from workflows.store import Database

logger = logging.getLogger(__name__)

BATCH = 100
ROUNDS = 100  # a timer that is due again as soon as it fired must not keep a sweep for ever
BATCH_SECONDS = 10.0  # after which a sweep leaves the rest of the batch operations to the next
SHOWN_AT_ONCE = 100  # showing one takes up to half a second, a claim lasts a minute
TOGETHER = 25  # are shown with one request
SHOWING_SECONDS = 120.0  # after which the rest is left to the next sweep


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    timers: int = 0
    thrown: int = 0  # messages and signals
    items: int = 0  # of batch operations
    escalations: list[FiredEscalation] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.timers or self.thrown or self.items or self.escalations)

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            self.timers + other.timers,
            self.thrown + other.thrown,
            self.items + other.items,
            self.escalations + other.escalations,
        )


def sweep(database: Database, *, batch: int = BATCH, rounds: int = ROUNDS, seconds: float = BATCH_SECONDS) -> Swept:
    """Deliver what was thrown, fire what is due, carry out batch operations; each in its own transaction, once.

    Between two rounds of batch operations, which together take up to ``seconds``, whatever has become due comes first.
    """
    until = monotonic() + seconds
    swept = Swept()
    while True:
        swept += _fire_due(database, batch, rounds)
        runtime.start_successions(database)
        done = runtime.run_batches(database, limit=batch)
        swept += Swept(items=done)
        done += runtime.recount_deadlines(database)
        done += runtime.recount_yellow(database)
        if not done or monotonic() >= until:
            return swept


def announce(
    database: Database,
    show: Callable[[Sequence[FiredEscalation]], int],
    *,
    batch: int = SHOWN_AT_ONCE,
    seconds: float = SHOWING_SECONDS,
    threads: int = 1,
) -> int:
    """Show what has fired and is not announced yet, those of one clock in the order of their levels; how many were.

    ``show`` is given several, records by itself that they are announced (``runtime.announce_escalation``) and says how
    many were. Where it raises, each is tried alone, so that one that cannot be shown holds up no other. Where that
    raises too, or this process dies, the escalation is handed out again after its claim of a minute, and those above it
    wait. A claim holds one rung of a clock at most, so several ``threads`` keep the order.
    """

    def shown(some: Sequence[FiredEscalation]) -> int:
        try:
            return show(some)
        except Exception:
            if len(some) > 1:
                return sum(shown([one]) for one in some)
            logger.exception("escalation %s was not announced", some[0].key)
            return 0

    until = monotonic() + seconds
    total = 0
    with ThreadPoolExecutor(threads) as pool:
        while monotonic() < until and (claimed := runtime.claim_escalations(database, limit=batch)):
            parts = [claimed[begin : begin + TOGETHER] for begin in range(0, len(claimed), TOGETHER)]
            total += sum(pool.map(shown, parts))
    return total


def _fire_due(database: Database, batch: int, rounds: int) -> Swept:
    timers = 0
    thrown = runtime.deliver(database, limit=batch, rounds=rounds)
    for _ in range(rounds):
        fired = runtime.fire_timers(database, limit=batch)
        timers += fired
        if fired < batch:
            break
    thrown += runtime.deliver(database, limit=batch)  # by the timers
    runtime.resume_deadlines(database, limit=batch)
    escalations: list[FiredEscalation] = []
    for _ in range(rounds):
        climbed = runtime.sweep_deadlines(database, limit=batch)
        escalations += climbed
        if len(climbed) < batch:
            break
    thrown += runtime.deliver(database, limit=batch)  # by what heard of a rung
    return Swept(timers, thrown, 0, escalations)
