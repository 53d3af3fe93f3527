"""From BPMN XML to the model. Whatever is not read here becomes a problem, so that nothing is misread in silence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workflows.engine.errors import DiagramError, NoProcess
from workflows.engine.findings import finding
from workflows.engine.model import ACTIVITIES, SCOPES, Flow, Loop, Mapping, Node, Process, StandardLoop
from workflows.engine.reading_events import Events
from workflows.engine.reading_plain import contradicted, unusual
from workflows.engine.xml import BPMN, attributes, extensions, is_true, parse_xml, referred, split, text_of, zeebe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

NODES = frozenset({
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
    *ACTIVITIES,
    "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
})  # fmt: skip
LOOPS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
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
    "intermediateThrowEvent": {"taskDefinition"},
    "endEvent": {"taskDefinition"},
}
THROWING = frozenset({"endEvent", "intermediateThrowEvent"})
CARRYING = frozenset({"message", "signal", "error", "escalation"})  # throw events that hand variables over
NCNAME = re.compile(r"[^\W\d][\w.\-]*\Z")


def parse_processes(source: bytes) -> list[Process]:
    """Read every executable process of a BPMN file; DiagramError when there is none to read."""
    root = parse_xml(source)
    if split(root.tag) != (BPMN, "definitions"):
        raise DiagramError("根元素不是 bpmn:definitions。The root element is not bpmn:definitions.")
    return [_Reader(root).process(element) for element in _executable(root)]


def _executable(root: etree._Element) -> Iterator[etree._Element]:
    found = [e for e in root.iterchildren(f"{{{BPMN}}}process") if is_true(e, "isExecutable")]
    if not found:
        raise NoProcess("文件中没有可执行的流程(isExecutable)。The file has no executable process.")
    yield from found


class _Reader:
    def __init__(self, root: etree._Element) -> None:
        self.events = Events(root)
        self.model = Process("", "", None)

    def process(self, element: etree._Element) -> Process:
        self.model = Process(element.get("id", ""), element.get("name", ""), None)
        for extension in extensions(element):
            if zeebe(extension) == "versionTag":
                self.model.version_tag = extension.get("value")
            elif zeebe(extension) not in {"properties", ""}:
                self.problem(element, "extension-unknown", what=f"zeebe:{zeebe(extension)}")
        if not NCNAME.match(self.model.id):
            self.problem(element, "id-invalid", what=self.model.id)
        self.scope(element, None)
        self.tie(element)
        return self.model

    def tie(self, element: etree._Element) -> None:
        """Flows and associations to the nodes at their ends."""
        for flow in self.model.flows.values():
            for end, side in ((flow.source, "outgoing"), (flow.target, "incoming")):
                if end in self.model.nodes:
                    getattr(self.model.nodes[end], side).append(flow.id)
        for drawn in element.iter(*(f"{{{BPMN}}}{tag}" for tag in NODES)):
            for flow_id in contradicted(drawn, self.model.flows):
                self.problem(drawn, "flow-contradicted", what=flow_id)
        for association in element.iter(f"{{{BPMN}}}association"):
            self.handler(association)

    def handler(self, association: etree._Element) -> None:
        """A compensation boundary event is tied to its handler by an association, drawn in either direction."""
        ends = [self.model.nodes.get(referred(association, side)) for side in ("sourceRef", "targetRef")]
        for boundary, other in (ends, ends[::-1]):
            if boundary and other and other.for_compensation and boundary.event and boundary.type == "boundaryEvent":
                boundary.handler = other.id

    def problem(self, element: etree._Element, rule: str, **values: str) -> None:
        self.model.problems.append(finding(rule, element.get("id", ""), element.get("name", ""), **values))

    def scope(self, element: etree._Element, scope: str | None) -> None:
        for child in element.iterchildren("{*}*"):
            namespace, tag = split(child.tag)
            identity = child.get("id", "")
            if namespace != BPMN or tag in ARTIFACTS or tag in LOOPS:
                continue
            if tag != "sequenceFlow" and tag not in NODES:
                self.problem(child, "element-unsupported", what=tag)
                continue
            if not NCNAME.match(identity):
                self.problem(child, "id-invalid", what=identity)
            if identity in self.model.nodes or identity in self.model.flows:
                self.problem(child, "id-duplicate", what=identity)
            if tag == "sequenceFlow":
                condition = self.condition(child)
                self.model.flows[identity] = Flow(
                    identity,
                    child.get("name", ""),
                    child.get("sourceRef", ""),
                    child.get("targetRef", ""),
                    condition,
                    scope,
                )
            else:
                self.model.add(self.node(child, tag, scope))
                if self.model.nodes[identity].type in SCOPES:
                    self.scope(child, identity)

    def condition(self, flow: etree._Element) -> str | None:
        """What must hold for a flow to be taken; a condition that says nothing does not always hold."""
        expressions = flow.findall(f"{{{BPMN}}}conditionExpression")
        texts = [text_of(expression) for expression in expressions]
        if len(texts) > 1:
            self.problem(flow, "element-unsupported", what="conditionExpression + conditionExpression")
        elif None in texts:
            self.problem(flow, "expression-required", where="出口")
        return texts[0] if texts else None

    def node(self, element: etree._Element, tag: str, scope: str | None) -> Node:
        node = Node(
            element.get("id", ""),
            element.get("name", ""),
            tag,
            scope,
            default=element.get("default"),
            attached_to=referred(element, "attachedToRef") if tag == "boundaryEvent" else None,
            interrupting=is_true(element, "isInterrupting" if tag == "startEvent" else "cancelActivity", "true"),
            for_compensation=is_true(element, "isForCompensation"),
        )
        if tag == "subProcess" and is_true(element, "triggeredByEvent"):
            node.type = "eventSubProcess"
        for what in unusual(element):
            self.problem(element, "element-unsupported", what=what)
        definitions = []
        if tag.endswith("Event"):
            definitions = [
                c for c in element.iterchildren(f"{{{BPMN}}}*") if split(c.tag)[1].endswith("EventDefinition")
            ]
        if len(definitions) > 1:
            self.problem(element, "event-unsupported", what="multiple event definitions")
        elif definitions or tag == "receiveTask":
            node.event = self.events.read(element, definitions[0] if definitions else None, self.problem)
        if tag in ACTIVITIES:
            self.loop(element, node)
        for extension in extensions(element):
            self.extension(element, node, extension)
        for child in element.iterchildren("{*}*"):
            namespace, name = split(child.tag)
            looped = tag in ACTIVITIES and name in LOOPS
            known = name in ARTIFACTS or child in definitions or looped
            if node.type not in SCOPES and namespace == BPMN and not known:
                self.problem(element, "element-unsupported", what=name)
        return node

    def loop(self, element: etree._Element, node: Node) -> None:
        standard, found = (element.find(f"{{{BPMN}}}{name}") for name in LOOPS[::-1])
        if standard is not None and (found is not None or node.type == "eventSubProcess"):
            self.problem(element, "element-unsupported", what=LOOPS[1])
        if standard is not None:
            condition = text_of(standard.find(f"{{{BPMN}}}loopCondition"))
            node.loop = StandardLoop(condition, standard.get("loopMaximum"), is_true(standard, "testBefore"))
        if found is None:
            return
        for what in (*unusual(found), *([LOOPS[0]] if node.type == "eventSubProcess" else [])):
            self.problem(element, "element-unsupported", what=what)
        for child in found.iterchildren(f"{{{BPMN}}}*"):
            if (name := split(child.tag)[1]) not in {"extensionElements", "completionCondition", "documentation"}:
                self.problem(element, "element-unsupported", what=name)
        settings = next((attributes(e) for e in extensions(found) if zeebe(e) == "loopCharacteristics"), {})
        if not settings.get("inputCollection"):
            self.problem(element, "loop-without-collection")
            return
        node.loop = Loop(
            is_true(found, "isSequential"),
            settings["inputCollection"],
            settings.get("inputElement"),
            settings.get("outputCollection"),
            settings.get("outputElement"),
            text_of(found.find(f"{{{BPMN}}}completionCondition")),
        )

    def extension(self, element: etree._Element, node: Node, extension: etree._Element) -> None:
        name = zeebe(extension)
        sends = node.type not in THROWING or (node.event is not None and node.event.kind == "message")
        if name in SETTINGS.get(node.type, ()) and sends:
            node.settings[name] = attributes(extension)
        elif name == "ioMapping":
            for child in extension.iterchildren("{*}*"):
                self.mapping(element, node, child)
        elif name == "properties":
            node.properties.update({c.get("name", ""): c.get("value", "") for c in extension})
        elif name == "taskHeaders" and sends:
            node.headers.update({c.get("key", ""): c.get("value", "") for c in extension})
        elif name:
            self.problem(element, "extension-unknown", what=f"zeebe:{name}")
        else:
            self.problem(element, "extension-foreign", what=split(extension.tag)[0])

    def mapping(self, element: etree._Element, node: Node, child: etree._Element) -> None:
        side, of = zeebe(child), attributes(child)
        kind = node.event.kind if node.event else None
        throws = kind is not None and node.type in THROWING
        gives = not node.type.endswith("Gateway") and (not throws or kind == "message")
        takes = node.type in ACTIVITIES | SCOPES or (throws and kind in CARRYING)
        if side == "input" and takes:
            node.inputs.append(Mapping(of.get("source", ""), of.get("target", "")))
        elif side == "output" and gives:
            node.outputs.append(Mapping(of.get("source", ""), of.get("target", "")))
        else:  # it would do nothing here
            self.problem(element, "extension-unknown", what=f"zeebe:{side}")
