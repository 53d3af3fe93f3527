"""The dialect: which element of a Camunda 8 diagram becomes which task specification."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from workflows.engine import activities, elements

if TYPE_CHECKING:
    from workflows.engine.model import Node, Process

SPECS: dict[str, type[elements.Element]] = {
    "startEvent": elements.StartEvent,
    "endEvent": elements.EndEvent,
    "intermediateCatchEvent": elements.CatchEvent,
    "boundaryEvent": elements.BoundaryEvent,
    "exclusiveGateway": elements.ExclusiveGateway,
    "parallelGateway": elements.ParallelGateway,
    "inclusiveGateway": elements.InclusiveGateway,
    "userTask": activities.UserTask,
    "serviceTask": activities.ServiceTask,
    "sendTask": activities.SendTask,
    "businessRuleTask": activities.BusinessRuleTask,
    "scriptTask": activities.ScriptTask,
    "subProcess": activities.SubProcess,
    "callActivity": activities.CallActivity,
}


class Root(BpmnSpecMixin):  # type: ignore[misc]
    """The process itself, around all its elements."""

    record_type = "PROCESS"
    is_boundary = False
    node: Node | None = None


class Definition:
    """An executable process: parsed once per version and shared by all its instances, which never write to it."""

    def __init__(self, model: Process) -> None:
        self.model = model
        self.spec = WorkflowSpec(model.id)
        self.root = Root(self.spec, "")
        for node in model.nodes.values():
            SPECS[node.type](self.spec, node, model)
        for flow in model.flows.values():
            self.element(flow.source).connect(self.element(flow.target))

    def element(self, name: str) -> Any:
        return self.spec.task_specs[name]

    @cached_property
    def _reach(self) -> dict[str, dict[str, frozenset[str]]]:
        return {node.id: self._reach_of(node) for node in self.model.nodes.values() if node.type == "inclusiveGateway"}

    def reach(self, gateway_id: str) -> dict[str, frozenset[str]]:
        """For a join: node id → those of its incoming flows that a token at the node can still come by."""
        return self._reach[gateway_id]

    def _reach_of(self, gateway: Node) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for arriving in gateway.incoming:
            open_ = [self.model.flows[arriving].source]
            while open_:
                name = open_.pop()
                if name == gateway.id or arriving in found.setdefault(name, set()):
                    continue
                found[name].add(arriving)
                node = self.model.nodes[name]
                open_ += [self.model.flows[flow].source for flow in node.incoming]
                if node.attached_to:
                    open_.append(node.attached_to)
        return {name: frozenset(flows) for name, flows in found.items()}
