"""The service behind message throw and end events: publish a message once the step is committed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workflows.engine.timers import parse_duration
from workflows.runtime.errors import Invalid
from workflows.runtime.inline import InlineCall, inline
from workflows.runtime.thrown_messages import Thrower, throw_message

if TYPE_CHECKING:
    from typing import Any


@inline("message/publish")
def publish(call: InlineCall) -> None:
    """The header ``message`` is its name, ``timeToLive`` how long it is kept for who comes later (ISO 8601).

    ``correlationKey`` and ``variables`` are input mappings. A process it starts has the business id of this one.
    """
    given: Any = call.variables.get("variables") or {}
    if not isinstance(given, dict):
        raise Invalid("消息的 variables 须是上下文")
    key = call.variables.get("correlationKey")
    ttl = _time_to_live(call.headers.get("timeToLive"), call.now)
    thrower = Thrower(call.process_instance_key, call.business_id, call.actor, call.now)
    throw_message(call.session, thrower, call.headers["message"], "" if key is None else str(key), given, ttl)


def _time_to_live(text: str | None, now: datetime) -> timedelta:
    try:
        return timedelta() if text is None else parse_duration(text).after(now) - now
    except (OverflowError, ValueError) as error:
        raise Invalid(f"消息的 timeToLive 不对:{error}") from error
