"""The OpenAPI document and the pages beside it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from tests.api.conftest import Server, running


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    with server.client(None) as anyone:
        return anyone.get("/openapi.json").json()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()]


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]):
    assert document["openapi"].startswith("3.1")
    for path, method, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        responses = operation["responses"]
        assert {"400", "503"} <= responses.keys(), path
        assert "HTTPValidationError" not in str(operation), path
        if operation["security"]:
            assert {"401", "403"} <= responses.keys(), path
            assert "Permission: `" in operation["description"], path
            assert [next(iter(one)) for one in operation["security"]] == ["oauth", "bearer", "basic"]
        if method != "get":
            assert {"409", "413", "415", "422"} <= responses.keys(), path


def test_every_body_has_an_example(document: dict[str, Any]):
    def has_example(part: Any) -> bool:
        if isinstance(part, list):
            return any(map(has_example, part))
        if not isinstance(part, dict):
            return False
        if "$ref" in part:
            return has_example(document["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]])
        return "example" in part or "examples" in part or any(map(has_example, part.values()))

    bodies = {
        path: operation["requestBody"] for path, _, operation in operations(document) if "requestBody" in operation
    }
    assert [path for path, body in bodies.items() if not has_example(body)] == []


def test_operation_ids_are_unique_and_camunda_s(document: dict[str, Any]):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert {"searchUserTasks", "createProcessInstance", "completeUserTask", "activateJobs", "pinClock"} <= set(ids)


def test_every_reference_leads_somewhere(document: dict[str, Any]):
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(document))):
        place: Any = document
        for part in reference.split("/"):
            assert part in place, reference
            place = place[part]


def test_problems_are_the_only_errors(document: dict[str, Any]):
    for status, answer in document["components"]["responses"].items():
        assert list(answer["content"]) == ["application/problem+json"], status
    assert (
        document["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]["tokenUrl"] == "/oauth/token"
    )


def test_a_search_documents_what_it_takes(document: dict[str, Any]):
    operation = document["paths"]["/v2/user-tasks/search"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert {"state", "candidateGroup", "$or"} <= schema["properties"]["filter"]["properties"].keys()
    assert "candidateGroup" not in schema["properties"]["sort"]["items"]["properties"]["field"]["enum"]
    items = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert "UserTaskResult" in str(items)


def test_the_page_of_documentation_loads_nothing_from_anywhere(server: Server):
    with server.client(None) as anyone:
        page = anyone.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert not re.search(r"(src|href)=['\"]?(https?:)?//", page.text)
    assert "/v2/user-tasks/{userTaskKey}/completion" in page.text


def test_probes_answer_everyone(server: Server):
    with server.client(None) as anyone:
        assert anyone.get("/livez").json() == {"status": "ok"}
        assert anyone.get("/readyz").json() == {"status": "ok"}


def test_a_server_without_tables_is_alive_and_not_ready(tmp_path):
    app = create_app(Settings(address=f"sqlite:///{tmp_path / 'empty.db'}", data=tmp_path))
    with running(app) as url:
        assert httpx.get(f"{url}/livez").status_code == 200
        answer = httpx.get(f"{url}/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "NOT_READY")


def test_every_answer_is_what_it_says_and_is_not_kept(admin: httpx.Client):
    for path in ("/livez", "/v2/topology", "/v2/nothing", "/docs"):
        headers = admin.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
