"""Compensation: what was completed is undone by its handlers, the last first (BPMN 2.0, 10.7 and 13.5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from workflows.engine.instance import Instance
    from workflows.engine.tokens import Token

Entry = dict[str, Any]  # element, and its handler or, of a sub-process without one, what was completed inside it


def remember(token: Token) -> None:
    """A completed activity can be compensated as long as the scope around it runs."""
    inside: list[Entry] | None = token.internal_data.get("compensable")
    handler: str | None = getattr(token.task_spec, "handler", None)
    if not (inside or handler) or token.internal_data.keys() & {"compensating", "skipped"}:
        return
    entry: Entry = {"element": token.task_spec.node.id}
    if handler is not None:
        if token.item is not None:  # once for the whole multi-instance, when its body completes
            return
        entry["handler"] = handler
    else:  # its variables are those it had when it completed
        entry |= {"inside": inside, "variables": dict(token.workflow.scopes.own.get(token.id, {}))}
    token.scope.internal_data.setdefault("compensable", []).append(entry)


def compensate(thrower: Token, activity: str | None) -> bool:
    """Begin to compensate what was completed around the thrower, or the one activity; False when there is nothing."""
    scopes = [thrower.scope]
    while scopes[0].task_spec.node.type == "eventSubProcess":  # it may undo what it interrupted
        scopes.insert(0, scopes[0].scope)
    taken: list[Entry] = []
    for scope in scopes:
        entries: list[Entry] = scope.internal_data.get("compensable", [])
        mine = [entry for entry in entries if activity in {None, entry["element"]}]
        if mine:
            scope.internal_data["compensable"] = [entry for entry in entries if entry not in mine]
            taken += mine
    if not taken:
        return False
    thrower.internal_data["compensating"] = taken
    next_handler(thrower)
    return True


def next_handler(token: Token) -> None:
    """Run the handler of what was completed last; inside a sub-process, its own handlers one after the other."""
    instance: Instance = token.workflow
    entry = token.internal_data["compensating"].pop()
    spec = instance.definition.element(entry.get("handler") or entry["element"])
    if "handler" in entry:
        instance.spawn(spec, token)
        return
    within = instance.place(spec, token, TaskState.STARTED)
    within.internal_data.update(compensating=entry["inside"], chosen=[])
    instance.scopes.restore(within, entry["variables"])
    instance.record(within, "ACTIVE")
    next_handler(within)
