"""What an evaluation leaves behind: the value, the inputs it saw, the rules that fired, the warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions.errors import Problem
from workflows.feel import Position, Run, to_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MAX_RECORDED = 1_000  # decisions, and inputs and rules of one decision: a function may be called in a loop


class Evaluated(NamedTuple):
    """The value one input expression or one output entry gave."""

    id: str
    name: str
    value: Any

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "value": to_json(self.value)}


@dataclass(slots=True)
class MatchedRule:
    """A rule that fired: its id, its number counted from 1, what it gave."""

    rule_id: str
    index: int
    outputs: tuple[Evaluated, ...]

    def to_json(self) -> dict[str, Any]:
        return {"rule_id": self.rule_id, "index": self.index, "outputs": [each.to_json() for each in self.outputs]}


@dataclass(slots=True)
class Outcome:
    """The result of one decision. `kind` is what Camunda 8 calls its logic.

    `required` holds the outcomes of the decisions it rests on, first evaluated first; theirs are empty.
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
            "kind": self.kind,
            "value": to_json(self.value),
            "inputs": [each.to_json() for each in self.inputs],
            "matched": [each.to_json() for each in self.matched],
            "warnings": [{"element_id": each.element_id, "text": each.text} for each in self.warnings],
            "required": [each.to_json() for each in self.required],
        }


class Record:
    """The record of one decision while it is evaluated."""

    __slots__ = ("inputs", "matched")

    def __init__(self) -> None:
        self.inputs: list[Evaluated] = []
        self.matched: list[MatchedRule] = []


class DecisionRun(Run):
    """The FEEL run that a decision shares with all it requires: one clock, one budget; and what is on record."""

    __slots__ = ("outcomes", "record")

    def __init__(self, now: datetime | None, budget: int, calendar: Callable[[], Any] | None = None) -> None:
        super().__init__(now, budget=budget, calendar=calendar)
        self.record = Record()
        self.outcomes: list[Outcome] = []

    def note(self, outcome: Outcome) -> None:
        """The outcome that is asked for comes last, however many came before."""
        if len(self.outcomes) >= MAX_RECORDED:
            self.outcomes.pop()
        self.outcomes.append(outcome)

    def warn(self, element_id: str, text: str) -> None:
        self.null(Position(0, 0, element_id), text)

    def warned(self) -> tuple[Problem, ...]:
        """What there was to warn of until now. Thirty rules stumble over one missing input: it is said once."""
        if not self.warnings:
            return ()
        said: dict[str, Problem] = {}
        for at, text in self.warnings:
            told = f"第 {at.line} 行第 {at.column} 列：{text}" if at.line else text
            said.setdefault(told, Problem(at.element_id, told))
        self.warnings = []
        return tuple(said.values())
