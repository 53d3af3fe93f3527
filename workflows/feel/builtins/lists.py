"""Functions over lists. Most take either one list or its items as arguments."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key, reduce
from typing import TYPE_CHECKING, Any

from workflows.feel.builtins.registry import builtin
from workflows.feel.errors import NoValue
from workflows.feel.operators import equal, less
from workflows.feel.values import CONTEXT, NUMBERS, Number
from workflows.feel.values.numbers import finite, within_reach
from workflows.feel.values.python import MAX_NESTING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflows.feel.run import Run
    from workflows.feel.values.functions import Invocable


def items_of(arguments: Sequence[Any]) -> list[Any]:
    """``sum([1, 2])`` and ``sum(1, 2)`` are the same."""
    if len(arguments) == 1 and type(arguments[0]) is list:
        return arguments[0]
    return list(arguments)


def _numbers(arguments: Sequence[Any]) -> list[Number]:
    items = items_of(arguments)
    if any(type(item) not in NUMBERS for item in items):
        raise NoValue("列表里有不是数的项 (an item is no number)")
    for item in items:
        within_reach(item)
    return items


@builtin("list contains(list: list, element: any)", run=True, weight=16)
def contains(run: Run, items: list[Any], element: Any) -> bool:
    return any(equal(item, element, run) for item in items)


@builtin("count(list: list)")
def count(items: list[Any]) -> int:
    return len(items)


def _extreme(run: Run, items: Sequence[Any], *, largest: bool) -> Any:
    values = items_of(items)
    if not values:
        return None
    if len(values) == 1:
        less(values[0], values[0])  # a value without an order has no extreme either
    return reduce(lambda one, other: one if less(one, other, run) is not largest else other, values)


@builtin("min(list: list)", "min(*c: any)", run=True, weight=20)
def minimum(run: Run, *items: Any) -> Any:
    return _extreme(run, items, largest=False)


@builtin("max(list: list)", "max(*c: any)", run=True, weight=20)
def maximum(run: Run, *items: Any) -> Any:
    return _extreme(run, items, largest=True)


@builtin("sum(list: list)", "sum(*n: any)", weight=16)
def total(*items: Any) -> Any:
    values = _numbers(items)
    return finite(reduce(CONTEXT.add, values, Decimal(0))) if values else None


@builtin("product(list: list)", "product(*n: any)", weight=16)
def product(*items: Any) -> Any:
    values = _numbers(items)
    return finite(reduce(CONTEXT.multiply, values, Decimal(1))) if values else None


@builtin("mean(list: list)", "mean(*n: any)", weight=16)
def mean(*items: Any) -> Any:
    values = _numbers(items)
    return finite(CONTEXT.divide(reduce(CONTEXT.add, values, Decimal(0)), len(values))) if values else None


@builtin("median(list: list)", "median(*n: any)", weight=16)
def median(*items: Any) -> Any:
    values = sorted(_numbers(items))
    if not values:
        return None
    low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
    return low if len(values) % 2 else finite(CONTEXT.divide(CONTEXT.add(low, high), 2))


@builtin("stddev(list: list)", "stddev(*n: any)", weight=16)
def standard_deviation(*items: Any) -> Decimal:
    """Of a sample: divides by n - 1."""
    values = _numbers(items)
    if len(values) < 2:  # noqa: PLR2004 one value has no spread
        raise NoValue("至少需要两个数 (needs two numbers)")
    centre = mean(values)
    squares = [CONTEXT.power(CONTEXT.subtract(value, centre), 2) for value in values]
    return finite(CONTEXT.sqrt(CONTEXT.divide(reduce(CONTEXT.add, squares, Decimal(0)), len(values) - 1)))


@builtin("mode(list: list)", "mode(*n: any)", weight=16)
def mode(*items: Any) -> list[Number]:
    values = _numbers(items)
    counts: dict[Number, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(value for value, times in counts.items() if times == most)


@builtin("sublist(list: list, start position: integer, length?: integer)")
def sublist(items: list[Any], start: int, length: int | None = None) -> list[Any]:
    first = _place(items, start)
    if length is None:
        return items[first:]
    rest = len(items) - first
    if not 1 <= length <= rest:
        raise NoValue(f"length 应在 1 与 {rest} 之间 (length out of range)")
    return items[first : first + length]


def _place(items: list[Any], position: int) -> int:
    """Positions count from 1, and from -1 backwards."""
    if position == 0 or abs(position) > len(items):
        raise NoValue(f"列表没有第 {position} 项 (no such position)")
    return position - 1 if position > 0 else len(items) + position


@builtin("append(list: list, *item: any)")
def append(items: list[Any], *more: Any) -> list[Any]:
    return [*items, *more]


@builtin("concatenate(*list: list)", weight=4)
def concatenate(*lists: list[Any]) -> list[Any]:
    return [item for items in lists for item in items]


@builtin("insert before(list: list, position: integer, newItem: any)")
def insert_before(items: list[Any], position: int, item: Any) -> list[Any]:
    place = _place(items, position)
    return [*items[:place], item, *items[place:]]


@builtin("remove(list: list, position: integer)")
def remove(items: list[Any], position: int) -> list[Any]:
    place = _place(items, position)
    return [*items[:place], *items[place + 1 :]]


@builtin("list replace(list: list, position: truncated, newItem: any)")
def replace_at(items: list[Any], position: int, item: Any) -> list[Any]:
    place = _place(items, position)
    return [*items[:place], item, *items[place + 1 :]]


@builtin("list replace(list: list, match: function, newItem: any)", run=True)
def replace_matching(run: Run, items: list[Any], match: Invocable, new: Any) -> list[Any]:
    result = []
    for item in items:
        found = match.invoke(run, [item, new], {})
        if type(found) is not bool:
            raise NoValue("match 的结果不是布尔 (the match is no boolean)")
        result.append(new if found else item)
    return result


@builtin("reverse(list: list)")
def reverse(items: list[Any]) -> list[Any]:
    return items[::-1]


@builtin("index of(list: list, match: any)", run=True, weight=16)
def index_of(run: Run, items: list[Any], match: Any) -> list[int]:
    return [index for index, item in enumerate(items, 1) if equal(item, match, run)]


def distinct(run: Run, items: list[Any]) -> list[Any]:
    result: list[Any] = []
    for item in items:
        run.charge(1 + len(result))
        if not any(equal(item, known, run) for known in result):
            result.append(item)
    return result


@builtin("distinct values(list: list)", run=True)
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    return distinct(run, items)


@builtin("union(*list: list)", run=True)
def union(run: Run, *lists: list[Any]) -> list[Any]:
    return distinct(run, concatenate(*lists))


@builtin("flatten(list: list)", run=True)
def flatten(run: Run, items: list[Any]) -> list[Any]:
    return _flatten(run, items, MAX_NESTING)


def _flatten(run: Run, items: list[Any], nesting: int) -> list[Any]:
    run.check_nesting(nesting)
    run.charge(1 + len(items))
    flat: list[Any] = []
    for item in items:
        if type(item) is list:
            flat.extend(_flatten(run, item, nesting - 1))
        else:
            flat.append(item)
    return flat


@builtin("sort(list: list, precedes?: function)", run=True)
def sort(run: Run, items: list[Any], precedes: Invocable | None = None) -> list[Any]:
    """``precedes(x, y)`` is true when x comes before y. Without it, the natural order."""

    def compare(one: Any, other: Any) -> int:
        """Python only asks whether this is below zero."""
        if precedes is not None:
            return -(precedes.invoke(run, [one, other], {}) is True)
        run.charge(2)
        return -less(one, other, run)

    run.charge(len(items) >> 1)
    return sorted(items, key=cmp_to_key(compare))


@builtin("string join(list: list, delimiter?: string?, prefix?: string?, suffix?: string?)", run=True)
def join(
    run: Run, items: list[Any], delimiter: str | None = None, prefix: str | None = None, suffix: str | None = None
) -> str:
    """Null items are left out."""
    run.charge(len(items) >> 2)
    if any(type(item) is not str and item is not None for item in items):
        raise NoValue("列表里有不是字符串的项 (an item is no string)")
    texts = [item for item in items if item is not None]
    run.check_text(sum(map(len, texts)) + len(delimiter or "") * len(texts) + len(prefix or "") + len(suffix or ""))
    return (prefix or "") + (delimiter or "").join(texts) + (suffix or "")
