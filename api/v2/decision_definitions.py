"""Decision definitions: what has been deployed, and taking a decision by itself."""

from __future__ import annotations

from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import Field, model_validator
from sqlalchemy import Row
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.problems import Problem
from api.replies import TENANT, OneTenant, Reply, xml_file
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.decision_instances import EvaluatedInput, MatchedRule, evaluated_inputs, matched_rules
from api.v2.kinds import FLAG, KEY, NUMBER, TEXT, KeyParameter
from api.v2.searching import TENANT_FIELD, Listed, Listing, Query, SearchResult, Strict
from workflows import runtime
from workflows.store.json import dumps
from workflows.store.queries.listings import DECISION_DEFINITIONS, IS_LATEST_DECISION, REQUIREMENTS_VERSION
from workflows.store.tables import DecisionDefinition

router = new_router("Decision definition", "/v2")
P = Permission


class DecisionDefinitionResult(TypedDict):
    decisionDefinitionKey: str
    decisionDefinitionId: str
    name: str
    version: int
    decisionRequirementsKey: str
    decisionRequirementsId: str
    decisionRequirementsName: str
    decisionRequirementsVersion: int
    tenantId: str


def decision_definition(row: Row[Any]) -> DecisionDefinitionResult:
    return {
        "decisionDefinitionKey": str(row.key),
        "decisionDefinitionId": row.decision_id,
        "name": row.name,
        "version": row.version,
        "decisionRequirementsKey": str(row.requirements_key),
        "decisionRequirementsId": row.requirements_id,
        "decisionRequirementsName": row.requirements_name,
        "decisionRequirementsVersion": row.requirements_version,
        "tenantId": TENANT,
    }


DEFINITIONS = Listing(
    name="决策定义",
    statement=DECISION_DEFINITIONS,
    key="decisionDefinitionKey",
    shape=decision_definition,
    fields={
        "decisionDefinitionKey": Listed(DecisionDefinition.key, KEY),
        "decisionDefinitionId": Listed(DecisionDefinition.decision_id, TEXT),
        "name": Listed(DecisionDefinition.name, TEXT),
        "version": Listed(DecisionDefinition.version, NUMBER),
        "isLatestVersion": Listed(IS_LATEST_DECISION, FLAG),
        "decisionRequirementsKey": Listed(DecisionDefinition.requirements_key, KEY),
        "decisionRequirementsId": Listed(DecisionDefinition.requirements_id, TEXT),
        "decisionRequirementsName": Listed(DecisionDefinition.requirements_name, TEXT),
        "decisionRequirementsVersion": Listed(REQUIREMENTS_VERSION, NUMBER),
        "tenantId": TENANT_FIELD,
    },
)


@router.post(
    "/decision-definitions/search",
    dependencies=[needs(P.DEFINITION_READ)],
    response_model=SearchResult[DecisionDefinitionResult],
    openapi_extra=DEFINITIONS.documented,
)
def search_decision_definitions(session: ReadSession, query: Query) -> Response:
    """Find decisions, for example the latest version of each."""
    return DEFINITIONS.search(session, query)


@router.get(
    "/decision-definitions/{decisionDefinitionKey}",
    dependencies=[needs(P.DEFINITION_READ)],
    response_model=DecisionDefinitionResult,
)
def get_decision_definition(session: ReadSession, decisionDefinitionKey: KeyParameter) -> Response:
    """One version of one decision."""
    return DEFINITIONS.get(session, decisionDefinitionKey)


@router.get(
    "/decision-definitions/{decisionDefinitionKey}/xml",
    dependencies=[needs(P.DEFINITION_READ)],
    response_class=Response,
    responses={200: {"description": "The file as it was deployed.", "content": {"text/xml": {}}}},
)
def get_decision_definition_xml(session: ReadSession, decisionDefinitionKey: KeyParameter) -> Response:
    """The file the decision stands in, byte for byte as it was deployed."""
    definition = session.get(DecisionDefinition, decisionDefinitionKey)
    if definition is None:
        raise Problem(404, f"没有编号为 {decisionDefinitionKey} 的决策定义")
    return xml_file(definition.xml)


class EvaluationRequest(Strict):
    """Which decision, by id (the latest version) or by key, and what it is to be taken on."""

    decisionDefinitionId: str | None = Field(default=None, min_length=1, examples=["limits"])
    decisionDefinitionKey: KeyParameter | None = None
    variables: dict[str, Any] = Field(default={}, examples=[{"conditionCode": "C0302-01"}])
    tenantId: OneTenant = TENANT

    @model_validator(mode="after")
    def one_definition(self) -> Self:
        if (self.decisionDefinitionId is None) == (self.decisionDefinitionKey is None):
            raise ValueError("decisionDefinitionId 和 decisionDefinitionKey 必须且只能给一个")
        return self


class EvaluatedDecision(TypedDict):
    decisionDefinitionId: str
    decisionDefinitionKey: str
    decisionDefinitionName: str
    decisionDefinitionVersion: int
    decisionDefinitionType: str
    decisionEvaluationInstanceKey: str
    output: str
    evaluatedInputs: list[EvaluatedInput]
    matchedRules: list[MatchedRule]
    tenantId: str


class EvaluationResult(TypedDict):
    decisionDefinitionId: str
    decisionDefinitionKey: str
    decisionDefinitionName: str
    decisionDefinitionVersion: int
    decisionRequirementsId: str
    decisionRequirementsKey: str
    decisionEvaluationKey: str
    decisionInstanceKey: str
    output: Annotated[str, Field(description="JSON, as text; null when the evaluation failed.")]
    failedDecisionDefinitionId: str | None
    failureMessage: str | None
    evaluatedDecisions: Annotated[list[EvaluatedDecision], Field(description="In the order of evaluation.")]
    tenantId: str


@router.post(
    "/decision-definitions/evaluation",
    dependencies=[needs(P.DECISION_EVALUATE)],
    response_model=EvaluationResult,
)
def evaluate_decision(session: WriteSession, actor: Actor, body: EvaluationRequest) -> Response:
    """Take a decision. One that fails is answered with the reason, and on record like any other."""
    key, evaluation = runtime.evaluate_decision(
        session,
        body.variables,
        decision_id=body.decisionDefinitionId,
        definition_key=body.decisionDefinitionKey,
        actor=actor,
    )
    root, last = evaluation.root, evaluation.decisions[-1]
    failed = last.failure is not None
    result: EvaluationResult = {
        "decisionDefinitionId": root.decision_id,
        "decisionDefinitionKey": str(root.key),
        "decisionDefinitionName": root.name,
        "decisionDefinitionVersion": root.version,
        "decisionRequirementsId": root.requirements_id,
        "decisionRequirementsKey": str(root.requirements_key),
        "decisionEvaluationKey": str(key),
        "decisionInstanceKey": str(key),
        "output": dumps(None if failed else last.output),
        "failedDecisionDefinitionId": last.decision_id if failed else None,
        "failureMessage": last.failure,
        "evaluatedDecisions": [
            {
                "decisionDefinitionId": each.decision_id,
                "decisionDefinitionKey": str(each.definition_key),
                "decisionDefinitionName": each.name,
                "decisionDefinitionVersion": each.version,
                "decisionDefinitionType": each.kind,
                "decisionEvaluationInstanceKey": f"{key}-{number}",
                "output": dumps(each.output),
                "evaluatedInputs": evaluated_inputs(each.inputs),
                "matchedRules": matched_rules(each.matched),
                "tenantId": TENANT,
            }
            for number, each in enumerate(evaluation.decisions, start=1)
        ],
        "tenantId": TENANT,
    }
    return Reply(result)
