"""Item definitions as types of FEEL, and what is declared about inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from workflows.decisions.errors import DecisionError, Violation
from workflows.feel import Env, UnaryTests
from workflows.feel.errors import NoValue
from workflows.feel.types import ANY, ContextType, ListType, Type, shown
from workflows.feel.values import Date
from workflows.feel.values.python import from_python

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workflows.decisions.outcome import DecisionRun
    from workflows.feel.run import Run

# Values of one of these types are equal where FEEL says so.
_HASHABLE = frozenset({str, int, Decimal, bool, type(None), Date})
MAX_REMEMBERED = 1_000
MAX_LENGTH = 200
MAX_SHOWN = 120  # characters of allowed values in a message


Key: TypeAlias = tuple[type, Any]


def key_of(value: Any) -> Key | None:
    """What a value is remembered by, if it is to be: never a long text or a structure."""
    kind = type(value)
    if kind not in _HASHABLE or (kind is str and len(value) > MAX_LENGTH):
        return None
    return kind, value


def allowed(tests: UnaryTests, value: Any, run: Run) -> bool:
    """Does a value pass, within an evaluation that tests another value at the moment."""
    tested = run.input
    try:
        return tests.matches(Env({}, None, run), value) is True
    finally:
        run.input = tested


@dataclass(frozen=True, slots=True, eq=False)
class ItemType(Type):
    """An item definition: a type with a name, perhaps of certain values only."""

    name: str
    base: Type
    tests: UnaryTests | None = None

    def holds(self, value: Any, run: Run) -> bool:
        return self.base.holds(value, run)

    def complaint(self, value: Any, run: Run) -> str:
        if text := self.base.complaint(value, run):
            return text
        if value is None or self.tests is None or allowed(self.tests, value, run):
            return ""
        return f"{shown(value, run)} 不在允许值之内 (is not among {_short(self.tests.text)})"

    def resolved(self) -> Type:
        return self.base.resolved()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Reference(Type):
    """The name of an item definition inside another, which may be defined further down, or be the same."""

    name: str
    types: Mapping[str, Type]

    def holds(self, value: Any, run: Run) -> bool:
        return self.types[self.name].holds(value, run)

    def complaint(self, value: Any, run: Run) -> str:
        return self.types[self.name].complaint(value, run)

    def resolved(self) -> Type:
        return self.types[self.name].resolved()

    def __str__(self) -> str:
        return self.name


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def allowed_by(type: Type) -> UnaryTests | None:
    """The allowed values that a type declares, for itself or for its items."""
    while not isinstance(type, ItemType) or type.tests is None:
        if isinstance(type, ItemType):
            type = type.base
        elif isinstance(type, Reference):
            type = type.types[type.name]
        elif isinstance(type, ListType):
            type = type.item
        else:
            return None
    return type.tests


def adapt(value: Any, wanted: Type, run: Run) -> Any:
    """Data from outside as their type has them: what is left out is null, one thing is the list of it."""
    run.charge(1)
    value = from_python(value)
    base = wanted.resolved()
    if isinstance(base, ListType) and value is not None:
        return [adapt(item, base.item, run) for item in (value if type(value) is list else [value])]
    if isinstance(base, ContextType) and type(value) is dict:
        members = {name: adapt(value.get(name), member, run) for name, member in base.entries}
        return {**value, **members} if members else value
    return value


@dataclass(slots=True, eq=False)
class Clause:
    """What is declared about one input or output: its name, type and allowed values.

    A type FEEL has built in is a warning, since modelling tools fill it in unasked;
    what the author declared (allowed values, item definitions) is binding.
    """

    id: str
    name: str
    type: Type
    tests: UnaryTests | None
    violation: Violation
    _passed: set[Key] = field(default_factory=set)

    @property
    def declares(self) -> bool:
        return self.tests is not None or self.type is not ANY

    def check(self, value: Any, run: DecisionRun) -> None:
        """Raises DecisionError."""
        if value is None or not self.declares:
            return
        key = key_of(value)
        if key in self._passed:
            return
        try:
            before = run.unrepeated
            self._check(value, run)
        except NoValue as problem:
            raise self._violated(str(problem)) from problem
        if run.unrepeated == before and key is not None and len(self._passed) < MAX_REMEMBERED:
            self._passed.add(key)

    def _check(self, value: Any, run: DecisionRun) -> None:
        if self.tests and not self._is_allowed(self.tests, value, run):
            raise self._violated(f"{shown(value, run)} 不在允许值之内 (is not among {_short(self.tests.text)})")
        complaint = self.type.complaint(value, run)
        if complaint and isinstance(self.type, ItemType):
            if self.type.complaint(adapt(value, self.type, run), run):
                raise self._violated(complaint)
        elif complaint:
            run.warn(self.id, f"“{self.name}”：{complaint}")

    @staticmethod
    def _is_allowed(tests: UnaryTests, value: Any, run: DecisionRun) -> bool:
        """Allowed values of a list are those of its items."""
        if allowed(tests, value, run):
            return True
        return isinstance(value, list) and all(allowed(tests, item, run) for item in value)

    def _violated(self, complaint: str) -> DecisionError:
        return DecisionError(self.violation, f"“{self.name}” ({self.id})：{complaint}")
