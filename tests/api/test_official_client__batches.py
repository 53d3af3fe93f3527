"""The official client migrates instances and runs batch operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from camunda_orchestration_sdk import CamundaClient, models
from camunda_orchestration_sdk.errors import BadRequestError, ConflictError, NotFoundError

from tasks.deadlines import sweep
from tests.api.test_official_client import configuration, create, deploy, tasks
from tests.support import diagrams as d

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Server

ONE, TWO = (
    d.bpmn(d.start(), d.user(name), d.end(), flows=f"start>{name}; {name}>end", process_id="moving")
    for name in ("a", "b")
)

Moved = tuple[list[str], dict[str, str], str]


def definition(deployed: models.DeploymentResult) -> str:
    return deployed.deployments[0].process_definition.process_definition_key


def plan(target: str, *pairs: tuple[str, str]) -> dict[str, Any]:
    made = [{"sourceElementId": source, "targetElementId": to} for source, to in pairs]
    return {"targetProcessDefinitionKey": target, "mappingInstructions": made}


@pytest.fixture
def camunda(server: Server) -> Iterator[CamundaClient]:
    with CamundaClient(configuration(server)) as client:
        yield client


@pytest.fixture
def moved(camunda: CamundaClient) -> Moved:
    """Three instances of one version, a filter that finds them, and the key of the next version."""
    source = definition(deploy(camunda, one_bpmn=ONE))
    keys = [create(camunda, "moving").process_instance_key for _ in range(3)]
    return keys, {"processDefinitionKey": source}, definition(deploy(camunda, one_bpmn=TWO))


def state(camunda: CamundaClient, key: str) -> models.BatchOperationResponse:
    return camunda.get_batch_operation(batch_operation_key=key)


def found(camunda: CamundaClient, **filter: Any) -> list[models.BatchOperationItemResponse]:
    query = models.BatchOperationItemSearchQuery.from_dict({"filter": filter})
    return camunda.search_batch_operation_items(data=query).items


def test_one_instance(camunda: CamundaClient, moved: Moved) -> None:
    keys, _, target = moved

    def migrate(*pairs):
        return camunda.migrate_process_instance(
            process_instance_key=keys[0],
            data=models.ProcessInstanceMigrationInstruction.from_dict(plan(target, *pairs)),
        )

    with pytest.raises(ConflictError):
        migrate()
    with pytest.raises(BadRequestError):
        migrate(("a", "nobody"))
    migrate(("a", "b"))
    assert [task.element_id for task in tasks(camunda, keys[0])] == ["b"]
    assert camunda.get_process_instance(process_instance_key=keys[0]).process_definition_key == target


def test_many_instances(camunda: CamundaClient, server: Server, moved: Moved) -> None:
    keys, filter, target = moved
    request = {"filter": filter, "migrationPlan": plan(target, ("a", "b"))}
    made = camunda.migrate_process_instances_batch_operation(
        data=models.ProcessInstanceMigrationBatchOperationRequest.from_dict(request)
    )
    assert made.batch_operation_type == models.BatchOperationTypeEnum.MIGRATE_PROCESS_INSTANCE
    before = state(camunda, made.batch_operation_key)
    assert (before.state, before.operations_total_count) == (models.BatchOperationStateEnum.CREATED, 3)
    assert (before.actor_id, before.actor_type) == ("admin", models.BatchOperationResponseActorType.CLIENT)
    sweep(server.database)
    after = state(camunda, made.batch_operation_key)
    assert (after.state, after.operations_completed_count) == (models.BatchOperationStateEnum.COMPLETED, 3)
    done = found(camunda, batchOperationKey=made.batch_operation_key, state="COMPLETED")
    assert [item.process_instance_key for item in done] == keys
    assert all(item.processed_date and item.error_message is None for item in done)


def test_what_cannot_be_migrated_has_failed_with_its_reason(
    camunda: CamundaClient,
    server: Server,
    moved: Moved,
) -> None:
    _, filter, target = moved
    request = {"filter": filter, "migrationPlan": plan(target)}
    made = camunda.migrate_process_instances_batch_operation(
        data=models.ProcessInstanceMigrationBatchOperationRequest.from_dict(request)
    )
    sweep(server.database)
    failed = found(camunda, batchOperationKey=made.batch_operation_key, state="FAILED")
    assert len(failed) == state(camunda, made.batch_operation_key).operations_failed_count == 3
    assert "「a」正在进行" in str(failed[0].error_message)


def test_cancelling_and_stopping_it(camunda: CamundaClient, server: Server, moved: Moved) -> None:
    keys, filter, _ = moved
    made = camunda.cancel_process_instances_batch_operation(
        data=models.ProcessInstanceCancellationBatchOperationRequest.from_dict({"filter": filter})
    ).batch_operation_key
    camunda.suspend_batch_operation(batch_operation_key=made)
    assert sweep(server.database).items == 0
    running = models.BatchOperationSearchQuery.from_dict(
        {"filter": {"state": "SUSPENDED", "operationType": "CANCEL_PROCESS_INSTANCE"}, "sort": [{"field": "endDate"}]}
    )
    assert [one.batch_operation_key for one in camunda.search_batch_operations(data=running).items] == [made]
    camunda.resume_batch_operation(batch_operation_key=made)
    assert sweep(server.database).items == 3
    assert (
        camunda.get_process_instance(process_instance_key=keys[0]).state == models.ProcessInstanceStateEnum.TERMINATED
    )
    with pytest.raises(NotFoundError):
        camunda.cancel_batch_operation(batch_operation_key="1")


def test_leaving_the_rest(camunda: CamundaClient, server: Server, moved: Moved) -> None:
    keys, filter, _ = moved
    made = camunda.cancel_process_instances_batch_operation(
        data=models.ProcessInstanceCancellationBatchOperationRequest.from_dict({"filter": filter})
    ).batch_operation_key
    camunda.cancel_batch_operation(batch_operation_key=made)
    assert sweep(server.database).items == 0
    assert [item.state.value for item in found(camunda, batchOperationKey=made)] == ["CANCELED"] * 3
    assert [task.element_id for task in tasks(camunda, keys[0])] == ["a"]


def test_incidents(camunda: CamundaClient, server: Server) -> None:
    gate = d.bpmn(d.start(), d.xor("g"), d.end(), flows="start>g; g>end[ready]", process_id="gate")
    deploy(camunda, gate_bpmn=gate)
    key = create(camunda, "gate").process_instance_key
    variables = models.SetVariableRequest.from_dict({"variables": {"ready": True}})
    camunda.create_element_instance_variables(element_instance_key=key, data=variables)
    request = {"filter": {"processInstanceKey": key, "hasIncident": True}}
    made = camunda.resolve_incidents_batch_operation(
        data=models.ProcessInstanceIncidentResolutionBatchOperationRequest.from_dict(request)
    )
    sweep(server.database)
    [item] = found(camunda, batchOperationKey=made.batch_operation_key)
    assert (item.process_instance_key, item.item_key != key, item.state.value) == (key, True, "COMPLETED")
    assert camunda.get_process_instance(process_instance_key=key).state == models.ProcessInstanceStateEnum.COMPLETED


def test_many_are_moved_to_another_element(camunda: CamundaClient, server: Server) -> None:
    both = d.bpmn(d.start(), d.user("a"), d.user("b"), d.end(), flows="start>a; a>b; b>end", process_id="both")
    deploy(camunda, both_bpmn=both)
    keys = [create(camunda, "both").process_instance_key for _ in range(2)]
    request = {
        "filter": {"processDefinitionId": "both"},
        "moveInstructions": [{"sourceElementId": "a", "targetElementId": "b"}],
    }
    made = camunda.modify_process_instances_batch_operation(
        data=models.ProcessInstanceModificationBatchOperationRequest.from_dict(request)
    )
    sweep(server.database)
    assert state(camunda, made.batch_operation_key).operations_completed_count == 2
    assert [task.element_id for key in keys for task in tasks(camunda, key)] == ["b", "b"]


def test_suspending_and_resuming(camunda: CamundaClient, server: Server, moved: Moved) -> None:
    keys, filter, _ = moved
    camunda.suspend_process_instances_batch_operation(
        data=models.ProcessInstanceSuspensionBatchOperationRequest.from_dict({"filter": filter})
    )
    sweep(server.database)
    assert camunda.get_process_instance(process_instance_key=keys[0]).state.value == "SUSPENDED"
    camunda.resume_process_instances_batch_operation(
        data=models.ProcessInstanceResumptionBatchOperationRequest.from_dict({"filter": filter})
    )
    sweep(server.database)
    assert camunda.get_process_instance(process_instance_key=keys[0]).state.value == "ACTIVE"
