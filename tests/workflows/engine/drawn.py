"""A diagram as plain values for the token game, and the same diagram as BPMN for the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from tests.support import diagrams as bpmn

SCOPES = {"subProcess", "eventSubProcess"}
JOINS = {"parallelGateway", "inclusiveGateway"}
WORK = {"userTask": "UserTask", "serviceTask": "Job", "callActivity": "Call", "receiveTask": "Message"}
CAUGHT = {"timer": "Timer", "message": "Message", "signal": "Signal"}
PASSING = {"task", "manualTask", "scriptTask"}
ACTIVITIES = {*WORK, *PASSING, "subProcess"}
THROWING = {"endEvent", "intermediateThrowEvent"}
ROOTS = [bpmn.message("m"), *(bpmn.signal(name) for name in "ST")]
ROOTS += [made(code) for made in (bpmn.error, bpmn.escalation) for code in "EF"]


class Node(NamedTuple):
    """``kind`` is BPMN's tag; ``event`` the kind of event definition, ``value`` the code or name in it."""

    id: str
    kind: str
    scope: str = ""
    event: str = ""
    value: str = ""
    attached: str = ""
    interrupting: bool = True
    times: int = 1  # how often the event can happen, -1 without end
    default: str = ""
    items: int | None = None  # of a multi-instance
    sequential: bool = False
    rounds: int = 0  # of a standard loop
    test_before: bool = False
    condition: str = ""  # of the completion of a multi-instance, or of the next round of a loop

    @property
    def waits(self) -> str:
        """What it is seen as while it waits."""
        if self.kind in THROWING:
            return "Job" if self.event == "message" else ""
        return WORK.get(self.kind) or CAUGHT.get(self.event, "")


class Flow(NamedTuple):
    """``condition`` is a variable, with ``!`` before it its negation."""

    id: str
    source: str
    target: str
    condition: str = ""


@dataclass(repr=False)
class Diagram:
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Small enough to be read when a test fails."""
        nodes = (
            " ".join(
                f"{name}={value}" for name, value in node._asdict().items() if value != Node._field_defaults.get(name)
            )
            for node in self.nodes.values()
        )
        flows = (f"{flow.id}:{flow.source}>{flow.target}[{flow.condition}]" for flow in self.flows.values())
        return "\n  ".join(["Diagram(", *nodes, *flows]) + ")"

    def within(self, scope: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.scope == scope]

    def out(self, node: Node) -> list[Flow]:
        return [flow for flow in self.flows.values() if flow.source == node.id]

    def into(self, node: Node) -> list[str]:
        return [flow.id for flow in self.flows.values() if flow.target == node.id]

    def joins(self, node: Node) -> bool:
        return node.kind in JOINS and len(self.into(node)) > 1

    def borders(self, node: Node) -> list[Node]:
        return [border for border in self.nodes.values() if border.attached == node.id]

    def reactions(self, scope: str) -> list[Node]:
        """The start events of the event sub-processes right inside a scope."""
        around = [node.id for node in self.within(scope) if node.kind == "eventSubProcess"]
        return [node for node in self.nodes.values() if node.kind == "startEvent" and node.scope in around]

    def link(self, throw: Node) -> Node:
        (catch,) = (
            node
            for node in self.within(throw.scope)
            if (node.kind, node.event, node.value) == ("intermediateCatchEvent", "link", throw.value)
        )
        return catch

    def ways(self, at: str, join: Node) -> set[str]:
        """The flows into a join by which a token can come that is on a flow or at a node, not through the join itself."""
        seen: set[str] = set()
        open_ = [at] if at in self.flows else self.exits(self.nodes[at])
        while open_:
            flow = self.flows[open_.pop()]
            if flow.id not in seen:
                seen.add(flow.id)
                open_ += [] if flow.target == join.id else self.exits(self.nodes[flow.target])
        return seen & set(self.into(join))

    def exits(self, node: Node) -> list[str]:
        sources = [node, *self.borders(node)]
        if (node.kind, node.event) == ("intermediateThrowEvent", "link"):
            sources.append(self.link(node))
        return [flow.id for source in sources for flow in self.out(source)]

    @cached_property
    def racy(self) -> bool:
        """Whether it may matter which of two tokens moves first."""
        throwing = {"signal", "error", "escalation", "terminate"}
        return any(
            (node.kind in THROWING and node.event in throwing) or (node.kind == "inclusiveGateway" and self.joins(node))
            for node in self.nodes.values()
        )

    # As BPMN

    def bpmn(self) -> bytes:
        parts = [self.element(node) for node in self.within("")]
        return bpmn.bpmn(*parts, *self.sequence("").values(), flows="", more="".join(ROOTS))

    def sequence(self, scope: str) -> dict[str, str]:
        """The flows of a scope."""
        return {
            flow.id: bpmn.element(
                "sequenceFlow",
                flow.id,
                inner=f"<bpmn:conditionExpression>={feel(flow.condition)}</bpmn:conditionExpression>"
                if flow.condition
                else "",
                sourceRef=flow.source,
                targetRef=flow.target,
            )
            for flow in self.flows.values()
            if self.nodes[flow.source].scope == scope
        }

    def element(self, node: Node) -> str:
        inner = definition(node)
        values = {"default": node.default} if node.default else {}
        if node.items is not None:
            until = feel(node.condition)
            inner += bpmn.each(str([*range(node.items)]), sequential=node.sequential, until=until)
        if node.rounds:
            inner += bpmn.loop(feel(node.condition), str(node.rounds), test_before=node.test_before)
        if node.kind in SCOPES:
            inside = [self.element(child) for child in self.within(node.id)]
            values |= {"triggeredByEvent": "true"} if node.kind == "eventSubProcess" else {}
            return bpmn.element(
                "subProcess", node.id, "", inner + "".join([*inside, *self.sequence(node.id).values()]), **values
            )
        if node.kind == "boundaryEvent":
            values |= {"attachedToRef": node.attached, "cancelActivity": str(node.interrupting).lower()}
        if node.kind == "startEvent":
            values |= {"isInterrupting": str(node.interrupting).lower()}
        if node.kind == "receiveTask":
            values["messageRef"] = "m-m"
        return bpmn.element(node.kind, node.id, EXTENSIONS.get(node.kind, "") or sending(node), inner, **values)


EXTENSIONS = {
    "userTask": bpmn.z("userTask"),
    "serviceTask": bpmn.z("taskDefinition", type="work"),
    "callActivity": bpmn.z("calledElement", processId="other"),
    "scriptTask": bpmn.z("script", expression="=1", resultVariable="unused"),
}


def sending(node: Node) -> str:
    return bpmn.z("taskDefinition", type="mail") if node.kind in THROWING and node.event == "message" else ""


def feel(condition: str) -> str:
    return f"not({condition[1:]})" if condition.startswith("!") else condition


def definition(node: Node) -> str:
    """The event definition of a node."""
    made = {
        "": lambda: "",
        "timer": lambda: (
            bpmn.timer("Duration", "PT1H") if node.times == 1 else bpmn.timer("Cycle", f"R{node.times}/PT1H")
        ),
        "message": lambda: bpmn.on_message("m-m"),
        "signal": lambda: bpmn.on_signal(node.value),
        "error": lambda: bpmn.on_error(node.value and f"e-{node.value}"),
        "escalation": lambda: bpmn.on_escalation(node.value),
        "link": lambda: bpmn.on_link(node.value),
        "terminate": lambda: "<bpmn:terminateEventDefinition />",
    }
    return made[node.event]() if node.kind != "receiveTask" else ""
