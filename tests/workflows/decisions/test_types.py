"""Item definitions: collections, components, constraints, functions, types within types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from workflows.decisions import DecisionError, DmnError, Violation, parse_decisions

if TYPE_CHECKING:
    from tests.workflows.decisions.conftest import Dmn

TREE = """<itemDefinition name="tTree"><itemComponent name="label"><typeRef>string</typeRef></itemComponent>
<itemComponent name="branches" isCollection="true"><typeRef>tTree</typeRef></itemComponent></itemDefinition>"""
PAIR = """<itemDefinition name="tPair" isCollection="true"><typeRef>number</typeRef>
<allowedValues><text>[0..9]</text></allowedValues><typeConstraint><text>count(?) = 2</text></typeConstraint>
</itemDefinition>"""
TEST = """<itemDefinition name="tTest"><functionItem outputTypeRef="boolean"><parameters name="n" typeRef="number"/>
</functionItem></itemDefinition>"""


def typed(dmn: Dmn, type: str, text: str, *definitions: str, **variables: Any) -> Any:
    return parse_decisions(dmn.file(*definitions, dmn.boxed("d", dmn.feel(text), type=type))).evaluate("d", variables)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{label: "a", branches: []}', {"label": "a", "branches": []}),
        ('{label: "a", branches: [{label: 1, branches: []}]}', None),
        ('{label: "a"}', None),
        ("1", None),
    ],
)
def test_a_type_may_have_itself_among_its_members(dmn: Dmn, text: str, value: Any) -> None:
    assert typed(dmn, "tTree", text, TREE).value == value


@pytest.mark.parametrize(
    ("text", "complaint"), [("[1, 2]", ""), ("[1, 20]", r"\[0..9\]"), ("[1]", "count"), ('["a", 1]', "number")]
)
def test_allowed_values_are_those_of_the_items_and_a_constraint_is_that_of_the_collection(
    dmn: Dmn, text: str, complaint: str
) -> None:
    outcome = typed(dmn, "tPair", text, PAIR)
    assert (outcome.value is None) is bool(complaint)
    if complaint:
        assert complaint.replace("\\", "") in outcome.warnings[0].text


def test_a_function_type_looks_at_parameters_and_result(dmn: Dmn) -> None:
    assert typed(dmn, "boolean", "(function(n: number) true) instance of tTest", TEST).value is True
    assert typed(dmn, "boolean", "(function(n: string) true) instance of tTest", TEST).value is False


def test_instance_of_looks_at_the_type_but_not_at_the_allowed_values(dmn: Dmn) -> None:
    small = '<itemDefinition name="tSmall"><typeRef>number</typeRef><allowedValues><text>&lt; 5</text></allowedValues></itemDefinition>'
    assert typed(dmn, "", "9 instance of tSmall", small).value is True
    assert typed(dmn, "tSmall", "9", small).value is None
    assert typed(dmn, "tSmall", "4", small).value == 4


def test_data_from_outside_may_leave_members_out_and_give_one_thing_for_a_list(dmn: Dmn) -> None:
    model = parse_decisions(
        dmn.file(TREE, dmn.input_data("t", "tTree"), dmn.literal("d", "t", requires=dmn.requires((), ("t",))))
    )
    assert model.evaluate("d", {"t": {"branches": {"label": "b"}}}).value == {
        "label": None,
        "branches": [{"label": "b", "branches": None}],
    }
    with pytest.raises(DecisionError, match=r"branches：第 1 项 \(item 1\)：label"):
        model.evaluate("d", {"t": {"branches": [{"label": 1}]}})


def test_input_of_another_built_in_type_is_null_with_a_warning(dmn: Dmn) -> None:
    model = parse_decisions(
        dmn.file(dmn.input_data("n", "number"), dmn.literal("d", "n", requires=dmn.requires((), ("n",))))
    )
    assert model.evaluate("d", {"n": 1.5}).value == 1.5
    outcome = model.evaluate("d", {"n": "1"})
    assert outcome.value is None
    assert "“n”" in outcome.warnings[0].text


def test_types_resting_on_too_many_types_are_refused(dmn: Dmn) -> None:
    chain = [f'<itemDefinition name="t{n}"><typeRef>t{n + 1}</typeRef></itemDefinition>' for n in range(30)]
    last = '<itemDefinition name="t30"><typeRef>string</typeRef></itemDefinition>'
    with pytest.raises(DmnError, match="t0"):
        parse_decisions(dmn.file(*chain, last, dmn.literal("d", "1")))


@pytest.mark.parametrize("reference", ["A", " A ", "feel:A", "my:A", "feel.A"])
def test_a_type_resting_on_itself_is_refused_however_it_is_written(dmn: Dmn, reference: str) -> None:
    itself = f'<itemDefinition name="A"><typeRef>{reference}</typeRef></itemDefinition>'
    with pytest.raises(DmnError, match="rests on itself"):
        parse_decisions(dmn.file(itself, dmn.literal("d", "1")))


@pytest.mark.parametrize("second", ["T", ""])
def test_each_type_has_a_name_of_its_own(dmn: Dmn, second: str) -> None:
    types = (f'<itemDefinition name="{name}"><typeRef>string</typeRef></itemDefinition>' for name in ("T", second))
    with pytest.raises(DmnError, match="needs a name of its own"):
        parse_decisions(dmn.file(*types, dmn.literal("d", "1")))


def test_a_structure_too_large_for_the_budget_is_an_error_and_not_a_long_wait(dmn: Dmn) -> None:
    model = parse_decisions(
        dmn.file(TREE, dmn.input_data("t", "tTree"), dmn.literal("d", "t", requires=dmn.requires((), ("t",))))
    )
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"branches": [deep]}
    for hostile in (deep, {"branches": [{}] * 2_000_000}):
        with pytest.raises(DecisionError) as error:
            model.evaluate("d", {"t": hostile})
        assert error.value.kind is Violation.BUDGET_EXCEEDED
