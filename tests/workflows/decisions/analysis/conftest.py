"""Tables in a few words, and what brute force says about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workflows.decisions.analysis import STEPS, Analysis, Column, Grid, Row, analyse
from workflows.feel import parse_unary_tests

if TYPE_CHECKING:
    from collections.abc import Sequence


def column(text: str) -> Column:
    """``name: type = allowed values``; a name with brackets ``f(x)`` is a computed expression."""
    head, _, allowed = text.partition(" = ")
    name, _, type = head.partition(": ")
    return Column(
        f"column_{name}", name, None if "(" in name else name, type, parse_unary_tests(allowed) if allowed else None
    )


def grid(
    columns: Sequence[str],
    rules: Sequence[str],
    hit_policy: str = "UNIQUE",
    *,
    default: bool = False,
    names: Sequence[str] = (),
) -> Grid:
    """A rule is its cells separated by ``|``, after ``=>`` its outputs, after ``#`` its rank."""
    rows = []
    for index, rule in enumerate(rules, 1):
        conditions, _, rank = rule.partition(" # ")
        conditions, _, outputs = conditions.partition(" => ")
        cells = [cell.strip() for cell in conditions.split("|")]
        rows.append(
            Row(
                id=f"rule_{index}",
                index=index,
                tests=tuple(None if cell == "-" else parse_unary_tests(cell, names) for cell in cells),
                rank=tuple(map(int, rank.split())),
                outputs=tuple(each.strip() for each in outputs.split("|")),
            )
        )
    return Grid("table", "表", hit_policy, tuple(map(column, columns)), tuple(rows), default)


@pytest.fixture
def texts():
    """What is said about a table: severity and text of each finding."""

    def said(*arguments, **options) -> list[str]:
        return [f"{each.severity}: {each.text}" for each in analyse(grid(*arguments, **options)).findings]

    return said


@pytest.fixture
def table():
    return grid


@pytest.fixture
def analysed():
    def analysis(*arguments, steps: int = STEPS, **options) -> Analysis:
        return analyse(grid(*arguments, **options), steps=steps)

    return analysis
