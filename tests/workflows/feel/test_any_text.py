"""Whatever text and data come: a value, a syntax error or the end of the budget, and nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.feel import FeelBudgetExceeded, FeelSyntaxError, parse_expression, parse_unary_tests, to_json
from workflows.feel.builtins import BUILTINS
from workflows.feel.values import DateTime

ATOMS = [
    "1", "-2.5", "1e30", "1e6000", '"a"', '""', '"(a)|b"', "null", "true", '@"2026-03-01"', '@"10:00:00Z"',
    '@"2026-03-01T10:00:00@Asia/Shanghai"', '@"P1D"', '@"P1Y2M"', "[]", "[1, null, 3]", '["a", "b"]', "{}",
    '{a: [1, {b: 2}], key: "a", value: 1}', "[1..5]", "(< 5)", "(function(a) a)", "(function(a, b) a > b)",
    "x", "floats", "odd", "item", "?", '@"999999999-12-31"', "[{a: 1}, {a: 2}, {b: 3}]",
]  # fmt: skip
OPERATORS = ["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "in"]
SCOPE = {"x": 7, "floats": [0.1, (1, 2), float("nan")], "odd": object(), "item": {"a": None}}


def expressions(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(" ".join),
        st.tuples(st.sampled_from(sorted(BUILTINS)), st.lists(inner, max_size=4)).map(
            lambda call: f"{call[0]}({', '.join(call[1])})"
        ),
        st.tuples(inner, inner).map(lambda both: "({})[{}]".format(*both)),
        st.tuples(inner, st.sampled_from(["a", "year", "time offset", "start", "days"])).map(
            lambda both: "({}).{}".format(*both)
        ),
        st.tuples(inner, inner).map(lambda both: "for i in {} return {}".format(*both)),
        st.tuples(inner, inner).map(lambda both: "every i in {} satisfies {}".format(*both)),
        st.tuples(inner, inner, inner).map(lambda three: "if {} then {} else {}".format(*three)),
        st.tuples(inner, inner, inner).map(lambda three: "({}) between ({}) and ({})".format(*three)),
        st.tuples(inner, inner).map(lambda both: "{{a: {}, b: {}}}".format(*both)),
        st.tuples(inner, inner).map(lambda both: "({})({})".format(*both)),
    )


@settings(max_examples=300)
@given(st.recursive(st.sampled_from(ATOMS), expressions, max_leaves=12))
def test_every_expression_has_a_value_or_costs_too_much(text):
    try:
        result = parse_expression(text).evaluate(SCOPE, now=DateTime.from_instant(0, 0).to_python(), budget=20_000)
    except FeelBudgetExceeded:
        return
    try:
        to_json(result.value)
    except ValueError as problem:
        assert str(problem)  # noqa: PT017 a range or a function is a value too
    assert all(str(warning) for warning in result.warnings)


PIECES = [*ATOMS, *OPERATORS, *'()[]{},:.?`"\\\n', "..", "if", "then", "else", "for", "return", "not", "instance of", "，", "\ud800", "\0"]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.text(max_size=30))
def test_every_text_is_read_or_refused_with_a_place(text):
    problem: FeelSyntaxError
    for parse in (parse_expression, parse_unary_tests):
        try:
            parse(text)
        except FeelSyntaxError as refusal:
            problem = refusal
        else:
            continue
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.column >= 1
        assert problem.message in str(problem)
