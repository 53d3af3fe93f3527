"""Whatever stands in any field, parameter or header, the answer is never a failure of ours."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from fastapi.routing import APIRoute

from tests.api.conftest import Server, open_tasks, start
from tests.api.test_decisions import deploy, take
from tests.support.graphs import GRAPH

VALUES: list[Any] = [
    None, True, 0, -1, 2**63, 2**70, 1.5, 10**300, "", "x", "-1", "1", "%", "\\", "𠀀", "2026-13-99", "x" * 5000,
    [], ["x"], [[]], [None], {}, {"$in": None}, {"$in": []}, {"$like": "\\"}, {"$exists": "x"}, {"$eq": {}}, {"$or": 1},
]  # fmt: skip
LONG_POLL = {"activateJobs"}


def fields(schema: dict[str, Any], document: dict[str, Any], depth: int = 0) -> list[tuple[str, ...]]:
    """The paths of all members a body may have."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if depth > 1:
        return []
    found: list[tuple[str, ...]] = []
    for part in (schema, *schema.get("anyOf", [])):
        for name, inner in part.get("properties", {}).items():
            found += [(name,), *((name, *rest) for rest in fields(inner, document, depth + 1))]
    return found


def with_value(body: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    name, *rest = path
    inner = body.get(name)
    return body | {name: with_value(inner if isinstance(inner, dict) else {}, tuple(rest), value) if rest else value}


GOOD = {
    "createProcessInstance": {"processDefinitionId": "two-tasks"},
    "evaluateDecision": {"decisionDefinitionId": "limit", "variables": {"month": 7, "code": "0104"}},
    "activateJobs": {"type": "nothing", "timeout": 1, "maxJobsToActivate": 1, "requestTimeout": -1},
    "searchVariables": {"filter": {"processInstanceKey": "1048576"}},
    "throwJobError": {"errorCode": "X"},
    "publishMessage": {"name": "nobody"},
    "correlateMessage": {"name": "nobody"},
    "createElementInstanceVariables": {"variables": {}},
    "updateJob": {"changeset": {"retries": 1}},
    "assignUserTask": {"assignee": "p-1"},
    "pinClock": {"timestamp": 0},
    "reportCase": {"channel": "web", "conditionCode": "X", "text": "x", "lon": 1, "lat": 1},
}


def routes(server: Server) -> dict[str, APIRoute]:
    return {route.unique_id: route for route in server.app.routes if isinstance(route, APIRoute)}


@pytest.mark.parametrize("name", [*GOOD, "searchUserTasks", "searchProcessInstances", "searchElementInstances",
    "searchIncidents", "searchProcessDefinitions", "searchDecisionDefinitions", "searchDecisionInstances",
    "searchDecisionRequirements", "completeUserTask", "updateUserTask", "completeJob", "failJob",
    "cancelProcessInstance", "suspendProcessInstance", "resumeProcessInstance", "modifyProcessInstance",
    "restartProcessInstance", "skipIncident", "resolveIncident", "searchUserTaskVariables",
    "searchRegisterEntries", "createRegisterEntry", "putRegisterEntry", "endRegisterEntry", "mergeRegisterEntry",
    "revealRegisterEntry", "searchViolations", "annulViolation", "searchEvidence", "auditEvidence", "revealDocument",
    "withdrawDocument"])  # fmt: skip
def test_no_value_in_any_field_is_a_500(server: Server, name: str):
    route = routes(server)[name]
    (method,) = route.methods
    document = server.app.openapi()
    content = document["paths"][route.path_format][method.lower()]["requestBody"]["content"]["application/json"]
    with server.client() as admin:
        deploy(admin, limits_dmn=GRAPH)
        take(admin, decisionDefinitionId="limit")
        task = open_tasks(admin, start(admin, "two-tasks"))[0]["userTaskKey"]
        path = re.sub(r"\{\w+\}", task, route.path)
        for field in fields(content["schema"], document):
            for value in VALUES:
                body = with_value(GOOD.get(name, {}), field, value)
                if name in LONG_POLL and field == ("requestTimeout",):
                    continue
                answer = admin.request(method, path, json=body, headers={"idempotency-key": str(uuid.uuid4())})
                assert answer.status_code < 500 or answer.status_code == 504, (field, value, answer.text)


def test_no_value_in_the_address_or_a_header_is_a_500(server: Server):
    odd = ["", "x", "-1", "1" * 30, "%E4%B8%AD", "%ff", "%2e%2e%2f", "a%20b", "'%20OR%201=1", "x" * 3000]
    with server.client() as admin:
        for route in routes(server).values():
            (method,) = route.methods
            for value in odd:
                path = re.sub(r"\{\w+\}", value, route.path)
                answer = admin.request(method, f"{path}?state={value}&limit={value}&before={value}&queryCode={value}")
                assert answer.status_code < 500, (path, answer.text)
        for header in ("authorization", "on-behalf-of", "idempotency-key", "query-code", "content-type"):
            for value in (
                b"",
                b"x",
                b"\xff\xfe",
                "中文".encode(),
                b"x" * 3000,
                b'"',
                b"application/json; charset=\xff",
            ):
                for path in ("/cases", "/v2/user-tasks/search", "/v2/deployments"):
                    answer = admin.request("POST", path, content=b"{}", headers={header: value})
                    assert answer.status_code < 500, (header, value, answer.text)
