"""What each kind of BPMN element does with a token. One class per kind, on SpiffWorkflow's task specifications.

Life of a token: it arrives (``_update_hook``), runs (``run``: True goes on, None waits), and leaves (``_on_complete``).
An activity applies its input mappings and arms its boundary events before it does its work, and its output mappings
before it leaves; what fails on the way becomes an incident there and is run again when that is resolved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from workflows.engine.errors import Failure
from workflows.engine.formulas import EXTRACT_VALUE_ERROR, Formula, assign, formula, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

    from workflows.engine.instance import Instance
    from workflows.engine.model import Node, Process
    from workflows.engine.tokens import Token

# The phases of a token that has done its work: what it gives goes out, and has gone out.
LEAVING, GIVEN = "leaving", "given"


class Element(BpmnSpecMixin):  # type: ignore[misc]
    """A flow node as drawn; nothing of a running instance is kept here, so that instances can share it."""

    record_type: ClassVar[str] = "UNSPECIFIED"
    is_boundary: ClassVar[bool] = False
    node: Node

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node.id, bpmn_name=node.name)
        self.node = node
        self.flows = [process.flows[flow] for flow in node.outgoing]
        self.inputs_ = [(mapping.target, Formula(mapping.source)) for mapping in node.inputs]
        self.outputs_ = [(mapping.target, Formula(mapping.source)) for mapping in node.outputs]

    def run(self, token: Token) -> bool | None:
        """Do the element's work: True when done, None to wait, Failure for an incident."""
        return self.finish(token)

    def finish(self, token: Token) -> bool:
        """Apply the output mappings to what came in, or let it propagate where there are none (Camunda 8's rules)."""
        instance: Instance = token.workflow
        result = token.internal_data.get("result") or {}
        if not self.outputs_:
            instance.scopes.propagate(token, result)
            return True
        if result:
            instance.scopes.local(token).update(result)
        # One item of a multi-instance keeps what is mapped to its own variables, above all to its output element.
        into = token.scope if token.item is None else token
        produced = self.mapped(token, self.outputs_, instance.scopes.view(into))
        instance.scopes.propagate(into, produced)
        return True

    def mapped(self, token: Token, mappings: list[tuple[str, Formula]], existing: Mapping[str, Any]) -> dict[str, Any]:
        """The targets of these mappings, in the order of the drawing: a source sees the targets before it."""
        produced: dict[str, Any] = {}
        for target, source in mappings:
            value = token.workflow.json(token, source, "IO_MAPPING_ERROR", produced)
            assign(produced, target, value, existing)
        return produced

    # SpiffWorkflow's hooks. Nothing is predicted and no data is handed on.

    def _update_hook(self, _token: Token) -> bool:
        return True

    def _on_ready(self, token: Token) -> None:
        token.workflow.ready.append(token)

    def _run_hook(self, token: Token) -> bool | None:
        return self.run(token)

    def _on_complete(self, token: Token) -> None:
        token.workflow.leave(token, token.internal_data.get("chosen", self.node.outgoing))


class StartEvent(Element):
    record_type = "START_EVENT"


class EndEvent(Element):
    record_type = "END_EVENT"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.code = formula(node.event.value) if node.event and node.event.kind == "error" else None

    def run(self, token: Token) -> bool | None:
        kind = self.node.event.kind if self.node.event else None
        if kind == "error":
            self.throw(token)
            return None
        if kind == "terminate":
            token.workflow.terminate_scope(token)
        return self.finish(token)

    def throw(self, token: Token) -> None:
        instance: Instance = token.workflow
        code = instance.word(token, self.code, "错误代码 (error code)")
        if not instance.throw_error(token, code, {}):  # else what catches it takes this token away
            instance.uncaught = (code, f"错误「{code}」没有被捕获 (error {code!r} is not caught)")
            raise Failure("UNHANDLED_ERROR_EVENT", instance.uncaught[1])


class CatchEvent(Element):
    """A message or timer in the flow, or on the border of an activity."""

    record_type = "INTERMEDIATE_CATCH_EVENT"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        event = node.event
        self.kind = event.kind if event else ""
        self.timer = event.timer if event and event.timer else ""
        message = event.message if event else None
        self.when = formula(event.value) if event and event.kind == "timer" else None
        self.name_ = formula(message.name) if message else None
        self.correlation = formula(message.correlation_key) if message else None

    def subscription(self, token: Token) -> dict[str, Any]:
        """What is waited for, evaluated where ``token`` stands."""
        instance: Instance = token.workflow
        if self.kind == "timer":
            return {"kind": "timer", **instance.timer(token, self.timer, self.when)}
        name = instance.word(token, self.name_, "消息名称 (message name)")
        # At a border the key is that of the surroundings: the activity's own variables do not cover it there.
        key = instance.json(token.scope if self.is_boundary else token, self.correlation)
        if isinstance(key, bool) or not isinstance(key, str | int) or key == "":
            raise Failure(EXTRACT_VALUE_ERROR, f"关联键须是文本或整数,而不是 {shown(key)} (correlation key)")
        return {"kind": "message", "name": name, "correlation_key": str(key)}

    def run(self, token: Token) -> bool | None:
        if token.internal_data.get("phase") == LEAVING:
            return self.finish(token)
        token.internal_data["wait"] = self.subscription(token)
        return None


class BoundaryEvent(CatchEvent):
    record_type = "BOUNDARY_EVENT"
    is_boundary = True

    @property
    def arms(self) -> bool:
        return self.kind in {"timer", "message"}

    def catches(self, code: str) -> bool:
        event = self.node.event
        return self.kind == "error" and event is not None and event.value in {None, "", code}

    def run(self, token: Token) -> bool | None:
        return self.finish(token)


class ExclusiveGateway(Element):
    record_type = "EXCLUSIVE_GATEWAY"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.choices = [(flow, formula(flow.condition)) for flow in self.flows if flow.id != node.default]
        self.default = [node.default] if node.default else []

    def matching(self, token: Token) -> list[str]:
        instance: Instance = token.workflow
        return [
            flow.id for flow, condition in self.choices if condition is None or instance.condition(token, condition)
        ]

    def choose(self, token: Token) -> list[str]:
        for flow, condition in self.choices:
            if condition is None or token.workflow.condition(token, condition):
                return [flow.id]
        return self.default

    def run(self, token: Token) -> bool | None:
        if len(self.flows) > 1 or self.choices:
            chosen = self.choose(token) or self.default
            if not chosen and self.flows:
                raise Failure(
                    "CONDITION_ERROR", "没有一个条件成立,也没有默认出口 (no condition holds, no default flow)"
                )
            token.internal_data["chosen"] = chosen
        return True


class Join(Element):
    """A gateway that waits for several tokens: those that wait at it are in the tree, with the flow they came by."""

    def _update_hook(self, token: Token) -> bool:
        if len(self.node.incoming) < 2:  # noqa: PLR2004
            return True
        token._state = TaskState.WAITING
        return self.arrived(token)

    def waiting(self, scope: Token) -> list[Token]:
        return [token for token in scope.children if token.task_spec is self and token.at_join]

    def arrived(self, token: Token) -> bool:
        raise NotImplementedError

    def fire(self, tokens: list[Token]) -> None:
        """Merge these tokens: the last to arrive goes on, the others are consumed."""
        for token in tokens[:-1]:
            token.leave()


class ParallelGateway(Join):
    """Fires when every incoming flow has a token and takes one from each; further tokens stay for the next time."""

    record_type = "PARALLEL_GATEWAY"

    def arrived(self, token: Token) -> bool:
        first: dict[str, Token] = {}
        for waiting in self.waiting(token.scope):
            first.setdefault(waiting.internal_data["flow"], waiting)
        if len(first) < len(self.node.incoming):
            return False
        # The newcomer brought the flow that was missing, so it is among them.
        self.fire([*(t for t in first.values() if t is not token), token])
        return True


class InclusiveGateway(ExclusiveGateway, Join):
    """Takes every flow whose condition holds; as a join waits while a token can still come by an empty flow."""

    record_type = "INCLUSIVE_GATEWAY"

    def choose(self, token: Token) -> list[str]:
        return self.matching(token)

    def arrived(self, token: Token) -> bool:
        token.workflow.joining[token.scope.id, self.name] = (token.scope, self)
        return False

    def decide(self, scope: Token) -> bool:
        """Go on when all flows have a token or none can come any more by those that have none."""
        waiting = self.waiting(scope)
        if not waiting:
            return True
        others = {token.task_spec.name for token in scope.children if not token.armed} - {self.name}
        empty = set(self.node.incoming) - {token.internal_data["flow"] for token in waiting}
        if others and any(others & scope.workflow.definition.upstream(flow) for flow in empty):
            return False
        self.fire(waiting)
        waiting[-1].workflow.record(waiting[-1], "ACTIVE")
        waiting[-1].again()
        return True
