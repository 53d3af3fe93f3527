"""Jobs: hand out, complete, fail, throw a BPMN error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from workflows.engine import JobWait
from workflows.runtime.clock import now
from workflows.runtime.errors import Invalid
from workflows.runtime.events import Tag
from workflows.runtime.waiting import waiting_step
from workflows.store.base import table
from workflows.store.json import clean, clean_text
from workflows.store.queries.listings import JOBS
from workflows.store.queries.suspended import awake
from workflows.store.queries.variables import visible_variables
from workflows.store.tables import Job

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy.orm import Session

MAX_JOBS = 1_000  # handed out at once
MAX_RETRIES = 1_000_000

job = table(Job)


def activate_jobs(session: Session, type: str, worker: str, timeout: timedelta, max_jobs: int) -> list[dict[str, Any]]:
    """Hand out jobs, each to one worker until ``timeout``, the oldest first.

    A row each, with its instance's and definition's columns and ``variables``. One statement claims them, so that no
    job is handed out twice; on PostgreSQL it passes over those another worker is just being given.
    """
    clean_text(type, "/type")
    clean_text(worker, "/worker")
    at = now(session)
    wanted = (
        select(job.c.key)
        .where(job.c.type == type, job.c.state == "CREATED", job.c.retries > 0, job.c.available_at <= at)
        .where(awake(job.c.process_instance_key))
        .order_by(job.c.available_at, job.c.key)
        .limit(min(max_jobs, MAX_JOBS))
        .with_for_update(skip_locked=True)
    )
    claim = update(job).where(job.c.key.in_(wanted)).values(worker=worker, available_at=at + timeout)
    keys = list(session.connection().execute(claim.returning(job.c.key)).scalars())
    rows = session.execute(JOBS.where(Job.key.in_(keys)).order_by(Job.key)).mappings()
    return [
        {
            **row,
            "variables": {
                variable.name: variable.value
                for variable in visible_variables(session, row["process_instance_key"], row["key"])
            },
        }
        for row in rows
    ]


def complete_job(session: Session, key: int, variables: dict[str, Any], *, actor: str) -> None:
    """The job is done; whether its lease is over or not, as long as nobody else has completed it."""
    details = {"variables": clean(variables)}
    with waiting_step(session, JobWait, key, Tag.JOB_COMPLETE, details, actor=actor) as (_, running, _job):
        running.execution.complete(key, details["variables"])


def fail_job(
    session: Session, key: int, *, retries: int, backoff: timedelta, message: str | None = None, actor: str
) -> None:
    """With retries left the job is handed out again after ``backoff``, without any it becomes an incident."""
    if not 0 <= retries <= MAX_RETRIES:
        raise Invalid(f"剩余次数须在 0 到 {MAX_RETRIES} 之间")
    message = clean_text(message or "", "/errorMessage")
    details = {"retries": retries, "message": message}
    with waiting_step(session, JobWait, key, Tag.JOB_FAIL, details, actor=actor) as (step, running, wait):
        values = {"retries": retries, "error_message": message, "worker": None, "available_at": step.now + backoff}
        session.connection().execute(update(job).where(job.c.key == key).values(values))
        if retries == 0:
            running.execution.fail(key, "JOB_NO_RETRIES", message or f"作业「{wait.type}」失败,没有剩余次数")


def throw_job_error(
    session: Session, key: int, code: str, message: str, variables: dict[str, Any], *, actor: str
) -> None:
    """The BPMN error goes to the event that catches its code, here or in the calling process, else to an incident."""
    details = {"code": clean_text(code, "/errorCode"), "message": clean_text(message, "/errorMessage")}
    given = clean(variables)
    said = {**details, "variables": given}
    with waiting_step(session, JobWait, key, Tag.JOB_THROW_ERROR, said, actor=actor) as (_, running, _job):
        running.endings[key] = "ERROR_THROWN"
        session.connection().execute(
            update(job).where(job.c.key == key).values(error_code=code, error_message=message, worker=None)
        )
        running.execution.throw_error(key, code, message, given)


def update_job(session: Session, key: int, *, retries: int, actor: str) -> None:
    """Give a job new retries, before its incident is resolved."""
    if not 1 <= retries <= MAX_RETRIES:
        raise Invalid(f"剩余次数须在 1 到 {MAX_RETRIES} 之间")
    with waiting_step(session, JobWait, key, Tag.JOB_UPDATE, {"retries": retries}, actor=actor):
        session.connection().execute(update(job).where(job.c.key == key).values(retries=retries))
