"""What is refused at parsing, and that it is said where and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workflows.decisions.conftest import NAMESPACE
from workflows.decisions import DmnError, parse_decisions
from workflows.decisions.xml import MAX_BYTES, VERSIONS

if TYPE_CHECKING:
    from tests.workflows.decisions.conftest import Dmn

ONE = "<literalExpression><text>1</text></literalExpression>"
FOREIGN = '1<a xmlns="b"/> + 2'


@pytest.mark.parametrize("prefix", ["", "dmn"])
@pytest.mark.parametrize("namespace", VERSIONS)
def test_every_version_is_read_with_and_without_prefix(dmn: Dmn, namespace: str, prefix: str) -> None:
    xml = dmn.file(dmn.table(["n"], ["x"], ["- | 1"]), namespace=namespace, prefix=prefix)
    assert parse_decisions(xml).evaluate("table", {"n": 1}).value == 1


@pytest.mark.parametrize(
    ("xml", "complaint"),
    [
        (b"", "XML"),
        (b"<definitions", "XML"),
        (b"\x00\xff", "XML"),
        (b"<definitions/>", "DMN 1.1"),
        (b'<definitions xmlns="http://www.omg.org/spec/DMN/20130901"/>', "20130901"),
        (b'<!DOCTYPE definitions><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "DOCTYPE"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
        (b" " * (MAX_BYTES + 1), "5000001"),
        (b'<a xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">' + b"<a>" * 100_000, "XML"),
        (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "no decision"),
    ],
    ids=range(11),
)
def test_what_is_not_a_dmn_file_is_refused(xml: bytes, complaint: str) -> None:
    with pytest.raises(DmnError, match=complaint):
        parse_decisions(xml)


@pytest.mark.parametrize(
    ("element", "id", "complaint"),
    [
        ('<import id="x" namespace="a" importType="http://www.w3.org/2001/XMLSchema"/>', "x", "XMLSchema"),
        (f'<import id="x" namespace="nowhere" importType="{NAMESPACE}"/>', "x", "nowhere"),
        ('<businessKnowledgeModel id="x" name="f"/>', "x", "没有内容"),
        ('<businessKnowledgeModel id="x" name="f"><encapsulatedLogic/></businessKnowledgeModel>', "x", "没有内容"),
        (
            (
                '<businessKnowledgeModel id="x" name="f"><encapsulatedLogic kind="Java"><literalExpression><text>1</text>'
                "</literalExpression></encapsulatedLogic></businessKnowledgeModel>"
            ),
            "x",
            "Java",
        ),
        ('<decisionService id="x" name="s"/>', "x", "输出决策"),
        ('<decision id="x" name="d"><invocation/></decision>', "x", "invocation"),
        ('<decision id="x" name="d"><conditional/></decision>', "x", "<if>"),
        ('<decision id="x" name="d"><some iteratorVariable="a"/></decision>', "x", "<in>"),
        ('<decision id="x" name="d"><for><in/><return/></for></decision>', "x", "iteratorVariable"),
        (
            '<decision id="x" name="d"><relation><column name="a"/><row id="y"/></relation></decision>',
            "y",
            "a cell per column",
        ),
        ('<decision id="x" name="d"/>', "x", "没有内容"),
        (f'<decision id="x" name="d">{ONE}{ONE}</decision>', "x", "一个 expression"),
        (f'<decision id="x" name="d">{ONE}<list/></decision>', "x", "一个 expression"),
        (
            '<decision id="x" name="d"><literalExpression><text>1</text><text/></literalExpression></decision>',
            "x",
            "text",
        ),
        (f'<decision id="x" name="d">{ONE.replace("1", "1<a/> + 2")}</decision>', "x", "text alone"),
        (f'<decision id="x" name="d">{ONE.replace("1", FOREIGN)}</decision>', "x", "text alone"),
        (f'<decision id="x" name="d"><variable name="a"/><variable name="b"/>{ONE}</decision>', "x", "variable"),
        (
            (
                f'<decision id="x" name="d"><context><contextEntry>{ONE}</contextEntry><contextEntry id="y">{ONE}'
                "</contextEntry></context></decision>"
            ),
            "y",
            "one result",
        ),
        ('<decision id="x" name="d"><literalExpression><text/></literalExpression></decision>', "x", "没有内容"),
        ('<itemDefinition id="x" name="t"><typeRef>t</typeRef></itemDefinition>', "x", "自身"),
        ('<itemDefinition id="x" name="t"><typeRef>money</typeRef></itemDefinition>', "x", "money"),
        ('<inputData id="x" name="i"><variable name="i" typeRef="tPlace"/></inputData>', "x", "tPlace"),
        (
            (
                '<decision id="x" name="d"><literalExpression id="y" expressionLanguage="java"><text>1</text>'
                "</literalExpression></decision>"
            ),
            "y",
            "java",
        ),
    ],
)
def test_what_is_not_supported_is_refused_by_name(dmn: Dmn, element: str, id: str, complaint: str) -> None:
    with pytest.raises(DmnError) as error:
        parse_decisions(dmn.file(element, dmn.literal("good", "1")))
    problems = error.value.problems
    assert {problem.element_id for problem in problems} == {id}
    assert any(complaint in problem.text for problem in problems)


def test_documentation_and_foreign_elements_are_welcome(dmn: Dmn) -> None:
    extra = """<description>说明</description><extensionElements><a xmlns="b" href="c"/></extensionElements>
    <d:DMNDI xmlns:d="https://www.omg.org/spec/DMN/20191111/DMNDI/"><d:DMNDiagram/></d:DMNDI>
    <knowledgeSource id="law" name="行政处罚法"/><textAnnotation id="t"><text>注</text></textAnnotation>
    <!-- comment --><?target data?>"""
    table = dmn.table(["n"], ["x"], ["- | 1"]).replace(
        "</rule>", "<annotationEntry><text>x</text></annotationEntry></rule>"
    )
    assert parse_decisions(dmn.file(extra, table)).evaluate("table", {"n": 1}).value == 1


def test_a_bad_literal_expression_is_told_with_its_position(dmn: Dmn) -> None:
    with pytest.raises(DmnError, match=r"“甲”.*第 1 行第"):
        parse_decisions(dmn.file(dmn.literal("a", "1 +", name="甲")))


def test_bad_allowed_values_are_told(dmn: Dmn) -> None:
    with pytest.raises(DmnError, match="“n”的允许值"):
        parse_decisions(dmn.file(dmn.table(["n"], ["x"], ["- | 1"], input_values='"a",')))


def test_a_missing_requirement_is_refused(dmn: Dmn) -> None:
    with pytest.raises(DmnError, match="#nobody"):
        parse_decisions(dmn.file(dmn.literal("a", "1", requires=dmn.requires(("nobody",)))))


def test_a_reference_may_name_the_namespace_of_its_own_file(dmn: Dmn) -> None:
    xml = dmn.file(dmn.literal("b", "a + 1", requires=dmn.requires(("a",))), dmn.literal("a", "1"))
    assert parse_decisions(xml.replace(b'"#a"', b'"test#a"')).evaluate("b", {}).value == 2
    with pytest.raises(DmnError, match="elsewhere#a"):
        parse_decisions(xml.replace(b'"#a"', b'"elsewhere#a"'))


def test_decisions_in_a_circle_are_refused(dmn: Dmn) -> None:
    circle = [dmn.literal(one, "1", requires=dmn.requires((other,))) for one, other in ("ab", "bc", "ca")]
    with pytest.raises(DmnError, match=r"a → |b → |c → "):
        parse_decisions(dmn.file(*circle))


def test_two_decisions_of_one_id_are_refused(dmn: Dmn) -> None:
    with pytest.raises(DmnError, match="重复"):
        parse_decisions(dmn.file(dmn.literal("a", "1"), dmn.literal("a", "2")))


def test_ids_are_optional_and_names_stand_in(dmn: Dmn) -> None:
    xml = dmn.file('<decision name="甲"><literalExpression><text>1</text></literalExpression></decision>')
    assert parse_decisions(xml).evaluate("甲", {}).value == 1


def test_all_problems_are_told_in_one_answer(dmn: Dmn) -> None:
    with pytest.raises(DmnError) as error:
        parse_decisions(
            dmn.file(
                '<import id="i"/>',
                dmn.literal("a", "1 +", requires=dmn.requires(("nobody",))),
                dmn.table(["n"], ["x"], ["( | )"], hit_policy="BEST"),
            )
        )
    assert len(error.value.problems) == 6
