"""The analysis of tables in a file claims nothing that evaluating the file contradicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workflows.decisions import parse_decisions
from workflows.decisions.analysis import Kind
from workflows.decisions.examining import examine

if TYPE_CHECKING:
    from tests.workflows.decisions.conftest import Dmn


@pytest.mark.parametrize(
    ("values", "catch_all", "special"),
    [
        ("-1, 0", "0", "-1"),
        ("1, true", "true", "1"),
        ('date("2020-01-01"), date("2020-01-02")', 'date("2020-01-02")', 'date("2020-01-01")'),
        ('"a", "b"', '"b"', 'lower case("A")'),
        ('"a", "b"', '"b"', "x"),
        ('"a", "b"', "y", '"b"'),
    ],
)
def test_a_rule_of_higher_priority_is_not_said_never_to_fire(
    dmn: Dmn, values: str, catch_all: str, special: str
) -> None:
    rules = [f"- | {catch_all}", f"1 | {special}"]
    table = dmn.table(["n"], ["o"], rules, hit_policy="PRIORITY", output_values={"o": values})
    model = parse_decisions(dmn.file(table))
    (rule,) = model.evaluate("table", {"n": 1, "x": "a", "y": "b"}).matched
    found = [each for (examined,) in [examine(model)] for each in examined.analysis.findings]
    unreachable = [each.rules[0].index for each in found if each.kind is Kind.UNREACHABLE]
    assert rule.index not in unreachable


@pytest.mark.parametrize(
    "cell", ["? = [1]", "? != [1]", '? = ["a", "b"]', "? = []", "[1] = ?", "not(? != [1])", "? = reverse([1])"]
)
@pytest.mark.parametrize("value", [[1], [], [2], ["a", "b"]])
def test_a_cell_that_some_list_satisfies_is_not_said_to_be_empty(dmn: Dmn, cell: str, value: list[object]) -> None:
    model = parse_decisions(dmn.file(dmn.table(["l"], ["o"], [f"{cell} | 1", "- | 2"], hit_policy="FIRST")))
    ((_, analysis),) = examine(model)
    (rule,) = model.evaluate("table", {"l": value}).matched
    never = {each.rules[0].index for each in analysis.findings if each.kind in {Kind.EMPTY_TEST, Kind.UNREACHABLE}}
    assert rule.index not in never


def test_a_rule_of_lower_priority_whose_output_is_computed_of_nothing_never_fires(dmn: Dmn) -> None:
    table = dmn.table(["n"], ["o"], ["- | -1", "1 | 1 - 1"], hit_policy="PRIORITY", output_values={"o": "-1, 0"})
    ((_, analysis),) = examine(parse_decisions(dmn.file(table)))
    assert [each.rules[0].index for each in analysis.findings if each.kind is Kind.UNREACHABLE] == [2]
