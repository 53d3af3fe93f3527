from __future__ import annotations

import inspect
import sys
import time

import pytest

from workflows.feel import FeelBudgetExceeded, FeelSyntaxError, parse_expression

DAG = ", ".join(["a0: [1, 1]", *(f"a{n}: [a{n - 1}, a{n - 1}]" for n in range(1, 40))])
BIG = list(range(200_000))


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000000 return i",
        "for i in 1..1000000000, j in 1..1000000000 return i",
        'for d in @"0001-01-01"..@"9999-12-31" return d',
        "some i in 1..1000000000 satisfies i < 0",
        "every i in big satisfies i >= 0",
        "big[item < 0]",
        "for i in 1..100000 return partial",
        "for i in 1..100000 return 1.0000000000000001 ** 99999999.5",
        "for i in 1..100000 return log(i)",
        "for i in 1..100000 return sqrt(exp(i))",
        '{f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f("aaaaaaaaaaaaaaaa", 90)}.r',
        "{f: function(s, n) if n = 0 then s else f(concatenate(s, s), n - 1), r: f([1], 90)}.r",
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(60)}.r",
        f"{{{DAG}, r: string(a39)}}.r",
        f"{{{DAG}, b: [a39], r: flatten(b)}}.r",
        'string join(for i in 1..20000 return "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
        'replace(long, "a", "$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0")',
        'matches(long, "[a-z]+[a-z]+[a-z]+[a-z]+[0-9]")',
        'split(long, "a")',
        "string(big)",
        "sort(big, function(a, b) a > b)",
        "distinct values(for i in 1..2000 return i)",
        "duplicate values(for i in 1..2000 return i)",
        "(for i in 1..2000 return [partial[-1]])[-1] = 1",
        "flatten((for i in 1..150 return [partial[-1]])[-1])",
        "flatten(for i in 1..2000 return [partial[-1]])",
        "string((for i in 1..200 return [partial[-1]])[-1])",
    ],
)
def test_what_costs_too_much_ends_soon_with_its_own_error(text):
    expression = parse_expression(text)
    before = time.process_time()
    with pytest.raises(FeelBudgetExceeded) as caught:
        expression.evaluate({"big": BIG, "long": "a" * 100_000})
    # A tenth of a second is what it takes; the rest is room for slow machines.
    assert time.process_time() - before < 2
    assert "budget" in str(caught.value)


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
