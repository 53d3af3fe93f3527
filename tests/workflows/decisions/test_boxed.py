"""Boxed expressions: each box gives what its FEEL would, with names, types and places of warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from workflows.decisions import parse_decisions

if TYPE_CHECKING:
    from tests.workflows.decisions.conftest import Dmn
    from workflows.decisions import Outcome


def decide(dmn: Dmn, expression: str, *others: str, type: str = "", requires: str = "", **variables: Any) -> Outcome:
    return parse_decisions(dmn.file(dmn.boxed("d", expression, type=type, requires=requires), *others)).evaluate(
        "d", variables
    )


def entry(dmn: Dmn, name: str, text: str, type: str = "") -> str:
    variable = f'<variable name="{name}" typeRef="{type}"/>' if name else ""
    return f"<contextEntry>{variable}{dmn.feel(text)}</contextEntry>"


def choice(dmn: Dmn, condition: str, then: str, otherwise: str) -> str:
    parts = {"if": condition, "then": then, "else": otherwise}
    return f"<conditional>{''.join(f'<{tag}>{dmn.feel(text)}</{tag}>' for tag, text in parts.items())}</conditional>"


def test_entries_of_a_context_see_those_before_them_also_with_spaces_in_their_names(dmn: Dmn) -> None:
    context = entry(dmn, "Base Fee", "n * 2") + entry(dmn, "fee", "Base Fee + 1")
    assert decide(dmn, f"<context>{context}</context>", n=5).value == {"Base Fee": 10, "fee": 11}


def test_a_context_with_a_last_entry_without_name_is_that_entry(dmn: Dmn) -> None:
    context = entry(dmn, "a", "2") + entry(dmn, "", "a + 1")
    assert decide(dmn, f"<context>{context}</context>").value == 3


def test_an_entry_is_what_its_type_says_or_null_with_the_reason(dmn: Dmn) -> None:
    outcome = decide(dmn, f"<context>{entry(dmn, 'a', '[1]', 'number')}{entry(dmn, 'b', '2', 'string')}</context>")
    assert outcome.value == {"a": 1, "b": None}
    (warning,) = outcome.warnings
    assert "“d.b”" in warning.text or "“b”" in warning.text
    assert "string" in warning.text


def test_a_list_and_a_relation(dmn: Dmn) -> None:
    assert decide(dmn, f"<list>{dmn.feel('1')}{dmn.feel('n')}</list>", n=2).value == [1, 2]
    row = f"<row>{dmn.feel('1')}{dmn.feel('n')}</row>"
    relation = f'<relation><column name="a"/><column name="b c"/>{row}{row}</relation>'
    assert decide(dmn, relation, n=2).value == [{"a": 1, "b c": 2}] * 2


def test_an_invocation_binds_parameters_by_name(dmn: Dmn) -> None:
    function = dmn.function("share", {"part": "number", "whole": "number"}, dmn.feel("part / whole"))
    bindings = "".join(
        f'<binding><parameter name="{name}"/>{dmn.feel(text)}</binding>'
        for name, text in (("whole", "n"), ("part", "1"))
    )
    call = f"<invocation>{dmn.feel('share')}{bindings}</invocation>"
    assert decide(dmn, call, function, requires=dmn.knows("share"), n=4).value == 0.25


def test_a_function_in_a_context_can_be_called_and_keeps_its_surroundings(dmn: Dmn) -> None:
    function = (
        f'<functionDefinition><formalParameter name="x" typeRef="number"/>{dmn.feel("x + n")}</functionDefinition>'
    )
    context = f'<contextEntry><variable name="plus n"/>{function}</contextEntry>{entry(dmn, "", "plus n(1)")}'
    assert decide(dmn, f"<context>{context}</context>", n=2).value == 3


@pytest.mark.parametrize(("n", "value"), [(1, "small"), (9, "large"), (None, "large")])
def test_a_conditional(dmn: Dmn, n: int | None, value: str) -> None:
    box = choice(dmn, "n < 5", '"small"', '"large"')
    assert decide(dmn, box, n=n).value == value


def test_a_condition_in_a_box_must_be_a_boolean(dmn: Dmn) -> None:
    box = choice(dmn, "n", "1", "2")
    outcome = decide(dmn, box, n="yes")
    assert outcome.value is None
    assert "boolean" in outcome.warnings[0].text


@pytest.mark.parametrize(
    ("match", "value"),
    [
        ("item.days > 3", [{"days": 5, "on hold": True}]),
        ("days > 3 and on hold", [{"days": 5, "on hold": True}]),
        ("1", {"days": 2, "on hold": False}),
    ],
)
def test_a_filter_sees_the_item_and_its_names(dmn: Dmn, match: str, value: Any) -> None:
    types = """<itemDefinition name="tCase"><itemComponent name="on hold"><typeRef>boolean</typeRef></itemComponent>
    <itemComponent name="days"><typeRef>number</typeRef></itemComponent></itemDefinition>"""
    box = f"<filter><in>{dmn.feel('cases')}</in><match>{dmn.feel(match)}</match></filter>"
    cases = [{"days": 2, "on hold": False}, {"days": 5, "on hold": True}]
    assert decide(dmn, box, types, cases=cases).value == value


def test_iterations(dmn: Dmn) -> None:
    def box(kind: str, body: str, text: str) -> str:
        return (
            f'<{kind} iteratorVariable="one case"><in>{dmn.feel("ns")}</in><{body}>{dmn.feel(text)}</{body}></{kind}>'
        )

    assert decide(dmn, box("for", "return", "one case * 2"), ns=[1, 2]).value == [2, 4]
    assert decide(dmn, box("for", "return", "one case + sum(partial)"), ns=[1, 2]).value == [None, None]
    assert decide(dmn, box("for", "return", "one case").replace("ns", "3..n"), n=1).value == [3, 2, 1]
    assert decide(dmn, box("some", "satisfies", "one case > 1"), ns=[1, 2]).value is True
    assert decide(dmn, box("every", "satisfies", "one case > 1"), ns=[1, 2]).value is False
    assert decide(dmn, box("every", "satisfies", "one case"), ns=[True, 2]).value is None


def test_the_result_is_what_the_type_of_the_decision_says(dmn: Dmn) -> None:
    assert decide(dmn, dmn.feel("[1]"), type="number").value == 1
    assert decide(dmn, dmn.feel('@"2026-03-01"'), type="date and time").to_json()["value"] == "2026-03-01T00:00:00Z"
    outcome = decide(dmn, dmn.feel("1 + 1"), type="string")
    assert outcome.value is None
    assert "string" in outcome.warnings[0].text


def test_a_table_may_stand_in_any_box_and_its_rules_are_on_record(dmn: Dmn) -> None:
    table = dmn.table(["n"], ["level"], ['< 5 | "low"', '- | "high"'], hit_policy="FIRST")
    logic = table[table.index("<decisionTable") : table.index("</decision>")]
    context = f'<contextEntry><variable name="level"/>{logic}</contextEntry>{entry(dmn, "", "upper case(level)")}'
    outcome = decide(dmn, f"<context>{context}</context>", n=7)
    assert outcome.value == "HIGH"
    assert [rule.rule_id for rule in outcome.matched] == ["r2"]
    assert [each.value for each in outcome.inputs] == [7]


def test_a_warning_names_the_element_of_its_text(dmn: Dmn) -> None:
    box = "<list><literalExpression id='first'><text>1</text></literalExpression><literalExpression id='second'><text>\n 1 + n</text></literalExpression></list>"
    (warning,) = decide(dmn, box, n="x").warnings
    assert warning.element_id == "second"
    assert "第 1 行第 3 列" in warning.text
