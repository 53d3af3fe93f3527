"""A form as fields: whatever its schema says and whatever is typed, in a moment and without a failure of ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from api.console.fields import fields, variables
from workflows.governance.schemas import unusable

NUMBER = {"properties": {"x": {"type": "number"}}}
ANYTHING: dict[str, Any] = {"properties": {"x": {}}}


@pytest.mark.parametrize(
    "typed", ["1e99999999", "-1E+99999999", "1e-99999999", "0e99999999", "9" * 400, "NaN", "-Infinity"]
)
def test_a_number_that_no_double_holds_is_not_counted_out_and_stays_as_typed(typed: str):
    """10 to the hundred millionth would keep the whole server busy for minutes."""
    assert variables(NUMBER, {"x": typed}) == {"x": typed}


@pytest.mark.parametrize(("typed", "meant"), [("12", 12), ("1.50", Decimal("1.50")), ("1e3", 1000), ("-0.0", 0)])
def test_a_number_keeps_its_digits(typed: str, meant: Any):
    assert variables(NUMBER, {"x": typed}) == {"x": meant}


@pytest.mark.parametrize(
    "typed", ['{"a": 1, "a": 2}', "[1e99999999]", "NaN", "9" * 400, "[" * 100_000, '"\\ud800"', '"\\u0000"', "[1"]
)
def test_what_the_api_does_not_take_for_json_is_none_in_a_form(typed: str):
    assert variables(ANYTHING, {"x": typed}) == {"x": typed}


def test_json_is_read_with_every_digit():
    assert variables(ANYTHING, {"x": '{"__proto__": [0.10, 1]}'}) == {"x": {"__proto__": [Decimal("0.10"), 1]}}


@pytest.mark.parametrize(
    "described",
    [
        True,
        False,
        {"type": "array", "items": True},
        {"type": "array", "items": {"oneOf": [True, {"type": "string"}]}},
        {"type": "string", "oneOf": [{"minLength": 1}, {"maxLength": 0}]},
        {"oneOf": [False, {"const": "a"}]},
        {"type": ["string", "null"], "enum": [None, {"a": [1]}, "x"]},
        {"type": "string", "maxLength": 5.0},
        {"type": "object", "properties": {"__proto__": {"type": "string"}}},
    ],
)
def test_every_schema_that_is_taken_for_a_form_has_fields(described: Any):
    schema = {"properties": {"x": described, "__proto__": {"type": "string", "title": "<b>"}}}
    assert unusable(schema) is None
    made = fields(schema, {}, {})
    assert [one.name for one in made] == ["x", "__proto__"]
    assert all(option != ("None", "None") or "enum" in described for option in made[0].options)


def test_only_what_has_a_value_to_choose_is_a_choice():
    schema = {"properties": {"x": {"oneOf": [{"const": "a", "title": "甲"}, {"const": "b"}]}}}
    assert fields(schema, {}, {})[0].options == [("a", "甲"), ("b", "b")]
