"""Whether there is work for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workflows.store.queries.suspended import awake
from workflows.store.tables import Job

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def any_wanted(session: Session, type: str, now: datetime) -> bool:
    """Whether a worker for this type would be given a job."""
    wanted = select(Job.key).where(Job.state == "CREATED", Job.retries > 0, Job.type == type, Job.available_at <= now)
    wanted = wanted.where(awake(Job.process_instance_key))
    return session.execute(wanted.limit(1)).first() is not None
