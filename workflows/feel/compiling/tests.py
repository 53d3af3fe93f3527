"""Unary tests: the cells of decision tables, and what follows ``in``."""

from __future__ import annotations

from decimal import Decimal
from operator import le, lt
from typing import TYPE_CHECKING, Any

from workflows.feel import operators, tree
from workflows.feel.compiling.core import Compiled, Level, compile_node, compiles
from workflows.feel.compiling.logic import compare
from workflows.feel.compiling.names import constant
from workflows.feel.errors import NoValue
from workflows.feel.values import NUMBERS, Range
from workflows.feel.values.numbers import LARGEST

if TYPE_CHECKING:
    from workflows.feel.errors import Position
    from workflows.feel.run import Env, Run

_SCALARS = frozenset({int, str, bool})


@compiles(tree.Test)
def _test(node: tree.Test, level: Level) -> Compiled:
    if node.operator:
        return compare(node.operator, _input, node.operand, level, node.at)
    operand, at = compile_node(node.operand, level), node.at

    def own_truth(env: Env) -> bool | None:
        value = operand(env)
        return value if type(value) is bool else None

    if node.asks_input:
        return own_truth
    if isinstance(node.operand, tree.Literal):
        return _equals(node.operand.value)

    if isinstance(node.operand, tree.Range):
        return _range_test(node.operand, operand, at)
    wanted = constant(node.operand)

    def matches(env: Env) -> Any:
        tested = env.run.input
        if type(tested) is type(wanted) and type(wanted) in _SCALARS:
            return tested == wanted
        return matches_value(env.run, tested, operand(env), at)

    return matches


def _range_test(node: tree.Range, operand: Compiled, at: Position) -> Compiled:
    low, high = constant(node.start), constant(node.end)
    above, below = (le if node.start_included else lt), (le if node.end_included else lt)

    def matches(env: Env) -> Any:
        tested, value = env.run.input, operand(env)
        # Without a value the ends were no good.
        return None if value is None else matches_value(env.run, tested, value, at)

    def between_numbers(env: Env) -> Any:
        tested = env.run.input
        if type(tested) is Decimal or (type(tested) is int and -LARGEST < tested < LARGEST):
            return above(low, tested) and below(tested, high)
        return matches(env)

    return between_numbers if type(low) in NUMBERS and type(high) in NUMBERS and low <= high else matches


def _equals(literal: Any) -> Compiled:
    """``true`` is no condition: it matches true and nothing else."""
    kinds = NUMBERS if type(literal) in NUMBERS else frozenset({type(literal)})

    def equals(env: Env) -> bool | None:
        tested = env.run.input
        return bool(tested == literal) if type(tested) in kinds else operators.equal(tested, literal, env.run)

    return equals


def _input(env: Env) -> Any:
    return env.run.input


def matches_value(run: Run, tested: Any, value: Any, at: Position) -> Any:
    """Is a value equal to another, inside a range, or one of a list."""
    if type(value) is Range and type(tested) is not Range:
        try:
            return None if tested is None else operators.in_range(tested, value, run)
        except NoValue as problem:
            return run.null(at, str(problem))
    if type(value) is list:
        return _in_list(run, tested, value, at)
    if type(value) is bool and tested is not None and type(tested) is not bool:
        return value  # a condition that does not name its input
    return operators.equal(tested, value, run)


def _in_list(run: Run, tested: Any, values: list[Any], at: Position) -> bool | None:
    run.charge(len(values))
    if type(tested) is list and operators.equal(tested, values, run):
        return True
    for value in values:
        if type(value) is Range and type(tested) is not Range:
            same = matches_value(run, tested, value, at)
        else:
            same = operators.equal(tested, value, run)
        if same:
            return True
    return False


def _any(tests: tuple[Compiled, ...]) -> Compiled:
    if len(tests) == 1:
        return tests[0]

    def matches(env: Env) -> bool | None:
        result: bool | None = False
        for test in tests:
            matched = test(env)
            if matched is True:
                return True
            if matched is None:
                result = None
        return result

    return matches


@compiles(tree.In)
def _in(node: tree.In, level: Level) -> Compiled:
    value, matches = compile_node(node.value, level), _any(tuple(compile_node(test, level) for test in node.tests))

    def contained(env: Env) -> Any:
        run = env.run
        outer, run.input = run.input, value(env)
        try:
            return matches(env)
        finally:
            run.input = outer

    return contained


@compiles(tree.UnaryTests)
def _unary_tests(node: tree.UnaryTests, level: Level) -> Compiled:
    if not node.tests:
        return lambda _: True
    matches = _any(tuple(compile_node(test, level) for test in node.tests))

    def differs(env: Env) -> bool | None:
        matched: bool | None = matches(env)
        return None if matched is None else not matched

    return differs if node.negated else matches
