"""Decision instances: every decision that was taken, by a process or by itself, and the rules that fired."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Response
from pydantic import BeforeValidator, WithJsonSchema
from sqlalchemy import Row
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.replies import TENANT, key, moment
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KEY, MOMENT, NUMBER, TEXT, Kind, choice
from api.v2.searching import TENANT_FIELD, Listed, Listing, Query, SearchResult
from workflows.store.json import dumps
from workflows.store.queries.listings import DECISION_INSTANCES, DECISION_PROCESS_KEY, DECISION_TYPE
from workflows.store.tables import DecisionDefinition, DecisionEvaluation, ProcessInstance

router = new_router("Decision instance", "/v2")
P = Permission
E = DecisionEvaluation
INSTANCE_KEY = re.compile(r"[0-9]{1,19}-[0-9]{1,10}", re.ASCII)
INSTANCE_KEY_SCHEMA = {"type": "string", "pattern": "^[0-9]{1,19}-[0-9]{1,10}$", "examples": ["1048576-1"]}


def read_instance_key(value: Any) -> str:
    """``<decision evaluation key>-<number>``"""
    if not isinstance(value, str) or not INSTANCE_KEY.fullmatch(value):
        raise ValueError("必须是决策实例编号:评估编号-序号")
    return value


ID = Kind(read_instance_key, ("$eq", "$neq", "$exists", "$in", "$notIn"), INSTANCE_KEY_SCHEMA, "决策实例编号")
InstanceKeyParameter = Annotated[str, BeforeValidator(read_instance_key), WithJsonSchema(INSTANCE_KEY_SCHEMA)]


class EvaluatedInput(TypedDict):
    inputId: str
    inputName: str
    inputValue: str


class EvaluatedOutput(TypedDict):
    outputId: str
    outputName: str
    outputValue: str
    ruleId: str | None
    ruleIndex: int | None


class MatchedRule(TypedDict):
    ruleId: str
    ruleIndex: int
    evaluatedOutputs: list[EvaluatedOutput]


class DecisionInstanceResult(TypedDict):
    decisionEvaluationInstanceKey: str
    decisionEvaluationKey: str
    decisionDefinitionKey: str
    decisionDefinitionId: str
    decisionDefinitionName: str
    decisionDefinitionVersion: int
    decisionDefinitionType: str
    rootDecisionDefinitionKey: str
    state: str
    evaluationDate: str | None
    evaluationFailure: str | None
    result: str
    processDefinitionKey: str | None
    processInstanceKey: str | None
    rootProcessInstanceKey: str | None
    elementInstanceKey: str | None
    businessId: str | None
    tenantId: str


class DecisionInstanceDetails(DecisionInstanceResult):
    evaluatedInputs: list[EvaluatedInput]
    matchedRules: list[MatchedRule]


def decision_instance(row: Row[Any]) -> DecisionInstanceResult:
    return {
        "decisionEvaluationInstanceKey": row.id,
        "decisionEvaluationKey": str(row.evaluation_key),
        "decisionDefinitionKey": str(row.decision_definition_key),
        "decisionDefinitionId": row.decision_id,
        "decisionDefinitionName": row.decision_name,
        "decisionDefinitionVersion": row.version,
        "decisionDefinitionType": row.type,
        "rootDecisionDefinitionKey": str(row.root_decision_definition_key),
        "state": row.state,
        "evaluationDate": moment(row.at),
        "evaluationFailure": row.failure,
        "result": dumps(row.output),
        "processDefinitionKey": key(row.process_definition_key),
        "processInstanceKey": key(row.process_instance_key),
        "rootProcessInstanceKey": key(row.root_process_instance_key),
        "elementInstanceKey": key(row.element_instance_key),
        "businessId": row.business_id,
        "tenantId": TENANT,
    }


def decision_instance_details(row: Row[Any]) -> DecisionInstanceDetails:
    return {
        **decision_instance(row),
        "evaluatedInputs": evaluated_inputs(row.inputs),
        "matchedRules": matched_rules(row.matched),
    }


def evaluated_inputs(inputs: Sequence[dict[str, Any]]) -> list[EvaluatedInput]:
    """Values are JSON as text."""
    return [{"inputId": one["id"], "inputName": one["name"], "inputValue": dumps(one["value"])} for one in inputs]


def matched_rules(rules: Sequence[dict[str, Any]]) -> list[MatchedRule]:
    """Rules are counted from 1; values are JSON as text."""
    return [
        {
            "ruleId": rule["rule_id"],
            "ruleIndex": rule["index"],
            "evaluatedOutputs": [
                {
                    "outputId": one["id"],
                    "outputName": one["name"],
                    "outputValue": dumps(one["value"]),
                    "ruleId": rule["rule_id"],
                    "ruleIndex": rule["index"],
                }
                for one in rule["outputs"]
            ],
        }
        for rule in rules
    ]


DECISIONS = Listing(
    name="决策实例",
    statement=DECISION_INSTANCES,
    key="decisionEvaluationInstanceKey",
    shape=decision_instance,
    fields={
        "decisionEvaluationInstanceKey": Listed(E.id, ID),
        "decisionEvaluationKey": Listed(E.evaluation_key, KEY),
        "decisionDefinitionKey": Listed(E.decision_definition_key, KEY),
        "decisionDefinitionId": Listed(E.decision_id, TEXT),
        "decisionDefinitionName": Listed(E.decision_name, TEXT),
        "decisionDefinitionVersion": Listed(E.version, NUMBER),
        "decisionDefinitionType": Listed(
            DECISION_TYPE, choice("DECISION_TABLE", "LITERAL_EXPRESSION", "UNKNOWN", "UNSPECIFIED")
        ),
        "decisionRequirementsKey": Listed(DecisionDefinition.requirements_key.label("requirements_key"), KEY),
        "rootDecisionDefinitionKey": Listed(E.root_decision_definition_key, KEY),
        "state": Listed(E.state, choice("EVALUATED", "FAILED", "UNKNOWN", "UNSPECIFIED")),
        "evaluationDate": Listed(E.at, MOMENT),
        "evaluationFailure": Listed(E.failure, TEXT),
        "processDefinitionKey": Listed(DECISION_PROCESS_KEY, KEY),
        "processInstanceKey": Listed(E.process_instance_key, KEY),
        "elementInstanceKey": Listed(E.element_instance_key, KEY),
        "businessId": Listed(ProcessInstance.business_id, TEXT),
        "tenantId": TENANT_FIELD,
    },
)
DETAILS = dataclasses.replace(
    DECISIONS, statement=DECISION_INSTANCES.add_columns(E.inputs, E.matched), shape=decision_instance_details
)


@router.post(
    "/decision-instances/search",
    dependencies=[needs(P.DECISION_READ)],
    response_model=SearchResult[DecisionInstanceResult],
    openapi_extra=DECISIONS.documented,
)
def search_decision_instances(session: ReadSession, query: Query) -> Response:
    """Find decisions that were taken, for example those of an instance, or all that failed."""
    return DECISIONS.search(session, query)


@router.get(
    "/decision-instances/{decisionEvaluationInstanceKey}",
    dependencies=[needs(P.DECISION_READ)],
    response_model=DecisionInstanceDetails,
)
def get_decision_instance(session: ReadSession, decisionEvaluationInstanceKey: InstanceKeyParameter) -> Response:
    """One decision with what went in, the rules that fired and what they gave."""
    return DETAILS.get(session, decisionEvaluationInstanceKey)
