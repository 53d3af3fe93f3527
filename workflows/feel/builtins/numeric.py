"""Rounding and arithmetic functions."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import TYPE_CHECKING

from workflows.feel.builtins.registry import builtin
from workflows.feel.errors import NoValue
from workflows.feel.values import CONTEXT, Duration, Months, Number
from workflows.feel.values.numbers import DIGITS, LARGEST, finite, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.feel.run import Run

MIN_SCALE, MAX_SCALE = -6111, 6176
_LONG_DIVISION = 200  # steps of work on thousands of digits


def _round(run: Run, number: Number, scale: int, rounding: str) -> Decimal:
    if not MIN_SCALE <= scale <= MAX_SCALE:
        raise NoValue(f"scale 应在 {MIN_SCALE} 与 {MAX_SCALE} 之间 (scale out of range)")
    value = CONTEXT.create_decimal(number)
    if -int(value.as_tuple().exponent) <= scale:
        return _padded(value, scale)
    if value.adjusted() + scale > DIGITS:
        run.charge(_LONG_DIVISION)
    context = CONTEXT.copy()
    context.prec = decimal.MAX_PREC if scale < MAX_SCALE else CONTEXT.prec
    context.Emin, context.Emax = -20_000, 20_000
    context.rounding = rounding
    return finite(CONTEXT.plus(value.quantize(Decimal(1).scaleb(-scale, context), context=context)))


def _padded(value: Decimal, scale: int) -> Decimal:
    """With all its places, zeros too, as 2.50; what needs more than 34 digits stays as it is."""
    if value.adjusted() + scale < DIGITS:
        return value.quantize(Decimal(1).scaleb(-scale), context=CONTEXT)
    return value


_ROUNDINGS = {
    "decimal(n: number, scale: truncated)": decimal.ROUND_HALF_EVEN,
    "floor(n: number, scale?: truncated)": decimal.ROUND_FLOOR,
    "ceiling(n: number, scale?: truncated)": decimal.ROUND_CEILING,
    "round up(n: number, scale: truncated)": decimal.ROUND_UP,
    "round down(n: number, scale: truncated)": decimal.ROUND_DOWN,
    "round half up(n: number, scale: truncated)": decimal.ROUND_HALF_UP,
    "round half down(n: number, scale: truncated)": decimal.ROUND_HALF_DOWN,
}


def _rounder(rounding: str) -> Callable[..., Decimal]:
    return lambda run, n, scale=0: _round(run, n, scale, rounding)


for _declaration, _rounding in _ROUNDINGS.items():
    builtin(_declaration, run=True, weight=7)(_rounder(_rounding))


@builtin("abs(n: number)")
def absolute(n: Number) -> Decimal:
    return CONTEXT.abs(n)


@builtin("abs(n: duration)")
def absolute_duration(n: Duration | Months) -> Duration | Months:
    return Duration(abs(n.nanos)) if isinstance(n, Duration) else Months(abs(n.months))


# So wide that the whole quotient of any two numbers fits, and the remainder is exact.
_WIDE = decimal.Context(prec=12_400, Emin=-20_000, Emax=20_000, traps=[])


@builtin("modulo(dividend: number, divisor: number)", run=True, weight=8)
def modulo(run: Run, dividend: Number, divisor: Number) -> Decimal:
    """What floor(dividend / divisor) times the divisor leaves: it has the sign of the divisor."""
    if divisor == 0:
        raise NoValue("除以零 (division by zero)")
    run.charge(1 if -LARGEST < dividend < LARGEST and not -1 < divisor < 1 else _LONG_DIVISION)
    dividend, divisor = CONTEXT.create_decimal(dividend), CONTEXT.create_decimal(divisor)
    remainder = finite(CONTEXT.plus(_WIDE.remainder(dividend, divisor)))
    return CONTEXT.add(remainder, divisor) if remainder and (remainder < 0) != (divisor < 0) else remainder


@builtin("sqrt(number: number)", weight=8)
def square_root(number: Number) -> Decimal:
    return finite(CONTEXT.sqrt(CONTEXT.create_decimal(number)))


@builtin("log(number: number)", weight=120)
def logarithm(number: Number) -> Decimal:
    return finite(CONTEXT.ln(CONTEXT.create_decimal(number)))


@builtin("exp(number: number)", weight=120)
def exponential(number: Number) -> Decimal:
    return finite(CONTEXT.exp(CONTEXT.create_decimal(number)))


def _is_even(number: Number) -> bool | None:
    """Null for what is not whole."""
    if abs(number) >= LARGEST:
        # Digits beyond the precision are zeros, the last known one decides.
        number = CONTEXT.create_decimal(number)
        return int(number.as_tuple().exponent) > 0 or number.as_tuple().digits[-1] % 2 == 0
    integer = whole(number)
    return None if integer is None else integer % 2 == 0


@builtin("odd(number: number)")
def odd(number: Number) -> bool:
    return _is_even(number) is False


@builtin("even(number: number)")
def even(number: Number) -> bool:
    return _is_even(number) is True
