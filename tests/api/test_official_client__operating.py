"""The official Camunda 8 client for Python, unmodified, suspends, resumes, modifies and repairs instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from camunda_orchestration_sdk import CamundaClient, models
from camunda_orchestration_sdk.errors import BadRequestError, ConflictError, NotFoundError

from tests.api.conftest import FAILING, TWO_TASKS
from tests.api.test_official_client import configuration, create, deploy, tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.api.conftest import Server


@pytest.fixture
def camunda(server: Server) -> Iterator[CamundaClient]:
    with CamundaClient(configuration(server)) as client:
        yield client


@pytest.fixture
def instance(camunda: CamundaClient) -> str:
    deploy(camunda, **{"two-tasks_bpmn": TWO_TASKS})
    return create(camunda, "two-tasks").process_instance_key


def ids(camunda: CamundaClient, instance: str) -> list[str]:
    return sorted(task.element_id for task in tasks(camunda, instance))


def found(camunda: CamundaClient, instance: str, state: str) -> int:
    wanted = {"filter": {"processInstanceKey": instance, "state": state}}
    return len(camunda.search_process_instances(data=models.ProcessInstanceSearchQuery.from_dict(wanted)).items)


def test_suspends_and_resumes(camunda: CamundaClient, instance: str):
    camunda.suspend_process_instance(instance, data=models.SuspendProcessInstanceRequest(operation_reference=7))
    held = camunda.get_process_instance(instance)
    assert held.state == models.ProcessInstanceStateEnum.SUSPENDED
    assert held.suspended_date >= held.start_date
    assert (found(camunda, instance, "ACTIVE"), found(camunda, instance, "SUSPENDED")) == (0, 1)
    with pytest.raises(ConflictError) as refused:
        camunda.suspend_process_instance(instance, data=None)
    assert "挂起" in refused.value.parsed.detail
    with pytest.raises(ConflictError):
        camunda.complete_user_task(tasks(camunda, instance)[0].user_task_key, data=models.UserTaskCompletionRequest())
    camunda.resume_process_instance(instance, data=models.ResumeProcessInstanceRequest())
    assert camunda.get_process_instance(instance).state == models.ProcessInstanceStateEnum.ACTIVE
    with pytest.raises(ConflictError):
        camunda.resume_process_instance(instance, data=None)
    with pytest.raises(NotFoundError):
        camunda.suspend_process_instance("1", data=None)


def given(**variables: object) -> models.ModifyProcessInstanceVariableInstruction:
    held = models.ModifyProcessInstanceVariableInstructionVariables.from_dict(variables)
    return models.ModifyProcessInstanceVariableInstruction(variables=held)


def test_modifies_an_instance(camunda: CamundaClient, instance: str):
    first = tasks(camunda, instance)[0].user_task_key
    camunda.modify_process_instance(
        instance,
        data=models.ProcessInstanceModificationInstruction(
            operation_reference=7,
            activate_instructions=[
                models.ProcessInstanceModificationActivateInstruction(
                    element_id="second", ancestor_element_instance_key="-1", variable_instructions=[given(note="复核")]
                )
            ],
            terminate_instructions=[
                models.ProcessInstanceModificationTerminateByKeyInstruction(element_instance_key=first)
            ],
        ),
    )
    assert ids(camunda, instance) == ["second"]
    wanted = {"filter": {"processInstanceKey": instance, "name": "note"}}
    assert [v.value for v in camunda.search_variables(data=models.VariableSearchQuery.from_dict(wanted)).items] == [
        '"复核"'
    ]


@pytest.mark.parametrize(
    "scope",
    [
        None,
        models.InferredAncestorKeyInstruction(ancestor_scope_type="inferred"),
        models.UseSourceParentKeyInstruction(ancestor_scope_type="sourceParent"),
        models.DirectAncestorKeyInstruction(ancestor_scope_type="direct", ancestor_element_instance_key="-1"),
    ],
    ids=["default", "inferred", "sourceParent", "direct"],
)
@pytest.mark.parametrize("by", ["byId", "byKey"])
def test_moves_tokens(camunda: CamundaClient, instance: str, by: str, scope: object):
    source = (
        models.SourceElementIdInstruction(source_type="byId", source_element_id="first")
        if by == "byId"
        else models.SourceElementInstanceKeyInstruction(
            source_type="byKey", source_element_instance_key=tasks(camunda, instance)[0].user_task_key
        )
    )
    move = models.ProcessInstanceModificationMoveInstruction(
        source_element_instruction=source, target_element_id="second"
    )
    if scope is not None:
        move.ancestor_scope_instruction = scope
    camunda.modify_process_instance(
        instance, data=models.ProcessInstanceModificationInstruction(move_instructions=[move])
    )
    assert ids(camunda, instance) == ["second"]


def test_is_told_which_instruction_cannot_be_carried_out(camunda: CamundaClient, instance: str):
    terminate = models.ProcessInstanceModificationTerminateByIdInstruction(element_id="second")
    wrong = models.ProcessInstanceModificationInstruction(terminate_instructions=[terminate])
    with pytest.raises(BadRequestError) as refused:
        camunda.modify_process_instance(instance, data=wrong)
    assert "second" in refused.value.parsed.detail
    with pytest.raises(NotFoundError):
        camunda.modify_process_instance("1", data=wrong)
    with pytest.raises(BadRequestError):
        camunda.modify_process_instance(instance, data=models.ProcessInstanceModificationInstruction())


def test_starts_before_an_element(camunda: CamundaClient, instance: str):
    assert instance
    start = models.ProcessInstanceCreationStartInstruction(element_id="second")
    created = camunda.create_process_instance(
        data=models.ProcessCreationById(process_definition_id="two-tasks", start_instructions=[start])
    )
    assert ids(camunda, created.process_instance_key) == ["second"]


def test_terminates_after_an_element(camunda: CamundaClient, instance: str):
    assert instance
    stop = models.ProcessInstanceCreationTerminateInstruction(after_element_id="first")
    created = camunda.create_process_instance(
        data=models.ProcessCreationById(process_definition_id="two-tasks", runtime_instructions=[stop])
    )
    first = tasks(camunda, created.process_instance_key)[0]
    camunda.complete_user_task(first.user_task_key, data=models.UserTaskCompletionRequest())
    ended = camunda.get_process_instance(created.process_instance_key)
    assert ended.state == models.ProcessInstanceStateEnum.TERMINATED
    assert ids(camunda, created.process_instance_key) == []


def incident(camunda: CamundaClient) -> models.IncidentResult:
    deploy(camunda, failing_bpmn=FAILING)
    created = create(camunda, "failing")
    found = camunda.search_process_instance_incidents(
        created.process_instance_key, data=models.IncidentSearchQuery.from_dict({})
    )
    return found.items[0]


def test_resolves_the_incidents_of_an_instance(camunda: CamundaClient):
    broken = incident(camunda).process_instance_key
    values = models.SetVariableRequestVariables.from_dict({"answer": 42})
    camunda.create_element_instance_variables(broken, data=models.SetVariableRequest(variables=values))
    made = camunda.resolve_process_instance_incidents(broken)
    assert made.batch_operation_type == models.BatchOperationTypeEnum.RESOLVE_INCIDENT
    assert ids(camunda, broken) == ["yes"]


# What is our own


def test_what_failed_is_skipped_with_a_reason(camunda: CamundaClient, admin: httpx.Client):
    found = incident(camunda)
    skip = f"/v2/incidents/{found.incident_key}/skip"
    for body, words in (
        ({}, "reason"),
        ({"reason": " ", "flows": ["choose_yes"]}, "理由"),
        ({"reason": "人工"}, "出口"),
    ):
        answer = admin.post(skip, json=body)
        assert answer.status_code == 400
        assert words in answer.text
    assert (
        admin.post(skip, json={"reason": "人工判断", "flows": ["choose_yes"], "variables": {"a": 1}}).status_code == 204
    )
    assert ids(camunda, found.process_instance_key) == ["yes"]
    assert admin.post(skip, json={"reason": "又一次"}).status_code == 409


def test_what_has_ended_is_restarted_with_a_reason(camunda: CamundaClient, instance: str, admin: httpx.Client):
    restart = f"/v2/process-instances/{instance}/restart"
    assert admin.post(restart, json={"reason": "误操作"}).status_code == 409
    camunda.cancel_process_instance(instance, data=None)
    assert admin.post(restart, json={}).status_code == 400
    body = {"reason": "误操作", "variables": "ENDED", "startInstructions": [{"elementId": "second"}]}
    answer = admin.post(restart, json=body)
    assert answer.status_code == 200
    assert ids(camunda, answer.json()["processInstanceKey"]) == ["second"]
