"""ETag and If-Match: what someone else has changed meanwhile is not overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import open_tasks, start

if TYPE_CHECKING:
    import httpx

CHANGES = [
    ("POST", "/v2/user-tasks/{task}/assignment", {"assignee": "p-0002"}),
    ("DELETE", "/v2/user-tasks/{task}/assignee", None),
    ("PATCH", "/v2/user-tasks/{task}", {"changeset": {"priority": 80}}),
    ("POST", "/v2/user-tasks/{task}/completion", {"variables": {"a": 1}}),
    ("POST", "/v2/process-instances/{instance}/cancellation", {}),
    ("POST", "/v2/process-instances/{instance}/modification", {"activateInstructions": [{"elementId": "second"}]}),
    ("POST", "/v2/process-instances/{instance}/suspension", {"reason": "台风停工"}),
]

ENTRIES = {
    ("PUT", "/registers/{name}/entries/{key}"),
    ("POST", "/registers/{name}/entries/{key}/end"),
}  # their versions


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=[each[1].rsplit("/", 1)[1] for each in CHANGES])
def test_a_stale_revision_is_refused_and_the_present_one_is_not(admin: httpx.Client, method, path, body):
    instance = start(admin, "two-tasks")
    (task,) = open_tasks(admin, instance)
    address = path.format(task=task["userTaskKey"], instance=instance)
    seen = admin.get(f"/v2/user-tasks/{task['userTaskKey']}").headers["ETag"]
    admin.post(f"/v2/user-tasks/{task['userTaskKey']}/assignment", json={"assignee": "p-0001"})
    present = admin.get(f"/v2/process-instances/{instance}").headers["ETag"]

    refused = admin.request(method, address, json=body, headers={"If-Match": seen})
    assert (refused.status_code, refused.json()["code"]) == (412, "STALE_REVISION")
    assert open_tasks(admin, instance)[0]["assignee"] == "p-0001"
    assert admin.get(f"/v2/process-instances/{instance}").headers["ETag"] == present

    assert admin.request(method, address, json=body, headers={"If-Match": f'"0", {present}'}).status_code == 204
    assert admin.get(f"/v2/process-instances/{instance}").headers["ETag"] != present


MIGRATION = "/v2/process-instances/{processInstanceKey}/migration"


def test_a_migration_asks_for_the_revision_too(admin: httpx.Client):
    instance = start(admin, "two-tasks")
    target = admin.get(f"/v2/process-instances/{instance}").json()["processDefinitionKey"]
    plan = {"targetProcessDefinitionKey": target, "mappingInstructions": []}
    refused = admin.post(MIGRATION.format(processInstanceKey=instance), json=plan, headers={"If-Match": '"0"'})
    assert (refused.status_code, refused.json()["code"]) == (412, "STALE_REVISION")


def test_the_document_says_which_routes_know_revisions(admin: httpx.Client):
    paths = admin.get("/openapi.json").json()["paths"]
    knowing = {
        (method.upper(), path)
        for path, of in paths.items()
        for method, each in of.items()
        if "412" in each["responses"]
    }
    drawn = {
        (m, p.replace("{task}", "{userTaskKey}").replace("{instance}", "{processInstanceKey}")) for m, p, _ in CHANGES
    }
    assert knowing == drawn | {("POST", MIGRATION)} | ENTRIES
