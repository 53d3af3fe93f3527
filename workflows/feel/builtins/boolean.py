"""not, is, all, any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.feel.builtins.lists import items_of
from workflows.feel.builtins.registry import builtin
from workflows.feel.errors import NoValue
from workflows.feel.operators import kind
from workflows.feel.values import NUMBERS
from workflows.feel.values.python import MAX_NESTING, from_python

if TYPE_CHECKING:
    from workflows.feel.run import Run


@builtin("not(negand: any)")
def negation(negand: Any) -> bool | None:
    if negand is not None and type(negand) is not bool:
        raise NoValue(f"不是布尔 (not a boolean)：{kind(negand)}")
    return None if negand is None else not negand


@builtin("is(value1: any, value2: any)", run=True)
def same(run: Run, value1: Any, value2: Any) -> bool:
    """The same element of the same type: two writings of one instant are not."""
    return _same(run, value1, value2, MAX_NESTING)


def _same(run: Run, one: Any, other: Any, nesting: int) -> bool:
    run.check_nesting(nesting)
    run.charge(1)
    one, other = from_python(one), from_python(other)
    if type(one) in NUMBERS and type(other) in NUMBERS:
        return bool(one == other)
    if type(one) is not type(other):
        return False
    if type(one) is list:
        return len(one) == len(other) and all(_same(run, *pair, nesting - 1) for pair in zip(one, other, strict=True))
    if type(one) is dict:
        return one.keys() == other.keys() and all(_same(run, one[key], other[key], nesting - 1) for key in one)
    return bool(one == other)


@builtin("all(list: list)", "all(*b: any)", weight=8)
def every(*items: Any) -> bool | None:
    return _logic(items, deciding=False)


@builtin("any(list: list)", "any(*b: any)", weight=8)
def some(*items: Any) -> bool | None:
    return _logic(items, deciding=True)


def _logic(items: tuple[Any, ...], *, deciding: bool) -> bool | None:
    values = items_of(items)
    if any(value is deciding for value in values):
        return deciding
    if any(value is not None and type(value) is not bool for value in values):
        raise NoValue("列表里有不是布尔的项 (an item is no boolean)")
    return None if None in values else not deciding
