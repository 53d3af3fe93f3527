"""The official Camunda 8 client for Python, unmodified, suspends, resumes, modifies and repairs instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from camunda_orchestration_sdk import CamundaClient, models
from camunda_orchestration_sdk.errors import ConflictError, NotFoundError

from tests.api.conftest import TWO_TASKS
from tests.api.test_official_client import configuration, create, deploy, tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

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
