"""Pairs of rules that one input can satisfy together."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from workflows.decisions.analysis.boundaries import STEPS
from workflows.decisions.analysis.masks import bits
from workflows.decisions.analysis.rowsets import Touching, rows_at
from workflows.feel import FeelBudgetExceeded, FeelSyntaxError, parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions.analysis.space import Cell, Dimension, Space


class Overlap(NamedTuple):
    """Places of two rows, and by dimension the segment whose value is the example (None: unknown).

    ``certain``: the two surely match there. ``likely``: without an input missing that no rule expects to be missing.
    ``fraction``: only for a number between two whole neighbours, where rules name whole numbers only.
    """

    one: int
    other: int
    places: tuple[int | None, ...]
    certain: bool
    likely: bool
    fraction: bool


def overlaps(space: Space, ignored: list[int]) -> Iterator[Overlap]:
    """All overlaps, lower rows first. ``ignored`` are by row the rows whose overlap with it is of no interest."""
    tables = [_partners(dimension) for dimension in space.dimensions]
    living = space.living
    for one in bits(living):
        partners = living & ~ignored[one] & -(2 << one)
        for dimension, table in zip(space.dimensions, tables, strict=True):
            partners &= table[dimension.cell_of[one]]
        for other in bits(partners):
            yield overlap(space, one, other)


def overlap(space: Space, one: int, other: int) -> Overlap:
    """The overlap of two rows that are partners in every dimension."""
    pairs = [(space.cell(each, one), space.cell(each, other)) for each in space.dimensions]
    places = [_meeting(each, *pair) for each, pair in zip(space.dimensions, pairs, strict=True)]
    involved = [
        each for each, (cell, another) in zip(space.dimensions, pairs, strict=True) if not (cell.free and another.free)
    ]
    known = [place for place in places if place is not None]
    rows = [space.grid.rows[row] for row in (one, other)]
    verified = len(known) == len(places) and all(space.fires(row, known) for row in rows)
    chosen = [(each, 1 << place) for each, place in zip(space.dimensions, places, strict=True) if place is not None]
    likely = not any(place & each.domain.null and not each.names_null for each, place in chosen)
    fraction = any(place & each.domain.fractions for each, place in chosen)
    return Overlap(one, other, tuple(places), verified and space.independent(involved), likely, fraction)


def outputs_differ(one: tuple[str, ...], other: tuple[str, ...]) -> bool | None:
    """Do two rules give different outputs? None where that rests on the input."""
    answers = {_differ(a, b) for a, b in zip(one, other, strict=True)}
    return True if True in answers else None if None in answers else False


def _differ(one: str, other: str) -> bool | None:
    if one == other:
        return False
    try:
        both = [parse_expression(text or "null") for text in (one, other)]
        if any(each.names for each in both):
            return None
        values = [each.evaluate({}, budget=STEPS) for each in both]
        if any(each.warnings for each in values):
            return None
        same = parse_expression("one = other").evaluate({"one": values[0].value, "other": values[1].value}).value
    except (FeelSyntaxError, FeelBudgetExceeded):
        return None
    return same is not True


def _partners(dimension: Dimension) -> list[int]:
    """By cell: the rows whose cell may hold together with it."""
    within, cells = dimension.domain.usual | dimension.domain.null, dimension.cells
    size = len(dimension.domain.segments)
    touching = Touching(rows_at(size, ((cell.mask.seen, cell.rows) for cell in cells)))
    found = [touching(cell.mask.seen & within) for cell in cells]
    if dimension.allowed.plain and all(cell.mask.plain for cell in cells):
        return found
    # Of a cell that cannot be cut into segments nothing is known, but that it holds where it holds.
    living = [cell for cell in cells if cell.mask.may & within]
    everyone = reduce(or_, (cell.rows for cell in living), 0)
    free = reduce(or_, (cell.rows for cell in living if cell.free), 0)
    touching = Touching(rows_at(size, ((cell.mask.may, cell.rows) for cell in cells if cell.mask.plain)))
    for place, cell in enumerate(cells):
        if cell.mask.may & within:
            likely = touching(cell.mask.may & within) if cell.mask.plain else 0
            found[place] |= everyone if cell.free else cell.rows | free | likely
    return found


def _meeting(dimension: Dimension, one: Cell, other: Cell) -> int | None:
    both = one.mask.seen & other.mask.seen
    found = both & (dimension.domain.usual | dimension.domain.null)
    return dimension.pick(found) if found else None
