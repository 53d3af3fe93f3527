"""Requirement graphs, literal expressions, types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workflows.decisions import DecisionError, Violation, parse_decisions

if TYPE_CHECKING:
    from tests.workflows.decisions.conftest import Dmn


def test_required_decisions_are_evaluated_first_and_once_and_recorded(dmn: Dmn) -> None:
    model = parse_decisions(
        dmn.file(
            dmn.literal("total", "Base Fee + double", requires=dmn.requires(("base", "double"))),
            dmn.literal("double", "Base Fee * 2", requires=dmn.requires(("base",))),
            dmn.literal("base", "Monthly Salary / 10", name="Base Fee", requires=dmn.requires((), ("Monthly Salary",))),
            dmn.input_data("Monthly Salary", "number"),
            dmn.literal("unasked", "1"),
        )
    )
    outcome = model.evaluate("total", {"Monthly Salary": 100})
    assert outcome.value == 30
    assert [each.decision_id for each in outcome.required] == ["base", "double"]
    assert [each.value for each in outcome.required] == [10, 20]
    assert outcome.required[0].decision_name == "Base Fee"


def test_a_decision_does_not_see_what_it_does_not_require(dmn: Dmn) -> None:
    model = parse_decisions(
        dmn.file(
            dmn.literal("c", "a", requires=dmn.requires(("b",))),
            dmn.literal("b", "a", requires=dmn.requires(("a",))),
            dmn.literal("a", "1"),
        )
    )
    assert model.evaluate("b", {}).value == 1
    assert model.evaluate("c", {}).value is None


def test_a_required_result_is_known_by_name_and_by_id(dmn: Dmn) -> None:
    model = parse_decisions(
        dmn.file(
            dmn.literal("both", "[优先级, priority]", requires=dmn.requires(("priority",))),
            dmn.literal("priority", "80", name="优先级"),
        )
    )
    assert model.evaluate("both", {"priority": 1}).value == [80, 80]


def test_the_model_tells_its_decisions(dmn: Dmn) -> None:
    model = parse_decisions(dmn.file(dmn.literal("a", "1", name="甲"), dmn.table(["a"], ["x"], ["- | 1"])))
    assert (model.id, model.name) == ("file", "文件")
    assert {each.id: (each.name, each.kind) for each in model.decisions.values()} == {
        "a": ("甲", "LITERAL_EXPRESSION"),
        "table": ("表", "DECISION_TABLE"),
    }


def test_an_unknown_decision_is_an_error(dmn: Dmn) -> None:
    with pytest.raises(DecisionError, match="nobody") as error:
        parse_decisions(dmn.file(dmn.literal("a", "1"))).evaluate("nobody", {})
    assert error.value.kind is Violation.UNKNOWN_DECISION


PLACE = """<itemDefinition name="tPlace"><itemComponent name="kind"><typeRef>tKind</typeRef></itemComponent>
<itemComponent name="tags" isCollection="true"><typeRef>string</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tKind"><typeRef>string</typeRef><allowedValues><text>"street","park"</text></allowedValues>
</itemDefinition>"""


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        ({"kind": "street", "tags": ["a", "b"]}, ""),
        ({"kind": "street", "tags": ["a", None]}, ""),
        ({"kind": "street", "tags": "a"}, ""),
        ({"kind": "park"}, ""),
        (None, ""),
        ({"kind": "moon"}, "kind.*moon.*street"),
        ({"kind": 1}, "kind.*string"),
        ({"kind": "street", "tags": ["a", 1]}, "tags.*string"),
        ("street", "tPlace"),
    ],
)
def test_input_data_keeps_to_its_declared_type(dmn: Dmn, place: object, complaint: str) -> None:
    model = parse_decisions(
        dmn.file(
            PLACE, dmn.input_data("place", "tPlace"), dmn.literal("d", '"ok"', requires=dmn.requires((), ("place",)))
        )
    )
    if not complaint:
        assert model.evaluate("d", {"place": place}).value == "ok"
        return
    with pytest.raises(DecisionError, match=complaint) as error:
        model.evaluate("d", {"place": place})
    assert error.value.kind is Violation.INPUT_NOT_ALLOWED


def test_output_order_may_come_from_the_type(dmn: Dmn) -> None:
    kind = PLACE[PLACE.index('<itemDefinition name="tKind"') :]
    table = dmn.table(["n"], ["x"], ['- | "park"', '- | "street"'], hit_policy="OUTPUT ORDER")
    typed = table.replace('name="x"', 'name="x" typeRef="tKind"')
    assert parse_decisions(dmn.file(kind, typed)).evaluate("table", {"n": 1}).value == ["street", "park"]
