"""The decision tables of the DMN Technology Compatibility Kit."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from lxml import etree

from workflows.decisions import DecisionError, parse_decisions
from workflows.feel import parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

TCK = Path(__file__).parents[4] / "shared" / "dmn-tck"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

MODELS = [
    "compliance-level-2/0001-input-data-string",
    "compliance-level-2/0002-input-data-number",
    "compliance-level-2/0003-input-data-string-allowed-values",
    "compliance-level-2/0005-simpletable-A",
    "compliance-level-2/0006-simpletable-P1",
    "compliance-level-2/0007-simpletable-P2",
    # 0009-invocation-arithmetic has a business knowledge model.
    "compliance-level-2/0101-feel-constants",
    "compliance-level-2/0102-feel-constants",
    "compliance-level-2/0105-feel-math",
    "compliance-level-2/0106-feel-ternary-logic",
    "compliance-level-2/0107-feel-ternary-logic-not",
    "compliance-level-2/0108-first-hitpolicy",
    "compliance-level-2/0110-outputOrder-hitpolicy",
    "compliance-level-2/0111-first-hitpolicy-singleoutputcol",
    "compliance-level-2/0112-ruleOrder-hitpolicy-singleinoutcol",
    "compliance-level-2/0114-min-collect-hitpolicy",
    "compliance-level-2/0115-sum-collect-hitpolicy",
    "compliance-level-2/0116-count-collect-hitpolicy",
    "compliance-level-2/0117-multi-any-hitpolicy",
    "compliance-level-2/0118-multi-priority-hitpolicy",
    "compliance-level-2/0119-multi-collect-hitpolicy",
    "compliance-level-3/0008-listGen",
    "compliance-level-3/0017-tableTests",
    "compliance-level-3/0036-dt-variable-input",
    "compliance-level-3/0039-dt-list-semantics",
]
TEMPORAL = {"date": "date", "time": "time", "dateTime": "date and time", "duration": "duration"}
SIMPLE = {"decimal": Decimal, "double": Decimal, "integer": Decimal, "boolean": "true".__eq__}


class Expectation(NamedTuple):
    """One result of one test case: the model, what goes in, the decision asked, what must come out."""

    name: str
    model: Path
    variables: dict[str, Any]
    decision: str
    value: Any
    is_error: bool


def child(element: etree._Element, name: str) -> etree._Element | None:
    return next((each for each in element if etree.QName(each).localname == name), None)


def children(element: etree._Element, name: str) -> list[etree._Element]:
    return [each for each in element if etree.QName(each).localname == name]


def value(element: etree._Element) -> Any:
    if (items := child(element, "list")) is not None:
        return [value(item) for item in children(items, "item")]
    if components := children(element, "component"):
        return {each.get("name"): value(each) for each in components}
    plain = child(element, "value")
    if plain is None or plain.get(NIL) == "true":
        return None
    return simple(plain.text or "", plain.get(TYPE, "string").rpartition(":")[2])


def simple(text: str, kind: str) -> Any:
    if kind in TEMPORAL:
        return parse_expression(f'{TEMPORAL[kind]}("{text}")').evaluate({}).value
    return SIMPLE.get(kind, str)(text)


def expectations(folder: str) -> Iterator[Expectation]:
    for file in sorted((TCK / folder).glob("*test*.xml")):
        root = etree.parse(file, etree.XMLParser(remove_comments=True)).getroot()
        model = file.parent / (child(root, "modelName").text or "")
        for case in children(root, "testCase"):
            variables = {each.get("name"): value(each) for each in children(case, "inputNode")}
            for result in children(case, "resultNode"):
                expected = child(result, "expected")
                yield Expectation(
                    f"{file.stem}/{case.get('id')}/{result.get('name')}",
                    model,
                    variables,
                    result.get("name"),
                    None if expected is None else value(expected),
                    result.get("errorResult") == "true",
                )


def same(one: Any, other: Any) -> bool:
    return parse_expression("one = other").evaluate({"one": one, "other": other}).value is True


def decide(expected: Expectation) -> Any:
    model = parse_decisions(expected.model.read_bytes())
    (decision_id,) = (each.id for each in model.decisions.values() if each.name == expected.decision)
    try:
        return model.evaluate(decision_id, expected.variables).value
    except DecisionError:
        if expected.is_error:
            return None
        raise


@pytest.mark.skipif(not TCK.is_dir(), reason="the DMN TCK is not beside the repository")
@pytest.mark.parametrize("expected", [each for folder in MODELS for each in expectations(folder)], ids=lambda e: e.name)
def test_the_kit_agrees(expected: Expectation) -> None:
    assert same(decide(expected), expected.value)


@pytest.mark.skipif(not TCK.is_dir(), reason="the DMN TCK is not beside the repository")
def test_the_kit_is_whole() -> None:
    assert all(any(expectations(folder)) for folder in MODELS)
