"""Whatever objects the caller's variables hold: a value, null, or the end of the budget, and no other error."""

from __future__ import annotations

from collections import ChainMap, OrderedDict, UserDict
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction

import pytest

from workflows.feel import FeelBudgetExceeded, parse_expression, parse_unary_tests
from workflows.feel.builtins import BUILTINS


class Evil:
    """Raises whatever it is asked."""

    def _refuse(self, *_):
        raise RuntimeError

    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __bool__ = __len__ = __iter__ = __str__ = __repr__ = _refuse
    __hash__ = __add__ = __radd__ = __sub__ = __mul__ = __getitem__ = __contains__ = __format__ = __index__ = _refuse
    __call__ = _refuse


class Liar(Evil):
    """Says that it is a number."""

    __class__ = Decimal


class Raising(Evil):
    @property
    def __class__(self):
        raise RuntimeError


class Text(str):
    __slots__ = ()

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = str.__hash__
    __str__ = __repr__ = __lt__ = __len__ = __getitem__ = Evil._refuse


class Items(list):
    __iter__ = __len__ = __getitem__ = __eq__ = Evil._refuse
    __hash__ = None


class Entries(dict):
    __iter__ = __len__ = __getitem__ = keys = items = get = __contains__ = Evil._refuse


class Broken(UserDict):
    __getitem__ = Evil._refuse


class Key:
    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


def cyclic():
    items = [1]
    items.append(items)
    entries = {"a": items}
    entries["self"] = entries
    return [items, entries]


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value, {"a": value}]
    return value


ODD = {
    "evil": Evil(), "liar": Liar(), "raising": Raising(), "text": Text("abc"), "items": Items([1, 2]),
    "entries": Entries(a=1), "broken": Broken(a=1), "keys": {1: 2, None: 3, Key(): 4, (1, 2): 5, "a": 1},
    "colour": Colour.RED, "level": Level.HIGH, "fraction": Fraction(1, 3), "complex": 1j, "bytes": b"a",
    "nan": Decimal("NaN"), "snan": Decimal("sNaN"), "infinity": Decimal("Infinity"), "minus": Decimal("-0"),
    "vast": Decimal("1e999999"), "tiny": Decimal("1e-999999"), "long": Decimal("1" * 50_000), "huge": 10**5_000,
    "float": float("inf"), "chain": ChainMap({"a": 1}, {"b": 2}), "ordered": OrderedDict(a=1), "tuple": (1, (2, 3)),
    "generator": (number for number in range(3)), "type": int, "function": len, "method": "a".upper, "set": {1},
    "range": range(3), "cyclic": cyclic()[0], "loop": cyclic()[1], "deep": nested(150), "shared": nested(30),
    "surrogate": "\ud800\0",
}  # fmt: skip
TEXTS = [
    "x", "-x", "x + x", "x + 1", "1 + x", "x * 2", "x / 2", "x ** 2", "x = x", "x = y", "x = 1", 'x = "a"', "x < y", "x < 1",
    "x != null", "x between 1 and y", "x in [1..3]", "x in (1, y)", "1 in x", "x in x", "[x] = [y]", "{a: x} = {a: y}",
    "x.a", "x.self.a", "x[1]", "x[2].a", "x[item = 1]", "x[a = 1]", "for i in x return i", "some i in x satisfies i = 1",
    "for i in [x], j in x return [i, j]", "[1..x]", "(< x)", "1 in [0..x]", "x instance of number", "x instance of list<Any>",
    "x instance of context<a: number>", "if x then x else x", "x and true", "x()", "x(1)", "(function(a: number) a)(x)",
    "(function(a: list<string>) a)(x)", "string([x, {a: x}])", "string join([x])", "sort([x, y])", "sort([x, y], function(a, b) a < b)",
    "distinct values([x, y, x])", "index of([x, y], y)", "is(x, y)", "is([x], [y])", "min(x, y)", "sum([x, 1])", "mode([x, 1, 1])",
    "median([x, 1])", "flatten([x])", "get entries(x)", 'get value(x, "a")', 'context put(x, "b", 1)', "context merge([x, {b: 1}])",
    "list contains([x], y)", "union([x], [y])", "concatenate(x, [1])", 'context([{key: "a", value: x}])',
]  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_an_odd_object_raises_nothing_wherever_it_stands(name):
    other = {"x": ODD[name], "y": [ODD[name], 1]}
    for text in (*TEXTS, *(f"{function}(x)" for function in BUILTINS), *(f"{function}(x, y)" for function in BUILTINS)):
        try:
            result = parse_expression(text).evaluate(other)
            assert all(str(warning) for warning in result.warnings)
        except FeelBudgetExceeded:
            continue


@pytest.mark.parametrize("name", ODD)
def test_an_odd_input_raises_nothing(name):
    for text in ("< 5", "[1..3]", '"a"', "1, 2", "not(1)", "? = ?", "x", "null", "list contains(?, 1)", "-"):
        try:
            parse_unary_tests(text).evaluate({"x": ODD[name]}, ODD[name])
        except FeelBudgetExceeded:
            continue


def test_what_an_odd_object_says_of_itself_counts_for_nothing():
    for name in ("evil", "liar", "raising", "broken", "vast", "fraction"):
        result = parse_expression("x").evaluate({"x": ODD[name]})
        assert (result.value, len(result.warnings)) == (None, 1)
    assert parse_expression('text = "abc" and count(items) = 2 and entries.a = 1').evaluate(ODD).value is True
    assert parse_expression("[colour, level, chain.b]").evaluate(ODD).value == ["red", 3, 2]
