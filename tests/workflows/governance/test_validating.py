from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from workflows.governance.schemas import problems, unusable
from workflows.governance.validating import TooComplex

DOUBLING = {
    "$ref": "#/$defs/d0",
    "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)} | {"d40": {"type": "string"}},
}
TREE = {"properties": {"a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}, "required": ["b"]}


def nested(levels, value=None):
    value = value or {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (DOUBLING, "x"),
        (TREE, nested(60)),
        ({"pattern": "^(a+)+$"}, "a" * 100_000 + "b"),
        ({"items": {"enum": list(range(2_000))}}, [-1] * 1_000),
        ({"items": {"allOf": [{"type": "integer"}] * 500}}, ["x"] * 1_000),
        ({"items": {"$ref": "#"}, "type": "array"}, [[[]]] * 50_000),
    ],
    ids=["doubling", "tree", "pattern", "enum", "allOf", "long"],
)
def test_what_would_take_long_is_stopped(schema, value):
    assert unusable(schema) is None
    with pytest.raises(TooComplex):
        problems(schema, value)


def test_a_reference_that_nests_too_deep_is_stopped():
    chain = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(2_000)} | {"d2000": {"type": "string"}}
    with pytest.raises(TooComplex):
        problems({"$ref": "#/$defs/d0", "$defs": chain}, 7)


@pytest.mark.parametrize(
    ("items", "unique"),
    [([1, 2], True), ([1, 1.0], False), ([1, True], True), ([0, False], True), ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], False),
     ([[1], [1]], False), ([[1], [True]], True), (["a", "a"], False), ([None, None], False), ([{}, []], True), ([{"n": n} for n in range(9_000)], True)],
)  # fmt: skip
def test_items_are_unique_where_json_is(items, unique):
    assert (problems({"uniqueItems": True}, items) == []) is unique
    if len(items) < 100:
        assert Draft202012Validator({"uniqueItems": True}).is_valid(items) is unique
    assert problems({"uniqueItems": False}, items) == []


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"patternProperties": {"^a": {}}}, "patternProperties"),
        ({"properties": {"a": {"pattern": "(?=a)"}}}, "pattern"),
        ({"pattern": "("}, "pattern"),
    ],
)
def test_what_cannot_be_checked_is_no_schema(schema, said):
    assert said in unusable(schema)


def test_a_pattern_that_was_deployed_when_others_were_allowed_is_a_refusal():
    with pytest.raises(TooComplex, match="不支持的组"):
        problems({"pattern": "(?=a)"}, "a")


def test_a_field_may_be_called_so():
    assert unusable({"properties": {"pattern": {"type": "string"}, "patternProperties": {"type": "string"}}}) is None
