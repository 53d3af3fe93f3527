"""Relations between points and ranges (DMN 1.5, table 78)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflows.feel.builtins.registry import builtin
from workflows.feel.operators import less, ordered
from workflows.feel.values import Range

Relation = Callable[[Any, Any], bool]


def _as_range(value: Any) -> Range:
    """A point is the range that holds only it."""
    if type(value) is Range:
        return value
    return Range(value, value, start_included=True, end_included=True)


def _same(one: Any, other: Any) -> bool:
    left, right = ordered(one, other)
    return bool(left == right)


def _before(one: Range, other: Range) -> bool:
    return less(one.end, other.start) or (
        _same(one.end, other.start) and not (one.end_included and other.start_included)
    )


def _meets(one: Range, other: Range) -> bool:
    return one.end_included and other.start_included and _same(one.end, other.start)


def _overlaps(one: Range, other: Range) -> bool:
    return not _before(one, other) and not _before(other, one)


def _starts_first(one: Range, other: Range) -> bool:
    return less(one.start, other.start) or (
        _same(one.start, other.start) and one.start_included and not other.start_included
    )


def _ends_first(one: Range, other: Range) -> bool:
    return less(one.end, other.end) or (_same(one.end, other.end) and other.end_included and not one.end_included)


def _same_start(one: Range, other: Range) -> bool:
    return _same(one.start, other.start) and one.start_included == other.start_included


def _same_end(one: Range, other: Range) -> bool:
    return _same(one.end, other.end) and one.end_included == other.end_included


def _overlaps_before(one: Range, other: Range) -> bool:
    return _overlaps(one, other) and _starts_first(one, other) and not _ends_first(other, one)


def _includes(one: Range, other: Range) -> bool:
    return not _starts_first(other, one) and not _ends_first(one, other)


def _finishes(one: Range, other: Range) -> bool:
    return _same_end(one, other) and not _starts_first(one, other)


def _starts(one: Range, other: Range) -> bool:
    return _same_start(one, other) and not _ends_first(other, one)


def _coincides(one: Range, other: Range) -> bool:
    return _same_start(one, other) and _same_end(one, other)


def _turned(relation: Relation) -> Relation:
    return lambda one, other: relation(other, one)


# For each pair of kinds that the standard gives the relation for: p a point, r a range.
_RELATIONS: dict[str, tuple[str, Relation]] = {
    "before": ("pp pr rp rr", _before),
    "after": ("pp pr rp rr", _turned(_before)),
    "meets": ("rr", _meets),
    "met by": ("rr", _turned(_meets)),
    "overlaps": ("rr", _overlaps),
    "overlaps before": ("rr", _overlaps_before),
    "overlaps after": ("rr", _turned(_overlaps_before)),
    "finishes": ("pr rr", _finishes),
    "finished by": ("rp rr", _turned(_finishes)),
    "includes": ("rp rr", _includes),
    "during": ("pr rr", _turned(_includes)),
    "starts": ("pr rr", _starts),
    "started by": ("rp rr", _turned(_starts)),
    "coincides": ("pp rr", _coincides),
}
_PARAMETERS = {
    "pp": "point1: point, point2: point",
    "pr": "point: point, range: range",
    "rp": "range: range, point: point",
    "rr": "range1: range, range2: range",
}


def _over_ranges(relation: Relation) -> Relation:
    return lambda one, other: relation(_as_range(one), _as_range(other))


for _name, (_pairs, _relation) in _RELATIONS.items():
    builtin(*(f"{_name}({_PARAMETERS[pair]})" for pair in _pairs.split()), weight=3)(_over_ranges(_relation))
