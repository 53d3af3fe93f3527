"""What is refused at parsing, and what goes wrong at evaluation."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflows.decisions.outcome import Evaluated, Outcome


class Problem(NamedTuple):
    """One thing that is wrong, and at which element of the file."""

    element_id: str
    text: str

    def __str__(self) -> str:
        return f"{self.element_id}: {self.text}"


class DmnError(ValueError):
    """决策文件无法使用 The DMN file cannot be used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class Violation(StrEnum):
    """The ways an evaluation fails."""

    UNKNOWN_DECISION = "UNKNOWN_DECISION"
    INPUT_NOT_ALLOWED = "INPUT_NOT_ALLOWED"
    OUTPUT_NOT_ALLOWED = "OUTPUT_NOT_ALLOWED"
    UNIQUE_VIOLATED = "UNIQUE_VIOLATED"
    ANY_VIOLATED = "ANY_VIOLATED"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"


class DecisionError(Exception):
    """决策无法得出结果 The decision gives no result."""

    def __init__(self, kind: Violation, text: str, decision_id: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.decision_id = decision_id  # the decision that failed
        self.inputs: tuple[Evaluated, ...] = ()  # what it had seen until then
        self.outcomes: tuple[Outcome, ...] = ()  # those of the decisions finished before
