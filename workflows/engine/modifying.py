"""Modification: elements are activated and terminated from outside, as Camunda 8 does it.

All instructions are looked at first; then comes what is activated, then what is terminated, then the instance goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from workflows.engine.beginning import begin
from workflows.engine.errors import Failure, NotModifiable
from workflows.engine.planning import Activate, Given, Planning, instances_of, is_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.engine.instance import Instance
    from workflows.engine.tokens import Token

INFERRED, SOURCE_PARENT = "inferred", "sourceParent"


class Terminate(NamedTuple):
    """All instances of an element, or the one of this key; exactly one of both is given."""

    element_id: str | None = None
    key: int | None = None


class Move(NamedTuple):
    """Terminate, and activate the target once for each.

    ``ancestor`` is a key, INFERRED (the nearest scope around the source that is around the target as well) or
    SOURCE_PARENT (the scope right around the source).
    """

    source: Terminate
    target_id: str
    ancestor: int | str | None = None
    given: tuple[Given, ...] = ()


class Modification(NamedTuple):
    activate: tuple[Activate, ...] = ()
    move: tuple[Move, ...] = ()
    terminate: tuple[Terminate, ...] = ()


def modify(instance: Instance, modification: Modification) -> bool:
    """Carry a modification out; False when nothing is left of the instance. NotModifiable changes nothing."""
    planning = Planning(instance)
    doomed: dict[int, Token] = {}
    for activate in modification.activate:
        planning.add(activate)
    for move in modification.move:
        for source in _sources(instance, planning, move):
            planning.add(Activate(move.target_id, move.given, _ancestor(planning, move, source)))
            doomed[source.id] = source
    for terminate in modification.terminate:
        doomed.update((token.id, token) for token in _named(instance, planning, terminate))
    carry_out(planning)
    scopes = [token.scope for token in doomed.values()]
    for token in doomed.values():
        _terminate(token)
    left = [_close(scope) for scope in scopes]
    return all(left)


def carry_out(planning: Planning) -> None:
    """Activate what was planned. NotModifiable when there is no room for it."""
    instance = planning.instance
    try:
        instance.room_for(sum(map(len, planning.plans.values())))
    except Failure as failure:
        raise NotModifiable("", failure.message) from failure
    for scope, variables in planning.variables:
        instance.scopes.local(scope).update(variables)
    for key, plans in planning.plans.items():
        for plan in plans:
            begin(instance.tasks[key], plan)


def _named(instance: Instance, planning: Planning, terminate: Terminate) -> list[Token]:
    """The element instances that an instruction means, at least one."""
    if terminate.key is not None:
        token: Token | None = instance.tasks.get(terminate.key)
        if token is None or token.armed:
            raise NotModifiable("", f"没有元素实例 {terminate.key} (no such element instance)")
        if token is instance.task_tree:
            raise NotModifiable("", f"{terminate.key} 是流程实例,请取消它 (cancel the process instance)")
        return [token]
    node = planning.node(terminate.element_id or "")
    found = instances_of(instance, node.id)
    if not found:
        raise NotModifiable(node.id, "没有进行中的实例 (has no active instance)")
    return found


def _sources(instance: Instance, planning: Planning, move: Move) -> Iterable[Token]:
    """A multi-instance is moved as a whole."""
    found = _named(instance, planning, move.source)
    if move.source.key is not None and found[0].item is not None:
        raise NotModifiable(found[0].task_spec.name, "多实例的一项不能单独移动 (an item is not moved by itself)")
    return [token for token in found if token.item is None]


def _ancestor(planning: Planning, move: Move, source: Token) -> int | None:
    if move.ancestor == SOURCE_PARENT:
        return int(source.scope.id)
    if move.ancestor != INFERRED:
        return None if move.ancestor is None else int(move.ancestor)
    around = planning.scopes_around(planning.node(move.target_id))
    lineage = source.scope.lineage()
    nearest = next(token for token in lineage if _is_around(token, around))
    return int(nearest.id)


def _is_around(token: Token, around: list[str | None]) -> bool:
    return token.parent is None or (token.task_spec.name in around and not is_body(token))


def _terminate(token: Token) -> None:
    """With all that is inside it; it may have gone already with what it was inside of."""
    instance: Instance = token.workflow
    if token.id not in instance.tasks:
        return
    scope = token.scope
    if token.item is not None:
        scope.internal_data["gone"] = scope.internal_data.get("gone", 0) + 1
    token.cancel()
    instance.thinned[scope.id] = scope


def _close(scope: Token) -> bool:
    """Terminate a scope in which nothing is left, and what that leaves empty; False when it is the process."""
    while not scope.inner and scope.id in scope.workflow.tasks:
        if scope.parent is None:
            return False
        outer = scope.scope
        _terminate(scope)
        scope = outer
    return True
