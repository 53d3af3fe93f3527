"""Events: what starts, what is waited for, what is thrown, what ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from workflows.engine.compensation import compensate
from workflows.engine.elements import LEAVING, Element
from workflows.engine.errors import Failure
from workflows.engine.formulas import EXTRACT_VALUE_ERROR, formula, shown
from workflows.engine.jobs import JobDrawn
from workflows.engine.propagation import INTERRUPTING, broadcast, throw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

    from workflows.engine.instance import Instance
    from workflows.engine.model import EventDefinition, Node, Process
    from workflows.engine.tokens import Token

SUBSCRIBED = frozenset({"message", "timer", "signal"})  # what is waited for; errors and escalations find their catcher


class Subscription:
    """What an event waits for, evaluated where it begins to wait."""

    def __init__(self, event: EventDefinition) -> None:
        self.kind = event.kind
        self.timer = event.timer or ""
        self.value = formula(event.value)
        self.name = formula(event.message.name) if event.message else None
        self.correlation = formula(event.message.correlation_key) if event.message else None

    def at(self, token: Token, *, around: bool = False) -> dict[str, Any]:
        """As the token keeps it. With ``around`` the correlation key is that of the surroundings (a boundary event)."""
        instance: Instance = token.workflow
        if self.kind == "timer":
            return {"kind": "timer", **instance.timer(token, self.timer, self.value)}
        if self.kind == "signal":
            return {"kind": "signal", "name": instance.word(token, self.value, "信号名称 (signal name)")}
        name = instance.word(token, self.name, "消息名称 (message name)")
        key = instance.json(token.scope if around else token, self.correlation)
        if isinstance(key, bool) or not isinstance(key, str | int) or key == "":
            raise Failure(EXTRACT_VALUE_ERROR, f"关联键须是文本或整数,而不是 {shown(key)} (correlation key)")
        return {"kind": "message", "name": name, "correlation_key": str(key)}


class Catching(Element):
    """An event that may be armed: waited for on behalf of the element instance it hangs under."""

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        event = node.event
        self.subscription = Subscription(event) if event and event.kind in SUBSCRIBED else None

    def catches(self, kind: str, code: str) -> bool:
        """Whether it catches this error or escalation; one without a code catches all."""
        event = self.node.event
        return event is not None and event.kind == kind and event.value in {None, "", code}

    def subscribe(self, host: Token) -> dict[str, Any] | None:
        return self.subscription.at(host) if self.subscription else None

    def happened(self, host: Token, result: Mapping[str, Any]) -> None:
        """What was armed under ``host`` has happened."""
        raise NotImplementedError


class StartEvent(Catching):
    """Where a process or sub-process begins; that of an event sub-process is armed while the scope around it runs."""

    record_type = "START_EVENT"

    def finish(self, token: Token) -> bool:
        """What came with the event is there when the event sub-processes around begin to wait."""
        goes_on = super().finish(token)
        token.scope.task_spec.listen(token.scope)
        return goes_on

    def happened(self, host: Token, result: Mapping[str, Any]) -> None:
        instance: Instance = host.workflow
        if self.node.interrupting:
            host.internal_data["interrupted"] = True
            for other in host.children:
                if not (other.armed and other.task_spec.node.attached_to):
                    other.cancel()
        within = instance.definition.element(self.node.scope or "")
        instance.spawn(within, host, trigger=self.node.id, given=dict(result))


class CatchEvent(Catching):
    """A message, timer or signal in the flow. A link is where a token comes from elsewhere."""

    record_type = "INTERMEDIATE_CATCH_EVENT"

    def run(self, token: Token) -> bool | None:
        if self.subscription is None or "phase" in token.internal_data:
            return self.finish(token)
        token.internal_data["wait"] = self.subscription.at(token)
        return None

    def happened(self, host: Token, result: Mapping[str, Any]) -> None:
        """Behind an event-based gateway: its flow is taken, and nothing else is waited for."""
        instance: Instance = host.workflow
        flow = next(flow for flow in host.task_spec.flows if flow.target == self.node.id)
        instance.flows.append(flow.id)
        instance.spawn(self, host.scope, flow=flow.id, result=dict(result), phase=LEAVING)
        instance.leave(host, ())


class BoundaryEvent(Catching):
    record_type = "BOUNDARY_EVENT"

    def subscribe(self, host: Token) -> dict[str, Any] | None:
        return self.subscription.at(host, around=True) if self.subscription else None

    def happened(self, host: Token, result: Mapping[str, Any]) -> None:
        host.workflow.spawn(self, host.scope, result=dict(result))
        if self.node.interrupting:
            host.cancel()


class ThrowEvent(Element):
    """An intermediate throw event; with no definition it only marks that a token came by."""

    record_type: ClassVar[str] = "INTERMEDIATE_THROW_EVENT"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.kind = node.event.kind if node.event else "none"
        self.value = formula(node.event.value) if node.event else None
        self.job = JobDrawn(node)
        self.linked = [other.id for other in process.links(node)]

    def run(self, token: Token) -> bool | None:
        if "phase" in token.internal_data:
            return self.finish(token)
        instance: Instance = token.workflow
        own = dict(instance.scopes.own.get(token.id, {}))
        try:
            if self.inputs_:
                instance.scopes.local(token).update(self.mapped(token, self.inputs_, {}))
            done = THROWS[self.kind](self, token)
        except Failure:
            instance.scopes.restore(token, own)
            raise
        return self.finish(token) if done and token.id in instance.tasks else None

    def word(self, token: Token, what: str) -> str:
        return str(token.workflow.word(token, self.value, what))

    def carried(self, token: Token) -> dict[str, Any]:
        """The variables that what is thrown takes along: those its input mappings made."""
        return dict(token.workflow.scopes.own.get(token.id, {}))


class EndEvent(ThrowEvent):
    record_type = "END_EVENT"


# What is thrown, by kind: True to go on, False when the token stays: it waits, or what it threw takes it away.


def _none(_event: ThrowEvent, _token: Token) -> bool:
    return True


def _message(event: ThrowEvent, token: Token) -> bool:
    token.internal_data["wait"] = event.job.wait(token)
    return False


def _signal(event: ThrowEvent, token: Token) -> bool:
    broadcast(token, event.word(token, "信号名称 (signal name)"), event.carried(token))
    return True


def _link(event: ThrowEvent, token: Token) -> bool:
    instance: Instance = token.workflow
    for name in event.linked[:1]:
        instance.spawn(instance.definition.element(name), token.scope)
    return True


def _terminate(_event: ThrowEvent, token: Token) -> bool:
    token.workflow.terminate_scope(token)
    return True


def _error(event: ThrowEvent, token: Token) -> bool:
    code = event.word(token, "错误代码 (error code)")
    if not throw(token, "error", code, event.carried(token)):
        raise Failure("UNHANDLED_ERROR_EVENT", f"错误「{code}」没有被捕获 (error {code!r} is not caught)")
    return False


def _escalation(event: ThrowEvent, token: Token) -> bool:
    """An escalation that nobody catches is legal: the token goes on (BPMN 2.0, 10.5.6)."""
    code = event.word(token, "升级代码 (escalation code)")
    return throw(token, "escalation", code, event.carried(token)) != INTERRUPTING


def _compensation(event: ThrowEvent, token: Token) -> bool:
    activity = event.node.event.value if event.node.event else None
    return not compensate(token, activity)


THROWS: dict[str, Callable[[ThrowEvent, Token], bool]] = {
    "none": _none,
    "message": _message,
    "signal": _signal,
    "link": _link,
    "terminate": _terminate,
    "error": _error,
    "escalation": _escalation,
    "compensation": _compensation,
}
