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


def finite(number: Decimal) -> Decimal:
    """The result of a calculation, unless it overflowed or has none, as 0 / 0."""
    if number.is_finite():
        return number
    raise NoValue("结果超出数的范围 (not a finite number)")


def whole(number: Number) -> int | None:
    """The integer that equals a number."""
    if abs(number) < LARGEST and number == (result := int(number)):
        return result
    return None


def number_text(number: Number) -> str:
    """Plain digits without exponent, as FEEL's string() writes a number."""
    if type(number) is int and abs(number) < LARGEST:
        return str(number)
    return format(CONTEXT.create_decimal(number) if number else abs(number), "f")  # there is no -0
