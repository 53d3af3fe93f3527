"""Requirement graphs: knowledge models, decision services, other files, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.workflows.decisions.conftest import NAMESPACE
from workflows.decisions import DecisionError, DmnError, Violation, parse_decisions, read_decisions

if TYPE_CHECKING:
    from tests.workflows.decisions.conftest import Dmn


def service(id: str, outputs: str, *, inputs: str = "", decisions: str = "") -> str:
    def references(tag: str, names: str) -> str:
        return "".join(f'<{tag} href="#{name}"/>' for name in names.split())

    return (
        f'<decisionService id="{id}" name="{id}"><variable name="{id}"/>{references("outputDecision", outputs)}'
        f"{references('inputDecision', decisions)}{references('inputData', inputs)}</decisionService>"
    )


# Knowledge models.


def test_a_knowledge_model_sees_its_parameters_and_what_it_requires_and_nothing_else(dmn: Dmn) -> None:
    model = parse_decisions(
        dmn.file(
            dmn.literal("d", "double(n) + n", requires=dmn.knows("double")),
            dmn.function(
                "double", {"x": "number"}, dmn.feel("if n = null then twice(x) else 0"), requires=dmn.knows("twice")
            ),
            dmn.function("twice", {"x": "number"}, dmn.feel("x * 2")),
        )
    )
    assert model.evaluate("d", {"n": 5}).value == 15


def test_a_decision_cannot_call_what_it_does_not_require(dmn: Dmn) -> None:
    model = parse_decisions(dmn.file(dmn.literal("d", "f(1)"), dmn.function("f", {"x": ""}, dmn.feel("x"))))
    outcome = model.evaluate("d", {})
    assert outcome.value is None
    assert "f" in outcome.warnings[0].text


def test_a_knowledge_model_may_call_itself(dmn: Dmn) -> None:
    function = dmn.function("fact", {"n": "number"}, dmn.feel("if n < 2 then 1 else n * fact(n - 1)"))
    model = parse_decisions(dmn.file(dmn.literal("d", "fact(n)", requires=dmn.knows("fact")), function))
    assert model.evaluate("d", {"n": 20}).value == 2432902008176640000
    with pytest.raises(DecisionError) as error:
        model.evaluate("d", {"n": 100_000})
    assert error.value.kind is Violation.BUDGET_EXCEEDED
    assert error.value.decision_id == "d"


def test_an_argument_of_another_type_makes_the_call_null(dmn: Dmn) -> None:
    function = dmn.function("f", {"n": "number"}, dmn.feel("n + 1"))
    model = parse_decisions(dmn.file(dmn.literal("d", "f(n)", requires=dmn.knows("f")), function))
    assert model.evaluate("d", {"n": [1]}).value == 2
    outcome = model.evaluate("d", {"n": "1"})
    assert outcome.value is None
    assert "number" in outcome.warnings[0].text


def test_the_rules_of_a_table_in_a_function_are_on_record(dmn: Dmn) -> None:
    table = dmn.table(["n"], ["level"], ['< 5 | "low"', '- | "high"'], hit_policy="FIRST")
    function = dmn.function("level", {"n": "number"}, table[table.index("<decisionTable") : table.index("</decision>")])
    model = parse_decisions(
        dmn.file(dmn.literal("d", "for i in 1..2000 return level(i)", requires=dmn.knows("level")), function)
    )
    outcome = model.evaluate("d", {})
    assert [rule.rule_id for rule in outcome.matched][:6] == ["r1", "r1", "r1", "r1", "r2", "r2"]
    assert len(outcome.value) == 2000
    assert len(outcome.matched) == 1000  # the record is bounded


def test_a_knowledge_model_can_be_asked_by_itself(dmn: Dmn) -> None:
    model = parse_decisions(dmn.file(dmn.literal("d", "1"), dmn.function("f", {"n": "number"}, dmn.feel("n + 1"))))
    assert model.evaluate("f", {"n": 1}).value == 2


# Decision services.


@pytest.fixture
def services(dmn: Dmn) -> bytes:
    return dmn.file(
        dmn.input_data("n", "number"),
        dmn.literal("base", "100", name="base"),
        dmn.literal("fee", "base + n", requires=dmn.requires(("base",), ("n",))),
        dmn.literal("label", '"fee " + string(fee)', requires=dmn.requires(("fee",))),
        service("price", "fee", inputs="input_n", decisions="base"),
        service("both", "fee label", inputs="input_n"),
        dmn.literal("ask", "price(1, 2)", requires=dmn.knows("price")),
        dmn.literal("named", "price(base: 5, n: 6)", requires=dmn.knows("price")),
        dmn.literal("wrong", "price(1)", requires=dmn.knows("price")),
        dmn.literal("two", "both(1)", requires=dmn.knows("both")),
    )


@pytest.mark.parametrize(
    ("decision", "value"),
    [("ask", 3), ("named", 11), ("wrong", None), ("two", {"fee": 101, "label": "fee 101"})],
)
def test_a_decision_service_is_a_function_of_its_inputs_first_data_then_decisions(
    services: bytes, decision: str, value: object
) -> None:
    assert parse_decisions(services).evaluate(decision, {"n": 9}).value == value


def test_a_decision_service_can_be_asked_by_itself(services: bytes) -> None:
    model = parse_decisions(services)
    assert model.evaluate("price", {"n": 1, "base": 2}).value == 3
    assert [each.decision_id for each in model.evaluate("both", {"n": 1}).required] == ["base", "fee", "label"]


@pytest.mark.parametrize("asked", ["service", "model"])
def test_what_is_asked_by_itself_gets_data_from_outside_as_a_decision_does(dmn: Dmn, asked: str) -> None:
    xml = dmn.file(
        '<itemDefinition name="tList" isCollection="true"><typeRef>number</typeRef></itemDefinition>',
        *(dmn.input_data(name, type) for name, type in (("day", "date"), ("n", "number"), ("list", "tList"))),
        dmn.literal("d", "[day, n, list]", requires=dmn.requires(inputs=("day", "n", "list"))),
        service("service", "d", inputs="input_day input_n input_list"),
        dmn.function("model", {"day": "date", "n": "number", "list": "tList"}, dmn.feel("[day, n, list]")),
    )
    model = parse_decisions(xml)
    variables = {"day": dt.date(2024, 5, 1), "n": 1.5, "list": 2}
    assert model.evaluate(asked, variables).value == model.evaluate("d", variables).value
    assert model.evaluate(asked, variables).value[1:] == [Decimal("1.5"), [2]]


def test_the_inside_of_a_service_does_not_change_the_outside(dmn: Dmn, services: bytes) -> None:
    outside = dmn.literal("d", "[base, price(1, 2), base]", requires=dmn.requires(("base",)) + dmn.knows("price"))
    xml = services.replace(b"</definitions>", outside.encode() + b"</definitions>")
    assert parse_decisions(xml).evaluate("d", {"n": 9}).value == [100, 3, 100]


# Other files.


def imports(dmn: Dmn, name: str, *elements: str, namespace: str = "lib") -> bytes:
    line = f'<import namespace="{namespace}" name="{name}" importType="{NAMESPACE}"/>'
    return dmn.file(line, *elements)


@pytest.fixture
def library(dmn: Dmn) -> bytes:
    return dmn.file(
        '<itemDefinition name="tLevel"><typeRef>string</typeRef><allowedValues><text>"low","high"</text></allowedValues></itemDefinition>',
        dmn.input_data("n", "number"),
        dmn.literal("level", 'if n < 5 then "low" else "high"', name="Risk Level", requires=dmn.requires((), ("n",))),
        dmn.function("twice", {"x": "number"}, dmn.feel("x * 2")),
    ).replace(b'namespace="test"', b'namespace="lib"')


IMPORTED = '<informationRequirement><requiredDecision href="lib#level"/></informationRequirement>'
KNOWN = '<knowledgeRequirement><requiredKnowledge href="lib#twice"/></knowledgeRequirement>'


def test_what_another_file_defines_is_called_by_its_name_there(dmn: Dmn, library: bytes) -> None:
    xml = imports(dmn, "风险", dmn.literal("d", '风险.Risk Level + "!"', requires=IMPORTED))
    outcome = parse_decisions(xml, [library]).evaluate("d", {"n": 7})
    assert outcome.value == "high!"
    assert [each.decision_id for each in outcome.required] == ["level"]


def test_functions_and_types_are_imported_too(dmn: Dmn, library: bytes) -> None:
    typed = dmn.boxed("d", dmn.feel("lib.twice(n)"), type="lib.tLevel", requires=KNOWN)
    plain = dmn.boxed("e", dmn.feel('[lib.twice(n), "low" instance of lib.tLevel]'), requires=KNOWN)
    model = parse_decisions(imports(dmn, "lib", typed, plain), [library])
    assert model.evaluate("e", {"n": 4}).value == [8, True]
    assert model.evaluate("d", {"n": 4}).value is None


def test_an_import_without_name_brings_the_names_themselves(dmn: Dmn, library: bytes) -> None:
    xml = imports(
        dmn, "", dmn.literal("d", "twice(2)", requires=KNOWN), dmn.literal("e", "Risk Level", requires=IMPORTED)
    )
    model = parse_decisions(xml, [library])
    assert model.evaluate("d", {}).value == 4
    assert model.evaluate("e", {"n": 1}).value == "low"


def test_what_is_wrong_with_an_imported_file_is_told(dmn: Dmn, library: bytes) -> None:
    with pytest.raises(DmnError, match="“文件”：“twice”"):
        parse_decisions(imports(dmn, "lib", dmn.literal("d", "1")), [library.replace(b"x * 2", b"x *")])
    with pytest.raises(DmnError, match="lib 有 0 个文件"):
        parse_decisions(imports(dmn, "lib", dmn.literal("d", "1")))
    with pytest.raises(DmnError, match="lib 有 2 个文件"):
        parse_decisions(imports(dmn, "lib", dmn.literal("d", "1")), [library, library])


def test_files_that_import_each_other_are_refused(dmn: Dmn) -> None:
    one = imports(dmn, "b", dmn.literal("d", "1"), namespace="b")
    other = imports(dmn, "a", dmn.literal("d", "1"), namespace="test").replace(
        b'namespace="test" id', b'namespace="b" id'
    )
    other = other.replace(b'name="\xe6\x96\x87\xe4\xbb\xb6" namespace="test"', b'name="b" namespace="b"')
    with pytest.raises(DmnError, match="成环"):
        parse_decisions(one, [other])


# What cannot run.


def test_what_does_not_parse_can_still_be_read_and_is_null(dmn: Dmn) -> None:
    model = read_decisions(dmn.file(dmn.literal("bad", "1 +"), dmn.literal("good", "1")))
    assert [each.element_id for each in model.problems] == ["bad"]
    assert (model.evaluate("bad", {}).value, model.evaluate("good", {}).value) == (None, 1)


def test_a_graph_that_is_too_deep_is_refused_and_not_gone_through(dmn: Dmn) -> None:
    chain = [dmn.literal(f"d{n}", f"d{n - 1}", requires=dmn.requires((f"d{n - 1}",) if n else ())) for n in range(2000)]
    with pytest.raises(DmnError, match="too deep"):
        parse_decisions(dmn.file(*chain))
    assert read_decisions(dmn.file(*chain)).evaluate("d1999", {}).value is None


def test_a_circle_is_not_gone_through(dmn: Dmn) -> None:
    circle = [dmn.literal(one, other, requires=dmn.requires((other,))) for one, other in ("ab", "ba")]
    assert read_decisions(dmn.file(*circle)).evaluate("a", {}).value is None


def test_knowledge_in_a_circle_is_refused(dmn: Dmn) -> None:
    circle = [dmn.function(one, {}, dmn.feel("1"), requires=dmn.knows(other)) for one, other in ("ab", "ba")]
    with pytest.raises(DmnError, match=r"a → b → a|b → a → b"):
        parse_decisions(dmn.file(dmn.literal("d", "1"), *circle))


def test_a_failure_tells_which_decision_failed_and_what_was_decided_before(dmn: Dmn) -> None:
    model = parse_decisions(
        dmn.file(
            dmn.literal("top", "table", requires=dmn.requires(("table",))),
            dmn.table(["n"], ["x"], ["- | 1", "- | 2"], requires=dmn.requires(("before",))),
            dmn.literal("before", "7"),
        )
    )
    with pytest.raises(DecisionError) as error:
        model.evaluate("top", {"n": 1})
    assert error.value.decision_id == "table"
    assert [(each.decision_id, each.value) for each in error.value.outcomes] == [("before", 7)]


def test_names_of_several_words_are_those_in_scope(dmn: Dmn) -> None:
    model = parse_decisions(
        dmn.file(
            dmn.literal("first", "10", name="a-b"),
            dmn.literal("knows", "a-b", requires=dmn.requires(("first",))),
            dmn.literal("subtracts", "a-b"),
        )
    )
    variables = {"a": 5, "b": 3}
    assert model.evaluate("knows", variables).value == 10
    assert model.evaluate("subtracts", variables).value == 2


def test_a_model_tells_the_files_it_needs_also_through_one_another(dmn: Dmn, library: bytes) -> None:
    middle = imports(dmn, "lib", dmn.literal("m", "lib.twice(2)", requires=KNOWN))
    middle = middle.replace(b'namespace="test"', b'namespace="middle"')
    required = '<informationRequirement><requiredDecision href="middle#m"/></informationRequirement>'
    xml = imports(dmn, "mid", dmn.literal("d", "mid.m + 1", requires=required), namespace="middle")
    model = parse_decisions(xml, [b"<no dmn", library, middle])
    assert model.evaluate("d", {}).value == 5
    assert set(model.imported) == {middle, library}
    assert parse_decisions(xml, model.imported).evaluate("d", {}).value == 5


def test_a_file_of_functions_and_types_alone_is_a_file(library: bytes) -> None:
    start, end = library.index(b"<decision "), library.index(b"<businessKnowledgeModel")
    assert parse_decisions(library[:start] + library[end:]).decisions == {}


def layers(dmn: Dmn, depth: int, width: int, text: str = "1") -> list[bytes]:
    """Files that each import every file of the next layer."""

    def file(layer: int, place: int) -> bytes:
        below = range(width) if layer < depth else ()
        lines = (f'<import namespace="{layer + 1}.{n}" name="p{n}" importType="{NAMESPACE}"/>' for n in below)
        type = '<itemDefinition name="T"><typeRef>string</typeRef></itemDefinition>'
        xml = dmn.file(*lines, type, dmn.literal("d", text))
        return xml.replace(b'namespace="test"', f'namespace="{layer}.{place}"'.encode())

    return [file(layer, place) for layer in range(depth + 1) for place in range(width)]


def test_what_many_ways_lead_to_is_read_and_told_once(dmn: Dmn) -> None:
    first, *others = layers(dmn, 9, 2, "1 +")
    model = read_decisions(first, others)
    assert len(model.problems) == 1 + 2 * 9
    assert list(model.types) == ["T"]


def test_files_that_import_too_deeply_are_refused(dmn: Dmn) -> None:
    first, *others = layers(dmn, 300, 1)
    with pytest.raises(DmnError, match="imports go too deep"):
        parse_decisions(first, others)
