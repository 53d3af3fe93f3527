"""Inputs that no rule covers, as few large regions."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, NamedTuple

from workflows.decisions.analysis.masks import bits
from workflows.decisions.analysis.rowsets import Touching
from workflows.decisions.analysis.search import OutOfSteps, uncovered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workflows.decisions.analysis.search import Budget
    from workflows.decisions.analysis.space import Dimension, Space

LARGEST = 20


class Gap(NamedTuple):
    """``region``: the segments by dimension; ``limiting`` the dimensions where they are not all that is expected.

    ``aside`` is the dimension whose fractions or unnamed texts the region consists of, None for any other gap.
    """

    region: tuple[int, ...]
    limiting: tuple[int, ...]
    places: tuple[int, ...]
    aside: int | None


class Gaps(NamedTuple):
    """The largest first. ``more``: there are others still; ``complete``: the budget sufficed to look."""

    found: tuple[Gap, ...]
    more: bool
    complete: bool


def gaps(space: Space, budget: Budget) -> Gaps:
    finder = _Finder(space, budget)
    try:
        finder.run()
    except OutOfSteps:
        return Gaps(finder.sorted(), more=True, complete=False)
    return Gaps(finder.sorted(), finder.more, complete=True)


class _Finder:
    def __init__(self, space: Space, budget: Budget) -> None:
        self._dimensions = space.dimensions
        self._budget = budget
        self._at = [dimension.may for dimension in space.dimensions]
        self._touching = [Touching(at) for at in self._at]
        # A gap that was found becomes a row, so that the next one is elsewhere.
        self._real = self._rows = (1 << len(space.grid.rows)) - 1
        self._next = len(space.grid.rows)
        self._expected = [each.expected for each in space.dimensions]  # less what is a gap whatever the others are
        self._found: list[Gap] = []
        self.more = False

    def run(self) -> None:
        expected, whole = self._expected, tuple(self._expected)
        if not all(whole):
            return
        for place, each in enumerate(self._dimensions):
            unnamed = sum(1 << bit for bit in bits(expected[place]) if not self._at[place][bit] & self._real)
            if region := self._bridged(each, unnamed & ~each.aside, unnamed):
                self._note([*whole[:place], region, *whole[place + 1 :]])
                expected[place] &= ~region
        main = [mask & ~each.aside for mask, each in zip(expected, self._dimensions, strict=True)]
        while not self.more and (start := uncovered(main, self._at, self._rows, self._budget)):
            self._take(start, main)
        for place, each in enumerate(self._dimensions):
            for odd in (each.aside & each.domain.fractions, each.aside & each.domain.others):
                within = [*expected[:place], odd, *expected[place + 1 :]]
                if start := uncovered(within, self._at, self._rows, self._budget):
                    self._note(self._grown(start, within), place)

    def sorted(self) -> tuple[Gap, ...]:
        return tuple(sorted(self._found, key=lambda gap: (len(gap.limiting), -self._size(gap.region))))

    def _take(self, start: list[int], main: list[int]) -> None:
        if len(self._found) >= LARGEST:
            self.more = True
            return
        region = self._grown(start, main)
        for place, each in enumerate(self._dimensions):
            expected = self._expected[place]
            rest = self._free(region, place, expected)
            region[place] = rest if rest == expected else self._bridged(each, region[place] & ~each.aside, rest)
        self._note(self._news(region))

    def _note(self, region: Sequence[int], aside: int | None = None) -> None:
        limiting = tuple(n for n, mask in enumerate(region) if self._expected[n] & ~mask)
        places = tuple(each.pick(mask) for each, mask in zip(self._dimensions, region, strict=True))
        self._found.append(Gap(tuple(region), limiting, places, aside))
        for at, mask in zip(self._at, region, strict=True):
            for place in bits(mask):
                at[place] |= 1 << self._next
        self._rows |= 1 << self._next
        self._next += 1

    def _grown(self, start: list[int], within: list[int]) -> list[int]:
        """The larger of the regions around a point that grow in the one or the other order of dimensions."""
        numbers = range(len(start))
        return max((self._grow(start, within, order) for order in (numbers, numbers[::-1])), key=self._size)

    def _grow(self, start: list[int], within: list[int], order: Sequence[int]) -> list[int]:
        region = [1 << place for place in start]
        for number in order:
            region[number] = self._free(region, number, within[number])
        return region

    def _news(self, region: list[int]) -> list[int]:
        """Without what earlier regions tell already, as far as that does not take another condition to say."""
        for number, expected in enumerate(self._expected):
            if region[number] != expected:
                for told in (gap.region for gap in self._found):
                    inside = all(not mask & ~told[n] for n, mask in enumerate(region) if n != number)
                    if inside and region[number] & ~told[number]:
                        region[number] &= ~told[number]
        return region

    def _free(self, region: list[int], number: int, within: int) -> int:
        """The segments of one dimension where no row is, inside the region of the others."""
        self._budget.spend(within.bit_count())
        others = self._real
        for place, mask in enumerate(region):
            if place != number:
                others &= self._touching[place](mask)
        at = self._at[number]
        return sum(1 << place for place in bits(within) if not at[place] & others)

    @staticmethod
    def _bridged(dimension: Dimension, mask: int, free: int) -> int:
        """With the fractions between two whole numbers that are both in it."""
        fractions = dimension.aside & dimension.domain.fractions & free
        return mask | sum(1 << place for place in bits(fractions) if mask >> (place - 1) & mask >> (place + 1) & 1)

    def _size(self, region: Sequence[int]) -> float:
        shares = zip(region, self._dimensions, strict=True)
        return sum(log(mask.bit_count() / each.expected.bit_count()) for mask, each in shares)


def regions_of(space: Space, gap: Gap) -> Iterator[tuple[Dimension, int]]:
    for number in gap.limiting:
        yield space.dimensions[number], gap.region[number]
