"""Values and sets of segments in words, Chinese and English."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions.analysis.domain import ANY, Shape
from workflows.decisions.analysis.findings import Value
from workflows.decisions.analysis.masks import bits
from workflows.feel.values import NUMBERS
from workflows.feel.values.numbers import number_text
from workflows.feel.values.temporal_text import temporal_text
from workflows.feel.values.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workflows.decisions.analysis.domain import Segment
    from workflows.decisions.analysis.findings import Rule
    from workflows.decisions.analysis.space import Dimension, Space

_SHOWN = 5  # values of a list, before it is cut short
_WORDS = {None: "null", True: "true", False: "false"}


class Both(NamedTuple):
    zh: str
    en: str


NOTHING = Both("", "")


def literal(value: Any) -> str:
    """The FEEL literal that means a value."""
    if type(value) in NUMBERS:
        return number_text(value)
    if type(value) is str:
        return quoted(value)
    if value is None or type(value) is bool:
        return _WORDS[value]
    if type(value) in {list, dict}:
        return "[]" if type(value) is list else "{}"
    return f'@"{temporal_text(value)}"'


def shown(value: Any) -> str:
    """As people write it."""
    text = literal(value)
    return text[2:-1] if text.startswith("@") else text


def value(given: Any) -> Value:
    return Value(given, literal(given))


def example(space: Space, places: Iterable[int | None]) -> dict[str, Value]:
    """By column name, with the expression or id where two have the same name. What is not known is left out."""
    found: dict[str, Value] = {}
    for each, place in zip(space.dimensions, places, strict=True):
        for column in each.columns:
            if place is not None and each.domain.segments[place].kind != ANY:
                given = value(each.domain.segments[place].value)
                name = f"{column.name} ({column.reads or column.id})"
                found[name if found.get(column.name, given) != given else column.name] = given
    return found


def rules(found: Iterable[Rule]) -> Both:
    numbers = [str(rule.index) for rule in found]
    if len(numbers) > 2 * _SHOWN:
        rest = len(numbers) - _SHOWN
        first = numbers[:_SHOWN]
        return Both(f"规则 {'、'.join(first)} 等 {len(numbers)} 条", f"rules {', '.join(first)} and {rest} more")
    if len(numbers) == 1:
        return Both(f"规则 {numbers[0]}", f"rule {numbers[0]}")
    return Both(f"规则 {'、'.join(numbers)}", f"rules {', '.join(numbers[:-1])} and {numbers[-1]}")


def point(places: Iterable[tuple[Dimension, int | None]]) -> Both:
    """``a = 1、b = "x"``: the values of these segments, as far as they are known."""
    said = [_at(each.name, each.domain.segments[place]) for each, place in places if place is not None]
    return Both("、".join(each.zh for each in said), ", ".join(each.en for each in said))


def _at(name: str, segment: Segment) -> Both:
    if segment.kind == ANY:
        return _given(name)
    text = f"{name} = {shown(segment.value)}"
    return Both(f"{name} 缺失 (null)" if segment.value is None else text, text)


def region(conditions: Iterable[tuple[Dimension, int]]) -> Both:
    """``a > 1 且 b = "x" 或 "y"``."""
    parts = [_condition(dimension, mask) for dimension, mask in conditions]
    return Both("，且 ".join(part.zh for part in parts), " and ".join(part.en for part in parts))


def _condition(dimension: Dimension, mask: int) -> Both:
    pieces = list(_pieces(dimension, mask))
    if len(pieces) > _SHOWN:
        more = len(pieces) - _SHOWN
        pieces[_SHOWN:] = [Both(f"另外 {more} 段", f"{more} more ranges")]
    return Both(" 或 ".join(piece.zh for piece in pieces), " or ".join(piece.en for piece in pieces))


def _pieces(dimension: Dimension, mask: int) -> Iterator[Both]:
    domain, name = dimension.domain, dimension.name
    for block in domain.blocks:
        if block.shape is Shape.LINE:
            yield from (_range(name, *ends) for ends in _runs(domain.segments, mask & block.mask))
        elif block.shape is Shape.NAMES and mask & block.mask & domain.others:
            yield _other(name, [domain.segments[place].value for place in bits(block.mask & ~mask)])
        elif block.shape is Shape.NAMES and mask & block.mask and domain.segments[block.start].kind == ANY:
            yield _given(name)
        else:
            values = [domain.segments[place].value for place in bits(mask & block.mask & ~domain.null)]
            if values:
                listed = _listed(values)
                yield Both(f"{name} = {listed.zh}", f"{name} = {listed.en}")
    if mask & domain.null:
        yield Both(f"{name} 缺失 (null)", f"{name} is missing (null)")


def _runs(segments: tuple[Segment, ...], mask: int) -> Iterator[tuple[Segment, Segment]]:
    """The first and last of each run of neighbours."""
    first = previous = -1
    for place in bits(mask):
        if place != previous + 1 or first < 0:
            if first >= 0:
                yield segments[first], segments[previous]
            first = place
        previous = place
    if first >= 0:
        yield segments[first], segments[previous]


def _range(name: str, first: Segment, last: Segment) -> Both:
    if first is last and first.point:
        text = f"{name} = {shown(first.value)}"
    elif first.low is None and last.high is None:
        return _given(name)
    elif first.low is None:
        text = f"{name} {'<=' if last.point else '<'} {shown(last.high)}"
    elif last.high is None:
        text = f"{name} {'>=' if first.point else '>'} {shown(first.low)}"
    else:
        low, high = "<=" if first.point else "<", "<=" if last.point else "<"
        text = f"{shown(first.low)} {low} {name} {high} {shown(last.high)}"
    return Both(text, text)


def _given(name: str) -> Both:
    return Both(f"{name} 有值", f"{name} is not null")


def _other(name: str, left_out: list[Any]) -> Both:
    if not left_out:
        return _given(name)
    listed = _listed(left_out, "、", ", ")
    return Both(f"{name} 不是 {listed.zh}", f"{name} is not {listed.en}")


def _listed(values: list[Any], zh: str = " 或 ", en: str = " or ") -> Both:
    texts = [shown(value) for value in islice(values, _SHOWN)]
    if len(values) <= _SHOWN:
        return Both(zh.join(texts), en.join(texts))
    return Both(f"{'、'.join(texts)} 等 {len(values)} 个值", f"{', '.join(texts)} and {len(values) - _SHOWN} more")
