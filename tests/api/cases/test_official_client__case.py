"""A citizen's report goes in, the official Camunda 8 client works it, and it comes out closed and rated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from camunda_orchestration_sdk import CamundaClient, models

from tests.api.cases.conftest import pack_files, report
from tests.api.test_official_client import configuration

if TYPE_CHECKING:
    import httpx

    from tests.api.conftest import Server

ANSWERS: dict[str, dict[str, Any]] = {
    "verify": {"result": "属实"},
    "file": {"result": "立案"},
    "dispatch": {"result": "按建议派遣"},
    "handle": {"result": "办结", "measures": "垃圾已清运,地面已冲洗。"},
    "check": {"result": "通过"},
    "call": {"result": "满意"},
}
# Who does what: nobody may check what he handled himself.
PERSONS = {name: f"p-09{number:02}" for number, name in enumerate(ANSWERS)}


def test_the_official_client_closes_a_case(server: Server, citizen: httpx.Client):
    made = report(citizen, lat=27.7345).json()
    with CamundaClient(configuration(server)) as camunda, server.client("desk") as desk:
        assert work_off(camunda, made["number"]) == list(ANSWERS)
        case = desk.get(f"/cases/{made['number']}").json()
    assert (case["state"], case["step"]) == ("closed", "结果评价")
    assert case["evaluation"]["satisfaction"] == "满意"
    seen = citizen.get(f"/cases/{made['number']}/progress", headers={"query-code": made["queryCode"]}).json()
    assert all(step["at"] for step in seen["steps"])
    assert [notice["kind"] for notice in seen["notices"]] == ["accepted", "handled", "rate", "closed"]


def work_off(camunda: CamundaClient, number: str) -> list[str]:
    """Do every task of a case; returns the path it took."""
    path = []
    while task := open_task(camunda, number):
        path.append(task.element_id)
        assert task.candidate_groups
        form = camunda.get_user_task_form(task.user_task_key)
        assert json.loads(form.schema)["title"]
        person = PERSONS[task.element_id]
        camunda.assign_user_task(task.user_task_key, data=models.UserTaskAssignmentRequest(assignee=person))
        # The official client has no word for acting in a person's name; without it the assignee is the one.
        given = models.UserTaskCompletionRequestVariables.from_dict(ANSWERS[task.element_id])
        camunda.complete_user_task(task.user_task_key, data=models.UserTaskCompletionRequest(variables=given))
    return path


def open_task(camunda: CamundaClient, number: str) -> models.UserTaskResult | None:
    query = models.UserTaskSearchQuery.from_dict({"filter": {"businessId": number, "state": "CREATED"}})
    found = camunda.search_user_tasks(data=query).items
    return found[0] if found else None


def test_the_same_packs_deployed_again_are_the_same_versions(server: Server):
    with server.client() as admin:
        files = [("resources", file) for file in pack_files("case-handling")]
        first = admin.post("/v2/deployments", files=files).json()["deployments"]
        second = admin.post("/v2/deployments", files=files).json()["deployments"]
    assert first == second
    kinds = {kind for thing in first for kind, value in thing.items() if value}
    assert kinds == {"processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource"}
