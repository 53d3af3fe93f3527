"""Migration over HTTP: the plan, the dry run, and one instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import diagrams as d

if TYPE_CHECKING:
    import httpx

TIMED = d.bpmn(
    d.start(), d.user("a"), d.user("gone"), d.boundary("t", "a", d.timer("Duration", "PT5H")), d.end(),
    flows="start>a; a>gone; gone>end; t>end", process_id="drawn",
)  # fmt: skip
LATER = d.bpmn(
    d.start(), d.user("a"), d.service("gone"), d.boundary("u", "a", d.timer("Duration", "PT9H")), d.end(),
    flows="start>a; a>gone; gone>end; u>end", process_id="drawn",
)  # fmt: skip


def deploy(admin: httpx.Client, content: bytes) -> str:
    answer = admin.post("/v2/deployments", files=[("resources", ("drawn.bpmn", content))])
    return str(answer.json()["deployments"][0]["processDefinition"]["processDefinitionKey"])


def start(admin: httpx.Client, definition: str) -> str:
    created = admin.post("/v2/process-instances", json={"processDefinitionKey": definition})
    return str(created.json()["processInstanceKey"])


def complete(admin: httpx.Client, instance: str) -> None:
    query = {"filter": {"processInstanceKey": instance, "state": "CREATED"}}
    [task] = admin.post("/v2/user-tasks/search", json=query).json()["items"]
    assert admin.post(f"/v2/user-tasks/{task['userTaskKey']}/completion", json={}).status_code == 204


@pytest.fixture
def versions(admin: httpx.Client) -> tuple[str, str]:
    """Keys of a definition at which instances stand, and of the one they are to go to."""
    return deploy(admin, TIMED), deploy(admin, LATER)


def test_a_plan_is_proposed_with_what_would_come_of_it(admin: httpx.Client, versions: tuple[str, str]):
    old, new = versions
    path = f"/v2/process-definitions/{old}/migration-plan"
    plan = admin.post(path, json={"targetProcessDefinitionKey": new}).json()
    assert plan["possible"] is True
    assert {"sourceElementId": "a", "targetElementId": "a"} in plan["mappingInstructions"]
    assert [(one["rule"], one["severity"], one["elementId"]) for one in plan["findings"]] == [
        ("left-out", "warning", "gone")
    ]
    assert (plan["closedElementIds"], plan["openedElementIds"]) == (["t"], ["u"])
    chosen = {
        "targetProcessDefinitionKey": new,
        "mappingInstructions": [{"sourceElementId": "t", "targetElementId": "u"}],
    }
    plan = admin.post(path, json=chosen).json()
    assert (plan["closedElementIds"], plan["openedElementIds"]) == ([], [])
    wrong = {
        "targetProcessDefinitionKey": new,
        "mappingInstructions": [{"sourceElementId": "gone", "targetElementId": "gone"}],
    }
    plan = admin.post(path, json=wrong).json()
    assert (plan["possible"], plan["findings"][0]["rule"]) == (False, "type-differs")
    assert admin.post(path, json={"targetProcessDefinitionKey": "1"}).status_code == 404


def test_a_dry_run_answers_for_each_instance_page_by_page(admin: httpx.Client, versions: tuple[str, str]):
    old, new = versions
    keys = [start(admin, old) for _ in range(3)]
    complete(admin, keys[1])
    body: dict[str, Any] = {
        "filter": {"processDefinitionKey": old},
        "migrationPlan": {"targetProcessDefinitionKey": new},
        "page": {"limit": 2},
    }
    first = admin.post("/v2/process-instances/migration/dry-run", json=body).json()
    assert [one["processInstanceKey"] for one in first["items"]] == keys[:2]
    assert [one["possible"] for one in first["items"]] == [True, False]
    assert (first["items"][0]["closedElementIds"], first["items"][0]["openedElementIds"]) == (["t"], ["u"])
    assert [one["rule"] for one in first["items"][1]["findings"]] == ["unmapped"]
    assert first["page"]["totalItems"] == 3
    body["page"]["after"] = first["page"]["endCursor"]
    second = admin.post("/v2/process-instances/migration/dry-run", json=body).json()
    assert [one["processInstanceKey"] for one in second["items"]] == keys[2:]
    assert {one["processDefinitionKey"] for one in first["items"] + second["items"]} == {old}


def test_an_instance_is_migrated_or_told_why_not(admin: httpx.Client, versions: tuple[str, str]):
    old, new = versions
    [fits, stuck] = [start(admin, old) for _ in range(2)]
    complete(admin, stuck)
    body = {"targetProcessDefinitionKey": new, "reason": "第二版"}
    etag = admin.get(f"/v2/process-instances/{fits}").headers["etag"]
    path = f"/v2/process-instances/{fits}/migration"
    assert admin.post(path, json=body, headers={"If-Match": '"99"'}).status_code == 412
    assert admin.post(path, json=body, headers={"If-Match": etag}).status_code == 204
    assert admin.get(f"/v2/process-instances/{fits}").json()["processDefinitionKey"] == new
    refused = admin.post(f"/v2/process-instances/{stuck}/migration", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "MIGRATION_REFUSED")
    assert [(one["elementId"], one["rule"]) for one in refused.json()["errors"]] == [("gone", "unmapped")]
    wrong = {**body, "mappingInstructions": [{"sourceElementId": "a", "targetElementId": "gone"}]}
    refused = admin.post(f"/v2/process-instances/{stuck}/migration", json=wrong)
    assert (refused.status_code, refused.json()["code"]) == (400, "MIGRATION_PLAN_INVALID")


def test_a_batch_says_on_what_and_with_which_permission(admin: httpx.Client, server, versions: tuple[str, str]):
    path = "/v2/process-instances/cancellation"
    for filter in ({}, {"nobody": 1}, {"state": "DANCING"}):
        assert admin.post(path, json={"filter": filter}).status_code == 400
    assert admin.post(path, json={}).status_code == 400
    with server.client("designer") as designer:
        assert designer.post(path, json={"filter": {"state": "ACTIVE"}}).status_code == 403
        body = {
            "filter": {"processDefinitionKey": versions[0]},
            "migrationPlan": {"targetProcessDefinitionKey": versions[1]},
        }
        made = designer.post("/v2/process-instances/migration", json={**body, "reason": "第二版"})
        assert made.status_code == 200
        batch = designer.get(f"/v2/batch-operations/{made.json()['batchOperationKey']}").json()
        assert (batch["reason"], batch["actorId"], batch["operationsSkippedCount"]) == ("第二版", "designer", 0)
