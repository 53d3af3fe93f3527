"""FEEL types (DMN 1.5, 10.3.2.9): what is an instance, which type conforms to which, implicit conversions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.feel.errors import NoValue
from workflows.feel.operators import kind
from workflows.feel.values import Date, DateTime, Duration, Months, Range, Time
from workflows.feel.values.functions import Invocable
from workflows.feel.values.python import from_python
from workflows.feel.values.temporal import MIDNIGHT_UTC
from workflows.feel.values.text import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.feel.run import Run


class Type:
    """Any: every value but null is an instance of it."""

    def holds(self, value: Any, run: Run) -> bool:
        """Is the value an instance; its members are charged to the run. Raises NoValue for what is no value in FEEL."""
        del run
        return value is not None

    def allows(self, value: Any, run: Run) -> bool:
        """As a member of something else, null is an instance of every type."""
        return value is None or self.holds(value, run)

    def complaint(self, value: Any, run: Run) -> str:
        """Why a value may not stand where the type is declared; empty when it may.

        Beyond being an instance it must be one of the allowed values, which are expressions charged to the run.
        """
        return "" if self.allows(value, run) else f"{shown(value, run)} 不是 {self} (is no {self})"

    def conforms(self, other: Type) -> bool:
        other = other.resolved()
        return self is other or type(other) is Type or self.resolved()._conforms(other)  # noqa: SLF001 our own subclass

    def resolved(self) -> Type:
        """What a name stands for."""
        return self

    def _conforms(self, other: Type) -> bool:
        return self == other

    def __str__(self) -> str:
        return "Any"


ANY = Type()


@dataclass(frozen=True, slots=True)
class Simple(Type):
    name: str
    python: tuple[type, ...]

    def holds(self, value: Any, run: Run) -> bool:
        del run
        return type(value) in self.python

    def _conforms(self, other: Type) -> bool:
        return self.name == "null" or self == other

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListType(Type):
    item: Type

    def holds(self, value: Any, run: Run) -> bool:
        if type(value) is not list:
            return False
        run.charge(2 * len(value))
        return all(self.item.allows(from_python(item), run) for item in value)

    def complaint(self, value: Any, run: Run) -> str:
        if type(value) is not list:
            return Type.complaint(self, value, run)
        run.charge(2 * len(value))
        complaints = ((place, self.item.complaint(from_python(item), run)) for place, item in enumerate(value, 1))
        return next((f"第 {place} 项 (item {place})：{text}" for place, text in complaints if text), "")

    def _conforms(self, other: Type) -> bool:
        return isinstance(other, ListType) and self.item.conforms(other.item)

    def __str__(self) -> str:
        return f"list<{self.item}>"


@dataclass(frozen=True, slots=True)
class RangeType(Type):
    of: Type

    def holds(self, value: Any, run: Run) -> bool:
        return type(value) is Range and self.of.allows(value.start, run) and self.of.allows(value.end, run)

    def _conforms(self, other: Type) -> bool:
        return isinstance(other, RangeType) and self.of.conforms(other.of)

    def __str__(self) -> str:
        return f"range<{self.of}>"


@dataclass(frozen=True, slots=True)
class ContextType(Type):
    entries: tuple[tuple[str, Type], ...]

    def holds(self, value: Any, run: Run) -> bool:
        run.charge(2 * len(self.entries))
        return type(value) is dict and all(
            name in value and member.allows(from_python(value[name]), run) for name, member in self.entries
        )

    def complaint(self, value: Any, run: Run) -> str:
        if type(value) is not dict:
            return Type.complaint(self, value, run)
        run.charge(2 * len(self.entries))
        for name, member in self.entries:
            if name not in value:
                return f"缺少 {name} ({name} is missing)"
            if text := member.complaint(from_python(value[name]), run):
                return f"{name}：{text}"
        return ""

    def _conforms(self, other: Type) -> bool:
        own = dict(self.entries)
        return isinstance(other, ContextType) and all(
            name in own and own[name].conforms(member) for name, member in other.entries
        )

    def __str__(self) -> str:
        return f"context<{', '.join(f'{name}: {member}' for name, member in self.entries)}>"


@dataclass(frozen=True, slots=True)
class FunctionType(Type):
    parameters: tuple[Type, ...]
    result: Type

    def holds(self, value: Any, run: Run) -> bool:
        del run
        return isinstance(value, Invocable) and any(own.conforms(self) for own in value.types())

    def complaint(self, value: Any, run: Run) -> str:
        """A function whose text does not tell its result may give what is wanted."""
        if isinstance(value, Invocable):
            told = [FunctionType(own.parameters, self.result) for own in value.types() if own.result is ANY]
            if any(each.conforms(self) for each in told):
                return ""
        return Type.complaint(self, value, run)

    def _conforms(self, other: Type) -> bool:
        return (
            isinstance(other, FunctionType)
            and len(self.parameters) == len(other.parameters)
            and all(theirs.conforms(own) for own, theirs in zip(self.parameters, other.parameters, strict=True))
            and self.result.conforms(other.result)
        )

    def __str__(self) -> str:
        return f"function<{', '.join(map(str, self.parameters))}> -> {self.result}"


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
_LARGE = (list, dict, Range, Invocable)
_TOLD = [each for each in SIMPLE.values() if isinstance(each, Simple)]


def shown(value: Any, run: Run) -> str:
    """A value for a message."""
    return kind(value) if isinstance(value, _LARGE) else f"“{text_of(value, run)[:60]}”"


def type_of(value: Any) -> Type:
    """The type that the text of a literal tells."""
    return next((each for each in _TOLD if type(value) in each.python), ANY)


def coerce(value: Any, wanted: Type, run: Run) -> Any:
    """Implicit conversions (DMN 1.5, 10.3.2.9.4). Raises NoValue where none applies."""
    if wanted is ANY or not (complaint := wanted.complaint(value, run)):
        return value
    for converted in _conversions(value):
        if not wanted.complaint(converted, run):
            return converted
    raise NoValue(complaint)


def _conversions(value: Any) -> Iterator[Any]:
    if type(value) is list:
        if len(value) == 1:
            yield from_python(value[0])
    else:
        yield [value]
    if type(value) is Date:
        yield DateTime(value, MIDNIGHT_UTC)
