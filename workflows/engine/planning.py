"""Where an element may be activated: in which instance of the scope around it, or in one made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from SpiffWorkflow.util.task import TaskState

from workflows.engine.errors import NotModifiable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.engine.beginning import Plan
    from workflows.engine.instance import Instance
    from workflows.engine.model import Node
    from workflows.engine.tokens import Token

# What is never activated by itself (Camunda 8's rules), and why.
NEVER = {
    "startEvent": "开始事件不能单独激活 (a start event is never activated)",
    "boundaryEvent": "边界事件不能单独激活 (a boundary event is never activated)",
}


class Given(NamedTuple):
    """Variables to set before an element is activated: local to the scope of that id, of the instance without one."""

    variables: dict[str, Any]
    scope_id: str = ""


class Activate(NamedTuple):
    """An element to activate; ``ancestor`` is the element instance in which, where there are several."""

    element_id: str
    given: tuple[Given, ...] = ()
    ancestor: int | None = None


class Planning:
    """Plans activations one after the other. Nothing changes before they are carried out."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.model = instance.definition.model
        self.plans: dict[int, list[Plan]] = {}  # by the key of the open scope in which they begin
        self.variables: list[tuple[Token, dict[str, Any]]] = []

    def add(self, activate: Activate) -> None:
        """NotModifiable when the element cannot be activated, or not there."""
        node = self.node(activate.element_id)
        self._may_begin(node)
        within, missing = self._place(node, activate.ancestor)
        for outer in missing:
            self._may_be_made(node, self.model.nodes[outer])
        plans = self.plans.setdefault(within.id, [])
        made: dict[str, Plan] = {}
        for outer in missing:
            plan = next((one for one in plans if one["element"] == outer and one["inside"]), None)
            if plan is None:
                plan = {"element": outer, "variables": {}, "inside": []}
                plans.append(plan)
            made[outer], plans = plan, plan["inside"]
        made[node.id] = {"element": node.id, "variables": {}, "inside": []}
        plans.append(made[node.id])
        for given in activate.given:
            self._give(node, given, within, made)

    def node(self, element_id: str) -> Node:
        node = self.model.nodes.get(element_id)
        if node is None:
            raise NotModifiable(element_id, "流程里没有这个元素 (no such element)")
        return node

    def _may_begin(self, node: Node) -> None:
        if node.type in NEVER:
            raise NotModifiable(node.id, NEVER[node.type])
        if node.for_compensation:
            raise NotModifiable(node.id, "补偿活动只由补偿执行 (only compensation runs its handler)")
        sources = {self.model.nodes[self.model.flows[flow].source].type for flow in node.incoming}
        if "eventBasedGateway" in sources:
            raise NotModifiable(node.id, "事件网关之后的事件不能单独激活 (it belongs to an event-based gateway)")

    def _may_be_made(self, node: Node, scope: Node) -> None:
        if scope.loop is not None:
            problem = f"「{scope.id}」有多个实例,请指定其中一项 (name the item of the multi-instance as ancestor)"
            raise NotModifiable(node.id, problem)
        if scope.for_compensation:
            raise NotModifiable(node.id, f"「{scope.id}」只由补偿执行 (only compensation runs it)")

    def scopes_around(self, node: Node) -> list[str | None]:
        """The ids of the scopes around an element, from the inside out; None is the process."""
        around = [node.scope]
        while around[-1] is not None:
            around.append(self.model.nodes[around[-1]].scope)
        return around

    def _place(self, node: Node, ancestor: int | None) -> tuple[Token, list[str]]:
        """The open scope in which to begin, and the scopes to be made in it, from the outside in."""
        around = self.scopes_around(node)
        missing: list[str] = []
        if ancestor is not None:
            within = self._ancestor(node, ancestor, around)
            for scope_id in around:
                if scope_id is None or scope_id == within.task_spec.name:
                    break
                missing.insert(0, scope_id)
            return within, missing
        for scope_id in around:
            if scope_id is None:
                break
            found = [token for token in instances_of(self.instance, scope_id) if not is_body(token)]
            if len(found) > 1:
                problem = f"「{scope_id}」有 {len(found)} 个实例,请指定其中一个 (several instances: name the ancestor)"
                raise NotModifiable(node.id, problem)
            if found:
                return self._open(node, found[0]), missing
            missing.insert(0, scope_id)
        return self._open(node, self.instance.task_tree), missing

    def _ancestor(self, node: Node, key: int, around: Iterable[str | None]) -> Token:
        token: Token | None = self.instance.tasks.get(key)
        if token is None or token.armed or token.at_join:
            raise NotModifiable(node.id, f"没有元素实例 {key} (no such element instance)")
        if token is not self.instance.task_tree and token.task_spec.name not in around:
            raise NotModifiable(node.id, f"元素实例 {key} 不在它外围 (is not around it)")
        if is_body(token):
            raise NotModifiable(node.id, f"{key} 是多实例的整体,请指定其中一项 (name one item of it)")
        return self._open(node, token)

    def _open(self, node: Node, scope: Token) -> Token:
        internal = scope.internal_data
        if scope.state != TaskState.STARTED or "phase" in internal or "compensating" in internal:
            raise NotModifiable(node.id, f"它外围的 {scope.id} 不在进行中 (the scope around it is not open)")
        return scope

    def _give(self, node: Node, given: Given, within: Token, made: dict[str, Plan]) -> None:
        if given.scope_id in made:
            made[given.scope_id]["variables"].update(given.variables)
            return
        if given.scope_id in {"", self.model.id} and given.scope_id not in self.model.nodes:
            self.variables.append((self.instance.task_tree, given.variables))
            return
        scope = next((token for token in within.lineage() if token.task_spec.name == given.scope_id), None)
        if scope is None:
            raise NotModifiable(node.id, f"变量的范围「{given.scope_id}」不在它外围 (no scope around it)")
        self.variables.append((scope, given.variables))


def instances_of(instance: Instance, element_id: str) -> list[Token]:
    """The element instances of an element, and the tokens that wait at it when it is a join."""
    return [token for token in instance.tasks.values() if token.task_spec.name == element_id and not token.armed]


def is_body(token: Token) -> bool:
    """It is a multi-instance or a loop as a whole, not one of its items."""
    return token.task_spec.node.loop is not None and token.item is None
