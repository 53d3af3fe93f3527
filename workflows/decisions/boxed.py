"""Boxed expressions are FEEL drawn as boxes: they become FEEL's trees, and these nodes where FEEL has no word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflows.feel import tree
from workflows.feel.compiling import Compiled, Level, compile_node
from workflows.feel.compiling.core import compiles
from workflows.feel.errors import NoValue
from workflows.feel.operators import kind

if TYPE_CHECKING:
    from workflows.feel import Env
    from workflows.feel.types import Type


@dataclass(frozen=True, slots=True, eq=False)
class Typed(tree.Node):
    """What a ``typeRef`` declares: the value as its type, or null (DMN 1.5, 10.3.2.9.4)."""

    value: tree.Node
    type: Type
    what: str  # whose type it is, for the warning


@dataclass(frozen=True, slots=True, eq=False)
class Truth(tree.Node):
    """A condition in a box, where FEEL's words take anything and a box only true, false and null."""

    value: tree.Node


@compiles(Truth)
def _truth(node: Truth, level: Level) -> Compiled:
    value = compile_node(node.value, level)

    def check(env: Env) -> bool | None:
        truth = value(env)
        if truth is None or type(truth) is bool:
            return truth
        raise NoValue(f"条件不是布尔，而是 (the condition is no boolean but) {kind(truth)}")

    return check


@compiles(Typed)
def _typed(node: Typed, level: Level) -> Compiled:
    value, type_, at, what = compile_node(node.value, level), node.type, node.at, node.what

    def coerce(env: Env) -> Any:
        try:
            return env.run.coerce(value(env), type_)
        except NoValue as problem:
            return env.run.null(at, f"“{what}”：{problem}")

    return coerce
