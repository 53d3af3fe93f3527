"""What is refused, and why: every finding of a diagram at once, before anything of it runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.engine.activities import MAX_PRIORITY
from workflows.engine.findings import finding
from workflows.engine.formulas import Formula
from workflows.engine.model import ACTIVITIES
from workflows.engine.references import references
from workflows.engine.timers import PARSERS
from workflows.feel import FeelSyntaxError

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from workflows.engine.model import EventDefinition, Finding, Node, Process

MAX_NODES = 5_000
CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})
TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*){0,20}\Z")
WHOLE = re.compile(r"[0-9]{1,9}\Z")
# Which event definitions may stand at which kind of event; None is the none event.
PLACES: dict[str, frozenset[str | None]] = {
    "startEvent": frozenset({None, "message", "timer"}),
    "endEvent": frozenset({None, "error", "terminate"}),
    "intermediateCatchEvent": frozenset({"message", "timer"}),
    "boundaryEvent": frozenset({"message", "timer", "error"}),
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a diagram may refer to; None where that is not to be checked."""

    decisions: Container[str] | None = None
    forms: Container[str] | None = None
    processes: Container[str] | None = None


def check(models: Iterable[Process], catalogue: Catalogue | None = None) -> list[Finding]:
    """All findings of these processes, errors and warnings, in the order of the drawing; then what does not exist."""
    found: list[Finding] = []
    for model in models:
        found += [*_Check(model).findings(), *_unknown(model, catalogue or Catalogue())]
    return found


def _unknown(model: Process, catalogue: Catalogue) -> Iterator[Finding]:
    known = {"decision": catalogue.decisions, "form": catalogue.forms, "process": catalogue.processes}
    for kind, element_id, element_name, name in references(model):
        names = known.get(kind)
        if names is not None and name not in names:
            yield finding(f"{kind}-unknown", element_id, element_name, what=name)


class _Check:
    def __init__(self, model: Process) -> None:
        self.model = model
        self.found = list(model.problems)

    def findings(self) -> list[Finding]:
        if len(self.model.nodes) > MAX_NODES:
            self.process("too-large", what=str(len(self.model.nodes)))
            return self.found
        self.scope(None)
        for flow in self.model.flows.values():
            self.flow(flow.id)
        for node in self.model.nodes.values():
            self.node(node)
            if node.type == "subProcess":
                self.scope(node)
        return self.found

    def say(self, node: Node, rule: str, **values: str) -> None:
        self.found.append(finding(rule, node.id, node.name, **values))

    def process(self, rule: str, **values: str) -> None:
        self.found.append(finding(rule, self.model.id, self.model.name, **values))

    def scope(self, around: Node | None) -> None:
        inside = self.model.inside(around.id if around else None)
        say: Callable[[str], None] = self.process if around is None else lambda rule: self.say(around, rule)
        starts = [node for node in inside if node.type == "startEvent"]
        none_starts = [node for node in starts if node.event is None]
        if not any(node.type == "endEvent" for node in inside):
            say("end-missing")
        if around is not None and (len(starts) != 1 or not none_starts):
            say("start-inner")
        if around is None and not starts:
            say("start-missing")
        if around is None and len(none_starts) > 1:
            say("start-several")
        self.reachable(inside, starts)

    def reachable(self, inside: list[Node], starts: list[Node]) -> None:
        seen: set[str] = set()
        open_ = [node.id for node in starts]
        while open_:
            name = open_.pop()
            if name in seen or name not in self.model.nodes:
                continue
            seen.add(name)
            open_ += [self.model.flows[flow].target for flow in self.model.nodes[name].outgoing]
            open_ += [boundary.id for boundary in self.model.boundaries(name)]
        for node in inside:
            if node.id not in seen and (node.type != "boundaryEvent" or node.attached_to in seen):
                self.say(node, "incoming-missing")

    def flow(self, flow_id: str) -> None:
        flow = self.model.flows[flow_id]
        ends = [self.model.nodes.get(end) for end in (flow.source, flow.target)]
        for end, name in zip(ends, (flow.source, flow.target), strict=True):
            if end is None:
                self.found.append(finding("reference-missing", flow.id, flow.name, what=name))
            elif end.scope != flow.scope:
                self.say(end, "flow-crosses", what=flow.id)
        source = ends[0]
        if source is None:
            return
        if flow.condition is not None:
            if source.type not in CHOOSING:
                self.say(source, "condition-misplaced")
            self.expression(source, flow.condition, f"出口「{flow.name or flow.id}」", required=True)
        elif source.type in CHOOSING and len(source.outgoing) > 1 and source.default != flow.id:
            self.say(source, "condition-missing", what=flow.name or flow.id)

    def node(self, node: Node) -> None:
        self.connections(node)
        if node.type in PLACES:
            self.event(node)
        if node.type in ACTIVITIES:
            self.activity(node)
        elif "bihuan:limit" in node.properties:
            self.say(node, "extension-unknown", what="bihuan:limit")
        for mapping in (*node.inputs, *node.outputs):
            if not mapping.source or not mapping.target:
                self.say(node, "mapping-empty")
                continue
            if not TARGET.match(mapping.target):
                self.say(node, "mapping-target", what=mapping.target)
            self.expression(node, mapping.source, f"映射 {mapping.target} ")

    def connections(self, node: Node) -> None:
        gateway = node.type.endswith("Gateway")
        if node.type == "endEvent":
            if node.outgoing:
                self.say(node, "outgoing-forbidden")
        elif not node.outgoing:
            self.say(node, "outgoing-missing")
        elif len(node.outgoing) > 1 and not gateway:
            self.say(node, "outgoing-several")
        if node.incoming and node.type in {"startEvent", "boundaryEvent"}:
            self.say(node, "incoming-forbidden")
        if node.default and node.default not in node.outgoing:
            self.say(node, "gateway-default", what=node.default)

    def event(self, node: Node) -> None:
        event = node.event
        if (event.kind if event else None) not in PLACES[node.type]:
            if event is None:
                self.say(node, "event-missing")
            else:
                self.say(node, "event-place", what=event.kind)
            return
        if node.type == "boundaryEvent":
            host = self.model.nodes.get(node.attached_to) if node.attached_to else None
            if host is None or host.type not in ACTIVITIES or host.scope != node.scope:
                self.say(node, "attached-missing")
            elif event and event.kind == "error":
                self.caught_error(node, event, host)
        if event and event.kind == "timer":
            self.timer(node, event)
        if event and event.kind == "message" and event.message:
            self.message(node, event)
        if event and event.kind == "error" and node.type == "endEvent":
            if not event.value:
                self.say(node, "reference-missing", what="errorCode")
            self.expression(node, event.value, "错误代码")

    def caught_error(self, node: Node, event: EventDefinition, host: Node) -> None:
        if not node.interrupting:
            self.say(node, "event-place", what="非中断的 error (non-interrupting error)")
        if event.value and event.value.startswith("="):
            self.say(node, "event-unsupported", what=f"errorCode {event.value}")
        twins = [
            other
            for other in self.model.boundaries(host.id)
            if other.event and other.event.kind == "error" and (other.event.value or "") == (event.value or "")
        ]
        if twins[0] is not node:
            self.say(node, "error-duplicate")

    def message(self, node: Node, event: EventDefinition) -> None:
        if event.message is None:
            return
        if not event.message.name:
            self.say(node, "message-name")
        self.expression(node, event.message.name, "消息名称")
        if node.type != "startEvent":
            if not event.message.correlation_key:
                self.say(node, "correlation-missing")
            self.expression(node, event.message.correlation_key, "关联键", required=True)

    def timer(self, node: Node, event: EventDefinition) -> None:
        kind, value = event.timer or "", event.value or ""
        cycles = node.type == "startEvent" or (node.type == "boundaryEvent" and not node.interrupting)
        if kind == "cycle" and not cycles:
            self.say(node, "timer-kind", what="cycle", hint="周期只用于开始事件和非中断的边界事件")
        if kind == "duration" and node.type == "startEvent":
            self.say(node, "timer-kind", what="duration", hint="开始事件用日期或周期")
        if not value:
            self.say(node, "timer-empty")
        elif value.startswith("="):
            self.expression(node, value, "定时器")
        else:
            try:
                PARSERS[kind](value)
            except (ValueError, OverflowError) as error:
                self.say(node, "timer-invalid", what=str(error))

    def activity(self, node: Node) -> None:
        for rule, values in self.task(node):
            self.say(node, rule, **values)
        for element, attributes in node.settings.items():
            binding = attributes.get("bindingType", "latest")
            if binding != "latest":
                self.say(node, "binding-unsupported", what=binding)
            for name, value in attributes.items():
                required = (element, name) == ("script", "expression")
                self.expression(node, value, f"{element}.{name} ", required=required)
        for name, value in node.properties.items():
            self.expression(node, value, f"{name} ", required=name == "bihuan:limit")
        if "bihuan:limit" in node.properties and not node.properties.get("bihuan:stage"):
            self.say(node, "limit-without-stage")
        if loop := node.loop:
            if bool(loop.output_collection) != bool(loop.output_element):
                self.say(node, "loop-output")
            for text in (loop.input_collection, loop.output_element, loop.completion_condition):
                self.expression(node, text, "多实例", required=True)

    def task(self, node: Node) -> Iterator[tuple[str, dict[str, str]]]:
        has = node.settings
        if {"calledDecision", "taskDefinition"} <= has.keys():
            yield "extension-unknown", {"what": "calledDecision + taskDefinition"}
        if node.type == "userTask":
            yield from self.user_task(has)
        elif node.type in {"serviceTask", "sendTask"} or (node.type == "businessRuleTask" and "taskDefinition" in has):
            definition = has.get("taskDefinition", {})
            if not definition.get("type"):
                yield "task-type-missing", {}
            retries = definition.get("retries", "3")
            if not retries.startswith("=") and not WHOLE.match(retries):
                yield "task-retries", {"what": retries}
        elif node.type == "businessRuleTask":
            called = has.get("calledDecision", {})
            yield from self.result(called, "decisionId", "decision-missing")
        elif node.type == "scriptTask":
            yield from self.result(has.get("script", {}), "expression", "script-missing")
        elif node.type == "callActivity" and not has.get("calledElement", {}).get("processId"):
            yield "called-missing", {}

    def user_task(self, has: dict[str, dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
        if "userTask" not in has:
            yield "user-task-kind", {}
        priority = has.get("priorityDefinition", {}).get("priority", "0")
        if not priority.startswith("=") and not (WHOLE.match(priority) and int(priority) <= MAX_PRIORITY):
            yield "priority-invalid", {"what": priority}

    def result(self, setting: dict[str, str], name: str, rule: str) -> Iterator[tuple[str, dict[str, str]]]:
        if not setting.get(name):
            yield rule, {}
        if not setting.get("resultVariable"):
            yield "result-missing", {}

    def expression(self, node: Node, text: str | None, where: str, *, required: bool = False) -> None:
        if not text:
            return
        try:
            formula = Formula(text)
        except FeelSyntaxError as error:
            self.say(node, "expression-invalid", where=where, what=str(error))
        else:
            if required and formula.expression is None:
                self.say(node, "expression-required", where=where)
