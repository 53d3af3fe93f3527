"""The values of one input, cut into segments on each of which every plain cell has one answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from workflows.decisions.analysis.axes import AXES, OTHER_TEXT, PROBES, ZONED, kind_of, type_name
from workflows.feel.values import NUMBERS
from workflows.feel.values.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Iterable

TYPES = frozenset({"string", "boolean", *AXES}) - {ZONED}
ANY = "Any"  # the kind of a column about which nothing is known


class Shape(Enum):
    """How the segments of a block hang together."""

    LINE = "ordered: a cell's values cut it into runs"
    NAMES = "unordered: what a cell does not name is all alike"
    SINGLE = "each for itself"


@dataclass(frozen=True, slots=True)
class Segment:
    """A point, or all that lies between ``low`` and ``high`` (None: without end); ``value`` is one of it."""

    kind: str
    value: Any
    low: Any = None
    high: Any = None
    point: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """The segments of one kind: those from ``start`` up to ``stop``."""

    shape: Shape
    start: int
    stop: int

    @property
    def mask(self) -> int:
        return (1 << self.stop) - (1 << self.start)


@dataclass(frozen=True, slots=True)
class Domain:
    """Sets of segments are bit masks; bit n is segment n.

    ``usual`` are the values the column is meant for, ``null`` is the missing one, ``foreign`` are values of other
    types, that an undeclared column may get as well. ``fractions`` lie between neighbouring whole numbers where only
    whole numbers are compared with; ``others`` are the texts that no cell names.
    """

    segments: tuple[Segment, ...]
    blocks: tuple[Block, ...]
    places: dict[tuple[str, Any], int]
    usual: int
    null: int
    foreign: int
    fractions: int
    others: int

    @property
    def all(self) -> int:
        return (1 << len(self.segments)) - 1

    def places_of(self, values: Iterable[Any]) -> set[int]:
        """The points at which these values lie; values of other kinds have none."""
        return {self.places[place] for value in values if (place := _place(value)) in self.places}


def kinds_of(declared: str, values: Iterable[Any]) -> frozenset[str]:
    """The kinds a column is meant for: as declared, unless all its cells are written for another."""
    found = frozenset(kind for value in values if (kind := kind_of(value)) not in {None, "null"})
    same = frozenset(kind for kind in found if type_name(kind) == declared)
    if same or not found:
        return same or TYPES & {declared}
    return found


def cut(kinds: Iterable[str], values: Iterable[Any], *, foreign: bool) -> Domain:
    """The domain of values of these kinds (none: of any), null, and on demand values of all other kinds."""
    segments: list[Segment] = []
    blocks: list[Block] = []
    points = {_place(value): value for value in reversed([*values]) if kind_of(value) is not None}
    kinds = sorted(kinds)
    for kind in kinds or [ANY]:
        own = [value for (of, _), value in reversed(points.items()) if of == kind]
        shape, made = _block(kind, own)
        blocks.append(Block(shape, len(segments), len(segments) + len(made)))
        segments += made
    usual = len(segments)
    segments.append(Segment("null", None, point=True))
    if foreign:
        segments += [Segment(kind, value) for kind, value in PROBES if kind not in kinds]
    blocks.append(Block(Shape.SINGLE, usual, len(segments)))
    return Domain(
        segments=tuple(segments),
        blocks=tuple(blocks),
        places={_place(each.value): place for place, each in enumerate(segments) if each.point},
        usual=(1 << usual) - 1,
        null=1 << usual,
        foreign=(1 << len(segments)) - (1 << (usual + 1)),
        fractions=_fractions(segments),
        others=sum(1 << n for n, each in enumerate(segments[:usual]) if each.kind == "string" and not each.point),
    )


def _place(value: Any) -> tuple[str, Any]:
    kind = kind_of(value) or ""
    return kind, AXES[kind].key(value) if kind in AXES else value


def _block(kind: str, values: list[Any]) -> tuple[Shape, list[Segment]]:
    if kind in AXES:
        return Shape.LINE, _line(kind, values)
    if kind == "boolean":
        return Shape.SINGLE, [Segment(kind, value, point=True) for value in (True, False)]
    named = [Segment(kind, value, point=True) for value in values]
    return Shape.NAMES, [*named, Segment(kind, _unlike(values))]


def _line(kind: str, values: list[Any]) -> list[Segment]:
    axis = AXES[kind]
    ends = [None, *sorted(values, key=axis.key), None]
    segments: list[Segment] = []
    for low, high in pairwise(ends):
        if low is not None:
            segments.append(Segment(kind, low, low, low, point=True))
        if (value := axis.between(low, high)) is not None:
            segments.append(Segment(kind, value, low, high))
    return segments


def _unlike(values: list[Any]) -> str:
    text = OTHER_TEXT
    while text in values:
        text += "值"
    return text


def _fractions(segments: list[Segment]) -> int:
    ends = [each.value for each in segments if each.point and type(each.value) in NUMBERS]
    if any(whole(end) is None for end in ends):
        return 0
    return sum(
        1 << place
        for place, each in enumerate(segments)
        if each.kind == "number" and None not in {each.low, each.high} and each.high - each.low == 1
    )
