"""Hit policies: which of the matching rules count, and whether they give one result or a list."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions.errors import DecisionError, Violation
from workflows.decisions.outcome import Cell
from workflows.feel import parse_expression

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.decisions.outcome import MatchedRule
    from workflows.decisions.table import DecisionTable

    Select = Callable[[DecisionTable, list[MatchedRule]], list[MatchedRule]]

AGGREGATIONS = {
    name: Cell(name, parse_expression(f"{name.lower()}(outputs)")) for name in ("SUM", "MIN", "MAX", "COUNT")
}
_SAME = parse_expression("one = other")


class HitPolicy(NamedTuple):
    """`select` picks the rules that fire among those that match; `single` gives the result of the first of them."""

    select: Select
    single: bool
    stops_at_first: bool = False
    needs_order: bool = False


def _all(_table: DecisionTable, matched: list[MatchedRule]) -> list[MatchedRule]:
    return matched


def _only(table: DecisionTable, matched: list[MatchedRule]) -> list[MatchedRule]:
    if len(matched) > 1:
        raise DecisionError(
            Violation.UNIQUE_VIOLATED,
            f"决策表“{table.name}”只许一条规则命中，却命中了 {_rules(matched)} "
            f"(UNIQUE, but {len(matched)} rules of {table.name!r} match)",
        )
    return matched


def _agreeing(table: DecisionTable, matched: list[MatchedRule]) -> list[MatchedRule]:
    for one, other in pairwise(matched):
        if not all(_same(a.value, b.value) for a, b in zip(one.outputs, other.outputs, strict=True)):
            raise DecisionError(
                Violation.ANY_VIOLATED,
                f"决策表“{table.name}”命中的规则结果须相同，{_rules([one, other])} 却不同 "
                f"(ANY, but rules {one.index} and {other.index} of {table.name!r} differ)",
            )
    return matched


def _in_output_order(table: DecisionTable, matched: list[MatchedRule]) -> list[MatchedRule]:
    return sorted(matched, key=lambda rule: _rank(table, rule))


def _first_in_output_order(table: DecisionTable, matched: list[MatchedRule]) -> list[MatchedRule]:
    return _in_output_order(table, matched)[:1]


HIT_POLICIES = {
    "UNIQUE": HitPolicy(_only, single=True),
    "FIRST": HitPolicy(_all, single=True, stops_at_first=True),
    "ANY": HitPolicy(_agreeing, single=True),
    "PRIORITY": HitPolicy(_first_in_output_order, single=True, needs_order=True),
    "RULE ORDER": HitPolicy(_all, single=False),
    "OUTPUT ORDER": HitPolicy(_in_output_order, single=False, needs_order=True),
    "COLLECT": HitPolicy(_all, single=False),
}


def _rank(table: DecisionTable, rule: MatchedRule) -> list[int]:
    """The place of each output in its list of allowed values; what is not there (null) comes last."""
    return [
        next((place for place, value in enumerate(output.order) if _same(value, given.value)), len(output.order))
        for output, given in zip(table.outputs, rule.outputs, strict=True)
    ]


def _same(one: Any, other: Any) -> bool:
    return _SAME.evaluate({"one": one, "other": other}).value is True


def _rules(matched: list[MatchedRule]) -> str:
    return "、".join(f"规则 {rule.index} ({rule.rule_id})" for rule in matched)
