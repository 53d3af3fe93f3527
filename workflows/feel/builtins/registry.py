"""How built-in functions are declared, and how their arguments are checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any, TypeVar

from workflows.feel.arithmetic import midnight
from workflows.feel.errors import NoValue
from workflows.feel.names import NameTable
from workflows.feel.operators import CLOCKS, clock_steps, kind
from workflows.feel.types import ANY, SIMPLE, FunctionType, ListType, Type
from workflows.feel.values import Date, DateTime, Duration, Months, Range, Time
from workflows.feel.values.functions import Invocable
from workflows.feel.values.numbers import LARGEST, Number, whole, within_reach
from workflows.feel.values.python import from_python, list_from_python

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workflows.feel.run import Run

Implementation = TypeVar("Implementation", bound=Callable[..., Any])
BUILTINS: dict[str, Builtin] = {}
NAMES = NameTable()  # of the builtins, for the parser
_CALL = 6  # steps of any call
_REFUSED = 2  # steps of arguments that do not fit

# What a declaration may ask for, and the Python types that answer it.
_KINDS: dict[str, frozenset[type]] = {
    "string": frozenset({str}),
    "number": frozenset({int, Decimal}),
    "integer": frozenset({int, Decimal}),  # arrives as an int
    "truncated": frozenset({int, Decimal}),  # arrives as an int, without its fraction
    "boolean": frozenset({bool}),
    "list": frozenset({list}),
    "context": frozenset({dict}),
    "date": frozenset({Date}),
    "time": frozenset({Time}),
    "date and time": frozenset({DateTime}),
    "day": frozenset({Date, DateTime}),
    "days and time duration": frozenset({Duration}),
    "years and months duration": frozenset({Months}),
    "duration": frozenset({Duration, Months}),
    "point": frozenset({int, Decimal, str, Date, Time, DateTime, Duration, Months}),
    "range": frozenset({Range}),
    "function": frozenset(),  # anything that can be called
    "any": frozenset(),
}
_DECLARATION = re.compile(r"(?P<star>\*?)(?P<name>[^:?]+)(?P<optional>\??)\s*:\s*(?P<kind>[^?]+)(?P<nullable>\??)")


class _Misfit(NoValue):
    """The arguments differ from the parameters in number or names."""


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str
    optional: bool
    nullable: bool
    variadic: bool

    def __str__(self) -> str:
        return f"{self.name}1…" if self.variadic else self.name + ("?" if self.optional else "")

    def accept(self, value: Any, run: Run) -> Any:
        """The value as the function wants it (DMN 1.5, 10.3.2.9.4). Raises NoValue."""
        if self.kind == "any" or (value is None and self.nullable):
            return value
        if self.kind == "list":
            return self._accept_list(value, run)
        allowed = _KINDS[self.kind]
        if type(value) is list and len(value) == 1:
            value = from_python(value[0])
        if self.kind == "function" and isinstance(value, Invocable):
            return value
        if type(value) not in allowed:
            if self.kind == "date and time" and type(value) is Date:
                return midnight(value)
            raise NoValue(f"参数 {self.name} 应为 (should be) {self.kind}，得到 (got) {kind(value)}")
        if self.kind == "number":
            return within_reach(value)
        return self._accept_whole(value) if self.kind in {"integer", "truncated"} else value

    def _accept_whole(self, value: Number) -> int:
        integer = int(value) if self.kind == "truncated" and abs(value) < LARGEST else whole(value)
        if integer is None:
            raise NoValue(f"参数 {self.name} 应为整数 (should be a whole number)")
        return integer

    def _accept_list(self, value: Any, run: Run) -> list[Any]:
        if value is None:
            raise NoValue(f"参数 {self.name} 是 null (is null)")
        return list_from_python(value, run) if type(value) is list else [value]


@dataclass(frozen=True, slots=True)
class Signature:
    parameters: tuple[Parameter, ...]
    function: Callable[..., Any]
    wants_run: bool
    volatile: bool
    weight: int

    def bind(self, positional: Sequence[Any], named: Mapping[str, Any], run: Run) -> list[Any]:
        """The arguments in the order of the parameters. Raises NoValue when they do not fit."""
        if named:
            return self._bind_named(named, run)
        least = sum(not each.optional for each in self.parameters)
        variadic = bool(self.parameters) and self.parameters[-1].variadic
        if len(positional) < least or (len(positional) > len(self.parameters) and not variadic):
            raise _Misfit
        if not variadic:
            return [each.accept(value, run) for each, value in zip(self.parameters, positional, strict=False)]
        if len(positional) == 1 and positional[0] is None:
            raise NoValue(f"参数 {self.parameters[0].name} 是 null (is null)")
        fixed, last = self.parameters[:-1], self.parameters[-1]
        accepted = [each.accept(value, run) for each, value in zip(fixed, positional, strict=False)]
        return accepted + [last.accept(value, run) for value in positional[len(fixed) :]]

    def _bind_named(self, named: Mapping[str, Any], run: Run) -> list[Any]:
        """What is left out is null (DMN 1.5, 10.3.2.13.5), except what may be left out at the end."""
        if self.parameters and self.parameters[-1].variadic and (items := self._numbered(named)):
            fixed = replace(self, parameters=self.parameters[:-1])
            others = {name: value for name, value in named.items() if name not in items}
            return fixed.bind((), others, run) + [self.parameters[-1].accept(named[name], run) for name in items]
        if not named.keys() <= {each.name for each in self.parameters}:
            raise _Misfit
        last = max(index for index, each in enumerate(self.parameters) if each.name in named or not each.optional)
        return [
            None if each.optional and each.name not in named else each.accept(named.get(each.name), run)
            for each in self.parameters[: last + 1]
        ]

    def _numbered(self, named: Mapping[str, Any]) -> list[str]:
        """``c1``, ``c2``, … as the standard names the arguments of min(), as many as there are."""
        return list(takewhile(named.__contains__, (f"{self.parameters[-1].name}{number}" for number in count(1))))

    def __str__(self) -> str:
        return "、".join(map(str, self.parameters)) or "无 (none)"


class Builtin(Invocable):
    """A function of the standard, with one or more signatures that are tried in turn."""

    __slots__ = ("name", "signatures")

    def __init__(self, name: str) -> None:
        self.name = name
        self.signatures: list[Signature] = []

    def invoke(self, run: Run, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        problem: NoValue = _Misfit()
        size = 1 + sum(map(_size, positional)) + sum(map(_size, named.values()))
        run.charge(_CALL + len(positional) // 2 + size)
        for signature in self.signatures:
            try:
                arguments = signature.bind(positional, named, run)
            except NoValue as refusal:
                problem = refusal if isinstance(problem, _Misfit) else problem
                run.charge(_REFUSED)
                continue
            run.charge(size * (signature.weight - 1))
            if signature.wants_run:
                arguments.insert(0, run)
            run.unrepeated += signature.volatile
            result = signature.function(*arguments)
            return run.text(result) if type(result) is str else result
        if isinstance(problem, _Misfit):
            raise NoValue(f"参数应为 (parameters are)：{' 或 (or) '.join(dict.fromkeys(map(str, self.signatures)))}")
        raise problem

    @property
    def volatile(self) -> bool:
        return any(signature.volatile for signature in self.signatures)

    def types(self) -> Sequence[FunctionType]:
        return [
            FunctionType(tuple(_type(each.kind) for each in signature.parameters), ANY) for signature in self.signatures
        ]


def builtin(
    *declarations: str, run: bool = False, volatile: bool = False, weight: int = 1
) -> Callable[[Implementation], Implementation]:
    """``@builtin("substring(string: string, start position: integer, length?: integer)")``.

    ``name?`` may be left out, ``kind?`` may be null, ``*name`` takes one or more. ``weight`` is how many times
    more a call costs than the lightest, which is a step for a short list or text. ``volatile``: the same arguments may
    give another answer the next time, for it rests on what the run brings along. Outer layers declare theirs when they
    are imported, before any expression is read.
    """

    def register(function: Implementation) -> Implementation:
        for declaration in declarations:
            name, parameters = declaration[:-1].split("(", maxsplit=1)
            entry = BUILTINS.setdefault(name, Builtin(name))
            NAMES.add(name)
            taken = tuple(map(_parameter, filter(None, parameters.split(", "))))
            entry.signatures.append(Signature(taken, function, run, volatile, weight))
        return function

    return register


def _parameter(text: str) -> Parameter:
    match = _DECLARATION.fullmatch(text)
    if match is None or match["kind"] not in _KINDS:
        raise ValueError(text)
    return Parameter(
        name=match["name"],
        kind=match["kind"],
        optional=bool(match["optional"]),
        nullable=bool(match["nullable"]),
        variadic=bool(match["star"]),
    )


def _type(kind: str) -> Type:
    if kind == "list":
        return ListType(ANY)
    return SIMPLE.get("number" if kind in {"integer", "truncated"} else kind, ANY)


def _size(argument: Any) -> int:
    if type(argument) in {list, dict}:
        return len(argument) >> 4
    if type(argument) is Range:
        return _size(argument.start) + _size(argument.end)
    if type(argument) in CLOCKS:
        return clock_steps(argument)
    return len(argument) >> 8 if type(argument) is str else 0
