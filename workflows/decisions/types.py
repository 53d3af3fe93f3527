"""Declared types and allowed values, and whether a value keeps to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from workflows.decisions.errors import DecisionError, Violation
from workflows.decisions.outcome import Cell, Condition
from workflows.feel import parse_expression

if TYPE_CHECKING:
    from workflows.decisions.outcome import Trace

# The names DMN 1.1 to 1.5 and Camunda Modeler write, as FEEL says them.
FEEL_TYPES = {
    "Any": "Any",
    "string": "string",
    "number": "number",
    "integer": "number",
    "long": "number",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "date and time": "date and time",
    "dateTime": "date and time",
    "days and time duration": "days and time duration",
    "dayTimeDuration": "days and time duration",
    "years and months duration": "years and months duration",
    "yearMonthDuration": "years and months duration",
}


_STRING = parse_expression("string(value)")


class Type(Protocol):
    @property
    def name(self) -> str: ...

    def complaint(self, value: Any, trace: Trace) -> str:
        """Why the value is not of this type; empty when it is. null, not known, is of every type."""


@dataclass(frozen=True, slots=True)
class FeelType:
    """A type built into FEEL."""

    name: str
    check: Cell

    @classmethod
    def named(cls, name: str) -> FeelType:
        return cls(name, Cell(name, parse_expression(f"value instance of {FEEL_TYPES[name]}")))

    def complaint(self, value: Any, trace: Trace) -> str:
        if (
            value is None
            or FEEL_TYPES[self.name] == "Any"
            or trace.value(self.check, trace.scope({"value": value})) is True
        ):
            return ""
        return f"{_shown(value)} 不是 {self.name} (is not a {self.name})"


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A type of the model's own: perhaps a collection, with components, or of certain values only."""

    name: str
    base: Type | None
    is_collection: bool
    allowed: Condition | None
    allowed_text: str
    components: tuple[ItemDefinition, ...]

    def complaint(self, value: Any, trace: Trace) -> str:
        if value is None:
            return ""
        if not self.is_collection:
            return self._item_complaint(value, trace)
        items = value if isinstance(value, list) else [value]
        return next(filter(None, (self._item_complaint(item, trace) for item in items)), "")

    def _item_complaint(self, value: Any, trace: Trace) -> str:
        if value is None:
            return ""
        if self.base and (complaint := self.base.complaint(value, trace)):
            return complaint
        if self.allowed and not trace.holds(self.allowed, value, trace.scope({})):
            return f"{_shown(value)} 不在允许值之内 (is not among {self.allowed_text})"
        if self.components and not isinstance(value, dict):
            return f"{_shown(value)} 不是 {self.name} (is not a context {self.name})"
        complaints = ((each.name, each.complaint(value.get(each.name), trace)) for each in self.components)
        return next((f"{name}: {complaint}" for name, complaint in complaints if complaint), "")


@dataclass(frozen=True, slots=True)
class Clause:
    """What is declared about one input or output: its name, type and allowed values.

    A type FEEL has built in is a warning, since modelling tools fill it in unasked;
    what the author declared (allowed values, item definitions) is binding.
    """

    id: str
    name: str
    type: Type | None
    allowed: Condition | None
    allowed_text: str
    violation: Violation

    def check(self, value: Any, trace: Trace) -> None:
        if value is None:
            return
        if self.allowed and not _is_allowed(self.allowed, value, trace):
            raise self._violated(f"{_shown(value)} 不在允许值之内 (is not among {self.allowed_text})")
        complaint = self.type.complaint(value, trace) if self.type else ""
        if complaint and isinstance(self.type, ItemDefinition):
            raise self._violated(complaint)
        if complaint:
            trace.warn(self.id, f"“{self.name}”：{complaint}")

    def _violated(self, complaint: str) -> DecisionError:
        return DecisionError(self.violation, f"“{self.name}” ({self.id})：{complaint}")


def _is_allowed(allowed: Condition, value: Any, trace: Trace) -> bool:
    """Allowed values of a list are those of its items."""
    if trace.holds(allowed, value, trace.scope({})):
        return True
    return isinstance(value, list) and all(trace.holds(allowed, item, trace.scope({})) for item in value)


def _shown(value: Any) -> str:
    return f"“{_STRING.evaluate({'value': value}).value}”"
