"""Decisions and their requirement graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from workflows.decisions.errors import DecisionError, Violation
from workflows.decisions.outcome import Outcome, Trace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from workflows.decisions.outcome import Cell
    from workflows.decisions.types import Clause
    from workflows.feel import Env


class Logic(Protocol):
    """A boxed expression. `kind` is what Camunda 8 calls it."""

    kind: ClassVar[str]

    def evaluate(self, scope: Env, trace: Trace) -> Any: ...


@dataclass(frozen=True, slots=True)
class LiteralExpression:
    kind: ClassVar[str] = "LITERAL_EXPRESSION"

    expression: Cell

    def evaluate(self, scope: Env, trace: Trace) -> Any:
        return trace.value(self.expression, scope)


@dataclass(frozen=True, slots=True)
class Decision:
    """`inputs` are the input data it requires, `requires` the ids of the decisions."""

    id: str
    name: str
    result_name: str
    logic: Logic
    inputs: tuple[Clause, ...]
    requires: tuple[str, ...]

    @property
    def kind(self) -> str:
        return self.logic.kind

    def evaluate(self, variables: Mapping[str, Any], now: datetime | None) -> Outcome:
        trace = Trace(now)
        for each in self.inputs:
            each.check(variables.get(each.name), trace)
        value = self.logic.evaluate(trace.scope(variables), trace)
        return Outcome(self.id, self.name, self.kind, value, tuple(trace.inputs), tuple(trace.matched), trace.warnings)


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """One DMN file. `decisions` are in an order in which each comes after those it requires."""

    id: str
    name: str
    decisions: dict[str, Decision]

    def evaluate(self, decision_id: str, variables: Mapping[str, Any], now: datetime | None = None) -> Outcome:
        """Decide, required decisions first, each once. `variables` are JSON or FEEL values by name.

        A decision sees the variables and, under their names and ids, the results of the decisions it requires.
        Raises DecisionError.
        """
        if decision_id not in self.decisions:
            known = "、".join(self.decisions)
            raise DecisionError(
                Violation.UNKNOWN_DECISION,
                f"“{self.name}”中没有决策 {decision_id}，只有 {known} (there is no decision {decision_id!r})",
            )
        outcomes: dict[str, Outcome] = {}
        for decision in self._with_required(decision_id):
            scope = dict(variables)
            for required in decision.requires:
                scope[required] = scope[self.decisions[required].result_name] = outcomes[required].value
            try:
                outcomes[decision.id] = decision.evaluate(scope, now)
            except DecisionError as error:
                error.decision_id, error.outcomes = decision.id, tuple(outcomes.values())
                raise
        return replace(outcomes.pop(decision_id), required=tuple(outcomes.values()))

    def _with_required(self, decision_id: str) -> list[Decision]:
        wanted = {decision_id}
        for decision in reversed(self.decisions.values()):
            if decision.id in wanted:
                wanted.update(decision.requires)
        return [decision for decision in self.decisions.values() if decision.id in wanted]
