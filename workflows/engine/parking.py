"""Items of a large multi-instance that wait are kept apart from the rest, so that a step on one costs the same as ever.

A *part* is one such item with all that is inside it, as JSON. The body only counts them; one is taken back when a
command names something in it, all are when the body ends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from SpiffWorkflow.util.task import TaskState

from workflows.engine.waiting import waits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workflows.engine.instance import Instance
    from workflows.engine.tokens import Token

Part = dict[str, Any]  # tokens and scopes, as in the state of an instance
PARKED_ABOVE = 100  # items that wait; fewer stay with their instance
PARKED = "parked"  # of a body: how many of its items are kept apart


class Parts(Protocol):
    """Where the parts of one instance are kept."""

    def holding(self, key: int) -> tuple[int, Part] | None:
        """The part that has this element instance or subscription in it, with the key of its item."""

    def inside(self, body: int) -> Mapping[int, Part]:
        """All parts of a body, by the keys of their items."""


class NoParts:
    """An instance that is whole."""

    def holding(self, _key: int) -> tuple[int, Part] | None:
        return None

    def inside(self, _body: int) -> Mapping[int, Part]:
        return {}


def row(token: Token) -> list[Any]:
    """A token as the state keeps it."""
    return [token.id, token.parent.id, token.task_spec.name, token.state, token.started, token.internal_data]


def park(instance: Instance) -> dict[int, Part]:
    """The items that can be kept apart now, by key; the instance stays as it is."""
    parts: dict[int, Part] = {}
    apart: set[int] = set()
    bodies = [token for token in instance.tasks.values() if token.inner > PARKED_ABOVE]
    for body in sorted(bodies, key=lambda token: token.id):  # what is around comes before what is inside
        if body.id in apart:
            continue
        for item in body.inside():
            inside = list(_within(item)) if item.item is not None else []
            if inside and all(map(_settled, inside)):
                apart.update(one.id for one in inside)
                own = {str(one.id): instance.scopes.own[one.id] for one in inside if one.id in instance.scopes.own}
                parts[item.id] = {"tokens": [row(one) for one in inside], "scopes": own}
    return parts


def find(instance: Instance, key: int) -> Token | None:
    """An element instance or subscription, taken back from its part if it is in one."""
    token: Token | None = instance.tasks.get(key)
    if token is None and key and (held := instance.env.parts.holding(key)):
        revive(instance, *held)
        token = instance.tasks.get(key)
    return token


def revive(instance: Instance, item_key: int, part: Part) -> None:
    """Take an item back: it is in the tree again, and what it waits for is told."""
    if item_key in instance.tasks:
        return
    tokens = instance.restore(part)
    body = tokens[0].parent
    body.inner -= 1  # it was counted all the time
    body.internal_data[PARKED] -= 1
    instance.revived[item_key] = [wait for token in tokens for wait in waits_of(token, instance.handed_over)]


def revive_inside(token: Token) -> None:
    """Take all items of a body back."""
    if token.internal_data.get(PARKED):
        for key, part in token.workflow.env.parts.inside(token.id).items():
            revive(token.workflow, key, part)


def _within(token: Token) -> Iterator[Token]:
    yield token
    for child in token.inside():
        yield from _within(child)


def _settled(token: Token) -> bool:
    """It waits for something that names it. A signal names nobody, an incident is for all to see."""
    waits_for_signal = token.internal_data.get("wait", {}).get("kind") == "signal"
    return (
        token.state in {TaskState.STARTED, TaskState.WAITING}
        and "incident" not in token.internal_data
        and not waits_for_signal
        and PARKED not in token.internal_data
    )
