"""Which DMN elements are understood where. Everything else is refused: nothing is passed over in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.decisions.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions.xml import Node

# Documentation: no effect on any result.
_EVERYWHERE = {"description", "extensionElements"}

_CHILDREN = {
    "definitions": {
        "itemDefinition", "inputData", "decision",
        "knowledgeSource", "performanceIndicator", "organizationUnit", "elementCollection",
        "textAnnotation", "association", "group",
    },
    "itemDefinition": {"typeRef", "allowedValues", "itemComponent"},
    "itemComponent": {"typeRef", "allowedValues", "itemComponent"},
    "inputData": {"variable"},
    "decision": {
        "variable", "informationRequirement", "literalExpression", "decisionTable",
        "authorityRequirement", "question", "allowedAnswers", "supportedObjective", "impactedPerformanceIndicator",
        "decisionMaker", "decisionOwner", "usingProcess", "usingTask",
    },
    "informationRequirement": {"requiredInput", "requiredDecision"},
    "literalExpression": {"text"},
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
}  # fmt: skip


def unsupported(node: Node) -> Iterator[Problem]:
    """All that is not understood at and below this element."""
    language = node.get("expressionLanguage")
    if language and "feel" not in language.lower():
        yield Problem(node.id, f"表达式语言须为 FEEL，不支持 {language} (the expression language is not FEEL)")
    if node.tag not in _CHILDREN:
        return
    for child in node.children:
        if child.tag in _CHILDREN[node.tag]:
            yield from unsupported(child)
        elif child.tag not in _EVERYWHERE:
            yield Problem(child.id, f"不支持 <{node.tag}> 中的 <{child.tag}> (is not supported here)")
