"""What a waiting token keeps of its wait, and the row it becomes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workflows.engine.clocks import deadlines_of
from workflows.engine.waits import (
    CallWait,
    IncidentWait,
    JobWait,
    MessageWait,
    SignalWait,
    TimerWait,
    UserTaskWait,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from workflows.engine.tokens import Token

Details = dict[str, Any]


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def text(instant: datetime | None) -> str | None:
    """An instant as the state keeps it: UTC, ISO 8601."""
    return None if instant is None else instant.astimezone(UTC).isoformat()


def _user_task(key: int, place: tuple[int, str, str], of: Details) -> Wait:
    return UserTaskWait(
        key,
        *place,
        of["assignee"],
        tuple(of["candidate_groups"]),
        tuple(of["candidate_users"]),
        moment(of["due_date"]),
        moment(of["follow_up_date"]),
        of["priority"],
        of["form_id"],
        of["properties"],
    )


KINDS: dict[str, Callable[[int, tuple[int, str, str], Details], Wait]] = {
    "user_task": _user_task,
    "job": lambda key, place, of: JobWait(key, *place, of["type"], of["retries"], of["headers"]),
    "timer": lambda key, place, of: TimerWait(key, *place, datetime.fromisoformat(of["due"])),
    "signal": lambda key, place, of: SignalWait(key, *place, of["name"]),
    "message": lambda key, place, of: MessageWait(key, *place, of["name"], of["correlation_key"]),
}


def waits_of(token: Token, variables: Callable[[Token], Mapping[str, Any]]) -> Iterator[Wait]:
    """The open rows of one token, which may be several: a task, its deadline and an incident."""
    internal, node = token.internal_data, token.task_spec.node
    place = (token.id, node.id, node.name)
    yield from deadlines_of(token, place)
    if incident := internal.get("incident"):
        yield IncidentWait(incident["key"], *place, incident["type"], incident["message"])
    if (wait := internal.get("wait")) is None:
        return
    if wait["kind"] == "call":
        bound = wait.get("binding", {})
        yield CallWait(
            token.id,
            *place,
            wait["process_id"],
            dict(variables(token)),
            wait["propagate"],
            bound.get("type", "latest"),
            bound.get("tag"),
        )
    else:
        yield KINDS[wait["kind"]](token.id, place, wait)
