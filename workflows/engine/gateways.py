"""Gateways: where tokens part, meet, or wait for the first of several events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from workflows.engine.elements import NO_WAY_OUT, Element
from workflows.engine.errors import Failure

if TYPE_CHECKING:
    from workflows.engine.instance import Instance
    from workflows.engine.tokens import Token


class Choice(Element):
    """A gateway with conditions on its ways out; where there is nothing to choose it lets pass."""

    def run(self, token: Token) -> bool | None:
        if len(self.flows) > 1 or self.choices:
            chosen = self.choose(token)
            if not chosen and self.flows:
                raise Failure("CONDITION_ERROR", NO_WAY_OUT)
            token.internal_data["chosen"] = chosen
        return True


class ExclusiveGateway(Choice):
    """Takes the first way whose condition holds."""

    record_type = "EXCLUSIVE_GATEWAY"

    def choose(self, token: Token) -> list[str]:
        for flow, condition in self.choices:
            if condition is None or token.workflow.condition(token, condition):
                return [flow.id]
        return self.default


class Join(Element):
    """A gateway that waits for several tokens: those that wait at it are in the tree, with the flow they came by."""

    joins = True

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

    def first_by_flow(self, scope: Token) -> dict[str, Token]:
        """The tokens that a firing takes: one from each flow that has any; further ones stay for the next time."""
        first: dict[str, Token] = {}
        for waiting in self.waiting(scope):
            first.setdefault(waiting.internal_data["flow"], waiting)
        return first


class ParallelGateway(Join):
    """Fires when every incoming flow has a token."""

    record_type = "PARALLEL_GATEWAY"

    def arrived(self, token: Token) -> bool:
        first = self.first_by_flow(token.scope)
        if len(first) < len(self.node.incoming):
            return False
        # The newcomer brought the flow that was missing, so it is among them.
        self.fire([*(t for t in first.values() if t is not token), token])
        return True


class InclusiveGateway(Choice, Join):
    """Takes every flow whose condition holds; as a join waits while a token can still come by an empty flow."""

    record_type = "INCLUSIVE_GATEWAY"

    def arrived(self, token: Token) -> bool:
        token.workflow.joining[token.scope.id, self.name] = (token.scope, self)
        return False

    def decide(self, scope: Token) -> bool:
        """Go on when none can come any more by the flows that have no token; True when nobody waits any longer.

        A token that may come by an empty flow is waited for even when it could as well go round and come by another:
        there Camunda 8 is stricter than BPMN 2.0, 13.4.3.
        """
        first = self.first_by_flow(scope)
        if not first:
            return True
        others = {token.task_spec.name for token in scope.children if not token.armed} - {self.name}
        empty = set(self.node.incoming) - first.keys()
        if others and any(others & scope.workflow.definition.upstream(flow) for flow in empty):
            return False
        *_, last = tokens = list(first.values())
        self.fire(tokens)
        last.workflow.record(last, "ACTIVE")
        last.again()
        return False


class EventBasedGateway(Element):
    """Waits for the first of the events behind it; each is armed under it and has its own deadline."""

    record_type = "EVENT_BASED_GATEWAY"

    def run(self, token: Token) -> bool | None:
        instance: Instance = token.workflow
        instance.arm_all(token, [flow.target for flow in self.flows])
        return None
