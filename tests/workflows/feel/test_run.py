from __future__ import annotations

import inspect
import sys

import pytest

from workflows.feel import FeelBudgetExceeded, FeelSyntaxError, parse_expression

DAG = ", ".join(["a0: [1, 1]", *(f"a{n}: [a{n - 1}, a{n - 1}]" for n in range(1, 40))])


@pytest.mark.parametrize(
    "text",
    [
        "9999999999 ** 9999999999",
        "1.0000001 ** 999999999999999999",
        "exp(1e9)",
        "1e6144 * 10",
        '@"P99999999999999999999Y"',
        '@"P1Y" * 1e300',
        '@"999999999-12-31" + @"P1D"',
        "[1][1e6000]",
        "list replace([1], 1e6000, 2)",
        'context put({}, for i in 1..10000 return "a", 1)',
    ],
)
def test_what_has_no_result_is_null_at_once(text):
    result = parse_expression(text).evaluate({})
    assert result.value is None
    assert result.warnings


def test_a_shared_value_is_compared_without_walking_it():
    assert parse_expression(f"{{{DAG}, r: a39 = a39}}.r").evaluate({}).value is True


def test_equality_of_deep_values_is_bounded():
    deep = "for i in 1..150 return [partial[-1]]"
    with pytest.raises(FeelBudgetExceeded):
        parse_expression(f"({deep})[-1] = ({deep})[-1]").evaluate({})


def test_recursion_within_bounds_works():
    text = "{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(25)}.r"
    assert parse_expression(text).evaluate({}).value == 15511210043330985984000000


def test_a_caller_deep_in_the_stack_gets_the_named_errors_too():
    def descend(depth, last):
        return last() if depth == 0 else descend(depth - 1, last)

    room = sys.getrecursionlimit() - len(inspect.stack())
    nested = "[" * 70 + "1" + "]" * 70
    expression = parse_expression(nested)
    with pytest.raises(FeelSyntaxError):
        descend(room - 60, lambda: parse_expression(nested + " "))
    with pytest.raises(FeelBudgetExceeded):
        descend(room - 60, lambda: expression.evaluate({}))


def test_a_larger_budget_allows_more():
    expression = parse_expression("count(for i in 1..20000 return i * i + i)")
    with pytest.raises(FeelBudgetExceeded):
        expression.evaluate({}, budget=10_000)
    assert expression.evaluate({}, budget=1_000_000).value == 20_000
