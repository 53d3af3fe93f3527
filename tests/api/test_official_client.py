"""The official Camunda 8 client for Python, unmodified, drives everything it knows of what we offer."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from camunda_orchestration_sdk import CamundaAsyncClient, CamundaClient, WorkerConfig, models
from camunda_orchestration_sdk.errors import (
    BadRequestError,
    ConflictError,
    GatewayTimeoutError,
    NotFoundError,
    UnexpectedStatus,
)
from camunda_orchestration_sdk.types import File

from tests.api.conftest import NO_WAIT, TWO_TASKS, Server
from tests.support import diagrams as d

if TYPE_CHECKING:
    from collections.abc import Iterator


def configuration(server: Server, role: str = "admin") -> dict[str, str]:
    return {
        "CAMUNDA_REST_ADDRESS": server.url,
        "CAMUNDA_AUTH_STRATEGY": "OAUTH",
        "CAMUNDA_OAUTH_URL": f"{server.url}/oauth/token",
        "CAMUNDA_CLIENT_ID": role,
        "CAMUNDA_CLIENT_SECRET": server.secrets[role],
    }


@pytest.fixture
def camunda(server: Server) -> Iterator[CamundaClient]:
    with CamundaClient(configuration(server)) as client:
        yield client


def deploy(camunda: CamundaClient, **files: bytes) -> models.DeploymentResult:
    resources = [File(io.BytesIO(content), name.replace("_", ".")) for name, content in files.items()]
    return camunda.create_deployment(data=models.CreateDeploymentData(resources=resources))


def create(camunda: CamundaClient, process_id: str, **variables: object) -> models.CreateProcessInstanceResult:
    given = models.ProcessInstanceCreationInstructionBaseVariables.from_dict(variables)
    return camunda.create_process_instance(
        data=models.ProcessCreationById(process_definition_id=process_id, variables=given)
    )


def tasks(camunda: CamundaClient, instance: str) -> list[models.UserTaskResult]:
    wanted = {"filter": {"processInstanceKey": instance, "state": "CREATED"}}
    return camunda.search_user_tasks(data=models.UserTaskSearchQuery.from_dict(wanted)).items


def test_drives_a_process_from_deployment_to_its_end(camunda: CamundaClient):
    deployed = deploy(camunda, **{"two-tasks_bpmn": TWO_TASKS})
    definition = deployed.deployments[0].process_definition
    assert definition.process_definition_id == "two-tasks"
    assert camunda.get_process_definition_xml(definition.process_definition_key) == TWO_TASKS.decode()

    created = create(camunda, "two-tasks", name="果皮箱满溢", amount=0.1)
    assert created.process_definition_key == definition.process_definition_key
    first = tasks(camunda, created.process_instance_key)[0]
    assert first.element_id == "first"
    assert first.candidate_groups == ["desk@centre", "inspection-desk@centre"]

    camunda.assign_user_task(first.user_task_key, data=models.UserTaskAssignmentRequest(assignee="p-0101"))
    due = datetime(2026, 3, 2, 9, tzinfo=UTC)
    changes = models.Changeset(due_date=due, priority=80, candidate_groups=["desk@centre"])
    camunda.update_user_task(first.user_task_key, data=models.UserTaskUpdateRequest(changeset=changes))
    changed = camunda.get_user_task(first.user_task_key)
    assert (changed.assignee, changed.due_date, changed.priority) == ("p-0101", due, 80)
    assert changed.candidate_groups == ["desk@centre"]
    camunda.unassign_user_task(first.user_task_key)
    assert camunda.get_user_task(first.user_task_key).assignee is None

    seen = camunda.search_user_task_variables(first.user_task_key)
    assert {one.name: json.loads(one.value) for one in seen.items} == {"name": "果皮箱满溢", "amount": 0.1}

    given = models.UserTaskCompletionRequestVariables.from_dict({"result": "属实"})
    camunda.complete_user_task(first.user_task_key, data=models.UserTaskCompletionRequest(variables=given))
    second = tasks(camunda, created.process_instance_key)[0]
    camunda.complete_user_task(second.user_task_key, data=models.UserTaskCompletionRequest())

    ended = camunda.get_process_instance(created.process_instance_key)
    assert ended.state == models.ProcessInstanceStateEnum.COMPLETED
    assert ended.end_date >= ended.start_date
    wanted = {"filter": {"processInstanceKey": created.process_instance_key, "type": "USER_TASK"}}
    path = camunda.search_element_instances(data=models.ElementInstanceSearchQuery.from_dict(wanted))
    assert [(one.element_id, one.state.value) for one in path.items] == [
        ("first", "COMPLETED"),
        ("second", "COMPLETED"),
    ]
    wanted = {"filter": {"processInstanceKey": created.process_instance_key, "name": "result"}}
    found = camunda.search_variables(data=models.VariableSearchQuery.from_dict(wanted)).items
    assert [one.value for one in found] == ['"属实"']
    assert camunda.get_variable(found[0].variable_key).value == '"属实"'


def test_waits_for_the_end_of_a_process_that_needs_nobody(camunda: CamundaClient):
    deploy(camunda, **{"no-wait_bpmn": NO_WAIT})
    given = models.ProcessInstanceCreationInstructionBaseVariables.from_dict({"a": 41})
    by_id = models.ProcessCreationById(process_definition_id="no-wait", variables=given, await_completion=True)
    assert camunda.create_process_instance(data=by_id).variables.to_dict() == {"a": 41, "b": 42}
    by_id.fetch_variables = ["b"]
    assert camunda.create_process_instance(data=by_id).variables.to_dict() == {"b": 42}


def test_is_told_when_a_process_does_not_end_at_once(camunda: CamundaClient):
    waiting = models.ProcessCreationById(process_definition_id="two-tasks", await_completion=True, business_id="await")
    with pytest.raises(GatewayTimeoutError):
        camunda.create_process_instance(data=waiting)
    wanted = {"filter": {"businessId": "await"}}
    found = camunda.search_process_instances(data=models.ProcessInstanceSearchQuery.from_dict(wanted))
    assert [one.state.value for one in found.items] == ["ACTIVE"]


def test_works_jobs_as_a_worker(camunda: CamundaClient, server: Server):
    created = create(camunda, "job", phone="0738-0000123")
    done: list[dict[str, object]] = []

    async def send(job: object) -> dict[str, object]:
        done.append(job.variables.to_dict())
        return {"sent": True}

    async def work() -> None:
        async with CamundaAsyncClient(configuration(server, "worker")) as client:
            client.create_job_worker(
                WorkerConfig(job_type="test/send", job_timeout_milliseconds=10_000, request_timeout_milliseconds=100),
                send,
                execution_strategy="async",
            )
            workers = asyncio.create_task(client.run_workers())
            for _ in range(100):
                await asyncio.sleep(0.05)
                if tasks(camunda, created.process_instance_key):
                    break
            workers.cancel()
            with suppress(asyncio.CancelledError):
                await workers

    asyncio.run(work())
    assert done == [{"phone": "0738-0000123"}]
    read = tasks(camunda, created.process_instance_key)[0]
    assert read.element_id == "read"


def activate(camunda: CamundaClient) -> models.ActivatedJobResult:
    asked = models.JobActivationRequest(type_="test/send", timeout=1000, max_jobs_to_activate=1, worker="w")
    return camunda.activate_jobs(data=asked).jobs[0]


def test_fails_a_job_until_it_is_an_incident_and_resolves_it(camunda: CamundaClient):
    created = create(camunda, "job")
    job = activate(camunda)
    assert (job.process_instance_key, job.worker, job.retries) == (created.process_instance_key, "w", 3)
    camunda.fail_job(job.job_key, data=models.JobFailRequest(retries=0, error_message="短信网关没有回应"))
    wanted = {"filter": {"processInstanceKey": created.process_instance_key, "state": "ACTIVE"}}
    incidents = camunda.search_incidents(data=models.IncidentSearchQuery.from_dict(wanted)).items
    assert [(one.error_type.value, one.error_message) for one in incidents] == [("JOB_NO_RETRIES", "短信网关没有回应")]
    assert incidents[0].job_key == job.job_key
    assert camunda.get_process_instance(created.process_instance_key).has_incident
    camunda.update_job(job.job_key, data=models.JobUpdateRequest(changeset=models.JobChangeset(retries=1)))
    camunda.resolve_incident(incidents[0].incident_key)
    assert camunda.get_incident(incidents[0].incident_key).state.value == "RESOLVED"
    camunda.complete_job(activate(camunda).job_key)
    assert tasks(camunda, created.process_instance_key)[0].element_id == "read"


def test_throws_a_business_error_that_the_diagram_catches(camunda: CamundaClient):
    created = create(camunda, "job")
    job = activate(camunda)
    camunda.throw_job_error(job.job_key, data=models.JobErrorRequest(error_code="REFUSED", error_message="空号"))
    assert camunda.get_process_instance(created.process_instance_key).state.value == "COMPLETED"
    with pytest.raises(ConflictError):
        camunda.complete_job(job.job_key)


def test_publishes_and_correlates_messages(camunda: CamundaClient):
    created = create(camunda, "message", id="M-1")
    given = models.MessageCorrelationRequestVariables.from_dict({"answer": "满意"})
    asked = models.MessageCorrelationRequest(name="replied", correlation_key="M-1", variables=given)
    had = camunda.correlate_message(data=asked)
    assert had.process_instance_key == created.process_instance_key
    with pytest.raises(NotFoundError):
        camunda.correlate_message(data=asked)

    early = models.MessagePublicationRequest(
        name="replied", correlation_key="M-2", time_to_live=60_000, message_id="once"
    )
    camunda.publish_message(data=early)
    with pytest.raises(UnexpectedStatus) as twice:  # the client documents no 409 here, and still shows it
        camunda.publish_message(data=early)
    assert twice.value.status_code == 409
    created = create(camunda, "message", id="M-2")
    assert camunda.get_process_instance(created.process_instance_key).state.value == "COMPLETED"


def test_broadcasts_a_signal_that_has_been_heard_when_the_answer_comes(camunda: CamundaClient):
    waiting = d.bpmn(d.start(), d.catch("c", d.on_signal("s")), d.user("heard"), d.end(), flows="start>c;c>heard;heard>end",
                     process_id="hearing", more=d.signal("s"))  # fmt: skip
    begun = d.bpmn(d.start("b", d.on_signal("s")), d.user("first"), d.end(), flows="b>first;first>end",
                   process_id="begun", more=d.signal("s"))  # fmt: skip
    deploy(camunda, hearing_bpmn=waiting, begun_bpmn=begun)
    created = [create(camunda, "hearing").process_instance_key for _ in range(2)]
    given = models.SignalBroadcastRequestVariables.from_dict({"level": 3})
    asked = models.SignalBroadcastRequest(signal_name="s", variables=given)
    assert camunda.broadcast_signal(data=asked).signal_key
    assert [tasks(camunda, key)[0].element_id for key in created] == ["heard", "heard"]
    wanted = models.ProcessInstanceSearchQuery.from_dict({"filter": {"processDefinitionId": "begun"}})
    assert len(camunda.search_process_instances(data=wanted).items) == 1


def test_cancels_an_instance(camunda: CamundaClient):
    created = create(camunda, "two-tasks")
    camunda.cancel_process_instance(created.process_instance_key, data=None)
    assert camunda.get_process_instance(created.process_instance_key).state.value == "TERMINATED"
    assert tasks(camunda, created.process_instance_key) == []
    with pytest.raises(ConflictError):
        camunda.cancel_process_instance(created.process_instance_key, data=None)


def test_repairs_variables_and_resolves_an_expression_incident(camunda: CamundaClient):
    created = create(camunda, "failing", answer=41)
    wanted = models.IncidentSearchQuery.from_dict({})
    incident = camunda.search_process_instance_incidents(created.process_instance_key, data=wanted).items[0]
    repaired = models.SetVariableRequestVariables.from_dict({"answer": 42})
    camunda.create_element_instance_variables(
        created.process_instance_key, data=models.SetVariableRequest(variables=repaired)
    )
    camunda.resolve_incident(incident.incident_key)
    assert tasks(camunda, created.process_instance_key)[0].element_id == "yes"


def test_moves_the_clock(camunda: CamundaClient):
    then = datetime(2027, 3, 1, 1, tzinfo=UTC)
    camunda.pin_clock(data=models.ClockPinRequest(timestamp=int(then.timestamp() * 1000)))
    try:
        created = create(camunda, "two-tasks")
        assert camunda.get_process_instance(created.process_instance_key).start_date == then
    finally:
        camunda.reset_clock()
    assert camunda.get_process_instance(create(camunda, "two-tasks").process_instance_key).start_date < then


def test_asks_who_and_where_it_is(camunda: CamundaClient):
    topology = camunda.get_topology()
    assert (topology.cluster_size, topology.brokers[0].partitions[0].role.value) == (1, "leader")
    assert camunda.get_license().valid_license
    assert camunda.get_authentication().username == "admin"


def test_reads_our_problems(camunda: CamundaClient):
    with pytest.raises(NotFoundError) as missing:
        camunda.get_user_task("9223372036854775807")
    problem = missing.value.parsed
    assert (problem.status, problem.title, problem["code"]) == (404, "NOT_FOUND", "NOT_FOUND")
    assert problem.instance == "/v2/user-tasks/9223372036854775807"

    broken = d.bpmn(
        d.start(), d.element("complexGateway", "walk"), d.end(), flows="start>walk; walk>end", process_id="x"
    )
    with pytest.raises(BadRequestError) as refused:
        deploy(camunda, walk_bpmn=broken)
    problem = refused.value.parsed
    assert problem["code"] == "DEPLOYMENT_REFUSED"
    assert any(error["elementId"] == "walk" for error in problem["errors"])


def test_leafs_through_a_search(camunda: CamundaClient):
    made = [create(camunda, "two-tasks").process_instance_key for _ in range(5)]
    query: dict[str, object] = {
        "filter": {"processInstanceKey": {"$in": made}},
        "sort": [{"field": "startDate", "order": "DESC"}],
        "page": {"limit": 2},
    }
    seen: list[str] = []
    while True:
        found = camunda.search_process_instances(data=models.ProcessInstanceSearchQuery.from_dict(query))
        seen += [one.process_instance_key for one in found.items]
        assert found.page.total_items == 5
        if not found.items:
            break
        query["page"] = {"limit": 2, "after": found.page.end_cursor}
    assert sorted(seen, key=int) == made


def test_basic_credentials_do_as_well(server: Server):
    basic = {
        "CAMUNDA_REST_ADDRESS": server.url,
        "CAMUNDA_AUTH_STRATEGY": "BASIC",
        "CAMUNDA_BASIC_AUTH_USERNAME": "viewer",
        "CAMUNDA_BASIC_AUTH_PASSWORD": server.secrets["viewer"],
    }
    with CamundaClient(basic) as camunda:
        assert camunda.get_authentication().roles == ["viewer"]


def test_its_models_accept_whatever_a_search_finds(camunda: CamundaClient):
    create(camunda, "two-tasks", name="果皮箱满溢", nothing=None)
    create(camunda, "failing", answer=1)
    create(camunda, "job")
    ended = create(camunda, "no-wait", a=1).process_instance_key
    task = tasks(camunda, create(camunda, "two-tasks").process_instance_key)[0]
    camunda.complete_user_task(task.user_task_key, data=models.UserTaskCompletionRequest())
    among = {"filter": {"processInstanceKey": ended}}
    found = [
        camunda.search_user_tasks(data=models.UserTaskSearchQuery()),
        camunda.search_process_instances(data=models.ProcessInstanceSearchQuery()),
        camunda.search_element_instances(data=models.ElementInstanceSearchQuery()),
        camunda.search_process_definitions(data=models.ProcessDefinitionSearchQuery()),
        camunda.search_incidents(data=models.IncidentSearchQuery()),
        camunda.search_variables(data=models.VariableSearchQuery.from_dict(among)),
        camunda.search_user_task_variables(task.user_task_key),
    ]
    for one in found[:-1]:
        assert one.items
    for one in found:
        assert one.to_dict()["page"]["totalItems"] == len(one.items)
        for item in one.items:
            assert not item.additional_properties, item  # nothing that the client has no word for
