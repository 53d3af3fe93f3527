"""Process instances: start, find, look at, cancel."""

from __future__ import annotations

from typing import Any, Literal, Self

from fastapi import Request, Response
from pydantic import Field, model_validator
from sqlalchemy import Row, select
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.problems import Problem, render
from api.replies import TENANT, OneTenant, Reply, key, moment, no_content
from api.revisions import IfMatch, etag, require
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.incidents import INCIDENTS, IncidentResult
from api.v2.kinds import FLAG, KEY, MOMENT, NUMBER, TEXT, KeyParameter, choice
from api.v2.searching import TENANT_FIELD, Listed, Listing, Query, SearchResult, Strict
from workflows import runtime
from workflows.store.queries.listings import INSTANCE_HAS_INCIDENT, PROCESS_INSTANCES
from workflows.store.queries.variables import variables
from workflows.store.tables import ProcessDefinition, ProcessInstance

router = new_router("Process instance", "/v2")
P = Permission


class ProcessInstanceResult(TypedDict):
    processInstanceKey: str
    processDefinitionId: str
    processDefinitionKey: str | None
    processDefinitionName: str | None
    processDefinitionVersion: int
    processDefinitionVersionTag: str | None
    state: str
    hasIncident: bool
    startDate: str | None
    endDate: str | None
    suspendedDate: str | None
    parentProcessInstanceKey: str | None
    parentElementInstanceKey: str | None
    rootProcessInstanceKey: str | None
    businessId: str | None
    tags: list[str]
    tenantId: str


def process_instance(row: Row[Any]) -> ProcessInstanceResult:
    return {
        "processInstanceKey": str(row.key),
        "processDefinitionId": row.process_id,
        "processDefinitionKey": key(row.process_definition_key),
        "processDefinitionName": row.process_name or None,
        "processDefinitionVersion": row.version,
        "processDefinitionVersionTag": row.version_tag,
        "state": row.state,
        "hasIncident": bool(row.has_incident),
        "startDate": moment(row.started),
        "endDate": moment(row.ended),
        "suspendedDate": moment(row.suspended),
        "parentProcessInstanceKey": key(row.parent_process_instance_key),
        "parentElementInstanceKey": key(row.parent_element_instance_key),
        "rootProcessInstanceKey": key(row.root_process_instance_key),
        "businessId": row.business_id,
        "tags": [],
        "tenantId": TENANT,
    }


INSTANCES = Listing(
    name="流程实例",
    statement=PROCESS_INSTANCES,
    key="processInstanceKey",
    shape=process_instance,
    fields={
        "processInstanceKey": Listed(ProcessInstance.key, KEY),
        "processDefinitionKey": Listed(ProcessInstance.process_definition_key, KEY),
        "processDefinitionId": Listed(ProcessInstance.process_id, TEXT),
        "processDefinitionName": Listed(ProcessDefinition.name, TEXT),
        "processDefinitionVersion": Listed(ProcessDefinition.version, NUMBER),
        "processDefinitionVersionTag": Listed(ProcessDefinition.version_tag, TEXT),
        "parentProcessInstanceKey": Listed(ProcessInstance.parent_process_instance_key, KEY),
        "parentElementInstanceKey": Listed(ProcessInstance.parent_element_instance_key, KEY),
        "businessId": Listed(ProcessInstance.business_id, TEXT),
        "state": Listed(ProcessInstance.state, choice("ACTIVE", "COMPLETED", "TERMINATED", "SUSPENDED")),
        "hasIncident": Listed(INSTANCE_HAS_INCIDENT, FLAG),
        "startDate": Listed(ProcessInstance.started, MOMENT),
        "endDate": Listed(ProcessInstance.ended, MOMENT),
        "suspendedDate": Listed(ProcessInstance.suspended, MOMENT),
        "tenantId": TENANT_FIELD,
    },
)


STARTED = select(
    ProcessInstance.process_id,
    ProcessInstance.process_definition_key,
    ProcessInstance.business_id,
    ProcessInstance.state,
    ProcessDefinition.version,
).join(ProcessDefinition, ProcessDefinition.key == ProcessInstance.process_definition_key)


class StartInstruction(Strict):
    elementId: str = Field(min_length=1, examples=["handle"])


class TerminateInstruction(Strict):
    afterElementId: str = Field(min_length=1, examples=["handle"])
    type: Literal["TERMINATE_PROCESS_INSTANCE"] = "TERMINATE_PROCESS_INSTANCE"


class Creation(Strict):
    """Which process to start, by id (the latest version, or one) or by key, and with what."""

    processDefinitionId: str | None = Field(default=None, min_length=1, examples=["case-handling"])
    processDefinitionKey: KeyParameter | None = None
    processDefinitionVersion: int = Field(default=-1, ge=-1, le=2**31 - 1, description="-1 is the latest.")
    variables: dict[str, Any] = Field(default={}, examples=[{"case": {"number": "2026-000012"}}])
    businessId: str | None = Field(default=None, min_length=1, max_length=256)
    awaitCompletion: bool = Field(
        default=False, description="Answer with the variables. 504 when the instance has to wait."
    )
    fetchVariables: list[str] | None = None
    requestTimeout: int = Field(default=0, description="Accepted and not needed: the answer never waits.")
    operationReference: int | None = None
    tenantId: OneTenant = TENANT
    tags: list[str] = Field(default=[], max_length=0)
    startInstructions: list[StartInstruction] = Field(
        default=[], max_length=1_000, description="Begin before these elements instead of at the start event."
    )
    runtimeInstructions: list[TerminateInstruction] = Field(
        default=[], max_length=1_000, description="Terminate it after the first of these elements."
    )

    @model_validator(mode="after")
    def one_definition(self) -> Self:
        if (self.processDefinitionId is None) == (self.processDefinitionKey is None):
            raise ValueError("processDefinitionId 和 processDefinitionKey 必须且只能给一个")
        return self


class CreationResult(TypedDict):
    processInstanceKey: str
    processDefinitionId: str
    processDefinitionKey: str | None
    processDefinitionVersion: int
    businessId: str | None
    variables: dict[str, Any]
    tags: list[str]
    tenantId: str


def created(row: Row[Any], instance_key: int) -> CreationResult:
    """A row of STARTED as an answer; without variables, which only completed instances give."""
    return {
        "processInstanceKey": str(instance_key),
        "processDefinitionId": row.process_id,
        "processDefinitionKey": key(row.process_definition_key),
        "processDefinitionVersion": row.version,
        "businessId": row.business_id,
        "variables": {},
        "tags": [],
        "tenantId": TENANT,
    }


@router.post("/process-instances", dependencies=[needs(P.INSTANCE_CREATE)], response_model=CreationResult)
def create_process_instance(request: Request, session: WriteSession, actor: Actor, body: Creation) -> Response:
    """Start a process. It has gone as far as it can by itself when the answer comes."""
    version = body.processDefinitionVersion
    instance_key = runtime.start_process(
        session,
        process_id=body.processDefinitionId,
        definition_key=body.processDefinitionKey,
        version=None if version == -1 else version,
        variables=body.variables,
        business_id=body.businessId,
        at=[instruction.elementId for instruction in body.startInstructions],
        stops_after=[instruction.afterElementId for instruction in body.runtimeInstructions],
        actor=actor,
    )
    row = session.connection().execute(STARTED.where(ProcessInstance.key == instance_key)).one()
    if body.awaitCompletion and row.state == "ACTIVE":
        # Answered, not raised: the instance stays started.
        return render(request, Problem(504, f"流程实例 {instance_key} 已启动,还在等待,没有完成"))
    wanted = body.fetchVariables
    result = created(row, instance_key)
    result["variables"] = {
        variable.name: variable.value
        for variable in (variables(session, instance_key) if body.awaitCompletion else ())
        if variable.scope_key == instance_key and (not wanted or variable.name in wanted)
    }
    return Reply(result)


@router.post(
    "/process-instances/search",
    dependencies=[needs(P.INSTANCE_READ)],
    response_model=SearchResult[ProcessInstanceResult],
    openapi_extra=INSTANCES.documented,
)
def search_process_instances(session: ReadSession, query: Query) -> Response:
    """Find instances, for example those with an incident."""
    return INSTANCES.search(session, query)


@router.get(
    "/process-instances/{processInstanceKey}",
    dependencies=[needs(P.INSTANCE_READ)],
    response_model=ProcessInstanceResult,
)
def get_process_instance(session: ReadSession, processInstanceKey: KeyParameter) -> Response:
    """One instance, running or ended."""
    shape = INSTANCES.shape(INSTANCES.row(session, processInstanceKey))
    return Reply(shape, headers=etag(session, processInstanceKey))


@router.post(
    "/process-instances/{processInstanceKey}/incidents/search",
    dependencies=[needs(P.INCIDENT_READ)],
    response_model=SearchResult[IncidentResult],
    openapi_extra=INCIDENTS.documented,
)
def search_process_instance_incidents(session: ReadSession, processInstanceKey: KeyParameter, query: Query) -> Response:
    """The incidents of one instance and of those it called."""
    INSTANCES.row(session, processInstanceKey)
    return INCIDENTS.search(session, query, ProcessInstance.root_process_instance_key == processInstanceKey)


class Cancellation(Strict):
    operationReference: int | None = Field(default=None, examples=[1], description="Of the client; not kept.")


@router.post(
    "/process-instances/{processInstanceKey}/cancellation",
    dependencies=[needs(P.INSTANCE_CANCEL)],
    status_code=204,
)
def cancel_process_instance(
    session: WriteSession,
    actor: Actor,
    processInstanceKey: KeyParameter,
    _body: Cancellation | None = None,
    if_match: IfMatch = None,
) -> Response:
    """End an instance and those it called, wherever they stand. 409 when it has ended, or was called by another."""
    require(session, processInstanceKey, if_match)
    runtime.cancel_process_instance(session, processInstanceKey, actor=actor)
    return no_content()
