"""The official Camunda 8 client for Python, unmodified, takes decisions and looks them up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
import pytest
from camunda_orchestration_sdk import CamundaClient, models
from camunda_orchestration_sdk.errors import BadRequestError, NotFoundError
from pydantic.alias_generators import to_camel

from api.v2 import decision_definitions, decision_instances, decision_requirements
from tests.api.test_decisions import DECIDING
from tests.api.test_official_client import configuration, create, deploy
from tests.support.graphs import GRAPH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.v2.searching import Listing
    from tests.api.conftest import Server

SUMMER = models.DecisionEvaluationByIdVariables.from_dict({"month": 7, "code": "0104"})
TWICE = models.DecisionEvaluationByIdVariables.from_dict({"month": 1, "code": "twice"})


@pytest.fixture
def camunda(server: Server) -> Iterator[CamundaClient]:
    with CamundaClient(configuration(server)) as client:
        yield client


@pytest.fixture
def deployed(camunda: CamundaClient) -> models.DeploymentResult:
    return deploy(camunda, limits_dmn=GRAPH, deciding_bpmn=DECIDING)


def instances(camunda: CamundaClient, **query: object) -> list[models.DecisionInstanceResult]:
    return camunda.search_decision_instances(data=models.DecisionInstanceSearchQuery.from_dict(query)).items


def test_takes_a_decision_by_id_and_by_key(camunda: CamundaClient, deployed: models.DeploymentResult):
    by_id = models.DecisionEvaluationByID(decision_definition_id="limit", variables=SUMMER, tenant_id="<default>")
    taken = camunda.evaluate_decision(data=by_id)
    assert json.loads(taken.output) == {"hours": 0.3, "unit": "work_hour"}
    assert (taken.failed_decision_definition_id, taken.failure_message) == (None, None)
    [season, limit] = taken.evaluated_decisions
    assert (season.decision_definition_id, season.output) == ("season", '"夏"')
    [rule] = limit.matched_rules
    assert (rule.rule_id, rule.rule_index) == ("hot", 1)
    assert [(one.output_name, one.output_value) for one in rule.evaluated_outputs] == [
        ("hours", "0.3"),
        ("unit", '"work_hour"'),
    ]
    by_key = models.DecisionEvaluationByKey(decision_definition_key=taken.decision_definition_key, variables=SUMMER)
    again = camunda.evaluate_decision(data=by_key)
    assert again.output == taken.output
    assert again.decision_evaluation_key != taken.decision_evaluation_key


def test_is_told_why_a_decision_failed(camunda: CamundaClient, deployed: models.DeploymentResult):
    failed = camunda.evaluate_decision(
        data=models.DecisionEvaluationByID(decision_definition_id="advice", variables=TWICE)
    )
    assert failed.failed_decision_definition_id == "limit"
    assert "UNIQUE" in failed.failure_message
    wanted = {"decisionEvaluationKey": failed.decision_evaluation_key, "state": "FAILED"}
    [limit] = instances(camunda, filter=wanted)
    assert limit.state is models.DecisionInstanceStateEnum.FAILED
    assert limit.evaluation_failure == failed.failure_message


def test_looks_up_the_decisions_of_a_process(camunda: CamundaClient, deployed: models.DeploymentResult):
    created = create(camunda, "deciding", month=7, code="0104")
    query = {
        "filter": {"processInstanceKey": created.process_instance_key},
        "sort": [{"field": "decisionEvaluationInstanceKey", "order": "DESC"}],
    }
    advice, limit, season = instances(camunda, **query)
    assert advice.decision_definition_type is models.DecisionDefinitionTypeEnum.LITERAL_EXPRESSION
    assert season.decision_definition_type is models.DecisionDefinitionTypeEnum.DECISION_TABLE
    assert advice.decision_definition_key == season.root_decision_definition_key
    assert limit.root_process_instance_key == created.process_instance_key
    shown = camunda.get_decision_instance(limit.decision_evaluation_instance_key)
    assert [(one.input_name, one.input_value) for one in shown.evaluated_inputs] == [
        ("code", '"0104"'),
        ("season", '"夏"'),
    ]
    assert [rule.rule_id for rule in shown.matched_rules] == ["hot"]
    assert shown.evaluation_date == limit.evaluation_date


def test_reads_definitions_and_their_files(camunda: CamundaClient, deployed: models.DeploymentResult):
    query = {"filter": {"decisionDefinitionId": "limit", "isLatestVersion": True}}
    [found] = camunda.search_decision_definitions(data=models.DecisionDefinitionSearchQuery.from_dict(query)).items
    assert camunda.get_decision_definition(found.decision_definition_key) == found
    assert camunda.get_decision_definition_xml(found.decision_definition_key) == GRAPH.decode()
    file = camunda.get_decision_requirements(found.decision_requirements_key)
    assert (file.decision_requirements_id, file.version) == ("limits", found.decision_requirements_version)
    assert camunda.get_decision_requirements_xml(file.decision_requirements_key) == GRAPH.decode()


def test_its_models_accept_whatever_a_search_finds(camunda: CamundaClient, deployed: models.DeploymentResult):
    create(camunda, "deciding", month=1, code="twice")
    camunda.evaluate_decision(data=models.DecisionEvaluationByID(decision_definition_id="advice", variables=SUMMER))
    found = [
        camunda.search_decision_definitions(data=models.DecisionDefinitionSearchQuery()),
        camunda.search_decision_instances(data=models.DecisionInstanceSearchQuery()),
        camunda.search_decision_requirements(data=models.DecisionRequirementsSearchQuery()),
    ]
    for one in found:
        assert one.items
        assert one.to_dict()["page"]["totalItems"] == len(one.items)
        for item in one.items:
            assert not getattr(item, "additional_properties", None), item


@pytest.mark.parametrize(
    ("listing", "filter"),
    [
        (decision_definitions.DEFINITIONS, models.DecisionDefinitionFilter),
        (decision_instances.DECISIONS, models.DecisionInstanceFilter),
        (decision_requirements.REQUIREMENTS, models.DecisionRequirementsFilter),
    ],
    ids=["definitions", "instances", "requirements"],
)
def test_everything_it_filters_by_is_understood(listing: Listing, filter: type):
    words = {to_camel(field.name) for field in attrs.fields(filter)} - {"additionalProperties"}
    assert words - set(listing.fields) == set()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("decision_definitions", models.DecisionDefinitionSearchQuerySortRequestField),
        ("decision_instances", models.DecisionInstanceSearchQuerySortRequestField),
        ("decision_requirements", models.DecisionRequirementsSearchQuerySortRequestField),
    ],
)
def test_sorts_by_every_field_it_knows(camunda: CamundaClient, deployed: models.DeploymentResult, kind, fields):
    word = {"decision_definitions": "Definition", "decision_instances": "Instance"}.get(kind, "Requirements")
    query = getattr(models, f"Decision{word}SearchQuery")
    for field in fields:
        asked = query.from_dict({"sort": [{"field": field.value, "order": "DESC"}]})
        assert getattr(camunda, f"search_{kind}")(data=asked).page.total_items is not None


def test_reads_our_problems(camunda: CamundaClient):
    with pytest.raises(NotFoundError) as missing:
        camunda.evaluate_decision(data=models.DecisionEvaluationByID(decision_definition_id="nowhere"))
    assert missing.value.parsed["code"] == "NOT_FOUND"
    with pytest.raises(NotFoundError):
        camunda.get_decision_instance("17-1")
    with pytest.raises(BadRequestError):
        instances(camunda, filter={"evaluationFailure": {"$gt": "x"}})
