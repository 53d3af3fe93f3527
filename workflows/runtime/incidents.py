"""Incidents: create, resolve, and skip what has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.engine import IncidentWait, JobWait, NotModifiable, UserTaskWait, Wait
from workflows.runtime.errors import NotFound
from workflows.runtime.events import Tag
from workflows.runtime.modification import refused
from workflows.runtime.reasons import said
from workflows.runtime.step import Step
from workflows.runtime.waiting import waiting_step
from workflows.store.json import clean
from workflows.store.keys import instance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

UNFINISHED = (UserTaskWait, JobWait)  # what is closed as done elsewhere, and was not done here


def create_incident(session: Session, kind: type[Wait], key: int, message: str, *, actor: str) -> bool:
    """Stop what came to a timer or subscription and would have made its instance too large: nobody else can be told.

    It is tried again when the incident is resolved. False when it is no longer waited for.
    """
    step = Step(session, actor)
    try:
        running = step.open(instance_of(key))
    except NotFound:
        return False
    wait = running.waiting(kind, key)
    if wait is None:
        return False
    running.touch(Tag.INCIDENT_CREATE, {"element": wait.element_id, "key": key, "message": message})
    running.execution.fail(key, "MESSAGE_SIZE_EXCEEDED", message)
    step.finish()
    return True


def resolve_incident(session: Session, key: int, *, reason: str | None = None, actor: str) -> None:
    """Run the failed thing again; a job without retries gets one."""
    details = said(reason)
    with waiting_step(session, IncidentWait, key, Tag.INCIDENT_RESOLVE, details, actor=actor) as (_, running, incident):
        running.details |= {"errorType": incident.error_type, "message": incident.message}
        running.execution.resolve(key)


def skip_incident(
    session: Session, key: int, variables: dict[str, Any], *, reason: str, flows: Sequence[str] = (), actor: str
) -> None:
    """Take the element of an incident as done, without its work; its reason is required (ReasonMissing).

    ``flows`` are the ways out, where the diagram leaves a choice. ModificationRefused for joins and without a way out.
    """
    details = {**said(reason, required=True), "variables": clean(variables)}
    with waiting_step(session, IncidentWait, key, Tag.INCIDENT_SKIP, details, actor=actor) as (_, running, incident):
        running.details |= {"errorType": incident.error_type, "message": incident.message}
        for kind in UNFINISHED:
            if running.waiting(kind, incident.element_key) is not None:
                running.endings[incident.element_key] = "CANCELED"
        try:
            running.execution.skip(key, details["variables"], flows)
        except NotModifiable as error:
            raise refused(error) from error
