"""Which DMN elements are understood where. Everything else is refused: nothing is passed over in silence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from workflows.decisions.errors import Problem
from workflows.decisions.xml import LEAVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions.xml import Node

# Documentation: no effect on any result.
_EVERYWHERE = {"description", "extensionElements"}

# What stands where an expression may stand (DMN 1.5, 10.2).
_EXPRESSIONS = {
    "literalExpression", "decisionTable", "context", "relation", "list", "invocation", "functionDefinition",
    "conditional", "filter", "for", "some", "every",
}  # fmt: skip
_FUNCTION = {"formalParameter", *_EXPRESSIONS}
_TYPE = {"typeRef", "allowedValues", "typeConstraint", "itemComponent", "functionItem"}

_CHILDREN = {
    "definitions": {
        "import", "itemDefinition", "inputData", "decision", "businessKnowledgeModel", "decisionService",
        "knowledgeSource", "performanceIndicator", "organizationUnit", "elementCollection", "businessContextElement",
        "textAnnotation", "association", "group",
    },
    "itemDefinition": _TYPE,
    "itemComponent": _TYPE,
    "functionItem": {"parameters"},
    "inputData": {"variable"},
    "decision": {
        "variable", "informationRequirement", "knowledgeRequirement",
        "authorityRequirement", "question", "allowedAnswers", "supportedObjective", "impactedPerformanceIndicator",
        "decisionMaker", "decisionOwner", "usingProcess", "usingTask", "impactingDecision", *_EXPRESSIONS,
    },
    "businessKnowledgeModel": {"variable", "encapsulatedLogic", "knowledgeRequirement", "authorityRequirement"},
    "decisionService": {"variable", "outputDecision", "encapsulatedDecision", "inputDecision", "inputData"},
    "encapsulatedLogic": _FUNCTION,
    "functionDefinition": _FUNCTION,
    "informationRequirement": {"requiredInput", "requiredDecision"},
    "knowledgeRequirement": {"requiredKnowledge"},
    "literalExpression": {"text"},
    "context": {"contextEntry"},
    "contextEntry": {"variable", *_EXPRESSIONS},
    "relation": {"column", "row"},
    "row": _EXPRESSIONS,
    "list": _EXPRESSIONS,
    "invocation": {"binding", *_EXPRESSIONS},
    "binding": {"parameter", *_EXPRESSIONS},
    "conditional": {"if", "then", "else"},
    "filter": {"in", "match"},
    "for": {"in", "return"},
    "some": {"in", "satisfies"},
    "every": {"in", "satisfies"},
    **dict.fromkeys(("if", "then", "else", "in", "match", "return", "satisfies"), _EXPRESSIONS),
    "decisionTable": {"input", "output", "annotation", "rule"},
    "input": {"inputExpression", "inputValues"},
    "inputExpression": {"text"},
    "output": {"outputValues", "defaultOutputEntry"},
    "rule": {"inputEntry", "outputEntry", "annotationEntry"},
    "inputEntry": {"text"},
    "outputEntry": {"text"},
    "defaultOutputEntry": {"text"},
    "inputValues": {"text"},
    "outputValues": {"text"},
    "allowedValues": {"text"},
    "typeConstraint": {"text"},
}  # fmt: skip

# What may stand beside another of its kind; of everything else a second would be passed over. An expression counts as
# one kind, whatever its tag, and stands alone except among the items of a list and the cells of a row.
_SEVERAL = {
    *_EVERYWHERE, *_CHILDREN["definitions"], "itemComponent", "parameters", "formalParameter",
    *("informationRequirement", "knowledgeRequirement", "authorityRequirement"),
    *("supportedObjective", "impactedPerformanceIndicator", "decisionMaker", "decisionOwner"),
    *("usingProcess", "usingTask", "impactingDecision"),
    *("outputDecision", "encapsulatedDecision", "inputDecision", "inputData"),
    *("requiredInput", "requiredDecision", "requiredKnowledge"),
    *("contextEntry", "column", "row", "binding", "input", "output", "annotation", "rule"),
    *("inputEntry", "outputEntry", "annotationEntry"),
}  # fmt: skip
_MANY_EXPRESSIONS = {"list", "row"}


def unsupported(node: Node) -> Iterator[Problem]:
    """All that is not understood at and below this element."""
    language = node.get("expressionLanguage")
    if language and "feel" not in language.lower():
        yield Problem(node.id, f"表达式语言须为 FEEL，不支持 {language} (the expression language is not FEEL)")
    if node.tag in LEAVES and node.children:
        yield Problem(node.id, f"<{node.tag}> 中只能有文字 (holds text alone)")
    if node.tag not in _CHILDREN:
        return
    yield from _repeated(node)
    for child in node.children:
        if child.tag in _CHILDREN[node.tag]:
            yield from unsupported(child)
        elif child.tag not in _EVERYWHERE:
            yield Problem(child.id, f"不支持 <{node.tag}> 中的 <{child.tag}> (is not supported here)")


def _repeated(node: Node) -> Iterator[Problem]:
    kinds = ["expression" if child.tag in _EXPRESSIONS else child.tag for child in node.children]
    allowed = _SEVERAL | ({"expression"} if node.tag in _MANY_EXPRESSIONS else set())
    for kind, times in Counter(kinds).items():
        if times > 1 and kind not in allowed:
            yield Problem(node.id, f"<{node.tag}> 只能有一个 {kind}，却有 {times} 个 (there may be one, not {times})")
