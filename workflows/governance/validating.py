"""JSON Schema 2020-12 within a budget: no schema and no value keeps whoever checks it longer than a moment."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError, validators

from workflows.feel.errors import FeelBudgetExceeded, NoValue
from workflows.feel.run import Run
from workflows.governance import patterns
from workflows.store.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUDGET = 1_000_000  # steps of half a microsecond
UNBOUNDED = 2**62  # where something else is bounded, or the files are our own
_KEYWORD = 20  # steps that looking at one keyword takes
_run: ContextVar[Run] = ContextVar("run")


class TooComplex(Invalid):
    """按这份 JSON Schema 核对这些内容太费时。"""

    code = "SCHEMA_TOO_COMPLEX"


@contextmanager
def bounded(budget: int | None = None) -> Iterator[None]:
    """What ``Validator`` does in here, until the last error is fetched, takes no more steps than this. TooComplex."""
    token = _run.set(Run(budget=BUDGET if budget is None else budget))
    try:
        yield
    except NoValue as error:  # a pattern of a form that was deployed when others were allowed
        raise TooComplex(str(error)) from error
    except (FeelBudgetExceeded, RecursionError) as error:
        raise TooComplex from error
    finally:
        _run.reset(token)


def _counted(keyword: Callable[..., Any]) -> Callable[..., Iterator[ValidationError]]:
    def check(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        _run.get().charge(_KEYWORD + _size(wanted))
        yield from keyword(validator, wanted, instance, schema) or ()

    return check


def _size(value: Any) -> int:
    return len(value) if isinstance(value, dict | list | str) else 0


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not patterns.found(pattern, instance, _run.get()):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _unique_items(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Not by comparing each with each."""
    if wanted and isinstance(instance, list) and len({_frozen(item) for item in instance}) < len(instance):
        yield ValidationError(f"{instance!r} has non-unique elements")


def _frozen(value: Any) -> Any:
    """Equal where JSON is: 1 and 1.0 are, 1 and true are not, and members have no order."""
    if isinstance(value, dict):
        return frozenset((name, _frozen(item)) for name, item in value.items())
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return (bool, value) if isinstance(value, bool) else value


Validator: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        name: _counted(keyword)
        for name, keyword in {
            **Draft202012Validator.VALIDATORS,
            "pattern": _pattern,
            "uniqueItems": _unique_items,
        }.items()
    },
)
