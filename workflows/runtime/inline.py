"""Inline handlers: service tasks that touch only this database and run inside the step, exactly once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.runtime.events import Tag

    Handler = Callable[["InlineCall"], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class InlineCall:
    """What a handler is given. It returns the job's result variables; ``BpmnError`` is a business error."""

    session: Session
    now: datetime
    actor: str
    process_instance_key: int
    case_id: int | None
    element_id: str
    variables: dict[str, Any]  # all that the element can see
    headers: dict[str, str]
    business_id: str | None = None
    facts: list[tuple[Tag, dict[str, Any]]] = field(default_factory=list)  # beside the job's end, for the record


HANDLERS: dict[str, Handler] = {}
READING: set[str] = set()  # those that write nothing, so that nothing of them has to be undone


def inline(type: str, *, reads: bool = False) -> Callable[[Handler], Handler]:
    """Make a function the inline handler of a job type. One that only ``reads`` must not write a row."""

    def register(handler: Handler) -> Handler:
        if type in HANDLERS:
            raise ValueError(f"{type} has an inline handler already")
        HANDLERS[type] = handler
        if reads:
            READING.add(type)
        return handler

    return register
