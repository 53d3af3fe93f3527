"""What each kind of BPMN element does with a token. One class per kind, on SpiffWorkflow's task specifications.

Life of a token: it arrives (``_update_hook``), runs (``run``: True goes on, None waits), and leaves (``_on_complete``).
An activity applies its input mappings and arms its boundary events before it does its work, and its output mappings
before it leaves; what fails on the way becomes an incident there and is run again when that is resolved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from workflows.engine.clocks import MILESTONE, reach
from workflows.engine.errors import Failure
from workflows.engine.formulas import Formula, assign, formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

    from workflows.engine.instance import Instance
    from workflows.engine.model import Node, Process
    from workflows.engine.tokens import Token

# The phases of a token that has done its work: what it gives goes out, and has gone out.
LEAVING, GIVEN = "leaving", "given"
NO_WAY_OUT = "没有一个条件成立,也没有默认出口 (no condition holds, no default flow)"


class Element(BpmnSpecMixin):  # type: ignore[misc]
    """A flow node as drawn; nothing of a running instance is kept here, so that instances can share it."""

    record_type: ClassVar[str] = "UNSPECIFIED"
    joins: ClassVar[bool] = False  # a token that waits at it waits for others
    node: Node

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node.id, bpmn_name=node.name)
        self.node = node
        self.flows = [process.flows[flow] for flow in node.outgoing]
        self.inputs_ = [(mapping.target, Formula(mapping.source)) for mapping in node.inputs]
        self.outputs_ = [(mapping.target, Formula(mapping.source)) for mapping in node.outputs]
        self.choices = [(flow, formula(flow.condition)) for flow in self.flows if flow.id != node.default]
        self.chooses = any(condition is not None for _, condition in self.choices)
        self.default = [node.default] if node.default else []
        self.milestone = formula(node.properties.get(MILESTONE))

    def run(self, token: Token) -> bool | None:
        """Do the element's work: True when done, None to wait, Failure for an incident."""
        return self.finish(token)

    def finish(self, token: Token) -> bool:
        """Give what came in to the variables, once, and choose the ways out."""
        if token.internal_data.get("phase") != GIVEN:
            self.give(token)
            if self.milestone is not None:
                reach(token, str(token.workflow.json(token, self.milestone)))
            token.internal_data["phase"] = GIVEN  # also when the rest fails and is run again
        return self.route(token)

    def route(self, token: Token) -> bool:
        """Choose the ways out where there is a choice."""
        if self.chooses and token.item is None:
            chosen = self.choose(token)
            if not chosen:
                raise Failure("CONDITION_ERROR", NO_WAY_OUT)
            token.internal_data["chosen"] = chosen
        return True

    def give(self, token: Token) -> None:
        """Apply the output mappings to what came in, or let it propagate where there are none (Camunda 8's rules)."""
        instance: Instance = token.workflow
        result = token.internal_data.get("result") or {}
        if not self.outputs_:
            instance.scopes.propagate(token, result)
            return
        if result:
            instance.scopes.local(token).update(result)
        into = self.target(token)
        produced = self.mapped(token, self.outputs_, instance.scopes.view(into))
        instance.scopes.propagate(into, produced)

    def target(self, token: Token) -> Token:
        """Where output mappings write, from there outwards."""
        return token.scope

    def choose(self, token: Token) -> list[str]:
        """The ways out whose condition holds or that have none; the default when there is no other."""
        return self.matching(token) or self.default

    def matching(self, token: Token) -> list[str]:
        instance: Instance = token.workflow
        return [
            flow.id for flow, condition in self.choices if condition is None or instance.condition(token, condition)
        ]

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
