"""Incidents: what went wrong, and trying again."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import Field
from sqlalchemy import Row
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import TENANT, Reply, key, moment, no_content
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KEY, MOMENT, TEXT, KeyParameter, choice
from api.v2.searching import TENANT_FIELD, Listed, Listing, Query, SearchResult, Strict
from api.v2.suspension import MAX_REASON, Interference
from workflows import runtime
from workflows.store.queries import listings
from workflows.store.tables import Incident, Job, ProcessInstance

router = new_router("Incident", "/v2")
P = Permission


class IncidentResult(TypedDict):
    incidentKey: str
    errorType: str
    errorMessage: str
    state: str
    creationTime: str | None
    elementId: str
    elementInstanceKey: str
    jobKey: str | None
    processDefinitionId: str
    processDefinitionKey: str | None
    processInstanceKey: str
    rootProcessInstanceKey: str | None
    tenantId: str


def incident(row: Row[Any]) -> IncidentResult:
    return {
        "incidentKey": str(row.key),
        "errorType": row.error_type,
        "errorMessage": row.message,
        "state": row.state,
        "creationTime": moment(row.created),
        "elementId": row.element_id,
        "elementInstanceKey": str(row.element_instance_key),
        "jobKey": key(row.job_key),
        "processDefinitionId": row.process_id,
        "processDefinitionKey": key(row.process_definition_key),
        "processInstanceKey": str(row.process_instance_key),
        "rootProcessInstanceKey": key(row.root_process_instance_key),
        "tenantId": TENANT,
    }


INCIDENTS = Listing(
    name="异常",
    statement=listings.INCIDENTS,
    key="incidentKey",
    shape=incident,
    fields={
        "incidentKey": Listed(Incident.key, KEY),
        "processInstanceKey": Listed(Incident.process_instance_key, KEY),
        "processDefinitionKey": Listed(ProcessInstance.process_definition_key, KEY),
        "processDefinitionId": Listed(ProcessInstance.process_id, TEXT),
        "elementInstanceKey": Listed(Incident.element_instance_key, KEY),
        "elementId": Listed(Incident.element_id, TEXT),
        "jobKey": Listed(Job.key, KEY),
        "errorType": Listed(Incident.error_type, TEXT),
        "errorMessage": Listed(Incident.message, TEXT),
        "state": Listed(Incident.state, choice("ACTIVE", "RESOLVED", "MIGRATED", "PENDING")),
        "creationTime": Listed(Incident.created, MOMENT),
        "tenantId": TENANT_FIELD,
    },
)


class Skip(Strict):
    """Why, what the work would have given, and the ways out where the diagram leaves a choice."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, examples=["已电话办结"])
    variables: dict[str, Any] = Field(default={}, examples=[{"sent": True}])
    flows: list[str] = Field(default=[], max_length=100, examples=[["choose_yes"]])


@router.post(
    "/incidents/search",
    dependencies=[needs(P.INCIDENT_READ)],
    response_model=SearchResult[IncidentResult],
    openapi_extra=INCIDENTS.documented,
)
def search_incidents(session: ReadSession, query: Query) -> Response:
    """Find incidents, for example all that are open."""
    return INCIDENTS.search(session, query)


@router.get("/incidents/{incidentKey}", dependencies=[needs(P.INCIDENT_READ)], response_model=IncidentResult)
def get_incident(session: ReadSession, incidentKey: KeyParameter) -> Response:
    """One incident."""
    return INCIDENTS.get(session, incidentKey)


@router.post("/incidents/{incidentKey}/resolution", dependencies=[needs(P.INCIDENT_RESOLVE)], status_code=204)
def resolve_incident(
    session: WriteSession, actor: Actor, incidentKey: KeyParameter, body: Interference | None = None
) -> Response:
    """Run what failed again. If it fails again there is a new incident."""
    runtime.resolve_incident(session, incidentKey, reason=body.reason if body else None, actor=actor)
    return no_content()


@router.post("/incidents/{incidentKey}/skip", dependencies=[needs(P.INSTANCE_MODIFY)], status_code=204)
def skip_incident(session: WriteSession, actor: Actor, incidentKey: KeyParameter, body: Skip) -> Response:
    """Take what failed as done, without its work. 400 when the way out must be named, and at a join."""
    runtime.skip_incident(session, incidentKey, body.variables, reason=body.reason, flows=body.flows, actor=actor)
    return no_content()


class BatchOperation(TypedDict):
    batchOperationKey: str
    batchOperationType: str


@router.post(
    "/process-instances/{processInstanceKey}/incident-resolution",
    dependencies=[needs(P.INCIDENT_RESOLVE)],
    response_model=BatchOperation,
)
def resolve_process_instance_incidents(
    session: WriteSession, actor: Actor, processInstanceKey: KeyParameter
) -> Response:
    """Run all again that failed in an instance and those it called. It is done when the answer comes."""
    key = runtime.resolve_process_instance_incidents(session, processInstanceKey, actor=actor)
    result: BatchOperation = {"batchOperationKey": str(key), "batchOperationType": "RESOLVE_INCIDENT"}
    return Reply(result)
