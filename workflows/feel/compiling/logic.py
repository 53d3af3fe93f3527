"""Comparison and three-valued logic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.feel import operators, tree
from workflows.feel.compiling.core import Compiled, Level, compile_node, compiles
from workflows.feel.errors import NoValue
from workflows.feel.values import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.feel.errors import Position
    from workflows.feel.run import Env, Run

_SCALARS = frozenset({str, bool})
# The standard has no such types without parameters (table 61).


@compiles(tree.Comparison)
def _comparison(node: tree.Comparison, level: Level) -> Compiled:
    left, right = compile_node(node.left, level), compile_node(node.right, level)
    return COMPARISONS[node.operator](left, right, node.at)


def compare_equal(run: Run, left: Any, right: Any, at: Position) -> bool | None:
    result = operators.equal(left, right, run)
    if result is None:
        run.null(at, f"类型不同，不能比较 (different types)：{operators.kind(left)}、{operators.kind(right)}")
    return result


def _equal(left: Compiled, right: Compiled, at: Position) -> Compiled:
    def equal(env: Env) -> bool | None:
        one, other = left(env), right(env)
        if type(one) is type(other) and type(one) in _SCALARS:
            return bool(one == other)
        if type(one) in NUMBERS and type(other) in NUMBERS:
            return bool(one == other)
        return compare_equal(env.run, one, other, at)

    return equal


def _unequal(left: Compiled, right: Compiled, at: Position) -> Compiled:
    equal = _equal(left, right, at)

    def unequal(env: Env) -> bool | None:
        result = equal(env)
        return None if result is None else not result

    return unequal


def _less(left: Compiled, right: Compiled, at: Position) -> Compiled:
    def less(env: Env) -> Any:
        one, other = left(env), right(env)
        if type(one) in NUMBERS and type(other) in NUMBERS:
            return bool(one < other)
        try:
            return operators.less(one, other)
        except NoValue as problem:
            return env.run.null(at, str(problem))

    return less


def _less_or_equal(left: Compiled, right: Compiled, at: Position) -> Compiled:
    def less_or_equal(env: Env) -> Any:
        one, other = left(env), right(env)
        if type(one) in NUMBERS and type(other) in NUMBERS:
            return bool(one <= other)
        try:
            return operators.less_or_equal(one, other)
        except NoValue as problem:
            return env.run.null(at, str(problem))

    return less_or_equal


COMPARISONS: dict[str, Callable[[Compiled, Compiled, Position], Compiled]] = {
    "=": _equal,
    "!=": _unequal,
    "<": _less,
    "<=": _less_or_equal,
    ">": lambda left, right, at: _less(right, left, at),
    ">=": lambda left, right, at: _less_or_equal(right, left, at),
}


@compiles(tree.Logic)
def _logic(node: tree.Logic, level: Level) -> Compiled:
    """DMN 1.5, table 50: the deciding value wins over null, and whatever is no boolean counts as null."""
    operands = tuple(compile_node(operand, level) for operand in node.operands)
    deciding = node.operator == "or"

    def decide(env: Env) -> Any:
        result: bool | None = not deciding
        for operand in operands:
            value = operand(env)
            if value is deciding:
                return deciding
            if type(value) is not bool:
                result = None
        return result

    return decide


@compiles(tree.Between)
def _between(node: tree.Between, level: Level) -> Compiled:
    value, low, high = (compile_node(each, level) for each in (node.value, node.low, node.high))
    at = node.at

    def between(env: Env) -> bool | None:
        tested = value(env)
        results: list[bool | None] = []
        for one, other in ((low(env), tested), (tested, high(env))):
            try:
                results.append(operators.less_or_equal(one, other))
            except NoValue as problem:
                results.append(env.run.null(at, str(problem)))
        return False if False in results else None if None in results else True

    return between


@compiles(tree.InstanceOf)
def _instance_of(node: tree.InstanceOf, level: Level) -> Compiled:
    value, type_, at = compile_node(node.value, level), node.type, node.at

    def instance_of(env: Env) -> Any:
        try:
            return type_.holds(value(env))
        except NoValue as problem:
            return env.run.null(at, str(problem))

    return instance_of
