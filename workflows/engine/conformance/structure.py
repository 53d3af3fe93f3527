"""How the elements hang together: scopes, flows, what can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.findings import finding
from workflows.engine.model import ACTIVITIES

if TYPE_CHECKING:
    from workflows.engine.conformance.checking import Checking
    from workflows.engine.model import Flow, Node

CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})
CONDITIONAL = CHOOSING | ACTIVITIES  # whose outgoing flows may have conditions (BPMN 2.0, 8.3.13)
EVENTS_BEHIND = frozenset({"message", "timer", "signal"})  # an event-based gateway
TWO = 2
MAX_DEPTH = 50


def check_scope(checking: Checking, around: Node | None) -> None:
    """One level: the process or a sub-process."""
    if around is not None and _depth(checking, around) > MAX_DEPTH:
        checking.say(around, "too-deep", what=str(MAX_DEPTH))
    inside = checking.model.inside(around.id if around else None)
    starts = [node for node in inside if node.type == "startEvent"]
    none_starts = [node for node in starts if node.event is None]
    if not any(node.type == "endEvent" for node in inside):
        checking.say(around, "end-missing")
    if around is None:
        if not starts:
            checking.say(None, "start-missing")
        if len(none_starts) > 1:
            checking.say(None, "start-several")
    elif around.type == "eventSubProcess":
        if len(starts) != 1 or none_starts:
            checking.say(around, "start-event")
    elif len(starts) != 1 or not none_starts:
        checking.say(around, "start-inner")
    _reachable(checking, inside)


def _depth(checking: Checking, node: Node) -> int:
    depth, scope = 1, node.scope
    while scope is not None and depth <= MAX_DEPTH:
        depth, scope = depth + 1, checking.model.nodes[scope].scope
    return depth


def _reachable(checking: Checking, inside: list[Node]) -> None:
    model = checking.model
    seen: set[str] = set()
    open_ = [node.id for node in inside if node.type in {"startEvent", "eventSubProcess"}]
    while open_:
        name = open_.pop()
        if name in seen or name not in model.nodes:
            continue
        seen.add(name)
        node = model.nodes[name]
        open_ += model.successors(node)
        open_ += [boundary.id for boundary in model.boundaries(name)]
        if node.handler:
            open_.append(node.handler)
    for node in inside:
        if node.id not in seen and (node.type != "boundaryEvent" or node.attached_to in seen):
            checking.say(node, "compensation-unattached" if node.for_compensation else "incoming-missing")


def check_flow(checking: Checking, flow: Flow) -> None:
    ends = [checking.model.nodes.get(end) for end in (flow.source, flow.target)]
    for end, name in zip(ends, (flow.source, flow.target), strict=True):
        if end is None:
            checking.found.append(finding("reference-missing", flow.id, flow.name, what=name))
        elif end.scope != flow.scope:
            checking.say(end, "flow-crosses", what=flow.id)
    source = ends[0]
    if source is None:
        return
    if flow.condition is not None:
        if source.type not in CONDITIONAL:
            checking.say(source, "condition-misplaced")
        checking.expression(source, flow.condition, f"出口「{flow.name or flow.id}」", required=True)
    elif _must_choose(source) and source.default != flow.id:
        checking.say(source, "condition-missing", what=flow.name or flow.id)


def _must_choose(node: Node) -> bool:
    """With a default flow beside one that is always taken nobody could say when the default is."""
    return len(node.outgoing) > 1 and (node.type in CHOOSING or (node.type in ACTIVITIES and node.default is not None))


def check_connections(checking: Checking, node: Node) -> None:
    """What must or must not come before and after an element."""
    kind = node.event.kind if node.event else None
    # What has no flow by definition: on which side.
    apart = node.type == "eventSubProcess" or node.for_compensation
    last = node.type == "endEvent" or (node.type == "intermediateThrowEvent" and kind == "link")
    first = node.type in {"startEvent", "boundaryEvent"} or (node.type == "intermediateCatchEvent" and kind == "link")
    undone = node.type == "boundaryEvent" and kind == "compensation"
    if last or apart or undone:
        if node.outgoing:
            checking.say(node, "outgoing-forbidden")
    elif not node.outgoing:
        open_end = node.type in ACTIVITIES or node.type in {"intermediateThrowEvent", "intermediateCatchEvent"}
        checking.say(node, "outgoing-none" if open_end else "outgoing-missing")
    if node.incoming and (first or apart):
        checking.say(node, "incoming-forbidden")
    if node.default and node.default not in node.outgoing:
        checking.say(node, "gateway-default", what=node.default)
    if node.type == "eventBasedGateway":
        _event_based(checking, node)


def _event_based(checking: Checking, node: Node) -> None:
    targets = [checking.model.nodes.get(checking.model.flows[flow].target) for flow in node.outgoing]
    if len(targets) < TWO:
        checking.say(node, "event-gateway-few")
    for target in targets:
        if target is None:
            continue
        kind = target.event.kind if target.event else None
        if target.type != "intermediateCatchEvent" or kind not in EVENTS_BEHIND or len(target.incoming) > 1:
            checking.say(node, "event-gateway-target", what=target.name or target.id)
