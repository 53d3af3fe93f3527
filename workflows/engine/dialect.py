"""The dialect: which element of a Camunda 8 diagram becomes which task specification."""

from __future__ import annotations

from functools import cache
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
        self.upstream = cache(self._upstream)

    def element(self, name: str) -> Any:
        return self.spec.task_specs[name]

    def _upstream(self, flow_id: str) -> frozenset[str]:
        """The nodes from which a token can still come by this flow, without passing the node that it leads to."""
        model = self.model
        arriving, found = model.flows[flow_id], set[str]()
        open_ = [arriving.source]
        while open_:
            name = open_.pop()
            if name == arriving.target or name in found:
                continue
            found.add(name)
            node = model.nodes[name]
            open_ += [model.flows[flow].source for flow in node.incoming]
            if node.attached_to:
                open_.append(node.attached_to)
        return frozenset(found)
