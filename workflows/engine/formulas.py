"""A text of a diagram as Camunda 8 reads it: ``= …`` is FEEL, anything else is that text."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from workflows.engine.errors import Failure
from workflows.feel import Env, FeelBudgetExceeded, FeelSyntaxError, Run, parse_expression, to_json
from workflows.feel.tree import HalfRange

if TYPE_CHECKING:
    from collections.abc import Mapping

EXTRACT_VALUE_ERROR = "EXTRACT_VALUE_ERROR"
_STRING = parse_expression("string(value)")


class Formula:
    """A text or a FEEL expression, parsed once. FeelSyntaxError when the expression is malformed."""

    __slots__ = ("expression", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.expression = parse_expression(text[1:].strip()) if text.startswith("=") else None
        if self.expression and isinstance(self.expression.tree, HalfRange):
            # FEEL, where it is a range; in a diagram never meant so.
            hint = "比较号左边要写出比较的对象，如 amount > 100 (write what is compared)"
            raise FeelSyntaxError("缺少比较的对象 (nothing is compared)", *self.expression.tree.at, hint=hint)

    def value(self, scope: Mapping[str, Any], run: Run, error_type: str) -> Any:
        """The FEEL value in a scope; Failure when it costs more than the run has left."""
        if self.expression is None:
            return self.text
        try:
            return self.expression.value(Env(scope, None, run))
        except FeelBudgetExceeded as error:
            raise Failure(error_type, f"{self.text}: {error}") from error

    def json(self, scope: Mapping[str, Any], run: Run, error_type: str) -> Any:
        """The value as a process variable holds it; Failure when it is a function or a range."""
        try:
            return to_json(self.value(scope, run, error_type))
        except ValueError as error:
            raise Failure(error_type, f"{self.text}: {error}") from error


def formula(text: str | None) -> Formula | None:
    return Formula(text) if text else None


def as_text(value: Any) -> str:
    """A value as FEEL writes it, null as nothing; Failure when it is too large."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return str(_STRING.evaluate({"value": value}).value)
    except FeelBudgetExceeded as error:
        raise Failure(EXTRACT_VALUE_ERROR, str(error)) from error


def shown(value: Any, most: int = 80) -> str:
    """A value in a message: as FEEL writes it, cut where it is long."""
    try:
        text = "null" if value is None else as_text(value)
    except Failure:
        text = type(value).__name__
    return text if len(text) <= most else f"{text[:most]}…"


def assign(variables: dict[str, Any], target: str, value: Any, existing: Mapping[str, Any]) -> None:
    """Set a mapping's target, ``a`` or a path ``a.b``; along a path the contexts of ``existing`` are kept."""
    first, *path = target.split(".")
    if not path:
        variables[first] = value
        return
    current = variables[first] if first in variables else existing.get(first)
    root: dict[str, Any] = dict(current) if isinstance(current, dict) else {}
    variables[first] = root

    def descend(context: dict[str, Any], name: str) -> dict[str, Any]:
        inner = context.get(name)
        context[name] = dict(inner) if isinstance(inner, dict) else {}
        return context[name]  # type: ignore[no-any-return]

    reduce(descend, path[:-1], root)[path[-1]] = value
