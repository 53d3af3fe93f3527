"""Events: which may stand where, and what each of them needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.model import ACTIVITIES, SCOPES
from workflows.engine.timers import PARSERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.engine.conformance.checking import Checking
    from workflows.engine.model import EventDefinition, Node

# Which event definitions may stand at which kind of event; None is the none event.
PLACES: dict[str, frozenset[str | None]] = {
    "startEvent": frozenset({None, "message", "timer", "signal"}),
    "start of an event sub-process": frozenset({"message", "timer", "signal", "error", "escalation"}),
    "endEvent": frozenset({None, "message", "signal", "error", "escalation", "compensation", "terminate"}),
    "intermediateCatchEvent": frozenset({"message", "timer", "signal", "link"}),
    "intermediateThrowEvent": frozenset({None, "message", "signal", "escalation", "compensation", "link"}),
    "boundaryEvent": frozenset({"message", "timer", "signal", "error", "escalation", "compensation"}),
    "receiveTask": frozenset({"message"}),
}
THROWING = frozenset({"endEvent", "intermediateThrowEvent"})


def check_event(checking: Checking, node: Node) -> None:
    """An event, or the message of a receive task."""
    event, kind = node.event, node.event.kind if node.event else None
    if kind not in PLACES[_place(checking, node)]:
        checking.say(node, "event-missing" if kind is None else "event-place", what=kind or "")
        return
    if node.type == "boundaryEvent" and not _attached(checking, node):
        return
    if event is None:
        return
    check = KINDS.get(event.kind)
    if check is not None:
        check(checking, node, event)
    if node.type not in THROWING:
        _twins(checking, node, event)


def _place(checking: Checking, node: Node) -> str:
    around = checking.model.nodes.get(node.scope or "")
    triggered = node.type == "startEvent" and around is not None and around.type == "eventSubProcess"
    return "start of an event sub-process" if triggered else node.type


def _attached(checking: Checking, node: Node) -> bool:
    host = checking.model.nodes.get(node.attached_to) if node.attached_to else None
    if host is None or host.type not in ACTIVITIES or host.scope != node.scope:
        checking.say(node, "attached-missing")
        return False
    if host.for_compensation:
        checking.say(node, "compensation-border")
    return True


def _twins(checking: Checking, node: Node, event: EventDefinition) -> None:
    """Two events of one activity, scope or gateway must not wait for the same: which one would have it?"""
    model = checking.model
    if node.type == "boundaryEvent":
        beside = model.boundaries(node.attached_to or "")
    elif node.type == "startEvent" and node.scope is not None:
        beside = model.event_starts(model.nodes[node.scope].scope)
    elif node.type == "startEvent":
        beside = model.starts()
    elif gateway := _gateway_before(checking, node):
        beside = [model.nodes[name] for name in model.successors(gateway) if name in model.nodes]
    else:
        return
    same = [other for other in beside if other.event and _awaited(other.event) == _awaited(event) is not None]
    if same and same[0] is not node:
        checking.say(node, "error-duplicate" if event.kind == "error" else "event-duplicate", what=event.kind)


def _gateway_before(checking: Checking, node: Node) -> Node | None:
    before = [checking.model.nodes.get(name) for name in checking.model.predecessors(node)]
    return next((one for one in before if one is not None and one.type == "eventBasedGateway"), None)


def _awaited(event: EventDefinition) -> tuple[str, str] | None:
    if event.kind == "timer":
        return None
    if event.kind == "compensation":
        return event.kind, ""
    return event.kind, (event.message.name if event.message else event.value) or ""


def _timer(checking: Checking, node: Node, event: EventDefinition) -> None:
    kind, value = event.timer or "", event.value or ""
    inner_start = node.type == "startEvent" and node.scope is not None
    cycles = (node.type == "startEvent" and not inner_start) or (
        (inner_start or node.type == "boundaryEvent") and not node.interrupting
    )
    if kind == "cycle" and not cycles:
        hint = "周期只用于开始事件和非中断的边界事件、事件子流程"
        checking.say(node, "timer-kind", what="cycle", hint=hint)
    if kind == "duration" and node.type == "startEvent" and not inner_start:
        checking.say(node, "timer-kind", what="duration", hint="开始事件用日期或周期")
    if not value:
        checking.say(node, "timer-empty")
    elif value.startswith("="):
        checking.expression(node, value, "定时器")
    elif kind in PARSERS:
        try:
            PARSERS[kind](value)
        except (ValueError, OverflowError) as error:
            checking.say(node, "timer-invalid", what=str(error))


def _message(checking: Checking, node: Node, event: EventDefinition) -> None:
    if node.type in THROWING:  # it is sent by a job
        if not node.settings.get("taskDefinition", {}).get("type"):
            checking.say(node, "task-type-missing")
        return
    if event.message is None:
        return
    if not event.message.name:
        checking.say(node, "message-name")
    checking.expression(node, event.message.name, "消息名称")
    if node.type != "startEvent" or node.scope is not None:
        if not event.message.correlation_key:
            checking.say(node, "correlation-missing")
        checking.expression(node, event.message.correlation_key, "关联键", required=True)


def _signal(checking: Checking, node: Node, event: EventDefinition) -> None:
    if not event.value:
        checking.say(node, "signal-name")
    checking.expression(node, event.value, "信号名称")
    if node.type == "startEvent" and node.scope is None and (event.value or "").startswith("="):
        checking.say(node, "event-unsupported", what=f"signal {event.value}")


def _coded(checking: Checking, node: Node, event: EventDefinition) -> None:
    """An error or an escalation: thrown it needs a code, caught the code must be known."""
    where = f"{event.kind}Code"
    if node.type in THROWING:
        if not event.value:
            checking.say(node, "reference-missing", what=where)
        checking.expression(node, event.value, "错误代码" if event.kind == "error" else "升级代码")
        return
    if event.kind == "error" and not node.interrupting:
        checking.say(node, "event-place", what="非中断的 error (non-interrupting error)")
    if event.value and event.value.startswith("="):
        checking.say(node, "event-unsupported", what=f"{where} {event.value}")


def _link(checking: Checking, node: Node, event: EventDefinition) -> None:
    if not event.value:
        checking.say(node, "link-name")
        return
    if node.type == "intermediateThrowEvent" and len(checking.model.links(node)) != 1:
        checking.say(node, "link-target", what=event.value)


def _compensation(checking: Checking, node: Node, event: EventDefinition) -> None:
    model = checking.model
    if node.type == "boundaryEvent":
        handler = model.nodes.get(node.handler or "")
        if handler is None or handler.scope != node.scope or handler.type not in ACTIVITIES:
            checking.say(node, "compensation-handler")
        return
    if not event.value:
        return
    target = model.nodes.get(event.value)
    scopes = [node.scope]
    while scopes[-1] is not None and model.nodes[scopes[-1]].type == "eventSubProcess":
        scopes.append(model.nodes[scopes[-1]].scope)
    if target is None:
        checking.say(node, "reference-missing", what=f"activityRef={event.value}")
    elif target.scope not in scopes or not (target.type in SCOPES or _handlers(checking, target)):
        checking.say(node, "compensation-target", what=target.name or target.id)


def _handlers(checking: Checking, node: Node) -> list[str]:
    return [boundary.handler for boundary in checking.model.boundaries(node.id) if boundary.handler]


KINDS: dict[str, Callable[[Checking, Node, EventDefinition], None]] = {
    "timer": _timer,
    "message": _message,
    "signal": _signal,
    "error": _coded,
    "escalation": _coded,
    "link": _link,
    "compensation": _compensation,
}
