"""Whatever costs more than its budget ends with the named error, after work in proportion to that budget.

How much Python works is counted in calls, not in seconds. ``attacks.txt`` has one text a line; DAG stands for forty
entries, each of which holds the one before it twice.
"""

from __future__ import annotations

import sys
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from workflows.feel import FeelBudgetExceeded, Run, parse_expression
from workflows.feel.errors import NoValue
from workflows.feel.regex import compile_pattern

BUDGET = 4_000
CALLS_PER_STEP = 20  # into and out of functions
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAG = ", ".join(["a0: [1, 1]", *(f"a{n}: [a{n - 1}, a{n - 1}]" for n in range(1, 40))])
TWIN = DAG.replace("a", "b")
ATTACKS = Path(__file__).with_name("attacks.txt").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def scope():
    return {
        "big": list(range(200_000)), "twok": list(range(2_000)), "fs": [i / 7 for i in range(2_000)],
        "long": "a" * 100_000, "mega": "a" * 1_000_000, "cjk": "娄" * 1_000_000, "mix": "aB" * 500_000,
        "sharp": "ß" * 1_000_000, "numtext": "1" * 1_000_000, "spaces": " " * 1_000_000, "bs": "\\" * 100_000,
        "dq": '"' * 1_000_000, "long2": "a" * 99_999 + "b", "strs": ["a"] * 200_000,
        "strs2": [str(i) for i in range(200_000)], "lists": [[i] for i in range(100_000)],
        "ctxs": [{"a": i, "b": {"c": i}} for i in range(100_000)], "wide": {f"k{i}": i for i in range(100_000)},
        "bools": [True] * 200_000, "nulls": [None] * 200_000, "decs": [Decimal(i) / 7 for i in range(100_000)],
        "floats": [i / 7 for i in range(200_000)], "dates": [NOW] * 100_000, "zdates": [NOW] * 2_000,
        "entries": [{"key": f"k{i}", "value": i} for i in range(100_000)], "keys": [f"k{i}" for i in range(100)],
        "e6": Decimal("1e6000"), "e6s": [Decimal("1e6000")] * 100_000, "neg": Decimal("1e-6000"),
        "hugeint": 10**100_000, "hugeints": [10**5_000] * 1_000,
        "MIDNEEDLE": "a" * 50_000 + "b" + "a" * 49_000, "MIDNEEDLE2": "b" + "a" * 500_000,
    }  # fmt: skip


def evaluated(text, scope, budget):
    """Whether the budget was enough, and how often Python called and returned."""
    expression = parse_expression(text)
    calls = 0

    def count(*_):
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        expression.evaluate(scope, now=NOW, budget=budget)
    except FeelBudgetExceeded as error:
        assert "budget" in str(error)  # noqa: PT017 and the other way is told too
        return False, calls
    finally:
        sys.setprofile(None)
    return True, calls


@pytest.mark.parametrize("text", ATTACKS)
def test_what_costs_too_much_ends_in_proportion_to_its_budget(text, scope):
    enough, calls = evaluated(text.replace("DAG", DAG), scope, BUDGET)
    assert not enough
    assert calls < CALLS_PER_STEP * BUDGET


@pytest.mark.parametrize(
    "text",
    [
        f"{{{DAG}, {TWIN}, r: is(a39, b39)}}.r",
        f"{{{DAG}, {TWIN}, r: a39 = b39}}.r",
        f"{{{DAG}, r: a39 instance of {'list<' * 40}number{'>' * 40}}}.r",
        f"{{{DAG}, {TWIN}, r: a39 in [b39]}}.r",
        f"{{{DAG}, {TWIN}, r: index of([a39], b39)}}.r",
        'for i in 1..100000 return matches("a", "((a?){70}){70}" + string(i))',
        'for i in 1..100000 return matches("a", "(a{1,50}){1,50}" + string(i))',
        'replace(mega, "a+", string join(for i in 1..1000 return "$0"))',
        '{other: mega + "", r: for i in 1..100000 return mega = other}.r',
        '{other: mega + "", r: for i in 1..100000 return mega <= other}.r',
        'for i in 1..100000 return date and time("2026-03-01T10:00:00@No/Where" + string(i))',
    ],
)  # fmt: skip
def test_what_is_shared_or_made_anew_each_time_ends_too(text, scope):
    enough, calls = evaluated(text, scope, 100_000)
    assert not enough
    assert calls < CALLS_PER_STEP * 100_000


@pytest.mark.parametrize("text", ["hugeint + 1", "hugeint * hugeint", "-hugeint", "string(hugeint)", "[1][hugeint]",
                                  "abs(hugeint)", "sum(hugeints)", "median(hugeints)", "hugeint ** 2"])  # fmt: skip
def test_an_integer_of_many_thousand_digits_is_no_number_to_calculate_with(text, scope):
    result = parse_expression(text).evaluate(scope)
    assert result.value is None
    assert result.warnings


def test_integers_of_many_thousand_digits_can_be_told_apart(scope):
    for text in ("hugeint > 1e100", "hugeint > 5.5", "hugeint = hugeint", "hugeint != e6", "-5.5 < hugeint"):
        assert parse_expression(text).evaluate(scope).value is True, text
    assert parse_expression("a = b").evaluate({"a": 10**5_000, "b": 10**5_000 + 1}).value is False


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("(?:(?:(?:(?:){9999}){9999}){9999}){9999}a", True), ("((((){9999}){9999}){9999}){9999}", None), ("(?:)*a", True)],
)
def test_nothing_repeated_is_nothing(pattern, found):
    if found is None:
        with pytest.raises(NoValue):
            compile_pattern(pattern, "", Run())
    else:
        assert bool(compile_pattern(pattern, "", Run()).search("a", 0, Run())) is found


def test_a_pattern_costs_the_same_whether_or_not_another_run_has_met_it():
    text = 'for i in 1..3 return matches("abc", "[a-c]{3,9}x?")'
    spent = []
    for _ in range(2):
        run = Run()
        compile_pattern("[a-c]{3,9}x?", "", run)
        spent.append(run.left)
    assert spent[0] == spent[1] < Run().left
    assert parse_expression(text).evaluate({}).value == [True, True, True]


@pytest.mark.parametrize(
    "text",
    [
        "sum(sort(xs[a > 100], function(x, y) x.a > y.a).a)",
        "sort(xs.a)",
        'for x in xs return date(x.day) + duration("P1D")',
        'xs[matches(name, "^n[0-9]+5$")]',
        'string join(for x in xs return upper case(x.name), ", ")',
        "count(for i in 1..10000 return i * i + i)",
    ],
)
def test_honest_work_on_a_thousand_items_is_within_the_budget(text):
    xs = [{"a": number * 7919 % 2003, "name": f"n{number}", "day": "2026-03-01"} for number in range(1_000)]
    result = parse_expression(text).evaluate({"xs": xs})
    assert result.value
    assert not result.warnings


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000 return upper case(cjk)",
        "for i in 1..1000 return partition(big, 1)",
        "for i in 1..1000 return concatenate(big, big)",
        "for i in 1..100000 return function() i",
        'matches(mega, "(a*)*b")',
        'replace(long, "a", mega)',
        'for i in 1..1000 return context put(wide, "a", i)',
    ],
)  # fmt: skip
def test_an_evaluation_holds_little_memory(text, scope):
    expression = parse_expression(text)
    tracemalloc.start()
    try:
        with pytest.raises(FeelBudgetExceeded):
            expression.evaluate(scope)
        assert tracemalloc.get_traced_memory()[1] < 64_000_000
    finally:
        tracemalloc.stop()
