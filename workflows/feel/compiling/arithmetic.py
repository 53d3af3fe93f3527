"""Sums, products, powers and signs."""

from __future__ import annotations

import operator as python
from typing import TYPE_CHECKING, Any, TypeAlias

from workflows.feel import arithmetic, operators, tree
from workflows.feel.compiling.core import Compiled, Level, compile_node, compiles
from workflows.feel.errors import NoValue
from workflows.feel.values.numbers import DIGITS, NUMBERS, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.feel.errors import Position
    from workflows.feel.run import Env, Run

Operation: TypeAlias = "Callable[[Any, Any], Any]"
_OPERATIONS: dict[str, Operation] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
}
# What Python's int does as well as decimal128, and quicker, while no result has more than 34 digits.
_WHOLE: dict[str, Operation] = {"+": python.add, "-": python.sub, "*": python.mul}
_FEW = 3  # operators that may nest without using up the stack
_SMALL = 10 ** (DIGITS // 2)
# Steps of a power, by whether the exponent is whole.
_POWER = {True: 12, False: 150}


@compiles(tree.Arithmetic)
def _arithmetic(node: tree.Arithmetic, level: Level) -> Compiled:
    """A chain of operators becomes one loop, so that a sum of a thousand terms nests no calls."""
    steps: list[tuple[str, Compiled, Position]] = []
    leftmost: tree.Node = node
    while isinstance(leftmost, tree.Arithmetic):
        steps.append((leftmost.operator, compile_node(leftmost.right, level), leftmost.at))
        leftmost = leftmost.left
    value = compile_node(leftmost, level)
    if len(steps) <= _FEW:
        for operator, right, at in reversed(steps):
            value = _single(operator, value, right, at)
        return value
    level.meter[0] += 3 * len(steps)  # an operator in Decimal takes longer than a node
    first, chain = value, [(_OPERATIONS[operator], right, at) for operator, right, at in reversed(steps)]

    def calculate(env: Env) -> Any:
        value = first(env)
        for operation, right, at in chain:
            value = _apply(env.run, operation, value, right(env), at)
        return value

    return calculate


def _single(operator: str, left: Compiled, right: Compiled, at: Position) -> Compiled:
    operation, quick = _OPERATIONS[operator], _WHOLE.get(operator)
    if quick is None:
        return lambda env: _apply(env.run, operation, left(env), right(env), at)

    def calculate(env: Env) -> Any:
        one, other = left(env), right(env)
        if type(one) is type(other) is int and -_SMALL < one < _SMALL and -_SMALL < other < _SMALL:
            return quick(one, other)
        return _apply(env.run, operation, one, other, at)

    return calculate


def _apply(run: Run, operation: Operation, left: Any, right: Any, at: Position) -> Any:
    if operation is arithmetic.power and type(right) in NUMBERS:
        run.charge(_POWER[whole(right) is not None])
    elif type(left) is type(right) is str:
        run.check_text(len(left) + len(right))
    elif type(left) in operators.CLOCKS:
        run.charge(2 * operators.clock_steps(left))
    elif type(right) in operators.CLOCKS:
        run.charge(2 * operators.clock_steps(right))
    try:
        value = operation(left, right)
    except NoValue as problem:
        return run.null(at, str(problem))
    return run.text(value) if type(value) is str else value


@compiles(tree.Negate)
def _negate(node: tree.Negate, level: Level) -> Compiled:
    operand, at = compile_node(node.operand, level), node.at

    def negate(env: Env) -> Any:
        try:
            return arithmetic.negate(operand(env))
        except NoValue as problem:
            return env.run.null(at, str(problem))

    return negate
