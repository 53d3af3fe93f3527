"""Process definitions: what has been deployed and can be started."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from sqlalchemy import Row, false, literal
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.problems import Problem
from api.replies import TENANT, no_content, xml_file
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import FLAG, KEY, NUMBER, TEXT, KeyParameter, choice
from api.v2.searching import TENANT_FIELD, Listed, Listing, Query, SearchResult
from workflows.store.queries.listings import IS_LATEST, PROCESS_DEFINITIONS
from workflows.store.tables import ProcessDefinition

router = new_router("Process definition", "/v2")
P = Permission
ACTIVE = "ACTIVE"  # what is deployed stays; nothing is deleted or drained


class ProcessDefinitionResult(TypedDict):
    processDefinitionKey: str
    processDefinitionId: str
    name: str | None
    version: int
    versionTag: str | None
    resourceName: str
    hasStartForm: bool
    state: str
    tenantId: str


def process_definition(row: Row[Any]) -> ProcessDefinitionResult:
    return {
        "processDefinitionKey": str(row.key),
        "processDefinitionId": row.process_id,
        "name": row.name,
        "version": row.version,
        "versionTag": row.version_tag,
        "resourceName": row.resource_name,
        "hasStartForm": False,
        "state": ACTIVE,
        "tenantId": TENANT,
    }


DEFINITIONS = Listing(
    name="流程定义",
    statement=PROCESS_DEFINITIONS,
    key="processDefinitionKey",
    shape=process_definition,
    fields={
        "processDefinitionKey": Listed(ProcessDefinition.key, KEY),
        "processDefinitionId": Listed(ProcessDefinition.process_id, TEXT),
        "name": Listed(ProcessDefinition.name, TEXT),
        "version": Listed(ProcessDefinition.version, NUMBER),
        "versionTag": Listed(ProcessDefinition.version_tag, TEXT),
        "resourceName": Listed(ProcessDefinition.resource_name, TEXT),
        "isLatestVersion": Listed(IS_LATEST, FLAG),
        "hasStartForm": Listed(false(), FLAG),
        "state": Listed(literal(ACTIVE), choice("ACTIVE", "DRAINING", "DELETED")),
        "tenantId": TENANT_FIELD,
    },
)


@router.post(
    "/process-definitions/search",
    dependencies=[needs(P.DEFINITION_READ)],
    response_model=SearchResult[ProcessDefinitionResult],
    openapi_extra=DEFINITIONS.documented,
)
def search_process_definitions(session: ReadSession, query: Query) -> Response:
    """Find definitions, for example the latest version of each process."""
    return DEFINITIONS.search(session, query)


@router.get(
    "/process-definitions/{processDefinitionKey}",
    dependencies=[needs(P.DEFINITION_READ)],
    response_model=ProcessDefinitionResult,
)
def get_process_definition(session: ReadSession, processDefinitionKey: KeyParameter) -> Response:
    """One version of one process."""
    return DEFINITIONS.get(session, processDefinitionKey)


@router.get(
    "/process-definitions/{processDefinitionKey}/xml",
    dependencies=[needs(P.DEFINITION_READ)],
    response_class=Response,
    responses={200: {"description": "The diagram as it was deployed.", "content": {"text/xml": {}}}},
)
def get_process_definition_xml(session: ReadSession, processDefinitionKey: KeyParameter) -> Response:
    """The diagram, byte for byte as it was deployed."""
    definition = session.get(ProcessDefinition, processDefinitionKey)
    if definition is None:
        raise Problem(404, f"没有编号为 {processDefinitionKey} 的流程定义")
    return xml_file(definition.xml)


@router.get(
    "/process-definitions/{processDefinitionKey}/form",
    dependencies=[needs(P.DEFINITION_READ)],
    status_code=204,
)
def get_start_process_form(session: ReadSession, processDefinitionKey: KeyParameter) -> Response:
    """Processes start without a form."""
    DEFINITIONS.row(session, processDefinitionKey)
    return no_content()
