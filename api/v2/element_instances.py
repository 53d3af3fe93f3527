"""Element instances: the path an instance took, and the variables of its scopes."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import Field
from sqlalchemy import Row
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import TENANT, key, moment, no_content
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import FLAG, KEY, MOMENT, TEXT, KeyParameter, choice
from api.v2.searching import TENANT_FIELD, Listed, Listing, Query, SearchResult, Strict
from workflows import runtime
from workflows.store.queries.listings import ELEMENT_INSTANCES, INCIDENT_KEY
from workflows.store.tables import ElementInstance, ProcessInstance

router = new_router("Element instance", "/v2")
P = Permission


class ElementInstanceResult(TypedDict):
    elementInstanceKey: str
    elementId: str
    elementName: str
    type: str
    state: str
    startDate: str | None
    endDate: str | None
    hasIncident: bool
    incidentKey: str | None
    processDefinitionId: str | None
    processDefinitionKey: str | None
    processInstanceKey: str
    rootProcessInstanceKey: str | None
    tenantId: str


def element_instance(row: Row[Any]) -> ElementInstanceResult:
    return {
        "elementInstanceKey": str(row.key),
        "elementId": row.element_id,
        "elementName": row.element_name or row.element_id,
        "type": row.type,
        "state": row.state,
        "startDate": moment(row.started),
        "endDate": moment(row.ended),
        "hasIncident": row.incident_key is not None,
        "incidentKey": key(row.incident_key),
        "processDefinitionId": row.process_id,
        "processDefinitionKey": key(row.process_definition_key),
        "processInstanceKey": str(row.process_instance_key),
        "rootProcessInstanceKey": key(row.root_process_instance_key),
        "tenantId": TENANT,
    }


ELEMENTS = Listing(
    name="元素实例",
    statement=ELEMENT_INSTANCES,
    key="elementInstanceKey",
    shape=element_instance,
    fields={
        "elementInstanceKey": Listed(ElementInstance.key, KEY),
        "elementInstanceScopeKey": Listed(ElementInstance.scope_key, KEY),
        "processInstanceKey": Listed(ElementInstance.process_instance_key, KEY),
        "processDefinitionKey": Listed(ProcessInstance.process_definition_key, KEY),
        "processDefinitionId": Listed(ProcessInstance.process_id, TEXT),
        "elementId": Listed(ElementInstance.element_id, TEXT),
        "elementName": Listed(ElementInstance.element_name, TEXT),
        "type": Listed(ElementInstance.type, TEXT),
        "state": Listed(ElementInstance.state, choice("ACTIVE", "COMPLETED", "TERMINATED")),
        "startDate": Listed(ElementInstance.started, MOMENT),
        "endDate": Listed(ElementInstance.ended, MOMENT),
        "hasIncident": Listed(INCIDENT_KEY.is_not(None), FLAG),
        "incidentKey": Listed(INCIDENT_KEY, KEY),
        "tenantId": TENANT_FIELD,
    },
)


class Setting(Strict):
    """Without ``local`` each variable is set where it is defined, looking outwards."""

    variables: dict[str, Any] = Field(examples=[{"note": "现场复核"}])
    local: bool = False
    operationReference: int | None = None


@router.post(
    "/element-instances/search",
    dependencies=[needs(P.INSTANCE_READ)],
    response_model=SearchResult[ElementInstanceResult],
    openapi_extra=ELEMENTS.documented,
)
def search_element_instances(session: ReadSession, query: Query) -> Response:
    """Find visits of elements: the path of an instance, or where it stands."""
    return ELEMENTS.search(session, query)


@router.get(
    "/element-instances/{elementInstanceKey}",
    dependencies=[needs(P.INSTANCE_READ)],
    response_model=ElementInstanceResult,
)
def get_element_instance(session: ReadSession, elementInstanceKey: KeyParameter) -> Response:
    """One visit of one element."""
    return ELEMENTS.get(session, elementInstanceKey)


@router.put(
    "/element-instances/{elementInstanceKey}/variables",
    dependencies=[needs(P.VARIABLE_UPDATE)],
    status_code=204,
)
def create_element_instance_variables(
    session: WriteSession, actor: Actor, elementInstanceKey: KeyParameter, body: Setting
) -> Response:
    """Set variables, for example before an incident is resolved. The key may be a process instance's."""
    runtime.set_variables(session, elementInstanceKey, body.variables, local=body.local, actor=actor)
    return no_content()
