"""Answers that a table remembers by value are those it would give if asked again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from workflows.decisions import DecisionError, DecisionModel, parse_decisions

if TYPE_CHECKING:
    from tests.workflows.decisions.conftest import Dmn

SUMMER, WINTER = (dt.datetime(2024, month, 1, tzinfo=dt.UTC) for month in (6, 12))
AUTUMN = "2024-09-01"


def refused(model: DecisionModel, now: dt.datetime) -> bool:
    try:
        model.evaluate("table", {"day": AUTUMN}, now)
    except DecisionError:
        return True
    return False


@pytest.mark.parametrize("where", ["input", "type", "output"])
@pytest.mark.parametrize("moments", [(SUMMER, WINTER, SUMMER), (WINTER, SUMMER, WINTER)])
def test_allowed_values_that_look_at_the_clock_look_each_time(
    dmn: Dmn, where: str, moments: tuple[dt.datetime, ...]
) -> None:
    past = "? < string(today())"
    table = dmn.table(
        ["day"],
        ["o"],
        [f'!= "" | "{AUTUMN}"'],
        input_values=past if where == "input" else "",
        output_values={"o": past} if where == "output" else None,
        type="tPast" if where == "type" else "",
    )
    type = f'<itemDefinition name="tPast"><typeRef>string</typeRef><allowedValues><text>{past}</text></allowedValues>'
    model = parse_decisions(dmn.file(f"{type}</itemDefinition>".replace("? <", "? &lt;"), table))
    assert [refused(model, now) for now in moments] == [now is SUMMER for now in moments]


@pytest.mark.parametrize("written", ["string(?)", "to json(?)", "string([?, 1])"])
def test_equal_numbers_are_told_apart_by_a_test_that_looks_at_their_digits(dmn: Dmn, written: str) -> None:
    xml = dmn.file(dmn.table(["n"], ["o"], [f'contains({written}, "50") | 1']))
    model, numbers = parse_decisions(xml), [Decimal(text) for text in ("1.5", "1.50", "1.5", "1.500")]
    assert [model.evaluate("table", {"n": n}).value for n in numbers] == [None, 1, None, 1]


def test_a_warning_that_came_after_a_hundred_others_is_said_the_next_time(dmn: Dmn) -> None:
    rules = [f"? > {n} and x{n} | < 5 | {n}" for n in range(120)]
    model = parse_decisions(dmn.file(dmn.table(["k", "n"], ["o"], rules)))
    assert len(model.evaluate("table", {"k": 1000, "n": "a"}).warnings) == 100
    (warning,) = model.evaluate("table", {"k": -1, "n": "a"}).warnings
    assert "string" in warning.text
