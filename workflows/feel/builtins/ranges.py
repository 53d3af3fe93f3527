"""Relations between points and ranges (DMN 1.5, table 78)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from workflows.feel.builtins.registry import builtin
from workflows.feel.operators import less, ordered
from workflows.feel.values import Range

Relation = Callable[[Any, Any], bool]
# The end that a range has not: before and after everything.
_LOWEST, _HIGHEST = object(), object()


class _Span(NamedTuple):
    start: Any
    end: Any
    start_included: bool
    end_included: bool


def _span(value: Any) -> _Span:
    """A point is the range that holds only it."""
    if type(value) is not Range:
        return _Span(value, value, start_included=True, end_included=True)
    start = _LOWEST if value.start is None else value.start
    end = _HIGHEST if value.end is None else value.end
    return _Span(start, end, value.start_included, value.end_included)


def _less(one: Any, other: Any) -> bool:
    if one is _HIGHEST or other is _LOWEST:
        return False
    return one is _LOWEST or other is _HIGHEST or less(one, other)


def _same(one: Any, other: Any) -> bool:
    if not {one, other}.isdisjoint({_LOWEST, _HIGHEST}):
        return one is other
    left, right = ordered(one, other)
    return bool(left == right)


def _before(one: _Span, other: _Span) -> bool:
    return _less(one.end, other.start) or (
        _same(one.end, other.start) and not (one.end_included and other.start_included)
    )


def _meets(one: _Span, other: _Span) -> bool:
    return one.end_included and other.start_included and _same(one.end, other.start)


def _overlaps(one: _Span, other: _Span) -> bool:
    return not _before(one, other) and not _before(other, one)


def _starts_first(one: _Span, other: _Span) -> bool:
    return _less(one.start, other.start) or (
        _same(one.start, other.start) and one.start_included and not other.start_included
    )


def _ends_first(one: _Span, other: _Span) -> bool:
    return _less(one.end, other.end) or (_same(one.end, other.end) and other.end_included and not one.end_included)


def _same_start(one: _Span, other: _Span) -> bool:
    return _same(one.start, other.start) and one.start_included == other.start_included


def _same_end(one: _Span, other: _Span) -> bool:
    return _same(one.end, other.end) and one.end_included == other.end_included


def _overlaps_before(one: _Span, other: _Span) -> bool:
    return _overlaps(one, other) and _starts_first(one, other) and not _ends_first(other, one)


def _includes(one: _Span, other: _Span) -> bool:
    return not _starts_first(other, one) and not _ends_first(one, other)


def _finishes(one: _Span, other: _Span) -> bool:
    return _same_end(one, other) and not _starts_first(one, other)


def _starts(one: _Span, other: _Span) -> bool:
    return _same_start(one, other) and not _ends_first(other, one)


def _coincides(one: _Span, other: _Span) -> bool:
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


def _over_spans(relation: Relation) -> Relation:
    return lambda one, other: relation(_span(one), _span(other))


for _name, (_pairs, _relation) in _RELATIONS.items():
    builtin(*(f"{_name}({_PARAMETERS[pair]})" for pair in _pairs.split()), weight=3)(_over_spans(_relation))
