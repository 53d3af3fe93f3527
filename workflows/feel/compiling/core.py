"""The table from kinds of nodes to what compiles them, and what is known of scopes before evaluation."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.feel.run import Env
    from workflows.feel.tree import Node

Compiled: TypeAlias = "Callable[[Env], Any]"
Compiler = Callable[[Any, "Level"], Compiled]
AnyCompiler = TypeVar("AnyCompiler", bound=Compiler)
_COMPILERS: dict[type, Compiler] = {}
# Closures do about this many nodes in the time of one step of the budget.
_NODES_PER_STEP = 3


class Holds(Enum):
    """How much is known of a scope's names before evaluation."""

    ALL = auto()  # just these, each time: nothing further out is asked for them
    ANY = auto()  # the caller's variables
    ITEM = auto()  # the entries of what is filtered, and the item itself


class Level:
    """What one Env of the chain will hold at evaluation."""

    def __init__(self, holds: Holds, names: Iterable[str] = (), outer: Level | None = None) -> None:
        self.holds = holds
        self.names = set(names)
        self.outer = outer
        self.read: set[str] = set()  # what was looked for here
        self.free: set[str] = outer.free if outer else set()  # what is looked for in the caller's variables
        self.meter: list[int] = outer.meter if outer else [0]

    def inside(self, holds: Holds, names: Iterable[str] = ()) -> Level:
        return Level(holds, names, self)

    def may_hold(self, name: str) -> bool:
        return self.holds in {Holds.ANY, Holds.ITEM} or name in self.names


def compiles(kind: type[Node]) -> Callable[[AnyCompiler], AnyCompiler]:
    def register(compiler: AnyCompiler) -> AnyCompiler:
        _COMPILERS[kind] = compiler
        return compiler

    return register


def compile_node(node: Node, level: Level) -> Compiled:
    level.meter[0] += 1
    return _COMPILERS[type(node)](node, level)


def compile_weighed(node: Node, level: Level) -> tuple[Compiled, int]:
    """The closure and what running it once costs in steps of the budget."""
    before = level.meter[0]
    compiled = compile_node(node, level)
    return compiled, 1 + (level.meter[0] - before) // _NODES_PER_STEP
