"""The dialect: which element of a Camunda 8 diagram becomes which task specification."""

from __future__ import annotations

from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from workflows.engine import activities, events, gateways, markings, sub_processes

if TYPE_CHECKING:
    from workflows.engine.elements import Element
    from workflows.engine.model import Process

MARKINGS_KEPT = 1_000
SPECS: dict[str, type[Element]] = {
    "startEvent": events.StartEvent,
    "endEvent": events.EndEvent,
    "intermediateCatchEvent": events.CatchEvent,
    "intermediateThrowEvent": events.ThrowEvent,
    "boundaryEvent": events.BoundaryEvent,
    "exclusiveGateway": gateways.ExclusiveGateway,
    "parallelGateway": gateways.ParallelGateway,
    "inclusiveGateway": gateways.InclusiveGateway,
    "eventBasedGateway": gateways.EventBasedGateway,
    "task": activities.UndefinedTask,
    "manualTask": activities.ManualTask,
    "userTask": activities.UserTask,
    "serviceTask": activities.ServiceTask,
    "sendTask": activities.SendTask,
    "receiveTask": activities.ReceiveTask,
    "businessRuleTask": activities.BusinessRuleTask,
    "scriptTask": activities.ScriptTask,
    "callActivity": activities.CallActivity,
    "subProcess": sub_processes.SubProcess,
    "eventSubProcess": sub_processes.EventSubProcess,
}


class Definition:
    """An executable process: parsed once per version and shared by all its instances, which never write to it."""

    def __init__(self, model: Process) -> None:
        self.model = model
        self.spec = WorkflowSpec(model.id)
        self.root = sub_processes.Root(self.spec, model)
        for node in model.nodes.values():
            SPECS[node.type](self.spec, node, model)
        for flow in model.flows.values():
            self.element(flow.source).connect(self.element(flow.target))
        self.upstream = cache(model.upstream)
        # Where a thousand instances stand in few ways, the search for a way to the end is made for each of these once.
        self.can_finish = lru_cache(MARKINGS_KEPT)(partial(markings.can_finish, model))

    def element(self, name: str) -> Any:
        return self.spec.task_specs[name]
