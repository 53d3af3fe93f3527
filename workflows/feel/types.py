"""FEEL types (DMN 1.5, 10.3.2.9): is a value an instance, does a type conform to another."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.feel.errors import NoValue
from workflows.feel.values import Date, DateTime, Duration, Months, Range, Time
from workflows.feel.values.functions import Invocable
from workflows.feel.values.temporal import MIDNIGHT_UTC

if TYPE_CHECKING:
    from collections.abc import Mapping


class Type:
    """Any: every value but null is an instance of it."""

    def holds(self, value: Any, types: Mapping[str, Type]) -> bool:
        del types
        return value is not None

    def allows(self, value: Any, types: Mapping[str, Type]) -> bool:
        """As a member of something else, null is an instance of every type."""
        return value is None or self.holds(value, types)

    def conforms(self, other: Type, types: Mapping[str, Type]) -> bool:
        other = other.resolved(types)
        return type(other) is Type or self.resolved(types)._conforms(other, types)  # noqa: SLF001 our own subclass

    def resolved(self, types: Mapping[str, Type]) -> Type:
        del types
        return self

    def _conforms(self, other: Type, types: Mapping[str, Type]) -> bool:
        del types
        return self == other


ANY = Type()


@dataclass(frozen=True, slots=True)
class Simple(Type):
    name: str
    python: tuple[type, ...]

    def holds(self, value: Any, types: Mapping[str, Type]) -> bool:
        del types
        return type(value) in self.python

    def _conforms(self, other: Type, types: Mapping[str, Type]) -> bool:
        del types
        return self.name == "null" or self == other


@dataclass(frozen=True, slots=True)
class ListType(Type):
    item: Type

    def holds(self, value: Any, types: Mapping[str, Type]) -> bool:
        return type(value) is list and all(self.item.allows(item, types) for item in value)

    def _conforms(self, other: Type, types: Mapping[str, Type]) -> bool:
        return isinstance(other, ListType) and self.item.conforms(other.item, types)


@dataclass(frozen=True, slots=True)
class RangeType(Type):
    of: Type

    def holds(self, value: Any, types: Mapping[str, Type]) -> bool:
        return type(value) is Range and self.of.allows(value.start, types) and self.of.allows(value.end, types)

    def _conforms(self, other: Type, types: Mapping[str, Type]) -> bool:
        return isinstance(other, RangeType) and self.of.conforms(other.of, types)


@dataclass(frozen=True, slots=True)
class ContextType(Type):
    entries: tuple[tuple[str, Type], ...]

    def holds(self, value: Any, types: Mapping[str, Type]) -> bool:
        return type(value) is dict and all(
            name in value and member.allows(value[name], types) for name, member in self.entries
        )

    def _conforms(self, other: Type, types: Mapping[str, Type]) -> bool:
        own = dict(self.entries)
        return isinstance(other, ContextType) and all(
            name in own and own[name].conforms(member, types) for name, member in other.entries
        )


@dataclass(frozen=True, slots=True)
class FunctionType(Type):
    parameters: tuple[Type, ...]
    result: Type

    def holds(self, value: Any, types: Mapping[str, Type]) -> bool:
        return isinstance(value, Invocable) and any(own.conforms(self, types) for own in value.types())

    def _conforms(self, other: Type, types: Mapping[str, Type]) -> bool:
        return (
            isinstance(other, FunctionType)
            and len(self.parameters) == len(other.parameters)
            and all(theirs.conforms(own, types) for own, theirs in zip(self.parameters, other.parameters, strict=True))
            and self.result.conforms(other.result, types)
        )


@dataclass(frozen=True, slots=True)
class Named(Type):
    """An item definition of the model, looked up when it is needed. An unknown one holds nothing."""

    name: str

    def holds(self, value: Any, types: Mapping[str, Type]) -> bool:
        known = types.get(self.name)
        return known is not None and known.holds(value, types)

    def resolved(self, types: Mapping[str, Type]) -> Type:
        return types.get(self.name, self)


NULL = Simple("null", (type(None),))
SIMPLE: dict[str, Type] = {
    "Any": ANY,
    "Null": NULL,
    "number": Simple("number", (int, Decimal)),
    "string": Simple("string", (str,)),
    "boolean": Simple("boolean", (bool,)),
    "date": Simple("date", (Date,)),
    "time": Simple("time", (Time,)),
    "date and time": Simple("date and time", (DateTime,)),
    "dateTime": Simple("date and time", (DateTime,)),
    "days and time duration": Simple("days and time duration", (Duration,)),
    "dayTimeDuration": Simple("days and time duration", (Duration,)),
    "years and months duration": Simple("years and months duration", (Months,)),
    "yearMonthDuration": Simple("years and months duration", (Months,)),
    "list": ListType(ANY),
    "context": ContextType(()),
    "range": RangeType(ANY),
}


def type_of(value: Any) -> Type:
    """The type that the text of a literal tells."""
    return next((each for each in SIMPLE.values() if isinstance(each, Simple) and each.holds(value, {})), ANY)


def coerce(value: Any, wanted: Type, types: Mapping[str, Type]) -> Any:
    """Implicit conversions (DMN 1.5, 10.3.2.9.4). Raises NoValue where none applies."""
    if wanted is ANY:
        return value
    wanted = wanted.resolved(types)
    if wanted.allows(value, types):
        return value
    if type(value) is list and len(value) == 1 and wanted.allows(value[0], types):
        return value[0]
    if isinstance(wanted, ListType) and wanted.item.allows(value, types):
        return [value]
    if type(value) is Date and wanted == SIMPLE["date and time"]:
        return DateTime(value, MIDNIGHT_UTC)
    raise NoValue("值的类型不符 (the value has another type)")
