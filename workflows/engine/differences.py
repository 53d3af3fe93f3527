"""What one version of a process does otherwise than another: elements and flows added, removed and changed."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.engine.model import Node

if TYPE_CHECKING:
    from workflows.engine.model import Flow, Process

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
DRAWN = {"id", "incoming", "outgoing"}  # follow from the flows, which are compared themselves


class Change(NamedTuple):
    """One property of an element before and after."""

    what: str  # the field's name in the model, e.g. name, settings, condition
    before: Any
    after: Any


class Difference(NamedTuple):
    """An element or flow that is only in one of two versions, or not the same in both."""

    id: str
    name: str
    type: str  # BPMN's tag
    kind: str
    changes: tuple[Change, ...] = ()


def differences(before: Process, after: Process) -> list[Difference]:
    """By kind, in the order of the diagram. Where something is drawn makes no difference."""
    old: dict[str, Node | Flow] = {**before.nodes, **before.flows}
    new: dict[str, Node | Flow] = {**after.nodes, **after.flows}
    added = [_difference(new[id], ADDED) for id in new if id not in old]
    removed = [_difference(old[id], REMOVED) for id in old if id not in new]
    changed = [
        _difference(new[id], CHANGED, changes) for id in new if id in old and (changes := _changes(old[id], new[id]))
    ]
    return [*added, *removed, *changed]


def _difference(one: Node | Flow, kind: str, changes: tuple[Change, ...] = ()) -> Difference:
    return Difference(one.id, one.name, one.type if isinstance(one, Node) else "sequenceFlow", kind, changes)


def _changes(old: Node | Flow, new: Node | Flow) -> tuple[Change, ...]:
    if type(old) is not type(new):
        return (Change("type", type(old).__name__, type(new).__name__),)
    pairs = ((field.name, getattr(old, field.name), getattr(new, field.name)) for field in fields(new))
    return tuple(Change(*pair) for pair in pairs if pair[0] not in DRAWN and pair[1] != pair[2])
