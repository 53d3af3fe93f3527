"""What has elements inside: the process itself, embedded sub-processes, event sub-processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.activities import Activity
from workflows.engine.beginning import begin_inside
from workflows.engine.elements import Element
from workflows.engine.model import Node

if TYPE_CHECKING:
    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

    from workflows.engine.instance import Instance
    from workflows.engine.model import Process
    from workflows.engine.tokens import Token

LISTENING = "listening"  # mark of a scope whose event sub-processes are armed


class Listening:
    """What may have event sub-processes."""

    event_starts: list[str]

    def listen(self, token: Token) -> None:
        """Arm them, once."""
        token.workflow.arm_all(token, self.event_starts, LISTENING)


class Root(Listening, Element):
    """The process, around all its elements. Running it arms its event sub-processes and starts it."""

    record_type = "PROCESS"

    def __init__(self, spec: WorkflowSpec, process: Process) -> None:
        super().__init__(spec, Node("", process.name, "process", None), process)
        self.node.id = process.id  # which an element of it may have too
        self.event_starts = [start.id for start in process.event_starts()]

    def run(self, token: Token) -> bool | None:
        instance: Instance = token.workflow
        begin = token.internal_data.get("begin")
        if begin is None:
            self.listen(token)
            begin_inside(token)
            return None
        start = instance.definition.element(begin["event"])
        if start.node.event is None:  # else what the event brings comes first
            self.listen(token)
        del token.internal_data["begin"]
        instance.spawn(start, token, result=begin["variables"])
        return None


class SubProcess(Listening, Activity):
    record_type = "SUB_PROCESS"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.starts = [start.id for start in process.starts(node.id)]
        self.event_starts = [start.id for start in process.event_starts(node.id)]

    def work(self, token: Token) -> bool | None:
        instance: Instance = token.workflow
        if not token.internal_data.get("given"):  # else what its event brings comes first
            self.listen(token)
        if begin_inside(token):
            return None
        given = token.internal_data.pop("given", {})
        for start in self.starts:
            instance.spawn(instance.definition.element(start), token, result=given)
        return None


class EventSubProcess(SubProcess):
    """Begins when its start event happens, and no flow leads out of it (BPMN 2.0, 13.5.4)."""

    record_type = "EVENT_SUB_PROCESS"
