"""Incidents: resolve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine import IncidentWait
from workflows.runtime.events import Tag
from workflows.runtime.waiting import waiting_step

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def resolve_incident(session: Session, key: int, *, actor: str) -> None:
    """Run the failed thing again; a job without retries gets one."""
    with waiting_step(session, IncidentWait, key, Tag.INCIDENT_RESOLVE, {}, actor=actor) as (_, running, incident):
        running.details |= {"errorType": incident.error_type, "message": incident.message}
        running.execution.resolve(key)
