"""The table as masks: one dimension for each thing that its columns read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import and_, or_
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions.analysis.boundaries import Boundaries, boundaries
from workflows.decisions.analysis.domain import TYPES, Domain, Shape, cut, kinds_of
from workflows.decisions.analysis.findings import Rule
from workflows.decisions.analysis.masks import Mask, everything, holds, lowest, mask_of
from workflows.decisions.analysis.rowsets import rows_at
from workflows.feel import FeelBudgetExceeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workflows.decisions.analysis.grid import Column, Grid, Row
    from workflows.feel import UnaryTests

_NOTHING = Boundaries(plain=True, closed=True, values=())


class Cell(NamedTuple):
    """The distinct cells of a dimension; ``texts`` has one entry per column, None for ``-``."""

    texts: tuple[str | None, ...]
    mask: Mask
    rows: int  # a set of rows: bit n is the row at place n

    @property
    def free(self) -> bool:
        return not any(self.texts)


@dataclass(frozen=True, slots=True)
class Dimension:
    """Columns that read the same. ``allowed`` are the segments that keep to the allowed values, null among them.

    ``expected`` are the values a gap is looked for in, ``aside`` those of them that deserve only one remark: fractions
    between whole numbers, and texts that no rule names. ``names_null``: the missing input is one that a rule names.
    """

    columns: tuple[Column, ...]
    places: tuple[int, ...]
    domain: Domain
    allowed: Mask
    expected: int
    aside: int
    names_null: bool
    kinds: frozenset[str]
    cells: tuple[Cell, ...]
    cell_of: tuple[int, ...]  # by row

    @property
    def name(self) -> str:
        return self.columns[0].name

    @property
    def reads(self) -> str | None:
        return self.columns[0].reads

    @property
    def limited(self) -> bool:
        return any(column.allowed for column in self.columns)

    @property
    def may(self) -> list[int]:
        """By segment, the rows that may hold there."""
        return rows_at(len(self.domain.segments), ((cell.mask.may, cell.rows) for cell in self.cells))

    @property
    def must(self) -> list[int]:
        """By segment, the rows that hold everywhere there."""
        return rows_at(len(self.domain.segments), ((cell.mask.must, cell.rows) for cell in self.cells))

    def pick(self, mask: int) -> int:
        """The segment of a set whose value makes the best example: no fraction, no number without lower end."""
        odd = self.aside | self.domain.null | self.domain.foreign
        below = sum(1 << block.start for block in self.domain.blocks if block.shape is Shape.LINE)
        for preferred in (mask & ~odd & ~below, mask & ~odd, mask & ~(self.domain.null | self.domain.foreign)):
            if preferred:
                return lowest(preferred)
        return lowest(mask)


@dataclass(frozen=True, slots=True)
class Space:
    """``dead`` are the rows that no input can make fire."""

    grid: Grid
    dimensions: tuple[Dimension, ...]
    bounds: dict[str, Boundaries]
    dead: int

    @property
    def living(self) -> int:
        """The other rows."""
        return (1 << len(self.grid.rows)) - 1 & ~self.dead

    @property
    def unconditional(self) -> int:
        """The rows with ``-`` everywhere."""
        free = (sum(cell.rows for cell in each.cells if cell.free) for each in self.dimensions)
        return reduce(and_, free, self.living)

    def rules(self, places: Iterable[int]) -> tuple[Rule, ...]:
        """The rows as findings name them."""
        return tuple(Rule(self.grid.rows[place].id, self.grid.rows[place].index) for place in places)

    def cell(self, dimension: Dimension, row: int) -> Cell:
        return dimension.cells[dimension.cell_of[row]]

    def independent(self, dimensions: Iterable[Dimension]) -> bool:
        """Can these take any values together? Not surely where one is computed, or a part of another."""
        used = list(dimensions)
        reads = [each.reads for each in used if each.reads is not None]
        return len(reads) == len(used) and not any(
            one.startswith(f"{other}.") or other.startswith(f"{one}.") for one, other in combinations(reads, 2)
        )

    def fires(self, row: Row, places: Sequence[int]) -> bool:
        """Do the row's own tests hold for the values of these segments, one by dimension?"""
        return all(
            test is None or _holds(test, each.domain.segments[segment].value)
            for each, segment in zip(self.dimensions, places, strict=True)
            for test in (row.tests[place] for place in each.places)
        )


def column_ids(dimensions: Iterable[Dimension]) -> tuple[str, ...]:
    return tuple(column.id for each in dimensions for column in each.columns)


def build(grid: Grid) -> Space:
    bounds = {test.text: boundaries(test) for row in grid.rows for test in row.tests if test is not None}
    groups: dict[tuple[str, int], list[int]] = {}
    for place, column in enumerate(grid.columns):
        key = ("", place) if column.reads is None else (column.reads, -1)
        groups.setdefault(key, []).append(place)
    dimensions = tuple(_dimension(grid, tuple(places), bounds) for places in groups.values())
    return Space(grid, dimensions, bounds, _dead(dimensions))


def _dimension(grid: Grid, places: tuple[int, ...], bounds: dict[str, Boundaries]) -> Dimension:
    columns = tuple(grid.columns[place] for place in places)
    texts = dict.fromkeys(test.text for row in grid.rows for place in places if (test := row.tests[place]) is not None)
    limits = [(column.allowed, boundaries(column.allowed)) for column in columns if column.allowed is not None]
    values = [value for text in texts for value in bounds[text].values]
    limit_values = [value for _, limit in limits for value in limit.values]
    declared = next((column.type for column in columns if column.type in TYPES), "")
    kinds = kinds_of(declared, [*limit_values, *values])
    domain = cut(kinds, [*limit_values, *values], foreign=not declared)
    allowed = reduce(and_, (mask_of(tests, limit, domain) for tests, limit in limits), everything(domain))
    if not all(limit.closed for _, limit in limits):
        allowed = everything(domain)  # nobody knows which
    null = domain.null
    allowed = Mask(allowed.may | null, allowed.must | null, allowed.seen | null, allowed.plain)
    names_null = any(value is None for value in values)
    aside = domain.fractions | domain.others
    known = domain.usual & allowed.seen
    cells, cell_of = _cells(grid.rows, places, bounds, domain, allowed)
    return Dimension(
        columns=columns,
        places=places,
        domain=domain,
        allowed=allowed,
        expected=known | (null if names_null else 0),
        aside=aside & known if known & ~aside else 0,
        names_null=names_null,
        kinds=kinds,
        cells=cells,
        cell_of=cell_of,
    )


def _cells(
    rows: Sequence[Row], places: tuple[int, ...], bounds: dict[str, Boundaries], domain: Domain, allowed: Mask
) -> tuple[tuple[Cell, ...], tuple[int, ...]]:
    masks: dict[str | None, Mask] = {None: everything(domain)}
    members: dict[tuple[str | None, ...], int] = {}
    for number, row in enumerate(rows):
        tests = [row.tests[place] for place in places]
        for test in tests:
            if test is not None and test.text not in masks:
                masks[test.text] = mask_of(test, bounds[test.text], domain)
        texts = _texts(row, places)
        members[texts] = members.get(texts, 0) | 1 << number
    cells = []
    for texts, rows_of in members.items():
        mask = reduce(and_, (masks[text] for text in texts))
        limited = Mask(mask.may & allowed.may, mask.must, mask.seen & allowed.seen, mask.plain)
        cells.append(Cell(texts, limited, rows_of))
    numbers = {texts: number for number, texts in enumerate(members)}
    return tuple(cells), tuple(numbers[_texts(row, places)] for row in rows)


def _texts(row: Row, places: tuple[int, ...]) -> tuple[str | None, ...]:
    return tuple(None if (test := row.tests[place]) is None else test.text for place in places)


def _dead(dimensions: tuple[Dimension, ...]) -> int:
    return reduce(or_, (cell.rows for each in dimensions for cell in each.cells if not cell.mask.may), 0)


def _holds(test: UnaryTests, value: Any) -> bool:
    try:
        return holds(test, value)
    except FeelBudgetExceeded:
        return False
