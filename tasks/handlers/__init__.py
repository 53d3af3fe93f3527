"""Service tasks that touch the world, one file per area: a function with ``@handler("area/verb")``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[["Job"], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Job:
    """What a handler is given.

    A job may be handed out twice (a worker can die between doing the work and recording it): use ``key`` as the
    idempotency key of whatever is done outside.
    """

    key: int
    type: str
    process_instance_key: int
    element_id: str
    retries: int
    headers: dict[str, str]
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Registration:
    function: Handler
    timeout: timedelta


HANDLERS: dict[str, Registration] = {}


def handler(type: str, *, timeout: timedelta = timedelta(minutes=1)) -> Callable[[Handler], Handler]:
    """Make a function the handler of a job type.

    It returns the job's result variables. ``BpmnError`` is a business error and goes to the boundary event that
    catches it; any other exception is a failure and is tried again with back-off. After ``timeout`` the job is
    handed to another worker.
    """

    def register(function: Handler) -> Handler:
        if type in HANDLERS:
            raise ValueError(f"{type} has a handler already")
        HANDLERS[type] = Registration(function, timeout)
        return function

    return register
