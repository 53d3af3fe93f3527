"""From BPMN XML to the model. Whatever is not read here becomes a problem, so that nothing is misread in silence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workflows.engine.errors import DiagramError, NoProcess
from workflows.engine.findings import finding
from workflows.engine.model import ACTIVITIES, EventDefinition, Flow, Loop, Mapping, Message, Node, Process
from workflows.engine.xml import BPMN, ZEEBE, parse_xml, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

NODES = frozenset({
    "startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent",
    "userTask", "serviceTask", "sendTask", "businessRuleTask", "scriptTask",
    "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "subProcess", "callActivity",
})  # fmt: skip
EVENTS = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "errorEventDefinition": "error",
    "terminateEventDefinition": "terminate",
}
TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
# Drawn for people; they do not take part in execution.
ARTIFACTS = frozenset({
    "documentation", "extensionElements", "incoming", "outgoing", "laneSet", "textAnnotation", "association", "group",
    "dataObject", "dataObjectReference", "dataStoreReference", "property", "ioSpecification",
    "dataInputAssociation", "dataOutputAssociation", "category", "conditionExpression",
})  # fmt: skip
# zeebe: elements with attributes only, and where each has a meaning.
SETTINGS = {
    "userTask": {"userTask", "assignmentDefinition", "formDefinition", "taskSchedule", "priorityDefinition"},
    "serviceTask": {"taskDefinition"},
    "sendTask": {"taskDefinition"},
    "businessRuleTask": {"taskDefinition", "calledDecision"},
    "scriptTask": {"script"},
    "callActivity": {"calledElement"},
}
NCNAME = re.compile(r"[^\W\d][\w.\-]*\Z")


def parse_processes(source: bytes) -> list[Process]:
    """Read every executable process of a BPMN file; DiagramError when there is none to read."""
    root = parse_xml(source)
    if split(root.tag) != (BPMN, "definitions"):
        raise DiagramError("根元素不是 bpmn:definitions。The root element is not bpmn:definitions.")
    return [_Reader(root).process(element) for element in _executable(root)]


def _executable(root: etree._Element) -> Iterator[etree._Element]:
    found = [e for e in root.iterchildren(f"{{{BPMN}}}process") if _true(e, "isExecutable")]
    if not found:
        raise NoProcess("文件中没有可执行的流程(isExecutable)。The file has no executable process.")
    yield from found


class _Reader:
    def __init__(self, root: etree._Element) -> None:
        self.messages = {e.get("id"): e for e in root.iterchildren(f"{{{BPMN}}}message")}
        self.errors = {e.get("id"): e for e in root.iterchildren(f"{{{BPMN}}}error")}
        self.model = Process("", "", None)

    def process(self, element: etree._Element) -> Process:
        self.model = Process(element.get("id", ""), element.get("name", ""), None)
        for extension in _extensions(element):
            if _zeebe(extension) == "versionTag":
                self.model.version_tag = extension.get("value")
            elif _zeebe(extension) not in {"properties", ""}:
                self.problem(element, "extension-unknown", what=f"zeebe:{_zeebe(extension)}")
        if not NCNAME.match(self.model.id):
            self.problem(element, "id-invalid", what=self.model.id)
        self.scope(element, None)
        for flow in self.model.flows.values():
            for end, side in ((flow.source, "outgoing"), (flow.target, "incoming")):
                if end in self.model.nodes:
                    getattr(self.model.nodes[end], side).append(flow.id)
        return self.model

    def problem(self, element: etree._Element, rule: str, **values: str) -> None:
        self.model.problems.append(finding(rule, element.get("id", ""), element.get("name", ""), **values))

    def scope(self, element: etree._Element, scope: str | None) -> None:
        for child in element.iterchildren("{*}*"):
            namespace, tag = split(child.tag)
            identity = child.get("id", "")
            if namespace != BPMN or tag in ARTIFACTS or tag == "multiInstanceLoopCharacteristics":
                continue
            if tag != "sequenceFlow" and tag not in NODES:
                self.problem(child, "element-unsupported", what=tag)
                continue
            if not NCNAME.match(identity):
                self.problem(child, "id-invalid", what=identity)
            if identity in self.model.nodes or identity in self.model.flows:
                self.problem(child, "id-duplicate", what=identity)
            if tag == "sequenceFlow":
                condition = child.find(f"{{{BPMN}}}conditionExpression")
                self.model.flows[identity] = Flow(
                    identity,
                    child.get("name", ""),
                    child.get("sourceRef", ""),
                    child.get("targetRef", ""),
                    _text(condition),
                    scope,
                )
            else:
                self.model.add(self.node(child, tag, scope))
                if tag == "subProcess":
                    self.scope(child, identity)

    def node(self, element: etree._Element, tag: str, scope: str | None) -> Node:
        node = Node(
            element.get("id", ""),
            element.get("name", ""),
            tag,
            scope,
            default=element.get("default"),
            attached_to=element.get("attachedToRef") if tag == "boundaryEvent" else None,
            interrupting=_true(element, "cancelActivity", "true"),
        )
        if _true(element, "triggeredByEvent"):
            self.problem(element, "element-unsupported", what="eventSubProcess")
        if _true(element, "isForCompensation"):
            self.problem(element, "element-unsupported", what="compensation")
        definitions = []
        if tag.endswith("Event"):
            definitions = [
                c for c in element.iterchildren(f"{{{BPMN}}}*") if split(c.tag)[1].endswith("EventDefinition")
            ]
        if len(definitions) > 1:
            self.problem(element, "event-unsupported", what="multiple event definitions")
        elif definitions:
            node.event = self.event(element, definitions[0])
        if tag in ACTIVITIES:
            self.loop(element, node)
        for extension in _extensions(element):
            self.extension(element, node, extension)
        for child in element.iterchildren("{*}*"):
            namespace, name = split(child.tag)
            looped = tag in ACTIVITIES and name == "multiInstanceLoopCharacteristics"
            known = name in ARTIFACTS or child in definitions or looped
            if tag != "subProcess" and namespace == BPMN and not known:
                self.problem(element, "element-unsupported", what=name)
        return node

    def event(self, element: etree._Element, definition: etree._Element) -> EventDefinition | None:
        kind = EVENTS.get(split(definition.tag)[1])
        if kind is None:
            self.problem(element, "event-unsupported", what=split(definition.tag)[1])
            return None
        if kind == "timer":
            for child in definition.iterchildren("{*}*"):
                if timer := TIMERS.get(split(child.tag)[1]):
                    return EventDefinition("timer", timer=timer, value=_text(child))
            self.problem(element, "timer-empty")
        if kind == "message":
            reference = definition.get("messageRef")
            message = self.messages.get(reference)
            if message is None:
                self.problem(element, "reference-missing", what=f"messageRef={reference}")
                return EventDefinition("message")
            keys = [_attributes(e).get("correlationKey") for e in _extensions(message) if _zeebe(e) == "subscription"]
            return EventDefinition("message", Message(message.get("name", "").strip(), keys[0] if keys else None))
        if kind == "error" and (reference := definition.get("errorRef")):
            error = self.errors.get(reference)
            if error is None:
                self.problem(element, "reference-missing", what=f"errorRef={reference}")
            return EventDefinition("error", value=None if error is None else error.get("errorCode", "").strip())
        return EventDefinition(kind)

    def loop(self, element: etree._Element, node: Node) -> None:
        found = element.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
        if found is None:
            return
        for child in found.iterchildren(f"{{{BPMN}}}*"):
            if (name := split(child.tag)[1]) not in {"extensionElements", "completionCondition", "documentation"}:
                self.problem(element, "element-unsupported", what=name)
        settings = next((_attributes(e) for e in _extensions(found) if _zeebe(e) == "loopCharacteristics"), {})
        if not settings.get("inputCollection"):
            self.problem(element, "loop-without-collection")
            return
        node.loop = Loop(
            _true(found, "isSequential"),
            settings["inputCollection"],
            settings.get("inputElement"),
            settings.get("outputCollection"),
            settings.get("outputElement"),
            _text(found.find(f"{{{BPMN}}}completionCondition")),
        )

    def extension(self, element: etree._Element, node: Node, extension: etree._Element) -> None:
        name = _zeebe(extension)
        if name in SETTINGS.get(node.type, ()):
            node.settings[name] = _attributes(extension)
        elif name == "ioMapping":
            for child in extension.iterchildren("{*}*"):
                self.mapping(element, node, child)
        elif name == "properties":
            node.properties.update({c.get("name", ""): c.get("value", "") for c in extension})
        elif name == "taskHeaders":
            node.headers.update({c.get("key", ""): c.get("value", "") for c in extension})
        elif name:
            self.problem(element, "extension-unknown", what=f"zeebe:{name}")
        else:
            self.problem(element, "extension-foreign", what=split(extension.tag)[0])

    def mapping(self, element: etree._Element, node: Node, child: etree._Element) -> None:
        side, of = _zeebe(child), _attributes(child)
        throws = node.type == "endEvent" and node.event is not None
        if side == "input" and node.type in ACTIVITIES:
            node.inputs.append(Mapping(of.get("source", ""), of.get("target", "")))
        elif side == "output" and not node.type.endswith("Gateway") and not throws:
            node.outputs.append(Mapping(of.get("source", ""), of.get("target", "")))
        else:  # it would do nothing here
            self.problem(element, "extension-unknown", what=f"zeebe:{side}")


def _extensions(element: etree._Element) -> Iterator[etree._Element]:
    for holder in element.iterchildren(f"{{{BPMN}}}extensionElements"):
        yield from holder.iterchildren("{*}*")


def _zeebe(element: etree._Element) -> str:
    namespace, local = split(element.tag)
    return local if namespace == ZEEBE else ""


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value).strip() for name, value in element.attrib.items()}


def _text(element: etree._Element | None) -> str | None:
    """What an element holds; None for nothing, or for no element."""
    return None if element is None else (element.text or "").strip() or None


def _true(element: etree._Element, name: str, default: str = "false") -> bool:
    """An attribute of XML Schema's boolean type."""
    return element.get(name, default).strip() in {"true", "1"}
