"""The literal expressions of the DMN Technology Compatibility Kit, where a copy of it lies beside the checkout."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from workflows.feel import FeelSyntaxError, Run, parse_expression
from workflows.feel.errors import NoValue
from workflows.feel.operators import equal
from workflows.feel.types import ANY, SIMPLE, ContextType, FunctionType, ListType, Named, coerce
from workflows.feel.values.temporal_text import parse_date, parse_date_time, parse_duration, parse_time

KIT = Path(__file__).resolve().parents[4] / "shared" / "dmn-tck"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
# As many cases of this part of the kit are decided by literal expressions alone.
CASES = 2615
NOW = datetime(2026, 3, 1, tzinfo=UTC)
READ = {
    "decimal": Decimal,
    "double": Decimal,
    "integer": Decimal,
    "boolean": lambda text: text == "true",
    "date": parse_date,
    "time": parse_time,
    "dateTime": parse_date_time,
    "duration": parse_duration,
}


def children(element, *names):
    return [child for child in element if isinstance(child.tag, str) and etree.QName(child).localname in names]


def child(element, *names):
    return next(iter(children(element, *names)), None)


def read_value(element) -> Any:
    """A value as the kit's test files write it."""
    if (listed := child(element, "list")) is not None:
        return [read_value(item) for item in children(listed, "item")]
    if components := children(element, "component"):
        return {component.get("name", ""): read_value(component) for component in components}
    value = child(element, "value")
    if value is None or value.get(NIL) == "true":
        return None
    return READ.get((value.get(TYPE) or "").split(":")[-1], str)(value.text or "")


def named_type(reference: str | None):
    if reference is None:
        return ANY
    name = reference.split(":")[-1].removeprefix("feel.")
    return SIMPLE.get(name) or Named(name)


def read_types(definitions) -> dict[str, Any]:
    def type_of(item):
        if components := children(item, "itemComponent"):
            found = ContextType(tuple((each.get("name"), type_of(each)) for each in components))
        elif (function := child(item, "functionItem")) is not None:
            return function_type(function)
        else:
            found = named_type(getattr(child(item, "typeRef"), "text", None))
        return ListType(found) if item.get("isCollection") == "true" else found

    def function_type(function):
        parameters = tuple(named_type(each.get("typeRef")) for each in children(function, "parameters"))
        return FunctionType(parameters, named_type(function.get("outputTypeRef")))

    return {item.get("name"): type_of(item) for item in children(definitions, "itemDefinition")}


class Model:
    """A model's decisions, as far as they are literal expressions over input data and each other."""

    def __init__(self, path: Path) -> None:
        definitions = etree.parse(path).getroot()
        self.types = read_types(definitions)
        self.elements = {each.get("id") or each.get("name"): each for each in definitions if isinstance(each.tag, str)}
        self.decisions = {each.get("name"): each for each in children(definitions, "decision")}

    def value(self, name: str, inputs: dict[str, Any]) -> Any:
        """Raises KeyError for what is no literal expression."""
        decision = self.decisions[name]
        text = child(
            child(decision, "literalExpression") if child(decision, "literalExpression") is not None else (), "text"
        )
        if text is None:
            raise KeyError(name)
        scope = {}
        for required in children(decision, "informationRequirement", "knowledgeRequirement"):
            link = child(required, "requiredDecision", "requiredInput")
            if link is None:
                raise KeyError(name)
            element = self.elements[link.get("href").lstrip("#")]
            other = element.get("name")
            scope[other] = self.value(other, inputs) if other in self.decisions else inputs.get(other)
        value = parse_expression(text.text or "", scope).evaluate(scope, now=NOW, types=self.types).value
        variable = child(decision, "variable")
        try:
            return coerce(value, named_type(variable.get("typeRef") if variable is not None else None), self.types)
        except NoValue:
            return None


def cases(folder: Path):
    for tests in sorted(folder.glob("*/*-test-*.xml")):
        root = etree.parse(tests).getroot()
        model = Model(tests.parent / child(root, "modelName").text)
        for case in children(root, "testCase"):
            if case.get("type", "decision") != "decision":
                continue  # decision services
            inputs = {node.get("name"): read_value(node) for node in children(case, "inputNode")}
            for wanted in children(case, "resultNode"):
                yield f"{tests.stem}/{case.get('id')}/{wanted.get('name')}", model, inputs, wanted


def outcome(model, inputs, wanted) -> tuple[bool, Any, Any] | None:
    """Passed, expected and actual; None when the decision is more than literal expressions."""
    expected = read_value(child(wanted, "expected"))
    try:
        actual = model.value(wanted.get("name"), inputs)
    except KeyError:
        return None
    except FeelSyntaxError as problem:
        return expected is None, expected, problem
    return same(expected, actual), expected, actual


def same(expected: Any, actual: Any) -> bool:
    """Numbers agree to the digits that the kit writes, as its own runners compare them."""
    if isinstance(expected, Decimal) and type(actual) in {int, Decimal}:
        return abs(expected - actual) <= Decimal("1e-8") * max(1, abs(expected))
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(same(expected[key], actual[key]) for key in expected)
        )
    return equal(expected, actual, Run()) is True


@pytest.mark.skipif(not KIT.is_dir(), reason="the DMN TCK is not beside the checkout")
def test_the_literal_expressions_of_the_compatibility_kit_give_what_it_expects():
    outcomes = {
        name: outcome(*case) for level in sorted(KIT.glob("compliance-level-*")) for name, *case in cases(level)
    }
    ran = {name: result for name, result in outcomes.items() if result is not None}
    failed = {name: result[1:] for name, result in ran.items() if not result[0]}
    assert not failed
    assert len(ran) >= CASES
