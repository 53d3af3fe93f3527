"""The compiled closures and a plain interpreter of the same trees agree, whatever expression and variables come."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.workflows.feel.interpreter import Interpreter
from workflows.feel import FeelBudgetExceeded, Run, parse_expression, parse_unary_tests, tree
from workflows.feel.values import NUMBERS, Range
from workflows.feel.values.functions import Invocable
from workflows.feel.values.python import from_python

LITERALS = [
    "0", "1", "2", "-3", "2.5", "0.10", "1e30", '"a"', '"b"', '""', "true", "false", "null", '@"2026-03-01"',
    '@"2026-03-03"', '@"10:00:00"', '@"2026-03-01T10:00:00@Asia/Shanghai"', '@"P1DT2H"', '@"P1Y"', '@"nonsense"',
    "[]", "[1, 2, 3]", '["a", null, 1]', "[[1, 2], [3]]", "{}", "{a: 1, b: [2]}", "[{a: 1, item: 2}, {b: 2}, {a: null}]",
]  # fmt: skip
VARIABLES = ("n", "s", "xs", "c", "cs", "missing", "day", "two words")
TYPES = ["number", "string", "boolean", "list<number>", "context<a: number>", "range<number>", "date", "Any"]
CALLS = ["count({})", "sum({})", "string({})", "not({})", "reverse({})", "is defined({})", "min({}, {})", "append({}, {})",
         "contains({}, {})", "get value({}, {})", "abs(n: {})", "concatenate({}, {})", "is({}, {})", "n({})", "date({})"]  # fmt: skip


@st.composite
def expressions(draw, names=VARIABLES, depth=3):
    """The text of an expression in which ``names`` are in scope, though perhaps without a value."""

    def inner(*more):
        return "(" + draw(expressions((*names, *more), depth - 1)) + ")"

    def one(*of):
        return draw(st.sampled_from(of))

    def source(*more):
        return one(inner, inner, lambda *_: f"{inner(*more)}..{inner(*more)}", lambda *_: "1..3", lambda *_: "3..1")(
            *more
        )

    def loop(kind, joint):
        fresh = draw(st.sampled_from([("i",), ("i", "j"), ("i", "i"), ("i", "j", "k")]))
        variables = [f"{name} in {source(*fresh[:place])}" for place, name in enumerate(fresh)]
        return f"{kind} {', '.join(variables)} {joint} {inner(*fresh, *(('partial',) if kind == 'for' else ()))}"

    def test():
        plain = one(
            inner, inner, lambda: f"{one('<', '<=', '>', '>=', '=', '!=')} {inner()}", lambda: f"[{inner()}..{inner()})"
        )()
        return plain if one(True, True, False) else f"? {one('<', '=')} {inner()}"

    def call():
        form = one(*CALLS)
        return form.format(*(inner() for _ in range(form.count("{}"))))

    forms = {
        "arithmetic": lambda: f"{inner()} {one('+', '-', '*', '/', '**')} {inner()}",
        "chain": lambda: " + ".join(inner() for _ in range(5)),
        "minus": lambda: f"-{inner()}",
        "compare": lambda: f"{inner()} {one('=', '!=', '<', '<=', '>', '>=')} {inner()}",
        "compare with": lambda: f"{one(*names)} {one('=', '!=', '<', '<=', '>', '>=')} {one(*LITERALS)}",
        "logic": lambda: f" {one('and', 'or')} ".join([inner(), inner()]),
        "three": lambda: f"{inner()} and {inner()} and {inner()}",
        "if": lambda: f"if {inner()} then {inner()} else {inner()}",
        "between": lambda: f"{inner()} between {inner()} and {inner()}",
        "in": lambda: f"{inner()} in {inner()}",
        "in range": lambda: f"{inner()} in {one('[', '(', ']')}{one(*LITERALS)}..{one(*LITERALS)}{one(']', ')', '[')}",
        "in tests": lambda: f"{inner()} in ({test()}, {test()})",
        "instance": lambda: f"{inner()} instance of {one(*TYPES)}",
        "range": lambda: f"{one('[', '(')}{inner()}..{inner()}{one(']', ')')}",
        "half": lambda: f"({one('<', '<=', '>', '>=', '=')} {inner()})",
        "list": lambda: f"[{inner()}, {inner()}]",
        "context": lambda: f"{{a: {inner()}, u v: {inner('a')}, b: {inner('a', 'u v')}}}",
        "shadow": lambda: f"{{n: {inner()}, xs: {inner('n')}, r: {inner('n', 'xs')}}}.r",
        "path": lambda: f"{inner()}.{one('a', 'b', 'item', 'year', 'start', 'start included', 'days')}",
        "filter": lambda: f"{inner()}[{inner('item', 'a', 'b')}]",
        "pick": lambda: f"{inner()}[{one('1', '-1', '2.0', '0', '9')}]",
        "items": lambda: f"{inner()}[item {one('>', '=', '!=')} {one(*LITERALS)}]",
        "for": lambda: loop("for", "return"),
        "some": lambda: loop("some", "satisfies"),
        "every": lambda: loop("every", "satisfies"),
        "call": call,
        "closure": lambda: f"{{k: {inner()}, f: function(p, q: number) {inner('k', 'p', 'q')}, r: f({inner()}, {inner()})}}.r",
        "named": lambda: f"(function(p, q) {inner('p', 'q')})(q: {inner()}, {one('p', 'p', 'z')}: {inner()})",
        "returned": lambda: f"((function(p) function(q) {inner('p', 'q')})({inner()}))({inner()})",
        "recursion": lambda: f"{{f: function(m) if m < 1 then {inner('m')} else [f(m - 1), m], r: f({one('0', '3', '-1')})}}.r",
        "later": lambda: f"{{g: function() b, b: {inner()}, r: g()}}.r",
        "function": lambda: f"{{g: function(p) {inner('p')}, r: [g, count]}}.r[{one('1', '2')}]({inner()})",
    }  # fmt: skip
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return one(*LITERALS, *names, *names)
    return forms[draw(st.sampled_from(sorted(forms)))]()


scalars = st.sampled_from([None, True, False, 0, 1, -7, 10**40, 0.1, 2.5, Decimal("1.10"), "", "a", "b", "甲"])
values = st.recursive(
    scalars, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "item"]), one), max_leaves=6
)  # fmt: skip
python_values = st.sampled_from(
    [date(2026, 3, 1), datetime(2026, 3, 1, 9, tzinfo=UTC), timedelta(days=1), (1, 2), float("nan")]
)
scopes = st.fixed_dictionaries({}, optional={name: values | python_values for name in VARIABLES if name != "missing"})


def same(one, other):
    """Equal in value and kind, and the same number whether int or Decimal."""
    if type(one) in NUMBERS and type(other) in NUMBERS:
        return one == other
    if isinstance(one, Invocable):
        return isinstance(other, Invocable)
    if type(one) is not type(other):
        return False
    if isinstance(one, Range):
        one, other = dataclasses.astuple(one), dataclasses.astuple(other)
    if isinstance(one, dict):
        one, other = list(one.items()), list(other.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or one != one  # noqa: PLR0124 a member that is not a number is left as it came


def check(text, scope):
    expression = parse_expression(text, VARIABLES)
    try:
        found = expression.evaluate(scope).value
        expected = Interpreter(Run(budget=BUDGET)).value(expression.tree, [scope])
    except FeelBudgetExceeded:
        return False  # the compiled one stops early where the plain one goes through everything
    assert same(found, expected), f"{text}\n{scope}\n{found!r} is not {expected!r}"
    return True


def check_tests(text, scope, given):
    tests = parse_unary_tests(text, VARIABLES)
    try:
        found = tests.evaluate(scope, given).value
        interpreter = Interpreter(Run(budget=BUDGET))
        expected = interpreter.with_input(from_python(given), [tests.tree], [scope])
    except FeelBudgetExceeded:
        return False
    assert found is expected, f"{text}\n{scope}\n{given!r}"
    return True


BUDGET = 1_000_000  # of the plain interpreter, which charges otherwise
normal = settings(max_examples=200, suppress_health_check=list(HealthCheck))
deep = settings(normal, max_examples=2_000)


@normal
@given(expressions(), scopes)
def test_the_compiled_expression_has_the_value_that_the_interpreter_finds(text, scope):
    assume(check(text, scope))


@pytest.mark.slow
@deep
@given(expressions(), scopes)
def test_many_compiled_expressions_have_the_values_that_the_interpreter_finds(text, scope):
    assume(check(text, scope))


cells = st.one_of(
    expressions(depth=2),
    expressions(depth=1).map(lambda text: f"< ({text})"),
    expressions(("?", *VARIABLES), depth=2),
    st.lists(expressions(("?", *VARIABLES), depth=1), min_size=1, max_size=3).map(", ".join),
    st.sampled_from(["-", "not(1, 2)", 'not("a")', "[1..3]", ">= 2", "< 5, > 9", "null", "not(null)", "xs", "[1..n]"]),
)


@normal
@given(cells, scopes, values)
def test_a_cell_passes_what_the_interpreter_lets_pass(text, scope, given):
    assume(check_tests(text, scope, given))


def nodes(node):
    if isinstance(node, tuple):
        for each in node:
            yield from nodes(each)
    elif isinstance(node, tree.Node):
        yield type(node)
        for field in dataclasses.fields(node):
            yield from nodes(getattr(node, field.name))


def test_the_expressions_reach_every_kind_of_node():
    seen = set()

    @settings(normal, max_examples=300, phases=[Phase.generate], database=None)
    @given(expressions(), cells)
    def look(text, cell):
        seen.update(nodes(parse_expression(text, VARIABLES).tree), nodes(parse_unary_tests(cell, VARIABLES).tree))

    look()
    assert seen == {kind for kind in vars(tree).values() if isinstance(kind, type) and issubclass(kind, tree.Node)} - {
        tree.Node
    }
