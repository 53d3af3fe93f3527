"""How what is thrown finds who catches it: outwards through the scopes and callers; a signal all who wait for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.engine.elements import LEAVING
from workflows.engine.timers import next_time
from workflows.engine.waiting import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workflows.engine.events import Catching
    from workflows.engine.instance import Instance
    from workflows.engine.tokens import Token

INTERRUPTING, NON_INTERRUPTING = "interrupting", "non-interrupting"


class Thrown(NamedTuple):
    """An error or escalation that the calling process instance catches."""

    kind: str  # error, escalation
    code: str
    message: str
    variables: dict[str, Any]


class Broadcast(NamedTuple):
    """A signal thrown in this instance, for all the others."""

    name: str
    variables: dict[str, Any]


def throw(token: Token, kind: str, code: str, variables: Mapping[str, Any], message: str = "") -> str | None:
    """Give an error or escalation to the nearest that catches it, here or in a calling instance.

    Returns how it is caught, INTERRUPTING or NON_INTERRUPTING; None when nobody does.
    """
    instance: Instance = token.workflow
    found = catcher(token, kind, code)
    if found is not None:
        host, spec = found
        spec.happened(host, variables)
        return manner(spec)
    outside = instance.env.caught_outside(kind, code)
    if outside is not None:
        instance.thrown.append(Thrown(kind, code, message, dict(variables)))
    return outside


def manner(spec: Catching) -> str:
    return INTERRUPTING if spec.node.interrupting else NON_INTERRUPTING


def catcher(token: Token, kind: str, code: str) -> tuple[Token, Catching] | None:
    """The nearest scope with a start event, or activity with a boundary event, that catches it; best the exact one."""
    for host in token.lineage():
        for names in _catching(host, token):
            specs = [spec for spec in map(token.workflow.definition.element, names) if spec.catches(kind, code)]
            exact = [spec for spec in specs if spec.node.event.value == code]
            if specs:
                return host, (exact or specs)[0]
    return None


def _catching(host: Token, thrower: Token) -> Iterator[list[str]]:
    """What may catch at an element instance: its event sub-processes what is thrown inside it, then its border."""
    if "compensating" in host.internal_data:  # its work is over
        return
    whole = host.item is not None or host.task_spec.node.loop is None  # the body of a loop only holds the items
    if whole and host is not thrower and "interrupted" not in host.internal_data:
        yield getattr(host.task_spec, "event_starts", [])
    if host.item is None:
        yield getattr(host.task_spec, "boundary", [])


def broadcast(token: Token, name: str, variables: dict[str, Any]) -> None:
    """Throw a signal: whoever waits for it in this instance has it now, the others get it from outside."""
    instance: Instance = token.workflow
    instance.signals.append(Broadcast(name, variables))
    waiting = [
        other
        for other in instance.tasks.values()
        if (wait := other.internal_data.get("wait")) and wait["kind"] == "signal" and wait["name"] == name
    ]
    for other in waiting:
        if other.id in instance.tasks:
            happen(other, variables)


def happen(token: Token, variables: Mapping[str, Any]) -> None:
    """What was waited for: in the flow it goes on, armed it is told to what it hangs under."""
    if not token.armed:
        del token.internal_data["wait"]
        token.again(result=dict(variables), phase=LEAVING)
        return
    host, spec = token.scope, token.task_spec
    if not spec.node.interrupting:
        _rearm(token)
    spec.happened(host, variables)


def _rearm(token: Token) -> None:
    """A non-interrupting message or signal waits for the next; a cycle for its next time; any other timer is done."""
    wait = token.internal_data["wait"]
    if wait["kind"] != "timer":
        return
    times = wait.get("times")
    due = None if times is not None and times <= 1 else next_time(wait, datetime.fromisoformat(wait["due"]))
    if due is None:
        token.cancel()
        return
    wait["times"] = None if times is None else times - 1
    wait["due"] = text(due)
