"""not, is, all, any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.feel.builtins.registry import builtin
from workflows.feel.operators import equal
from workflows.feel.values import DateTime, Time

if TYPE_CHECKING:
    from workflows.feel.run import Run

_WRITTEN = {Time, DateTime}


@builtin("not(negand: any)")
def negation(negand: Any) -> bool | None:
    return not negand if type(negand) is bool else None


@builtin("is(value1?: any, value2?: any)", run=True)
def same(run: Run, value1: Any = None, value2: Any = None) -> bool:
    """The same element of the same type: two writings of one instant are not."""
    if type(value1) in _WRITTEN and type(value1) is type(value2):
        return bool(value1 == value2)
    return equal(value1, value2, run) is True


@builtin("all(list: list)", "all(*list: any)", weight=8)
def every(*items: Any) -> bool | None:
    return _logic(items, deciding=False)


@builtin("any(list: list)", "any(*list: any)", weight=8)
def some(*items: Any) -> bool | None:
    return _logic(items, deciding=True)


def _logic(items: tuple[Any, ...], *, deciding: bool) -> bool | None:
    values = items[0] if len(items) == 1 and type(items[0]) is list else items
    if any(value is deciding for value in values):
        return deciding
    return not deciding if all(type(value) is bool for value in values) else None
