"""What is drawn: a BPMN file as plain values, in the words of BPMN 2.0 and of Camunda 8's zeebe: extensions."""

from __future__ import annotations

from dataclasses import dataclass, field

ACTIVITIES = frozenset({
    "task", "manualTask", "userTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask", "scriptTask",
    "subProcess", "callActivity",
})  # fmt: skip
SCOPES = frozenset({"subProcess", "eventSubProcess"})  # what has elements inside


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a deployment says about a diagram. An ``error`` refuses it, a ``warning`` does not."""

    element_id: str
    element_name: str
    rule: str  # stable id, see docs/reference/conformance.md
    severity: str
    message: str  # Chinese
    message_en: str
    hint: str  # how to mend it


@dataclass(frozen=True, slots=True)
class Mapping:
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Message:
    name: str
    correlation_key: str | None


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """What happens at an event.

    ``kind`` is message, timer, signal, error, escalation, compensation, link or terminate. ``value`` is the timer's
    text, the signal's or the link's name, the code of the error or escalation, or the activity to compensate.
    """

    kind: str
    message: Message | None = None
    timer: str | None = None  # date, duration or cycle
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """Multi-instance characteristics (zeebe:loopCharacteristics)."""

    sequential: bool
    input_collection: str
    input_element: str | None
    output_collection: str | None
    output_element: str | None
    completion_condition: str | None


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """Again while the condition holds, at most ``maximum`` times (BPMN 2.0, 10.3.8)."""

    condition: str | None
    maximum: str | None
    test_before: bool


@dataclass(frozen=True, slots=True)
class Flow:
    id: str
    name: str
    source: str
    target: str
    condition: str | None
    scope: str | None


@dataclass(slots=True)
class Node:
    """A flow node.

    ``type`` is BPMN's tag, e.g. userTask, and eventSubProcess for a sub-process that is triggered by an event;
    ``scope`` the sub-process around it, None for the process.
    """

    id: str
    name: str
    type: str
    scope: str | None
    incoming: list[str] = field(default_factory=list)
    outgoing: list[str] = field(default_factory=list)
    default: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    event: EventDefinition | None = None
    loop: Loop | StandardLoop | None = None
    for_compensation: bool = False
    handler: str | None = None  # of a compensation boundary event: the activity it is associated with
    inputs: list[Mapping] = field(default_factory=list)
    outputs: list[Mapping] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    # zeebe: elements with attributes only, by local name: taskDefinition, assignmentDefinition, script, …
    settings: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Process:
    """One executable process of a file."""

    id: str
    name: str
    version_tag: str | None
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)  # met while reading
    _inside: dict[str | None, list[Node]] = field(default_factory=dict)
    _attached: dict[str, list[Node]] = field(default_factory=dict)

    def add(self, node: Node) -> None:
        self.nodes[node.id] = node
        self._inside.setdefault(node.scope, []).append(node)
        if node.attached_to:
            self._attached.setdefault(node.attached_to, []).append(node)

    def inside(self, scope: str | None) -> list[Node]:
        return self._inside.get(scope, [])

    def boundaries(self, node_id: str) -> list[Node]:
        return self._attached.get(node_id, [])

    def starts(self, scope: str | None = None) -> list[Node]:
        return [node for node in self.inside(scope) if node.type == "startEvent"]

    def event_starts(self, scope: str | None = None) -> list[Node]:
        """The start events of the event sub-processes right inside a scope."""
        return [
            start for node in self.inside(scope) if node.type == "eventSubProcess" for start in self.starts(node.id)
        ]

    def links(self, node: Node) -> list[Node]:
        """The link events that belong to a link event: the catching ones of a throwing one, and the other way round."""
        if node.event is None or node.event.kind != "link":
            return []
        return [
            other
            for other in self.inside(node.scope)
            if other.event is not None and other.event == node.event and other.type != node.type
        ]

    def successors(self, node: Node) -> list[str]:
        """The ids of what a token goes to from here: by flows, and by a link."""
        linked = self.links(node) if node.type == "intermediateThrowEvent" else ()
        return [*(self.flows[flow].target for flow in node.outgoing), *(other.id for other in linked)]

    def predecessors(self, node: Node) -> list[str]:
        linked = self.links(node) if node.type == "intermediateCatchEvent" else ()
        return [*(self.flows[flow].source for flow in node.incoming), *(other.id for other in linked)]

    def upstream(self, flow_id: str) -> frozenset[str]:
        """The nodes from which a token can still come by this flow, without passing the node that it leads to."""
        arriving, found = self.flows[flow_id], set[str]()
        open_ = [arriving.source]
        while open_:
            name = open_.pop()
            if name == arriving.target or name in found:
                continue
            found.add(name)
            node = self.nodes[name]
            open_ += self.predecessors(node)
            if node.attached_to:
                open_.append(node.attached_to)
        return frozenset(found)
