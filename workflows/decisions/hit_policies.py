"""Hit policies: which of the matching rules count, and whether they give one result or a list."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions.errors import DecisionError, Violation
from workflows.feel.builtins import BUILTINS
from workflows.feel.errors import NoValue
from workflows.feel.operators import equal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workflows.decisions.outcome import DecisionRun, MatchedRule
    from workflows.decisions.table import DecisionTable
    from workflows.feel import Position, Run

    Select = Callable[[DecisionTable, list[MatchedRule], DecisionRun], list[MatchedRule]]

AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")


class HitPolicy(NamedTuple):
    """`select` picks the rules that fire among those that match; `single` gives the result of the first of them."""

    select: Select
    single: bool
    stops_at_first: bool = False
    needs_order: bool = False


def _all(_table: DecisionTable, matched: list[MatchedRule], _run: DecisionRun) -> list[MatchedRule]:
    return matched


def _only(table: DecisionTable, matched: list[MatchedRule], _run: DecisionRun) -> list[MatchedRule]:
    if len(matched) > 1:
        raise DecisionError(
            Violation.UNIQUE_VIOLATED,
            f"决策表“{table.name}”只许一条规则命中，却命中了 {_rules(matched)} "
            f"(UNIQUE, but {len(matched)} rules of {table.name!r} match)",
        )
    return matched


def _agreeing(table: DecisionTable, matched: list[MatchedRule], run: DecisionRun) -> list[MatchedRule]:
    for one, other in pairwise(matched):
        if not all(equal(a.value, b.value, run) for a, b in zip(one.outputs, other.outputs, strict=True)):
            raise DecisionError(
                Violation.ANY_VIOLATED,
                f"决策表“{table.name}”命中的规则结果须相同，{_rules([one, other])} 却不同 "
                f"(ANY, but rules {one.index} and {other.index} of {table.name!r} differ)",
            )
    return matched


def _in_output_order(table: DecisionTable, matched: list[MatchedRule], run: DecisionRun) -> list[MatchedRule]:
    return sorted(matched, key=lambda rule: _rank(table, rule, run))


def _first_in_output_order(table: DecisionTable, matched: list[MatchedRule], run: DecisionRun) -> list[MatchedRule]:
    return _in_output_order(table, matched, run)[:1]


HIT_POLICIES = {
    "UNIQUE": HitPolicy(_only, single=True),
    "FIRST": HitPolicy(_all, single=True, stops_at_first=True),
    "ANY": HitPolicy(_agreeing, single=True),
    "PRIORITY": HitPolicy(_first_in_output_order, single=True, needs_order=True),
    "RULE ORDER": HitPolicy(_all, single=False),
    "OUTPUT ORDER": HitPolicy(_in_output_order, single=False, needs_order=True),
    "COLLECT": HitPolicy(_all, single=False),
}


def aggregate(aggregation: str, values: list[Any], run: DecisionRun, at: Position) -> Any:
    """What COLLECT with SUM, MIN, MAX or COUNT makes of the results."""
    try:
        return BUILTINS[aggregation.lower()].invoke(run, [values], {})
    except NoValue as problem:
        return run.null(at, f"{aggregation}：{problem}")


def place_of(value: Any, order: Sequence[Any], run: Run) -> int:
    """The place in a list of allowed values; what is not there (null) comes last."""
    return next((place for place, each in enumerate(order) if equal(each, value, run)), len(order))


def _rank(table: DecisionTable, rule: MatchedRule, run: DecisionRun) -> list[int]:
    return [place_of(given.value, output.order, run) for output, given in zip(table.outputs, rule.outputs, strict=True)]


def _rules(matched: list[MatchedRule]) -> str:
    return "、".join(f"规则 {rule.index} ({rule.rule_id})" for rule in matched)
