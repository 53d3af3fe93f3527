"""Activities: what each kind of task needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workflows.engine.activities import AS_OF, BASIS, BINDINGS, MAX_PRIORITY
from workflows.engine.clocks import LIMIT, MILESTONE, RESUMES, STAGE
from workflows.engine.conformance.checking import TARGET
from workflows.engine.model import Loop, StandardLoop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.engine.conformance.checking import Checking
    from workflows.engine.model import Node

    Said = Iterator[tuple[str, dict[str, str]]]

WHOLE = re.compile(r"[0-9]{1,9}\Z")


def check_activity(checking: Checking, node: Node) -> None:
    """A task, a sub-process or a call, with its settings, properties and loop."""
    for rule, values in _task(node):
        checking.say(node, rule, **values)
    for element, attributes in node.settings.items():
        for name, value in attributes.items():
            checking.expression(node, value, f"{element}.{name} ", required=(element, name) == ("script", "expression"))
        for rule, values in _binding(element, attributes):
            checking.say(node, rule, **values)
    for name, value in node.properties.items():
        checking.expression(node, value, f"{name} ", required=name in {LIMIT, RESUMES, AS_OF})
    if LIMIT in node.properties and not node.properties.get(STAGE):
        checking.say(node, "limit-without-stage")
    _decided(checking, node)
    _loop(checking, node)


def _decided(checking: Checking, node: Node) -> None:
    """What is said of how a decision is taken stands where one is; its basis is kept in a variable."""
    for name in (AS_OF, BASIS):
        if name in node.properties and "calledDecision" not in node.settings:
            checking.say(node, "decision-property", what=name)
    basis = node.properties.get(BASIS, "")
    if BASIS in node.properties and (not TARGET.match(basis) or "." in basis):
        checking.say(node, "mapping-target", what=basis)


def check_milestone(checking: Checking, node: Node) -> None:
    """An element that reaches a milestone stands within an activity that has a clock."""
    if not node.properties.get(MILESTONE):
        return
    checking.expression(node, node.properties[MILESTONE], f"{MILESTONE} ")
    around: Node | None = node
    while around is not None and LIMIT not in around.properties:
        around = checking.model.nodes[around.scope] if around.scope else None
    if around is None:
        checking.say(node, "milestone-without-limit")


def _binding(element: str, attributes: dict[str, str]) -> Said:
    kind = attributes.get("bindingType", "latest")
    if kind not in BINDINGS.get(element, {"latest"}):
        yield "binding-unsupported", {"what": kind}
    elif kind == "versionTag" and not attributes.get("versionTag"):
        yield "binding-unsupported", {"what": "versionTag (空)"}


def _loop(checking: Checking, node: Node) -> None:
    loop = node.loop
    if isinstance(loop, Loop):
        if bool(loop.output_collection) != bool(loop.output_element):
            checking.say(node, "loop-output")
        for text in (loop.input_collection, loop.output_element, loop.completion_condition):
            checking.expression(node, text, "多实例", required=True)
    if isinstance(loop, StandardLoop):
        if not loop.condition and not loop.maximum:
            checking.say(node, "loop-endless")
        checking.expression(node, loop.condition, "循环条件", required=True)
        checking.expression(node, loop.maximum, "循环次数")
        if loop.maximum and not loop.maximum.startswith("=") and not WHOLE.match(loop.maximum):
            checking.say(node, "loop-maximum", what=loop.maximum)


def _task(node: Node) -> Said:
    has = node.settings
    if {"calledDecision", "taskDefinition"} <= has.keys():
        yield "extension-unknown", {"what": "calledDecision + taskDefinition"}
    if node.type == "userTask":
        yield from _user_task(has)
    elif node.type in {"serviceTask", "sendTask"} or (node.type == "businessRuleTask" and "taskDefinition" in has):
        definition = has.get("taskDefinition", {})
        if not definition.get("type"):
            yield "task-type-missing", {}
        retries = definition.get("retries", "3")
        if not retries.startswith("=") and not WHOLE.match(retries):
            yield "task-retries", {"what": retries}
    elif node.type == "businessRuleTask":
        called = has.get("calledDecision", {})
        yield from _result(called, "decisionId", "decision-missing")
    elif node.type == "scriptTask":
        yield from _result(has.get("script", {}), "expression", "script-missing")
    elif node.type == "callActivity" and not has.get("calledElement", {}).get("processId"):
        yield "called-missing", {}


def _user_task(has: dict[str, dict[str, str]]) -> Said:
    if "userTask" not in has:
        yield "user-task-kind", {}
    priority = has.get("priorityDefinition", {}).get("priority", "0")
    if not priority.startswith("=") and not (WHOLE.match(priority) and int(priority) <= MAX_PRIORITY):
        yield "priority-invalid", {"what": priority}


def _result(setting: dict[str, str], name: str, rule: str) -> Said:
    if not setting.get(name):
        yield rule, {}
    if not setting.get("resultVariable"):
        yield "result-missing", {}
