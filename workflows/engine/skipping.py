"""Skipping what has failed: its element is taken as done, without its work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.engine.elements import GIVEN
from workflows.engine.errors import NotModifiable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workflows.engine.instance import Instance
    from workflows.engine.tokens import Token

SKIPPED = "skipped"  # of a token whose work was not done, so that there is nothing to compensate


def skip(token: Token, variables: Mapping[str, Any], flows: Sequence[str]) -> None:
    """Leave an element that has an incident, with these variables, by these flows where the diagram leaves a choice.

    One item of a multi-instance gets the variables for itself, and its output is collected. NotModifiable.
    """
    instance: Instance = token.workflow
    ways = _ways(token, flows)
    internal = token.internal_data
    for settled in ("incident", "wait"):
        internal.pop(settled, None)
    if "phase" not in internal:
        internal[SKIPPED] = True
    if token.item is not None:
        instance.scopes.local(token).update(variables)
        for child in token.children:
            child.cancel()
        token.again(phase=GIVEN)
        return
    instance.scopes.propagate(token.scope, variables)
    for name in getattr(token.task_spec, "linked", [])[:1]:
        instance.spawn(instance.definition.element(name), token.scope)
    instance.leave(token, ways)


def _ways(token: Token, flows: Sequence[str]) -> list[str]:
    """The ways out: those that are named where there is a choice, all where there is none."""
    node = token.task_spec.node
    if token.at_join:
        raise NotModifiable(
            node.id, "等待汇合的分支不能跳过,请修改流程实例 (a join is not skipped: modify the instance)"
        )
    if unknown := set(flows) - set(node.outgoing):
        raise NotModifiable(node.id, f"{'、'.join(sorted(unknown))} 不是它的出口 (no flow out of it)")
    ways = list(dict.fromkeys(flows))
    if token.item is not None or not _is_choice(token):
        if ways and set(ways) != set(node.outgoing):
            raise NotModifiable(node.id, "它的出口没有选择,不用指定 (there is no choice of flows)")
        return list(node.outgoing)
    if not ways:
        raise NotModifiable(node.id, "请指定要走的出口 (name the flows to take)")
    if len(ways) > 1 and node.type in {"exclusiveGateway", "eventBasedGateway"}:
        raise NotModifiable(node.id, "只能走一个出口 (only one flow is taken)")
    return ways


def _is_choice(token: Token) -> bool:
    node, spec = token.task_spec.node, token.task_spec
    gateway = node.type in {"exclusiveGateway", "inclusiveGateway", "eventBasedGateway"}
    return spec.chooses or (gateway and len(node.outgoing) > 1)
