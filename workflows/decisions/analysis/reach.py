"""Rules that never fire: no input satisfies them, or better rules cover all that they cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from workflows.decisions.analysis.masks import bits
from workflows.decisions.analysis.rowsets import Touching
from workflows.decisions.analysis.search import OutOfSteps, uncovered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.decisions.analysis.grid import Grid
    from workflows.decisions.analysis.search import Budget
    from workflows.decisions.analysis.space import Space

_NAMED = 12  # covering rules that are looked through for those that matter


class Covered(NamedTuple):
    """The place of a row that never fires and those of the rows that cover it."""

    row: int
    by: tuple[int, ...]


class Reach(NamedTuple):
    found: tuple[Covered, ...]
    complete: bool


def covered_rows(space: Space, duplicates: Iterable[int], budget: Budget) -> Reach:
    """Under FIRST and PRIORITY, the rows that better rows leave nothing to; of each set of duplicates only the best."""
    at = [dimension.must for dimension in space.dimensions]
    touching = [Touching(rows) for rows in at]
    alike = {row: rows for rows in duplicates for row in bits(rows)}
    found: list[Covered] = []
    better, settled = 0, space.dead
    try:
        for row in _precedence(space.grid):
            rivals, better = better, better | 1 << row
            if not settled >> row & 1:
                settled |= alike.get(row, 0)
                domains = [space.cell(dimension, row).mask.may for dimension in space.dimensions]
                for domain, touched in zip(domains, touching, strict=True):
                    rivals &= touched(domain)
                if rivals and uncovered(domains, at, rivals, budget) is None:
                    found.append(Covered(row, _needed(domains, at, rivals, budget)))
    except OutOfSteps:
        return Reach(tuple(found), complete=False)
    return Reach(tuple(found), complete=True)


def _needed(domains: list[int], at: list[list[int]], rivals: int, budget: Budget) -> tuple[int, ...]:
    """As few of the rivals as cover it, the earliest preferred; one alone if one does."""
    for rival in bits(rivals):
        if all(1 << rival & rows[place] for domain, rows in zip(domains, at, strict=True) for place in bits(domain)):
            return (rival,)
    if rivals.bit_count() <= _NAMED:
        for rival in reversed(list(bits(rivals))):
            if uncovered(domains, at, rivals & ~(1 << rival), budget) is None:
                rivals &= ~(1 << rival)
    return tuple(bits(rivals))


def _precedence(grid: Grid) -> list[int]:
    """The rows in the order in which they win, where only one does. Equal ranks are decided by the order of rules.

    A row whose rank is not known neither leaves nothing to another nor is left nothing.
    """
    if grid.hit_policy == "PRIORITY":
        return [
            place
            for _, place in sorted((row.rank, place) for place, row in enumerate(grid.rows) if row.rank is not None)
        ]
    return list(range(len(grid.rows))) if grid.hit_policy == "FIRST" else []
