"""Incidents: resolve one or all of an instance, skip what has failed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workflows.engine import IncidentWait, JobWait, NotModifiable, NotWaiting, UserTaskWait
from workflows.runtime.errors import AlreadyClosed
from workflows.runtime.events import Tag
from workflows.runtime.modification import refused
from workflows.runtime.reasons import said
from workflows.runtime.step import Step
from workflows.runtime.tree import called_instances
from workflows.runtime.waiting import waiting_step
from workflows.store.json import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

UNFINISHED = (UserTaskWait, JobWait)  # what is closed as done elsewhere, and was not done here


def resolve_incident(session: Session, key: int, *, reason: str | None = None, actor: str) -> None:
    """Run the failed thing again; a job without retries gets one."""
    details = said(reason)
    with waiting_step(session, IncidentWait, key, Tag.INCIDENT_RESOLVE, details, actor=actor) as (_, running, incident):
        running.details |= {"errorType": incident.error_type, "message": incident.message}
        running.execution.resolve(key)


def resolve_process_instance_incidents(session: Session, key: int, *, reason: str | None = None, actor: str) -> int:
    """All that an instance and those it called have now; returns how many. What fails again is a new incident."""
    step, why = Step(session, actor), said(reason)
    root = step.open(key)
    if not root.active:
        raise AlreadyClosed(f"流程实例 {key} 已经结束")
    resolved = 0
    for running in (root, *called_instances(step, root)):
        for incident in [wait for wait in running.before.values() if isinstance(wait, IncidentWait)]:
            fact = {"element": incident.element_id, "key": incident.key, "errorType": incident.error_type}
            with suppress(NotWaiting):  # what was resolved before may have ended it
                running.execution.resolve(incident.key)
                running.touch(Tag.INCIDENT_RESOLVE, {**fact, "message": incident.message, **why})
                resolved += 1
    if resolved:
        step.finish()
    return resolved


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
