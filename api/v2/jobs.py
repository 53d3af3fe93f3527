"""Jobs: work for programs outside, handed out and taken back."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.problems import Problem
from api.replies import TENANT, OneTenant, Reply, key, no_content
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.kinds import KeyParameter
from api.v2.searching import Strict
from workflows import runtime
from workflows.store import read, transaction
from workflows.store.queries.jobs import any_wanted

router = new_router("Job", "/v2")
P = Permission
DAY = 24 * 3600 * 1000
POLL_SECONDS = 0.25
DEFAULT_WAIT, LONGEST_WAIT = 10_000, 60_000  # milliseconds


class Activation(Strict):
    type: str = Field(min_length=1, examples=["notice/sms"])
    worker: str = "default"
    timeout: int = Field(ge=1, le=30 * DAY, description="Milliseconds the jobs belong to this worker.")
    maxJobsToActivate: int = Field(ge=1, le=1000)
    fetchVariable: list[str] | None = None
    requestTimeout: int = Field(
        default=0, description="Milliseconds to wait for jobs: 0 is 10 s, negative does not wait."
    )
    tenantIds: list[OneTenant] | None = None
    tenantFilter: str | None = None
    withLease: bool | None = None


class JobCompletion(Strict):
    variables: dict[str, Any] | None = Field(default=None, examples=[{"receipt": "SMS-0001"}])
    result: None = Field(
        default=None, description="Of listeners and ad-hoc sub-processes, which there are none of here."
    )
    jobLeaseToken: str | None = None


class JobFailure(Strict):
    retries: int = Field(default=0, ge=0, le=1000, description="Retries left. 0 makes an incident.")
    errorMessage: str = Field(default="", examples=["短信网关没有回应"])
    retryBackOff: int = Field(default=0, ge=0, le=30 * DAY, description="Milliseconds until the next try.")
    variables: dict[str, Any] | None = None
    jobLeaseToken: str | None = None


class JobError(Strict):
    errorCode: str = Field(min_length=1, examples=["REFUSED"])
    errorMessage: str | None = None
    variables: dict[str, Any] | None = None
    jobLeaseToken: str | None = None


class JobChanges(Strict):
    retries: int = Field(ge=1, le=1000, examples=[3])


class JobUpdate(Strict):
    changeset: JobChanges
    operationReference: int | None = None
    jobLeaseToken: str | None = None


class ActivatedJob(TypedDict):
    jobKey: str
    type: str
    kind: str
    listenerEventType: str
    worker: str
    retries: int
    deadline: int
    priority: int
    customHeaders: dict[str, Any]
    variables: dict[str, Any]
    elementId: str
    elementInstanceKey: str
    processInstanceKey: str
    rootProcessInstanceKey: str | None
    processDefinitionId: str
    processDefinitionKey: str | None
    processDefinitionVersion: int
    businessId: str | None
    userTask: None
    tags: list[str]
    jobLeaseToken: str | None
    tenantId: str
    physicalTenantId: str


class Activated(TypedDict):
    jobs: list[ActivatedJob]


def activated(row: dict[str, Any], names: list[str] | None) -> ActivatedJob:
    variables = row["variables"]
    return {
        "jobKey": str(row["key"]),
        "type": row["type"],
        "kind": "BPMN_ELEMENT",
        "listenerEventType": "UNSPECIFIED",
        "worker": row["worker"],
        "retries": row["retries"],
        "deadline": int(row["available_at"].timestamp() * 1000),
        "priority": 50,
        "customHeaders": row["headers"],
        "variables": variables if not names else {name: variables[name] for name in names if name in variables},
        "elementId": row["element_id"],
        "elementInstanceKey": str(row["key"]),
        "processInstanceKey": str(row["process_instance_key"]),
        "rootProcessInstanceKey": key(row["root_process_instance_key"]),
        "processDefinitionId": row["process_id"],
        "processDefinitionKey": key(row["process_definition_key"]),
        "processDefinitionVersion": row["version"],
        "businessId": row["business_id"],
        "userTask": None,
        "tags": [],
        "jobLeaseToken": None,
        "tenantId": TENANT,
        "physicalTenantId": TENANT,
    }


@router.post("/jobs/activation", dependencies=[needs(P.JOB_WORK)], response_model=Activated)
async def activate_jobs(request: Request, body: Activation) -> Response:
    """Take jobs of one type. Waits for some when there are none, without holding a thread or a transaction."""
    if body.withLease:
        raise Problem(400, "/withLease:没有租约令牌;任务在 timeout 内只属于一个 worker", code="NO_LEASES")
    wait = DEFAULT_WAIT if body.requestTimeout == 0 else min(max(body.requestTimeout, 0), LONGEST_WAIT)
    until = time.monotonic() + wait / 1000
    while True:
        jobs = await _take(request.app, body)
        if jobs or time.monotonic() >= until or await request.is_disconnected():
            return Reply({"jobs": jobs})
        await asyncio.sleep(POLL_SECONDS)


async def _take(app: FastAPI, body: Activation) -> list[ActivatedJob]:
    """One look, and one transaction if there is something to take."""

    def look() -> bool:
        with read(app.state.database) as session:
            return any_wanted(session, body.type, runtime.now(session))

    def take() -> list[ActivatedJob]:
        timeout = timedelta(milliseconds=body.timeout)
        with transaction(app.state.database) as session:
            rows = runtime.activate_jobs(session, body.type, body.worker, timeout, body.maxJobsToActivate)
        return [activated(row, body.fetchVariable) for row in rows]

    if not await run_in_threadpool(look):
        return []
    async with app.state.writers:
        return await run_in_threadpool(take)


@router.post("/jobs/{jobKey}/completion", dependencies=[needs(P.JOB_WORK)], status_code=204)
def complete_job(
    session: WriteSession, actor: Actor, jobKey: KeyParameter, body: JobCompletion | None = None
) -> Response:
    """The job is done. 409 when it was before."""
    runtime.complete_job(session, jobKey, (body and body.variables) or {}, actor=actor)
    return no_content()


@router.post("/jobs/{jobKey}/failure", dependencies=[needs(P.JOB_WORK)], status_code=204)
def fail_job(session: WriteSession, actor: Actor, jobKey: KeyParameter, body: JobFailure | None = None) -> Response:
    """The job failed: try again later, or make an incident when no retries are left."""
    failure = body or JobFailure()
    if failure.variables:
        runtime.set_variables(session, jobKey, failure.variables, local=True, actor=actor)
    backoff = timedelta(milliseconds=failure.retryBackOff)
    runtime.fail_job(
        session, jobKey, retries=failure.retries, backoff=backoff, message=failure.errorMessage, actor=actor
    )
    return no_content()


@router.post("/jobs/{jobKey}/error", dependencies=[needs(P.JOB_WORK)], status_code=204)
def throw_job_error(session: WriteSession, actor: Actor, jobKey: KeyParameter, body: JobError) -> Response:
    """A business error: it goes to the error event that catches its code, else there is an incident."""
    runtime.throw_job_error(session, jobKey, body.errorCode, body.errorMessage or "", body.variables or {}, actor=actor)
    return no_content()


@router.patch("/jobs/{jobKey}", dependencies=[needs(P.INCIDENT_RESOLVE)], status_code=204)
def update_job(session: WriteSession, actor: Actor, jobKey: KeyParameter, body: JobUpdate) -> Response:
    """Give a job new retries, before its incident is resolved."""
    runtime.update_job(session, jobKey, retries=body.changeset.retries, actor=actor)
    return no_content()
