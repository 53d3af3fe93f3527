"""What an evaluation leaves behind: the value, the inputs it saw, the rules that fired, the warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions.errors import DecisionError, Problem, Violation
from workflows.feel import Env, FeelBudgetExceeded, Run, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from workflows.feel import Expression, UnaryTests


class Cell(NamedTuple):
    """An expression and the element that holds it."""

    element_id: str
    expression: Expression


class Condition(NamedTuple):
    """Unary tests and the element that holds them."""

    element_id: str
    tests: UnaryTests


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The value one input expression or one output entry gave."""

    id: str
    name: str
    value: Any

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "value": to_json(self.value)}


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """A rule that fired: its id, its number counted from 1, what it gave."""

    rule_id: str
    index: int
    outputs: tuple[Evaluated, ...]

    def to_json(self) -> dict[str, Any]:
        return {"rule_id": self.rule_id, "index": self.index, "outputs": [each.to_json() for each in self.outputs]}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one decision. `kind` is what Camunda 8 calls its logic; `required` holds the results of the
    decisions it rests on, first evaluated first.
    """

    decision_id: str
    decision_name: str
    kind: str
    value: Any
    inputs: tuple[Evaluated, ...]
    matched: tuple[MatchedRule, ...]
    warnings: tuple[Problem, ...]
    required: tuple[Outcome, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "decision_id": self.decision_id,
            "decision_name": self.decision_name,
            "value": to_json(self.value),
            "inputs": [each.to_json() for each in self.inputs],
            "matched": [each.to_json() for each in self.matched],
            "warnings": [{"element_id": each.element_id, "text": each.text} for each in self.warnings],
            "required": [each.to_json() for each in self.required],
        }


# FEEL steps of one decision: a table of a hundred rules that each search a list of thousands is within it.
_BUDGET = 1_000_000


class Trace:
    """The record of one decision while it is evaluated. All its texts are one FEEL run: one clock, one budget."""

    def __init__(self, now: datetime | None) -> None:
        self.inputs: list[Evaluated] = []
        self.matched: list[MatchedRule] = []
        self._run = Run(now, budget=_BUDGET)
        self._warnings: dict[str, Problem] = {}

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(self._warnings.values())

    def warn(self, element_id: str, text: str) -> None:
        # Thirty rules stumble over one missing input: said once, where it was met first.
        self._warnings.setdefault(text, Problem(element_id, text))

    def scope(self, names: Mapping[str, Any]) -> Env:
        return Env(names, None, self._run)

    def value(self, cell: Cell, scope: Env) -> Any:
        try:
            value = cell.expression.value(scope)
        except FeelBudgetExceeded as error:
            raise _too_costly(cell.element_id, error) from error
        if self._run.warnings:
            self._take_warnings(cell.element_id)
        return value

    def holds(self, cell: Condition, value: Any, scope: Env) -> bool:
        try:
            answer = cell.tests.matches(scope, value)
        except FeelBudgetExceeded as error:
            raise _too_costly(cell.element_id, error) from error
        if self._run.warnings:
            self._take_warnings(cell.element_id)
        return answer is True

    def _take_warnings(self, element_id: str) -> None:
        for warning in self._run.warnings:
            self.warn(element_id, str(warning))
        self._run.warnings.clear()


def _too_costly(element_id: str, error: FeelBudgetExceeded) -> DecisionError:
    return DecisionError(Violation.BUDGET_EXCEEDED, f"{element_id}: {error}")
