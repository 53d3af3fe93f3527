"""Cells as sets of segments: asked once for each stretch on which their answer cannot change."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress, count
from typing import TYPE_CHECKING, Any

from workflows.decisions.analysis.domain import ANY, Shape
from workflows.feel import FeelBudgetExceeded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions.analysis.boundaries import Boundaries
    from workflows.decisions.analysis.domain import Domain
    from workflows.feel import UnaryTests

_STEPS = 10_000  # of FEEL, for one answer
_DIGITS = bytes.maketrans(b"01", b"\0\1")
SAMPLES = 200  # how often a cell that cannot be cut into segments is asked


@dataclass(frozen=True, slots=True)
class Mask:
    """Segments where a cell may hold, where it holds for every value, and where it holds for the segment's own value.

    For a plain cell they are the same.
    """

    may: int
    must: int
    seen: int
    plain: bool = True

    def __and__(self, other: Mask) -> Mask:
        return Mask(self.may & other.may, self.must & other.must, self.seen & other.seen, self.plain and other.plain)


def everything(domain: Domain) -> Mask:
    """``-``."""
    return Mask(domain.all, domain.all, domain.all)


def mask_of(tests: UnaryTests, bounds: Boundaries, domain: Domain) -> Mask:
    if not bounds.closed:
        return Mask(domain.all, 0, 0, plain=False)
    own = domain.places_of(bounds.values)
    try:
        return _plain(tests, own, domain) if bounds.plain else _sampled(tests, own, domain)
    except FeelBudgetExceeded:
        return Mask(domain.all, 0, 0, plain=False)


def holds(tests: UnaryTests, value: Any) -> bool:
    """Raises FeelBudgetExceeded."""
    return tests.evaluate({}, value, budget=_STEPS).value is True


def bits(mask: int) -> Iterator[int]:
    """The members of a set, ascending. By text, since arithmetic on long masks takes many times as long."""
    return compress(count(), bin(mask)[:1:-1].encode().translate(_DIGITS))


def lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _plain(tests: UnaryTests, own: set[int], domain: Domain) -> Mask:
    mask = 0
    for stretch in _stretches(own, domain):
        if holds(tests, domain.segments[lowest(stretch)].value):
            mask |= stretch
    return Mask(mask, mask, mask)


def _stretches(own: set[int], domain: Domain) -> Iterator[int]:
    """Sets of segments that a cell with these values cannot tell apart."""
    for block in domain.blocks:
        cuts = sorted(place for place in own if block.start <= place < block.stop)
        if block.shape is Shape.SINGLE:
            yield from (1 << place for place in range(block.start, block.stop))
            continue
        yield from (1 << place for place in cuts)
        if block.shape is Shape.NAMES:
            yield block.mask & ~sum(1 << place for place in cuts)
            continue
        for low, high in zip([block.start - 1, *cuts], [*cuts, block.stop], strict=True):
            if high - low > 1:
                yield (1 << high) - (1 << (low + 1))


def _sampled(tests: UnaryTests, own: set[int], domain: Domain) -> Mask:
    """An answer holds for a point; of an open segment it tells only that one value."""
    others = (place for place, each in enumerate(domain.segments) if place not in own and each.kind != ANY)
    places = [*own, *others][:SAMPLES]
    may, must, seen = domain.all, 0, 0
    for place in places:
        bit = 1 << place
        if holds(tests, domain.segments[place].value):
            seen |= bit
            must |= bit if domain.segments[place].point else 0
        elif domain.segments[place].point:
            may &= ~bit
    return Mask(may, must, seen, plain=False)
