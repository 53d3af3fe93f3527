from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.store.json import NotJson, check, clean, dumps, encode, loads

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


@given(VALUES)
def test_values_survive_a_round_trip(value: object) -> None:
    assert loads(dumps(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: number != number.to_integral_value()))
def test_every_digit_survives(number: Decimal) -> None:
    assert str(loads(dumps(number))) == str(number).replace("e", "E")


@given(VALUES)
def test_clean_values_stay_what_they_are(value: object) -> None:
    assert clean(value) == value


def test_floats_become_what_they_print_as() -> None:
    assert clean({"a": [0.1, 1e300]}) == {"a": [Decimal("0.1"), Decimal("1e300")]}


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"a": ["x\0"]}, "/a/0"),
        ({"a": {"b/c~": "\udcff"}}, "/a/b~1c~0"),
        ([1, float("inf")], "/1"),
        (Decimal("NaN"), ""),
        ({"a": b"bytes"}, "/a"),
        ({"a": {1: 2}}, "/a/"),
        ({"x\0": 1}, "/"),
    ],
)
def test_what_no_database_holds_is_refused_with_its_place(value: object, pointer: str) -> None:
    with pytest.raises(NotJson) as refused:
        check(value)
    assert refused.value.details[0]["pointer"] == pointer


def test_deep_nesting_is_refused() -> None:
    value: list = []
    for _ in range(70):
        value = [value]
    with pytest.raises(NotJson):
        check(value)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "-Infinity"])
def test_numbers_that_are_none_are_not_read(text: str) -> None:
    with pytest.raises(NotJson):
        loads(text)


def test_the_canonical_form_does_not_depend_on_the_order() -> None:
    assert encode({"b": 1, "a": {"d": 1, "c": 2}}, sort_keys=True) == encode(
        {"a": {"c": 2, "d": 1}, "b": 1}, sort_keys=True
    )
