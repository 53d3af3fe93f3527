"""Comparison and three-valued logic."""

from __future__ import annotations

import operator as python
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.feel import operators, tree
from workflows.feel.compiling.core import Compiled, Level, compile_node, compiles
from workflows.feel.compiling.names import constant
from workflows.feel.errors import NoValue
from workflows.feel.values.numbers import LARGEST, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.feel.errors import Position
    from workflows.feel.run import Env, Run

    Careful = Callable[[Run, Any, Any, Position], bool | None]


@compiles(tree.Comparison)
def _comparison(node: tree.Comparison, level: Level) -> Compiled:
    return compare(node.operator, compile_node(node.left, level), node.right, level, node.at)


def compare(operator: str, left: Compiled, other: tree.Node, level: Level, at: Position) -> Compiled:
    """Most comparisons are with a literal, which need not be looked at each time."""
    right, wanted = compile_node(other, level), constant(other)
    if type(wanted) in NUMBERS:
        return _with_number(operator, left, wanted, at)
    if type(wanted) is str and operator in {"=", "!="} and len(wanted) < operators.LONG:
        return _with_text(operator, left, wanted, at)
    quick, careful = _QUICK[operator], _CAREFUL[operator]
    kinds = frozenset({int, Decimal, bool}) if operator in {"=", "!="} else NUMBERS

    def compared(env: Env) -> Any:
        one, other = left(env), right(env)
        if type(one) is type(other) and type(one) in kinds:
            return quick(one, other)
        return careful(env.run, one, other, at)

    return compared


def _with_number(operator: str, left: Compiled, wanted: Any, at: Position) -> Compiled:
    quick, careful = _QUICK[operator], _CAREFUL[operator]

    def compared(env: Env) -> Any:
        one = left(env)
        if type(one) is Decimal or (type(one) is int and -LARGEST < one < LARGEST):
            return quick(one, wanted)
        return careful(env.run, one, wanted, at)

    return compared


def _with_text(operator: str, left: Compiled, wanted: str, at: Position) -> Compiled:
    quick, careful = _QUICK[operator], _CAREFUL[operator]

    def compared(env: Env) -> Any:
        one = left(env)
        if type(one) is str:
            return quick(one, wanted)
        return careful(env.run, one, wanted, at)

    return compared


def compare_equal(run: Run, left: Any, right: Any, at: Position) -> bool | None:
    run.charge(1)
    result = operators.equal(left, right, run)
    if result is None:
        run.null(at, f"类型不同，不能比较 (different types)：{operators.kind(left)}、{operators.kind(right)}")
    return result


def _compare_unequal(run: Run, left: Any, right: Any, at: Position) -> bool | None:
    result = compare_equal(run, left, right, at)
    return None if result is None else not result


def _in_order(compare: Callable[[Any, Any], bool]) -> Careful:
    def careful(run: Run, left: Any, right: Any, at: Position) -> bool | None:
        try:
            one, other = operators.ordered(left, right, run)
        except NoValue as problem:
            run.null(at, str(problem))
            return None
        return compare(one, other)

    return careful


_QUICK: dict[str, Callable[[Any, Any], bool]] = {
    "=": python.eq,
    "!=": python.ne,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
_CAREFUL: dict[str, Careful] = {
    "=": compare_equal,
    "!=": _compare_unequal,
    **{sign: _in_order(_QUICK[sign]) for sign in ("<", "<=", ">", ">=")},
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
    at, not_above = node.at, _CAREFUL["<="]
    level.meter[0] += 2

    def between(env: Env) -> bool | None:
        tested = value(env)
        results = [not_above(env.run, one, other, at) for one, other in ((low(env), tested), (tested, high(env)))]
        return False if False in results else None if None in results else True

    return between


@compiles(tree.InstanceOf)
def _instance_of(node: tree.InstanceOf, level: Level) -> Compiled:
    value, type_, at = compile_node(node.value, level), node.type, node.at

    def instance_of(env: Env) -> Any:
        try:
            return type_.holds(value(env), env.run)
        except NoValue as problem:
            return env.run.null(at, str(problem))

    return instance_of
