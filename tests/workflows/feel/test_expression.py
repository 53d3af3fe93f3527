from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest

from workflows.feel import Env, FeelWarning, Position, Run, parse_expression, parse_unary_tests, to_json


def test_the_same_text_is_parsed_once():
    assert parse_expression("a + 1") is parse_expression("a + 1", ())
    assert parse_expression("a + 1") is not parse_expression("a + 1", ("a b",))
    assert parse_unary_tests("> 1") is parse_unary_tests("> 1")


def test_a_missing_variable_is_null_with_a_warning_that_tells_where():
    result = parse_expression("1 +\n  amuont").evaluate({"amount": 1})
    assert result.value is None
    assert [warning.position for warning in result.warnings] == [Position(2, 3), Position(1, 3)]
    assert "amuont" in str(result.warnings[0])
    assert "第 2 行第 3 列" in str(result.warnings[0])


def test_warnings_are_kept_in_number():
    result = parse_expression("for i in 1..500 return nothing").evaluate({})
    assert len(result.warnings) == 100
    assert all(isinstance(warning, FeelWarning) for warning in result.warnings)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0.1, Decimal("0.1")),
        ([0.1, {"a": 0.2}], [Decimal("0.1"), {"a": Decimal("0.2")}]),
        (10**40, 10**40),
        ((1, "甲"), [1, "甲"]),
        (MappingProxyType({"a": None}), {"a": None}),
        (date(2026, 3, 1), "2026-03-01"),
        (time(9, 30), "09:30:00"),
        (datetime(2026, 3, 1, 9, tzinfo=UTC), "2026-03-01T09:00:00Z"),
        (timedelta(hours=26), "P1DT2H"),
        (True, True),
    ],
)
def test_values_of_the_scope_come_in_as_feel_values(value, given, expected):
    assert value("x", {"x": given}) == expected


def test_a_float_is_the_decimal_that_it_prints_as(value):
    assert value("x + 0.2 = 0.3", {"x": 0.1}) is True
    assert value("sum(xs) = 0.3", {"xs": [0.1, 0.2]}) is True
    assert value("c.xs[1] * 3 = 0.3", {"c": {"xs": [0.1]}}) is True
    assert value("{a: xs} = {a: [0.1]}", {"xs": [0.1]}) is True


@pytest.mark.parametrize("foreign", [object(), float("nan"), float("inf"), Decimal("NaN"), b"bytes", {1, 2}, str])
def test_no_foreign_object_gets_in(result, foreign):
    scope = {"x": foreign, "xs": [foreign], "c": {"x": foreign}}
    for text in ("x", "xs[1]", "c.x", "x = 1", "x + 1", "x > 1", "sum(xs)", "x()", "string(x)"):
        evaluated = result(text, scope)
        assert evaluated.value in {None, False}, text
        assert evaluated.warnings or evaluated.value is False, text


@pytest.mark.parametrize(
    "name", ["__class__", "__proto__", "len", "typename", "keys", "real", "__init__", "format", "nanos", "to_python"]
)
def test_no_attribute_of_a_python_value_can_be_read(result, name):
    scope = {"text": "a", "number": 1, "list": [1], "context": {"a": 1}, "day": date(2026, 1, 1)}
    for base in (*scope, "`string length`", "(function(a) a)", "[1..2]"):
        for text in (f"({base}).{name}", f"({base}).{name}()"):
            assert result(text, scope).value in (None, [None])
    assert result(name, {name: 5}).value == 5
    assert result(f"c.{name}", {"c": {name: 5}}).value == 5


def test_nul_and_half_characters_in_values_do_no_harm(result):
    text = "甲\0乙\ud800"
    scope = {"x": text}
    assert result("x", scope).value == text
    assert result("string length(x)", scope).value == 4
    assert result('x + "!"', scope).value == text + "!"
    assert result("upper case(x) = x", scope).value is True
    assert result('matches(x, "乙.$")', scope).value is True
    assert result("split(x, x)", scope).value == ["", ""]
    assert result("string([x])", scope).value == f'["{text}"]'
    assert result("date(x)", scope).value is None


def test_functions_of_the_caller_get_feel_values(result):
    functions = {"workdays": lambda start, number: start.day + int(number), "fail": lambda: 1 / 0, "odd one": object}
    run = parse_expression('workdays(date("2026-03-02"), 3) + 1').evaluate({}, functions=functions)
    assert run.value == 6
    failed = parse_expression("fail()").evaluate({}, functions=functions)
    assert (failed.value, len(failed.warnings)) == (None, 1)
    assert parse_expression("odd one()", ["odd one"]).evaluate({}, functions=functions).value is None
    assert parse_expression("workdays instance of function<Any>->Any").evaluate({}, functions=functions).value is False
    assert parse_expression("workdays(a: 1)").evaluate({}, functions=functions).value is None
    assert parse_expression("string(workdays)").evaluate({}, functions=functions).value is None


def test_now_and_today_are_those_of_the_caller(value, result):
    assert value("now()") == "2026-03-02T07:30:00@Asia/Shanghai"
    assert value("today()") == "2026-03-02"
    assert value('now() + duration("P1D") > now()') is True
    assert parse_expression("now()").evaluate({}).value is None


def test_one_run_can_be_shared_by_many_expressions():
    run = Run(budget=1_000)
    env = Env({"xs": list(range(50))}, None, run)
    assert parse_expression("count(xs[item > 10])").value(env) == 39
    assert parse_unary_tests("> 1").matches(env, 2) is True
    assert parse_expression("nothing").value(env) is None
    assert run.left < 1_000
    assert len(run.warnings) == 1


def test_an_input_that_is_no_value_passes_no_test():
    result = parse_unary_tests("> 1").evaluate({}, input=object())
    assert result.value is None
    assert len(result.warnings) == 1


def test_what_json_cannot_say_is_refused_by_name():
    for text, told in (("function() 1", "function"), ("[1..2]", "range"), ("{a: [count]}", "function")):
        with pytest.raises(ValueError, match=told):
            to_json(parse_expression(text).evaluate({}).value)
    with pytest.raises(ValueError, match="not a FEEL value"):
        to_json({"a": object()})


def test_integers_leave_as_int_and_fractions_as_decimal():
    numbers = to_json(parse_expression("[5, 5.00, 0.5, 1e20, 1e40]").evaluate({}).value)
    assert [(type(number), str(number)) for number in numbers] == [
        (int, "5"),
        (int, "5"),
        (Decimal, "0.5"),
        (int, "1" + "0" * 20),
        (Decimal, "1E+40"),
    ]


def test_json_too_deep_or_too_large_is_refused():
    deep = []
    for _ in range(200):
        deep = [deep]
    wide = [1, 1]
    for _ in range(40):
        wide = [wide, wide]
    for each in (deep, wide):
        with pytest.raises(ValueError, match="too deep or too large"):
            to_json(each)
