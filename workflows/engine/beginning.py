"""Activating an element to which no flow has led: where an instance is modified, or started in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from workflows.engine.instance import Instance
    from workflows.engine.tokens import Token

BEGIN_AT = "begin_at"  # of a scope that is to begin with these plans instead of its start event


class Plan(TypedDict):
    """An element to activate with variables of its own, and, of a scope made for them, the elements inside it."""

    element: str
    variables: dict[str, Any]
    inside: list[Plan]


def begin(scope: Token, plan: Plan) -> None:
    """Activate an element right inside a scope. A gateway does not wait for others, whatever leads to it."""
    instance: Instance = scope.workflow
    token = instance.place(instance.definition.element(plan["element"]), scope, TaskState.FUTURE)
    if plan["variables"]:
        instance.scopes.local(token).update(plan["variables"])
    instance.record(token, "ACTIVE")
    token.again(**({BEGIN_AT: plan["inside"]} if plan["inside"] else {}))


def begin_inside(scope: Token) -> bool:
    """Activate what a scope is to begin with; False when it begins at its start event."""
    plans: list[Plan] | None = scope.internal_data.pop(BEGIN_AT, None)
    for plan in plans or ():
        begin(scope, plan)
    return plans is not None
