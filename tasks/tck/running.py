"""Runs the kit's cases against our decisions and says which agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tasks.tck.reading import read_cases
from workflows.decisions import DecisionError, DmnError, read_decisions
from workflows.feel import Run
from workflows.feel.operators import equal
from workflows.feel.values import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.tck.reading import Case
    from workflows.decisions import DecisionModel

CLOCK = datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))  # for now() and today()
# The kit writes irrational results to some digits; its own runners compare them so.
_TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one case. `error` is why there was no value."""

    level: str
    folder: str
    case: str
    passed: bool
    expected: Any
    actual: Any
    error: str


def run_kit(kit: Path) -> Iterator[Verdict]:
    """Every case of every test file below a folder, in order."""
    for file in sorted(kit.rglob("*.xml")):
        folder = file.parent.relative_to(kit)
        level = folder.parts[0] if len(folder.parts) > 1 else ""
        try:
            cases = list(read_cases(file))
        except ValueError as error:
            yield Verdict(level, folder.name, file.stem, passed=False, expected=None, actual=None, error=str(error))
            continue
        for case in cases:
            yield _judged(level, folder.name, case)


def _judged(level: str, folder: str, case: Case) -> Verdict:
    actual, error = None, ""
    try:
        actual = _answer(case)
    except DecisionError as failure:
        error = failure.text
    except (DmnError, LookupError, OSError) as failure:
        return Verdict(level, folder, case.id, passed=False, expected=case.expected, actual=None, error=str(failure))
    passed = case.may_fail if error else same(case.expected, actual)
    return Verdict(level, folder, case.id, passed, case.expected, actual, error)


def _answer(case: Case) -> Any:
    """Raises DecisionError, DmnError, LookupError."""
    model = _model(case.model)
    if not case.invocable:
        return model.evaluate(_named(model.decisions, case.decision), case.inputs, CLOCK).value
    invocable = model.invocables[_named(model.invocables, case.invocable)]
    value = model.evaluate(invocable.id, case.inputs, CLOCK).value
    several = len(getattr(invocable, "outputs", ())) > 1
    return value.get(case.decision) if several and isinstance(value, dict) else value


def _named(elements: dict[str, Any], name: str) -> str:
    found = next((key for key, each in elements.items() if name in {each.name, key}), None)
    if found is None:
        raise LookupError(f"no {name!r} in the model")
    return found


@cache
def _model(file: Path) -> DecisionModel:
    """What does not parse is null, so that one bad expression does not fail the cases of all others."""
    others = [each.read_bytes() for each in sorted(file.parent.glob("*.dmn")) if each != file]
    return read_decisions(file.read_bytes(), others)


def same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, Decimal) and type(actual) in NUMBERS:
        return bool(abs(expected - actual) <= _TOLERANCE * max(Decimal(1), abs(expected)))
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(same(value, actual[key]) for key, value in expected.items())
        )
    return equal(expected, actual, Run()) is True
