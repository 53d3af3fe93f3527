"""Is there an input that no rule of a set covers? A search over the dimensions, with a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.decisions.analysis.masks import bits

if TYPE_CHECKING:
    from collections.abc import Sequence


MAX_DIMENSIONS = 200  # the search goes one call deeper for each


class OutOfSteps(Exception):
    """分析的步数用完 The analysis has used its steps."""


@dataclass(slots=True)
class Budget:
    left: int

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise OutOfSteps


def uncovered(domains: Sequence[int], rows_at: Sequence[list[int]], rows: int, budget: Budget) -> list[int] | None:
    """One segment per dimension where none of the rows is, or None if they cover all. Raises OutOfSteps.

    ``domains`` are the segments to look at, ``rows_at`` says by dimension and segment which rows are there.
    """
    if not all(domains):
        return None
    if len(domains) > MAX_DIMENSIONS:
        raise OutOfSteps
    budget.spend(sum(domain.bit_count() for domain in domains))
    spanning = [_spanning(domain, at, rows) for domain, at in zip(domains, rows_at, strict=True)]
    # What most rules restrict comes first, so that few are left soon.
    order = sorted(range(len(domains)), key=lambda dimension: spanning[dimension].bit_count())
    covering = [rows]  # by depth: the rows that span all dimensions from there on
    for dimension in reversed(order):
        covering.append(covering[-1] & spanning[dimension])
    covering.reverse()
    found = [next(bits(domain)) for domain in domains]
    covered: set[tuple[int, int]] = set()

    def search(depth: int, alive: int) -> bool:
        if not alive:
            return True
        if alive & covering[depth] or (depth, alive) in covered:
            return False
        dimension = order[depth]
        at = rows_at[dimension]
        budget.spend(domains[dimension].bit_count())
        rests = {alive & at[place]: place for place in bits(domains[dimension])}
        for rest in sorted(rests, key=int.bit_count):  # where few rules are, a gap is near
            found[dimension] = rests[rest]
            if search(depth + 1, rest):
                return True
        covered.add((depth, alive))
        return False

    return found if search(0, rows) else None


def _spanning(domain: int, at: list[int], rows: int) -> int:
    for place in bits(domain):
        rows &= at[place]
        if not rows:
            break
    return rows
