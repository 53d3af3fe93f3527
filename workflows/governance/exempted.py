"""What was exempted (免罚统计): how items and units were decided. Fines are no part of it (行政处罚法 74)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from workflows.governance.indicators import SMALL, Rate
from workflows.governance.violations import Outcome
from workflows.store.queries.seen import of_units
from workflows.store.tables import Case, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from workflows.store.queries.seen import Within

SHALL, MAY, NO_FAULT = Outcome.EXEMPT_SHALL.value, Outcome.EXEMPT_MAY.value, Outcome.EXEMPT_NO_FAULT.value
EXEMPT = (SHALL, MAY, NO_FAULT)
SHOWN = 500


@dataclass(slots=True)
class Item:
    """Decisions about one matter: by outcome, and by unit those exempted of those decided."""

    outcomes: Counter[str] = field(default_factory=Counter)
    units: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, unit: str, outcome: str, number: int) -> None:
        self.outcomes[outcome] += number
        self.units[unit][outcome] += number

    @property
    def decided(self) -> int:
        return self.outcomes.total()

    @property
    def exempted(self) -> Rate:
        return _exempted(self.outcomes)

    @property
    def spread(self) -> float | None:
        """Consistency: by how many points the units that decided enough of it lie apart; None for fewer than two."""
        rates = [_exempted(each) for each in self.units.values()]
        shares = [100 * rate.part / rate.whole for rate in rates if rate.whole >= SMALL]
        return max(shares) - min(shares) if len(shares) > 1 else None


def by_matter(session: Session, since: datetime, until: datetime, seen: Within | None = None) -> dict[str, Item]:
    """Decisions of [since, until) that were not annulled, by matter; by the units whose work is ``seen``."""
    of = Violation
    query = (
        select(of.matter, func.coalesce(of.bureau, "").label("unit"), of.outcome, func.count())
        .where(of.decided >= since, of.decided < until, of.annulled.is_(None), *of_units(seen, of.bureau))
        .group_by(of.matter, of.bureau, of.outcome)
    )
    items: dict[str, Item] = defaultdict(Item)
    for matter, unit, outcome, number in session.execute(query).tuples():
        items[matter].add(unit, outcome, number)
    return dict(items)


def by_unit(items: Iterable[Item]) -> dict[str, Counter[str]]:
    """The same by unit: outcomes of all matters."""
    units: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        for unit, outcomes in item.units.items():
            units[unit] += outcomes
    return dict(units)


def decisions(
    session: Session,
    since: datetime,
    until: datetime,
    *,
    matter: str | None,
    unit: str | None,
    outcomes: Iterable[str],
    seen: Within | None = None,
) -> list[Row[Any]]:
    """The decisions behind a number, the newest first; nothing personal."""
    of = Violation
    query = (
        select(of.key, of.matter, of.bureau, of.outcome, of.decided, of.process_instance_key, Case.number)
        .outerjoin(Case, Case.key == of.case_key)
        .where(of.decided >= since, of.decided < until, of.annulled.is_(None), *of_units(seen, of.bureau))
    )
    if matter is not None:
        query = query.where(of.matter == matter)
    if unit is not None:
        query = query.where(func.coalesce(of.bureau, "") == unit)
    if wanted := list(outcomes):
        query = query.where(of.outcome.in_(wanted))
    return list(session.execute(query.order_by(of.decided.desc(), of.key.desc()).limit(SHOWN)))


def _exempted(outcomes: Counter[str]) -> Rate:
    return Rate(sum(outcomes[one] for one in EXEMPT), outcomes.total())
