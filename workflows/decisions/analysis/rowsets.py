"""Which rows are at which segments: sets of rows as bit masks, by segment and by runs of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.decisions.analysis.masks import lowest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def rows_at(size: int, masks: Iterable[tuple[int, int]]) -> list[int]:
    """By segment the rows there. ``masks`` are pairs of a set of segments and the rows that are there."""
    changes = [0] * (size + 1)
    for mask, rows in masks:
        for start, stop in _runs(mask):
            changes[start] ^= rows
            changes[stop] ^= rows
    found, here = [], 0
    for change in changes[:-1]:
        here ^= change
        found.append(here)
    return found


def _runs(mask: int) -> Iterator[tuple[int, int]]:
    """Where runs of members begin, and after their ends."""
    stop = 0
    while mask:
        start = stop + lowest(mask)
        mask >>= start - stop
        length = lowest(~mask)
        stop = start + length
        mask >>= length
        yield start, stop


class Touching:
    """The rows at any segment of a set, found by its runs: one look-up in a table of powers of two for each."""

    def __init__(self, at: Sequence[int]) -> None:
        self._known: dict[int, int] = {}
        self._levels = [list(at)]
        width = 1
        while 2 * width <= len(at):
            last = self._levels[-1]
            self._levels.append([last[place] | last[place + width] for place in range(len(last) - width)])
            width *= 2

    def __call__(self, mask: int) -> int:
        if mask not in self._known:
            self._known[mask] = self._look_up(mask)
        return self._known[mask]

    def _look_up(self, mask: int) -> int:
        found = 0
        for start, stop in _runs(mask):
            level = (stop - start).bit_length() - 1
            row = self._levels[level]
            found |= row[start] | row[stop - (1 << level)]
        return found
