"""Sums, products, powers and signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.feel import operators, tree
from workflows.feel.compiling.core import Compiled, Level, compile_node, compiles
from workflows.feel.errors import NoValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.feel.errors import Position
    from workflows.feel.run import Env

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operators.add,
    "-": operators.subtract,
    "*": operators.multiply,
    "/": operators.divide,
    "**": operators.power,
}
_POWER_NODES = 40  # a power takes the time of so many nodes


@compiles(tree.Arithmetic)
def _arithmetic(node: tree.Arithmetic, level: Level) -> Compiled:
    """A chain of operators becomes one loop, so that a sum of a thousand terms nests no calls."""
    steps: list[tuple[Callable[[Any, Any], Any], Compiled, Position]] = []
    leftmost: tree.Node = node
    while isinstance(leftmost, tree.Arithmetic):
        if leftmost.operator == "**":
            level.meter[0] += _POWER_NODES
        steps.append((_OPERATIONS[leftmost.operator], compile_node(leftmost.right, level), leftmost.at))
        leftmost = leftmost.left
    first = compile_node(leftmost, level)
    if len(steps) == 1:
        return _single(first, *steps[0])
    steps.reverse()

    def calculate(env: Env) -> Any:
        value = first(env)
        for operation, right, at in steps:
            value = _apply(env, operation, value, right(env), at)
        return value

    return calculate


def _single(left: Compiled, operation: Callable[[Any, Any], Any], right: Compiled, at: Position) -> Compiled:
    return lambda env: _apply(env, operation, left(env), right(env), at)


def _apply(env: Env, operation: Callable[[Any, Any], Any], left: Any, right: Any, at: Position) -> Any:
    try:
        value = operation(left, right)
    except NoValue as problem:
        return env.run.null(at, str(problem))
    return env.run.text(value) if type(value) is str else value


@compiles(tree.Negate)
def _negate(node: tree.Negate, level: Level) -> Compiled:
    operand, at = compile_node(node.operand, level), node.at

    def negate(env: Env) -> Any:
        try:
            return operators.negate(operand(env))
        except NoValue as problem:
            return env.run.null(at, str(problem))

    return negate
