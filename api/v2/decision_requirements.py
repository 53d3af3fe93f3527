"""Decision requirements: the files decisions are deployed in, each version for ever."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from sqlalchemy import Row, select
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.problems import Problem
from api.replies import TENANT, xml_file
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KEY, NUMBER, TEXT, KeyParameter
from api.v2.searching import TENANT_FIELD, Listed, Listing, Query, SearchResult
from workflows.store.queries.listings import DECISION_REQUIREMENTS, REQUIREMENTS_VERSION
from workflows.store.tables import DecisionDefinition

router = new_router("Decision requirements", "/v2")
P = Permission


class DecisionRequirementsResult(TypedDict):
    decisionRequirementsKey: str
    decisionRequirementsId: str
    decisionRequirementsName: str
    version: int
    resourceName: str
    tenantId: str


def decision_requirements(row: Row[Any]) -> DecisionRequirementsResult:
    return {
        "decisionRequirementsKey": str(row.key),
        "decisionRequirementsId": row.requirements_id,
        "decisionRequirementsName": row.requirements_name,
        "version": row.version,
        "resourceName": row.resource_name,
        "tenantId": TENANT,
    }


REQUIREMENTS = Listing(
    name="决策文件",
    statement=DECISION_REQUIREMENTS,
    key="decisionRequirementsKey",
    shape=decision_requirements,
    fields={
        "decisionRequirementsKey": Listed(DecisionDefinition.requirements_key, KEY),
        "decisionRequirementsId": Listed(DecisionDefinition.requirements_id, TEXT),
        "decisionRequirementsName": Listed(DecisionDefinition.requirements_name, TEXT),
        "version": Listed(REQUIREMENTS_VERSION, NUMBER),
        "resourceName": Listed(DecisionDefinition.resource_name, TEXT),
        "tenantId": TENANT_FIELD,
    },
)


@router.post(
    "/decision-requirements/search",
    dependencies=[needs(P.DEFINITION_READ)],
    response_model=SearchResult[DecisionRequirementsResult],
    openapi_extra=REQUIREMENTS.documented,
)
def search_decision_requirements(session: ReadSession, query: Query) -> Response:
    """Find the files decisions were deployed in."""
    return REQUIREMENTS.search(session, query)


@router.get(
    "/decision-requirements/{decisionRequirementsKey}",
    dependencies=[needs(P.DEFINITION_READ)],
    response_model=DecisionRequirementsResult,
)
def get_decision_requirements(session: ReadSession, decisionRequirementsKey: KeyParameter) -> Response:
    """One version of one file."""
    return REQUIREMENTS.get(session, decisionRequirementsKey)


@router.get(
    "/decision-requirements/{decisionRequirementsKey}/xml",
    dependencies=[needs(P.DEFINITION_READ)],
    response_class=Response,
    responses={200: {"description": "The file as it was deployed.", "content": {"text/xml": {}}}},
)
def get_decision_requirements_xml(session: ReadSession, decisionRequirementsKey: KeyParameter) -> Response:
    """The file, byte for byte as it was deployed."""
    found = select(DecisionDefinition.xml).where(DecisionDefinition.requirements_key == decisionRequirementsKey)
    xml = session.scalars(found.limit(1)).one_or_none()
    if xml is None:
        raise Problem(404, f"没有编号为 {decisionRequirementsKey} 的决策文件")
    return xml_file(xml)
