"""The syntax tree of FEEL: what the parser makes and the compiler reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.feel.errors import Position
    from workflows.feel.types import Type


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    at: Position


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class TemporalLiteral(Node):
    """``@"…"``: kept as text until compiled, so that the grammar knows nothing of calendars."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Input(Node):
    """``?``: the value under test."""


@dataclass(frozen=True, slots=True, eq=False)
class Path(Node):
    base: Node
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Filter(Node):
    base: Node
    condition: Node


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    callee: Node
    positional: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Negate(Node):
    operand: Node


@dataclass(frozen=True, slots=True, eq=False)
class Arithmetic(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class Logic(Node):
    """``and`` or ``or`` over two or more operands."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True, eq=False)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True, eq=False)
class Test(Node):
    """A unary test: ``< 5``, ``= x``, or with no operator any expression."""

    operator: str
    operand: Node
    asks_input: bool  # reads ?, so that its own truth decides


@dataclass(frozen=True, slots=True, eq=False)
class In(Node):
    value: Node
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True, eq=False)
class InstanceOf(Node):
    value: Node
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Range(Node):
    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True, eq=False)
class HalfRange(Node):
    """``(< 5)`` as a value."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True, eq=False)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Context(Node):
    """A boxed context may end with a ``result``, which then is its value."""

    entries: tuple[tuple[str, Node], ...]
    result: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Steps(Node):
    """``2..5`` after ``in``: what an iteration counts through."""

    start: Node
    end: Node


@dataclass(frozen=True, slots=True, eq=False)
class Iteration(Node):
    """``for``, ``some`` or ``every`` over one or more variables."""

    kind: str
    variables: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class FunctionOf(Node):
    parameters: tuple[tuple[str, Type], ...]
    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class UnaryTests(Node):
    """The cell of a decision table. No tests mean ``-``."""

    tests: tuple[Test, ...]
    negated: bool


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    waiting: list[Any] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Node):
            yield each
            waiting.extend(getattr(each, name) for name in type(each).__match_args__)
        elif isinstance(each, tuple):
            waiting.extend(each)
