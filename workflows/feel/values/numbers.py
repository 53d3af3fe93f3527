"""Numbers: decimal128, 34 digits, ties to even. An int is a number too; no float ever is."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

from workflows.feel.errors import NoValue

if TYPE_CHECKING:
    from typing import TypeAlias

Number: TypeAlias = "int | Decimal"
NUMBERS = frozenset({int, Decimal})
DIGITS = 34
CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[])
# Integers up to here are told exactly by 34 digits; longer ones do not become indexes, counts or JSON integers.
LARGEST = 10**DIGITS

_MOST_BITS = 3_400  # of 10 ** 1023: no caller counts further, and a Decimal is made in a few steps
_HUGE = Decimal("Infinity")


def finite(number: Decimal) -> Decimal:
    """The result of a calculation, unless it overflowed or has none, as 0 / 0."""
    if number.is_finite():
        return number
    raise NoValue("结果超出数的范围 (not a finite number)")


def within_reach(number: Number) -> Number:
    """The number, unless it is so long an int that what Python does with it takes long."""
    if type(number) is int and number.bit_length() > _MOST_BITS:
        raise NoValue("结果超出数的范围 (not a finite number)")
    return number


def comparable(one: Number, other: Number) -> tuple[Number, Number]:
    """Two numbers that compare as these do: an int out of reach would take long to be compared with a Decimal."""
    return (one, other) if type(one) is type(other) else (_near(one), _near(other))


def _near(number: Number) -> Number:
    if type(number) is int and number.bit_length() > _MOST_BITS:
        return _HUGE if number > 0 else -_HUGE
    return number


def whole(number: Number) -> int | None:
    """The integer that equals a number."""
    if abs(number) < LARGEST and number == (result := int(number)):
        return result
    return None


def number_text(number: Number) -> str:
    """Plain digits without exponent, as FEEL's string() writes a number."""
    if type(number) is int and abs(number) < LARGEST:
        return str(number)
    value = finite(CONTEXT.create_decimal(within_reach(number)))
    return format(value or abs(value), "f")  # there is no -0
