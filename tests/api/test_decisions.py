"""Decisions over HTTP: found, read, taken, and looked up afterwards with the rules that fired."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import Server, serve, start
from tests.api.test_bad_input import post, refused
from tests.support import diagrams as d
from tests.support.graphs import GRAPH
from tests.support.world import table
from workflows.runtime.verify import verify
from workflows.store import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

EVALUATION = "/v2/decision-definitions/evaluation"
DECIDING = d.bpmn(
    d.start(), d.rule("decide", "advice", "result"), d.user("a"), d.end(), flows="start>decide; decide>a; a>end",
    process_id="deciding",
)  # fmt: skip
SUMMER = {"month": 7, "code": "0104"}
TWICE = {"month": 1, "code": "twice"}


def deploy(client: httpx.Client, **files: bytes) -> dict[str, dict[str, Any]]:
    """What the files became, by kind and id."""
    parts = [("resources", (name.replace("_", "."), content)) for name, content in files.items()]
    answer = client.post("/v2/deployments", files=parts)
    assert answer.status_code == 200, answer.text
    found = [one for thing in answer.json()["deployments"] for one in thing.values() if one]
    return {one.get("decisionDefinitionId") or one.get("decisionRequirementsId", ""): one for one in found}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("decisions")) as started:
        yield started
        with read(started.database) as session:
            assert verify(session) == []


@pytest.fixture(scope="module")
def deployed(server: Server) -> dict[str, dict[str, Any]]:
    with server.client() as admin:
        return deploy(admin, limits_dmn=GRAPH, deciding_bpmn=DECIDING)


def take(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post(EVALUATION, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def find(client: httpx.Client, what: str = "decision-instances", **query: Any) -> list[dict[str, Any]]:
    answer = client.post(f"/v2/{what}/search", json=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_decision_by_id_is_answered_with_all_it_required(admin: httpx.Client, deployed: dict[str, Any]):
    answer = take(admin, decisionDefinitionId="limit", variables=SUMMER, tenantId="<default>")
    key = answer["decisionEvaluationKey"]
    evaluated = answer.pop("evaluatedDecisions")
    assert answer == {
        "decisionDefinitionId": "limit",
        "decisionDefinitionKey": deployed["limit"]["decisionDefinitionKey"],
        "decisionDefinitionName": "处置时限",
        "decisionDefinitionVersion": 1,
        "decisionRequirementsId": "limits",
        "decisionRequirementsKey": deployed["limit"]["decisionRequirementsKey"],
        "decisionEvaluationKey": key,
        "decisionInstanceKey": key,
        "output": '{"hours":0.3,"unit":"work_hour"}',
        "failedDecisionDefinitionId": None,
        "failureMessage": None,
        "tenantId": "<default>",
    }
    assert [(one["decisionDefinitionId"], one["decisionEvaluationInstanceKey"]) for one in evaluated] == [
        ("season", f"{key}-1"),
        ("limit", f"{key}-2"),
    ]
    limit = evaluated[1]
    assert limit["decisionDefinitionType"] == "DECISION_TABLE"
    assert limit["evaluatedInputs"] == [
        {"inputId": "code", "inputName": "code", "inputValue": '"0104"'},
        {"inputId": "in-season", "inputName": "season", "inputValue": '"夏"'},
    ]
    given = {"ruleId": "hot", "ruleIndex": 1}
    assert limit["matchedRules"] == [
        given
        | {
            "evaluatedOutputs": [
                {"outputId": "hours-out", "outputName": "hours", "outputValue": "0.3"} | given,
                {"outputId": "unit-out", "outputName": "unit", "outputValue": '"work_hour"'} | given,
            ]
        }
    ]


def test_a_decision_by_key_is_that_version(admin: httpx.Client):
    one, two = (
        deploy(admin, which_dmn=table("which", ["x"], ["y"], ["-", f'"{number}"']))["which"] for number in (1, 2)
    )
    assert one["decisionDefinitionKey"] != two["decisionDefinitionKey"]
    first = take(admin, decisionDefinitionKey=one["decisionDefinitionKey"])
    latest = take(admin, decisionDefinitionId="which")
    assert (first["decisionDefinitionVersion"], first["output"]) == (1, '"1"')
    assert (latest["decisionDefinitionVersion"], latest["output"]) == (2, '"2"')


def test_a_decision_that_fails_is_answered_with_the_reason_and_found(admin: httpx.Client, deployed: dict[str, Any]):
    answer = take(admin, decisionDefinitionId="advice", variables=TWICE)
    assert (answer["decisionDefinitionId"], answer["output"]) == ("advice", "null")
    assert answer["failedDecisionDefinitionId"] == "limit"
    assert "UNIQUE" in answer["failureMessage"]
    assert [one["decisionDefinitionId"] for one in answer["evaluatedDecisions"]] == ["season", "limit"]
    season, limit = find(admin, filter={"decisionEvaluationKey": answer["decisionEvaluationKey"]})
    assert (season["state"], season["evaluationFailure"], season["result"]) == ("EVALUATED", None, '"其他"')
    assert (limit["state"], limit["evaluationFailure"]) == ("FAILED", answer["failureMessage"])
    assert limit["rootDecisionDefinitionKey"] == deployed["advice"]["decisionDefinitionKey"]


def test_the_decisions_of_a_process_are_found_by_it(admin: httpx.Client, deployed: dict[str, Any]):
    instance = start(admin, "deciding", **SUMMER)
    found = find(admin, filter={"processInstanceKey": instance})
    assert [one["decisionDefinitionId"] for one in found] == ["season", "limit", "advice"]
    [element] = find(admin, "element-instances", filter={"processInstanceKey": instance, "elementId": "decide"})
    process = admin.get(f"/v2/process-instances/{instance}").json()
    for number, one in enumerate(found, start=1):
        assert one["elementInstanceKey"] == element["elementInstanceKey"]
        assert one["processDefinitionKey"] == process["processDefinitionKey"]
        assert one["rootProcessInstanceKey"] == instance
        assert one["decisionEvaluationInstanceKey"] == f"{one['decisionEvaluationKey']}-{number}"
    shown = admin.get(f"/v2/decision-instances/{found[1]['decisionEvaluationInstanceKey']}").json()
    assert found[1].items() <= shown.items()
    assert [rule["ruleId"] for rule in shown["matchedRules"]] == ["hot"]
    assert [one["inputValue"] for one in shown["evaluatedInputs"]] == ['"0104"', '"夏"']


def test_decisions_taken_are_filtered_and_sorted(admin: httpx.Client, deployed: dict[str, Any]):
    answer = take(admin, decisionDefinitionId="advice", variables=SUMMER)
    instance = start(admin, "deciding", **TWICE)
    key, keys = (
        answer["decisionEvaluationKey"],
        {name: deployed[name].get("decisionDefinitionKey") for name in deployed},
    )
    among: dict[str, Any] = {"$or": [{"decisionEvaluationKey": key}, {"processInstanceKey": instance}]}

    def ids(**filter: Any) -> list[str]:
        return [one["decisionDefinitionId"] for one in find(admin, filter=among | filter)]

    assert ids() == ["season", "limit", "advice", "season", "limit"]
    assert ids(state="FAILED") == ["limit"]
    assert ids(state={"$neq": "FAILED"}, processInstanceKey=instance) == ["season"]
    assert ids(decisionDefinitionType="LITERAL_EXPRESSION") == ["advice"]
    assert ids(decisionDefinitionType="UNKNOWN") == []
    assert ids(decisionDefinitionKey={"$in": [keys["season"]]}) == ["season", "season"]
    assert ids(rootDecisionDefinitionKey=keys["season"]) == []
    assert ids(decisionRequirementsKey=deployed["limit"]["decisionRequirementsKey"], decisionDefinitionName="季节") == [
        "season",
        "season",
    ]
    assert ids(decisionEvaluationInstanceKey=f"{key}-2") == ["limit"]
    assert ids(decisionEvaluationInstanceKey={"$in": [f"{key}-1", f"{key}-3"]}) == ["season", "advice"]
    assert ids(elementInstanceKey={"$exists": False}) == ["season", "limit", "advice"]
    assert ids(businessId={"$exists": True}) == []
    assert ids(evaluationDate={"$gt": "2100-01-01T00:00:00Z"}) == []
    assert ids(decisionDefinitionVersion=2) == []
    found = find(admin, filter=among, sort=[{"field": "processInstanceKey"}, {"field": "decisionDefinitionId"}])
    assert [one["decisionDefinitionId"] for one in found] == ["limit", "season", "advice", "limit", "season"]


def test_pages_are_the_whole_also_where_a_field_is_empty(admin: httpx.Client, deployed: dict[str, Any]):
    instance = start(admin, "deciding", **TWICE)
    key = take(admin, decisionDefinitionId="limit", variables=SUMMER)["decisionEvaluationKey"]
    among = {"$or": [{"decisionEvaluationKey": key}, {"processInstanceKey": instance}]}
    for field in ("processDefinitionKey", "businessId", "evaluationFailure", "decisionDefinitionType", "tenantId"):
        for order in ("ASC", "DESC"):
            asked: dict[str, Any] = {"filter": among, "sort": [{"field": field, "order": order}]}
            whole = find(admin, **asked)
            assert len(whole) == 4
            found: list[dict[str, Any]] = []
            page: dict[str, Any] = {"limit": 1}
            while items := find(admin, **asked, page=page):
                found += items
                answer = admin.post("/v2/decision-instances/search", json=asked | {"page": page})
                page = {"limit": 1, "after": answer.json()["page"]["endCursor"]}
            assert found == whole, (field, order)


def test_definitions_are_found_read_and_are_the_file(admin: httpx.Client, deployed: dict[str, Any]):
    [limit] = find(admin, "decision-definitions", filter={"decisionDefinitionId": "limit", "isLatestVersion": True})
    assert limit == {
        "decisionDefinitionKey": deployed["limit"]["decisionDefinitionKey"],
        "decisionDefinitionId": "limit",
        "name": "处置时限",
        "version": 1,
        "decisionRequirementsKey": deployed["limit"]["decisionRequirementsKey"],
        "decisionRequirementsId": "limits",
        "decisionRequirementsName": "时限",
        "decisionRequirementsVersion": 1,
        "tenantId": "<default>",
    }
    path = f"/v2/decision-definitions/{limit['decisionDefinitionKey']}"
    assert admin.get(path).json() == limit
    assert admin.get(f"{path}/xml").content == GRAPH
    [file] = find(admin, "decision-requirements", filter={"decisionRequirementsId": "limits"})
    path = f"/v2/decision-requirements/{file['decisionRequirementsKey']}"
    assert admin.get(path).json() == file == deployed["limits"]
    assert admin.get(f"{path}/xml").content == GRAPH


def test_a_file_has_a_version_of_its_own(admin: httpx.Client):
    """Its second version holds the first one of a decision that has come to it."""
    alone = table("a", ["x"], ["y"], ["-", "1"])
    more = alone.replace(b"</definitions>", table("b", ["x"], ["y"], ["-", "1"]).partition(b">")[2])
    said = [deploy(admin, file_dmn=content) for content in (alone, more)]
    assert [one["a-file"]["version"] for one in said] == [1, 2]
    assert (said[1]["a"]["version"], said[1]["b"]["version"]) == (2, 1)
    found = find(admin, "decision-requirements", filter={"decisionRequirementsId": "a-file"})
    assert [one["version"] for one in found] == [1, 2]
    [newest] = find(admin, "decision-definitions", filter={"decisionDefinitionId": "b"})
    assert newest["decisionRequirementsVersion"] == 2


def test_numbers_keep_all_their_digits(admin: httpx.Client):
    deploy(admin, same_dmn=table("same", ["x"], ["y"], ["-", "x"]))
    for digits in ("12345678901234567890.12345678", "0.1", "123456789012345678901234567890"):
        body = f'{{"decisionDefinitionId": "same", "variables": {{"x": {digits}}}}}'.encode()
        answer = post(admin, EVALUATION, body).json()
        assert answer["output"] == digits
        [found] = find(admin, filter={"decisionEvaluationKey": answer["decisionEvaluationKey"]})
        assert found["result"] == digits
        shown = admin.get(f"/v2/decision-instances/{answer['decisionEvaluationKey']}-1").json()
        assert shown["evaluatedInputs"][0]["inputValue"] == digits


def test_what_is_not_there_is_a_404(admin: httpx.Client, deployed: dict[str, Any]):
    refused(admin.post(EVALUATION, json={"decisionDefinitionId": "nowhere"}), 404, "nowhere")
    refused(admin.post(EVALUATION, json={"decisionDefinitionKey": "17"}), 404, "17")
    key = take(admin, decisionDefinitionId="season")["decisionEvaluationKey"]
    for path in (
        "decision-definitions/17", "decision-definitions/17/xml", "decision-requirements/17",
        "decision-requirements/17/xml", "decision-instances/17-1", f"decision-instances/{key}-2",
    ):  # fmt: skip
        refused(admin.get(f"/v2/{path}"), 404)


@pytest.mark.parametrize("key", ["17", "x", "17-", "-1", "17-x", "17-1-1", "１-1", "9" * 20 + "-1"])
def test_a_decision_instance_has_a_key_and_a_number(admin: httpx.Client, key: str):
    refused(admin.get(f"/v2/decision-instances/{key}"), 400, "decisionEvaluationInstanceKey")
    wanted = {"filter": {"decisionEvaluationInstanceKey": key}}
    refused(admin.post("/v2/decision-instances/search", json=wanted), 400, "decisionEvaluationInstanceKey")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "decisionDefinitionId"),
        ({"decisionDefinitionId": "season", "decisionDefinitionKey": "1"}, "decisionDefinitionKey"),
        ({"decisionDefinitionId": ""}, "decisionDefinitionId"),
        ({"decisionDefinitionId": 1}, "decisionDefinitionId"),
        ({"decisionDefinitionKey": 1}, "decisionDefinitionKey"),
        ({"decisionDefinitionKey": "x"}, "decisionDefinitionKey"),
        ({"decisionDefinitionId": "season", "variables": [1]}, "variables"),
        ({"decisionDefinitionId": "season", "variables": "x"}, "variables"),
        ({"decisionDefinitionId": "season", "variables": None}, "variables"),
        ({"decisionDefinitionId": "season", "tenantId": "other"}, "tenantId"),
        ({"decisionDefinitionId": "season", "version": 1}, "version"),
    ],
)
def test_a_wrong_request_is_a_400_that_names_the_place(admin: httpx.Client, body: dict[str, Any], word: str):
    refused(admin.post(EVALUATION, json=body), 400, word)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("NaN", 400), ("-Infinity", 400), ("1e999", 400), ("9" * 400, 400), (r'"\u0000"', 400), (r'"\ud800"', 400),
        ("[" * 70 + "]" * 70, 400), ("[" * 100_000, 400), ('{"a": 1, "a": 2}', 400), ('"' + "x" * 3_000_000 + '"', 413),
    ],
    ids=lambda value: str(value)[:12],
)  # fmt: skip
def test_what_is_no_clean_json_is_refused_and_not_on_record(
    admin: httpx.Client, deployed: Any, value: str, status: int
):
    before = find(admin, sort=[{"field": "evaluationDate", "order": "DESC"}])
    body = f'{{"decisionDefinitionId": "season", "variables": {{"month": {value}}}}}'.encode()
    refused(post(admin, EVALUATION, body), status)
    assert find(admin, sort=[{"field": "evaluationDate", "order": "DESC"}]) == before


@pytest.mark.parametrize("month", [1e300, -(2**70), "x" * 100_000, [1] * 50_000, {"a": {"b": None}}, None, True])
def test_any_value_is_decided_on(admin: httpx.Client, deployed: Any, month: Any):
    answer = take(admin, decisionDefinitionId="season", variables={"month": month})
    assert answer["output"] == '"其他"'
    assert json.loads(answer["evaluatedDecisions"][0]["evaluatedInputs"][0]["inputValue"]) == month


def test_whoever_may_read_the_definition_may_not_yet_decide(server: Server, deployed: Any):
    with server.client("viewer") as viewer:
        assert find(viewer, "decision-definitions", filter={"decisionDefinitionId": "season"})
        refused(viewer.post(EVALUATION, json={"decisionDefinitionId": "season"}), 403, "decision-instance:create")
    with server.client("desk") as desk:
        refused(desk.post("/v2/decision-instances/search"), 403, "decision-instance:read")
