"""The decision table and how it is evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from workflows.decisions.hit_policies import AGGREGATIONS, HIT_POLICIES
from workflows.decisions.outcome import Evaluated, MatchedRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workflows.decisions.hit_policies import HitPolicy
    from workflows.decisions.outcome import Cell, Condition, Trace
    from workflows.decisions.types import Clause
    from workflows.feel import Env


class Input(NamedTuple):
    clause: Clause
    expression: Cell


class Output(NamedTuple):
    """`order` lists the allowed values, best first, for PRIORITY and OUTPUT ORDER."""

    clause: Clause
    default: Cell | None
    order: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """`tests` are places in the table's list of distinct tests; a cell that is `-` has none."""

    id: str
    index: int
    tests: tuple[int, ...]
    outputs: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """Equal cells of a column are one test, asked once per evaluation and only when a rule comes to it."""

    kind: ClassVar[str] = "DECISION_TABLE"

    name: str
    hit_policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    tests: tuple[tuple[int, Condition], ...]  # (column, test)
    rules: tuple[Rule, ...]

    def evaluate(self, scope: Env, trace: Trace) -> Any:
        policy = HIT_POLICIES[self.hit_policy]
        values = [self._input(each, scope, trace) for each in self.inputs]
        matching = islice(self._matching(values, scope, trace), 1 if policy.stops_at_first else None)
        fired = policy.select(self, [self._fire(rule, scope, trace) for rule in matching])
        trace.matched.extend(fired)
        results = [self._shape(rule.outputs) for rule in fired]
        if not results:
            return self._without_match(policy, scope, trace)
        if self.aggregation:
            return trace.value(AGGREGATIONS[self.aggregation], trace.scope({"outputs": results}))
        return results[0] if policy.single else results

    def _input(self, each: Input, scope: Env, trace: Trace) -> Any:
        value = trace.value(each.expression, scope)
        trace.inputs.append(Evaluated(each.clause.id, each.clause.name, value))
        each.clause.check(value, trace)
        return value

    def _matching(self, values: list[Any], scope: Env, trace: Trace) -> Iterator[Rule]:
        answers: list[bool | None] = [None] * len(self.tests)

        def holds(place: int) -> bool:
            answer = answers[place]
            if answer is None:
                column, test = self.tests[place]
                answer = answers[place] = trace.holds(test, values[column], scope)
            return answer

        return (rule for rule in self.rules if all(map(holds, rule.tests)))

    def _fire(self, rule: Rule, scope: Env, trace: Trace) -> MatchedRule:
        given = []
        for output, cell in zip(self.outputs, rule.outputs, strict=True):
            value = trace.value(cell, scope)
            output.clause.check(value, trace)
            given.append(Evaluated(output.clause.id, output.clause.name, value))
        return MatchedRule(rule.id, rule.index, tuple(given))

    def _without_match(self, policy: HitPolicy, scope: Env, trace: Trace) -> Any:
        """The default outputs if there are any, else nothing: null, an empty list, a count of 0."""
        one = policy.single or self.aggregation
        if any(each.default for each in self.outputs):
            default = self._shape(
                [
                    Evaluated(
                        each.clause.id, each.clause.name, trace.value(each.default, scope) if each.default else None
                    )
                    for each in self.outputs
                ]
            )
            return default if one else [default]
        if self.aggregation == "COUNT":
            return 0
        return None if one else []

    def _shape(self, outputs: Sequence[Evaluated]) -> Any:
        """One output is its value, several are a context."""
        values = {each.name: each.value for each in outputs}
        return values if len(self.outputs) > 1 else next(iter(values.values()))
