"""Searching: every operator, sorting with empty values, pages forwards and backwards, lists, alternatives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import Server, start

if TYPE_CHECKING:
    import httpx

DUE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def instances(server: Server) -> list[str]:
    """Five instances; their first tasks have priorities 10 to 50, and the first three a due date each."""
    with server.client() as admin:
        made = [start(admin, "two-tasks", number=number) for number in range(5)]
        for number, instance in enumerate(made):
            changes: dict[str, Any] = {
                "priority": 10 * (number + 1),
                "candidateGroups": ["desk@centre", f"g{number}@G07"],
            }
            if number < 3:
                changes["dueDate"] = (DUE + timedelta(days=number)).isoformat()
            task = find(admin, {"processInstanceKey": instance})[0]["userTaskKey"]
            admin.patch(f"/v2/user-tasks/{task}", json={"changeset": changes}).raise_for_status()
    return made


def find(client: httpx.Client, filter: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = client.post("/v2/user-tasks/search", json={"filter": filter, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.parametrize(
    ("filter", "priorities"),
    [
        ({"priority": 20}, [20]),
        ({"priority": {"$eq": 20}}, [20]),
        ({"priority": {"$neq": 20}}, [10, 30, 40, 50]),
        ({"priority": {"$gt": 20, "$lt": 50}}, [30, 40]),
        ({"priority": {"$gte": 20, "$lte": 30}}, [20, 30]),
        ({"priority": {"$in": [10, 50, 60]}}, [10, 50]),
        ({"dueDate": {"$exists": True}}, [10, 20, 30]),
        ({"dueDate": {"$exists": False}}, [40, 50]),
        ({"dueDate": {"$gt": DUE.isoformat()}}, [20, 30]),
        ({"dueDate": "2026-03-02T17:00:00+08:00"}, [10]),
        ({"elementId": {"$like": "f?rs*"}}, [10, 20, 30, 40, 50]),
        ({"elementId": {"$like": "f_rs%"}}, []),
        ({"elementId": {"$like": "FIRST"}}, []),
        ({"elementId": {"$notIn": ["first"]}}, []),
        ({"candidateGroup": "g1@G07"}, [20]),
        ({"candidateGroup": "g1@G0"}, []),
        ({"candidateGroup": "1@G07"}, []),
        ({"candidateGroup": "desk@centre"}, [10, 20, 30, 40, 50]),
        ({"candidateGroup": "*"}, []),
        ({"candidateGroup": {"$in": []}}, []),
        ({"candidateGroup": {"$in": ["g0@G07", "g4@G07"]}}, [10, 50]),
        ({"assignee": {"$neq": "p-1"}}, [10, 20, 30, 40, 50]),
        (
            {"$or": [{"priority": 10}, {"priority": 50, "elementId": "first"}, {"priority": 30, "elementId": "x"}]},
            [10, 50],
        ),
        ({"$or": [{"priority": 10}, {}]}, [10, 20, 30, 40, 50]),
        ({"tenantId": "<default>", "state": "CREATED"}, [10, 20, 30, 40, 50]),
        ({"tenantId": "other"}, []),
        ({"processDefinitionId": "two-tasks"}, [10, 20, 30, 40, 50]),
    ],
)
def test_filters(admin: httpx.Client, instances: list[str], filter: dict[str, Any], priorities: list[int]):
    found = find(admin, {"processInstanceKey": {"$in": instances}} | filter)
    assert [task["priority"] for task in found] == priorities


@pytest.mark.parametrize(
    ("sort", "priorities"),
    [
        ([], [10, 20, 30, 40, 50]),
        ([{"field": "priority", "order": "DESC"}], [50, 40, 30, 20, 10]),
        ([{"field": "dueDate"}], [10, 20, 30, 40, 50]),
        ([{"field": "dueDate", "order": "DESC"}], [40, 50, 30, 20, 10]),
        ([{"field": "dueDate", "order": "DESC"}, {"field": "priority", "order": "DESC"}], [50, 40, 30, 20, 10]),
        ([{"field": "userTaskKey", "order": "DESC"}], [50, 40, 30, 20, 10]),
    ],
)
def test_sorting_and_leafing_agree(admin: httpx.Client, instances: list[str], sort: list[Any], priorities: list[int]):
    wanted = {"filter": {"processInstanceKey": {"$in": instances}}, "sort": sort}

    def page(**asked: Any) -> dict[str, Any]:
        return admin.post("/v2/user-tasks/search", json={**wanted, "page": {"limit": 2} | asked}).json()

    def seen(found: dict[str, Any]) -> list[int]:
        return [task["priority"] for task in found["items"]]

    pages = [page()]
    while pages[-1]["items"]:
        pages.append(page(after=pages[-1]["page"]["endCursor"]))
    assert [priority for one in pages for priority in seen(one)] == priorities
    assert {one["page"]["totalItems"] for one in pages} == {5}
    assert [seen(page(**{"from": offset})) for offset in (0, 2, 4)] == [priorities[:2], priorities[2:4], priorities[4:]]
    back = page(before=pages[2]["page"]["startCursor"])
    assert seen(back) == priorities[2:4]
    assert seen(page(before=back["page"]["startCursor"])) == priorities[:2]
    assert pages[-1]["page"] == {"totalItems": 5, "hasMoreTotalItems": False, "startCursor": None, "endCursor": None}


def test_what_is_listed_knows_its_surroundings(admin: httpx.Client):
    instance = start(admin, "failing", answer=1)
    wanted = {"filter": {"processInstanceKey": instance, "hasIncident": True}}
    (element,) = admin.post("/v2/element-instances/search", json=wanted).json()["items"]
    (incident,) = admin.post("/v2/incidents/search", json={"filter": {"processInstanceKey": instance}}).json()["items"]
    assert (element["elementId"], element["incidentKey"]) == ("choose", incident["incidentKey"])
    assert admin.get(f"/v2/element-instances/{element['elementInstanceKey']}").json() == element
    found = admin.post(
        "/v2/process-instances/search", json={"filter": {"hasIncident": True, "processInstanceKey": instance}}
    )
    assert [one["processInstanceKey"] for one in found.json()["items"]] == [instance]
    found = admin.post(
        "/v2/process-instances/search", json={"filter": {"hasIncident": False, "processInstanceKey": instance}}
    )
    assert found.json()["items"] == []


def test_definitions_are_found_by_version(admin: httpx.Client):
    wanted = {"filter": {"processDefinitionId": {"$like": "*task*"}, "isLatestVersion": True, "state": "ACTIVE"}}
    (definition,) = admin.post("/v2/process-definitions/search", json=wanted).json()["items"]
    assert (definition["processDefinitionId"], definition["version"]) == ("two-tasks", 1)
    assert admin.get(f"/v2/process-definitions/{definition['processDefinitionKey']}").json() == definition
    assert admin.get(f"/v2/process-definitions/{definition['processDefinitionKey']}/form").status_code == 204
    xml = admin.get(f"/v2/process-definitions/{definition['processDefinitionKey']}/xml")
    assert (xml.headers["content-type"], xml.text[:5]) == ("text/xml; charset=utf-8", "<?xml")
    wanted["filter"]["hasStartForm"] = True
    assert admin.post("/v2/process-definitions/search", json=wanted).json()["items"] == []
    wanted["filter"] |= {"hasStartForm": False, "isLatestVersion": False}
    assert admin.post("/v2/process-definitions/search", json=wanted).json()["items"] == []


def test_variables_are_searched_by_scope_name_and_value(admin: httpx.Client, instances: list[str]):
    def values(filter: dict[str, Any], **more: Any) -> list[str]:
        answer = admin.post("/v2/variables/search", json={"filter": filter, **more})
        assert answer.status_code == 200, answer.text
        return [one["value"] for one in answer.json()["items"]]

    everywhere = {"processInstanceKey": {"$in": instances}}
    assert values(everywhere) == ["0", "1", "2", "3", "4"]
    assert values(everywhere | {"value": {"$neq": "3"}}, sort=[{"field": "value", "order": "DESC"}]) == [
        "4",
        "2",
        "1",
        "0",
    ]
    assert values(everywhere | {"name": {"$like": "n?m*"}}, page={"from": 1, "limit": 2}) == ["1", "2"]
    assert values(everywhere | {"name": {"$in": ["other"]}}) == []
    assert values({"scopeKey": instances[0], "isTruncated": False}) == ["0"]
    assert admin.post("/v2/variables/search", json={"filter": {"name": "number"}}).status_code == 400
    assert admin.post("/v2/variables/search", json={"filter": everywhere, "page": {"after": "eA=="}}).status_code == 400
    assert admin.get("/v2/variables/1").status_code == 404
    assert admin.get("/v2/variables/x").status_code == 400


def test_long_values_are_cut_unless_they_are_wanted_whole(admin: httpx.Client):
    instance = start(admin, "two-tasks", long="长" * 9000)
    query = {"filter": {"processInstanceKey": instance}}
    cut = admin.post("/v2/variables/search", json=query).json()["items"][0]
    whole = admin.post("/v2/variables/search", params={"truncateValues": "false"}, json=query).json()["items"][0]
    assert (len(cut["value"]), cut["isTruncated"]) == (8191, True)
    assert (len(whole["value"]), whole["isTruncated"]) == (9002, False)
    assert admin.get(f"/v2/variables/{cut['variableKey']}").json() == whole
