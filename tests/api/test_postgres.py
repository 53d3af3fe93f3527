"""The same server on PostgreSQL: the official client, writers that meet, searches, and texts it cannot hold."""

from __future__ import annotations

import json
import secrets
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from camunda_orchestration_sdk import CamundaClient
from sqlalchemy import func, select

from tests.api.cases.conftest import report, settle
from tests.api.cases.test_official_client__case import ANSWERS, work_off
from tests.api.conftest import Server, deploy_processes, open_tasks, serve, start
from tests.api.test_bad_input import post, refused
from tests.api.test_decisions import DECIDING, SUMMER, TWICE, deploy, take
from tests.api.test_official_client import configuration
from tests.support.graphs import GRAPH
from workflows.runtime.verify import verify
from workflows.store import read
from workflows.store.tables import ProcessInstance
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("postgres"), "postgresql") as started:
        deploy_processes(started)
        with started.client() as admin:
            deploy(admin, limits_dmn=GRAPH, deciding_bpmn=DECIDING)
        settle(started)
        yield started


def twenty_at_once(do: Callable[[], Any]) -> Counter[Any]:
    together = threading.Barrier(20)

    def one(_: int) -> Any:
        together.wait()
        return do()

    with ThreadPoolExecutor(20) as threads:
        return Counter(threads.map(one, range(20)))


def test_the_official_client_closes_a_case(server: Server):
    with server.client(None) as citizen, CamundaClient(configuration(server)) as camunda:
        number = report(citizen).json()["number"]
        assert work_off(camunda, number) == list(ANSWERS)
    with server.client("desk") as desk:
        case = desk.get(f"/cases/{number}").json()
    assert (case["state"], case["step"], case["evaluation"]["satisfaction"]) == ("closed", "结果评价", "满意")


def test_twenty_who_complete_one_task_are_one_success(server: Server, admin: httpx.Client):
    instance = start(admin, "two-tasks")
    (task,) = open_tasks(admin, instance)

    def complete() -> int:
        with server.client() as client:
            return client.post(f"/v2/user-tasks/{task['userTaskKey']}/completion").status_code

    assert twenty_at_once(complete) == {204: 1, 409: 19}
    assert [one["elementId"] for one in open_tasks(admin, instance)] == ["second"]


def test_one_report_sent_twenty_times_at_once_is_one_case(server: Server):
    key = str(uuid.uuid4())

    def send() -> tuple[int, str]:
        with server.client(None) as citizen:
            answer = report(citizen, key, address="二十路")
            return answer.status_code, answer.text

    assert list(twenty_at_once(send).values()) == [20]
    with read(server.database) as session:
        assert session.scalar(select(func.count()).where(Case.address == "二十路")) == 1


def test_twenty_reports_at_once_are_twenty_cases_that_number_on(server: Server):
    def send() -> str:
        with server.client(None) as citizen:
            answer = report(citizen, address="各自路")
            assert answer.status_code == 201, answer.text
            return answer.json()["number"]

    numbers = sorted(int(number.split("-")[1]) for number in twenty_at_once(send))
    assert numbers == list(range(numbers[0], numbers[0] + 20))


SEARCHES = ("user-tasks", "process-instances", "element-instances", "incidents", "process-definitions",
            "decision-definitions", "decision-instances", "decision-requirements")  # fmt: skip


@pytest.mark.parametrize("resource", SEARCHES)
def test_every_field_sorts_and_the_pages_are_the_whole(server: Server, admin: httpx.Client, resource: str):
    for number in range(3):
        start(admin, "two-tasks", number=number)
        start(admin, "failing", answer=1)
        start(admin, "deciding", **(SUMMER if number else TWICE))
        take(admin, decisionDefinitionId="advice", variables=SUMMER)
    path = f"/v2/{resource}/search"
    schema = server.app.openapi()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    everything = admin.post(path, json={"page": {"limit": 1000}}).json()["items"]
    assert len(everything) > 2
    for field in schema["properties"]["sort"]["items"]["properties"]["field"]["enum"]:
        for order in ("ASC", "DESC"):
            query: dict[str, Any] = {"sort": [{"field": field, "order": order}], "page": {"limit": 1000}}
            whole = admin.post(path, json=query)
            assert whole.status_code == 200, (field, whole.text)
            found: list[Any] = []
            size = len(everything) // 3 + 1
            query["page"] = {"limit": size}
            while page := admin.post(path, json=query).json()["items"]:
                found += page
                cursor = admin.post(path, json=query).json()["page"]["endCursor"]
                query["page"] = {"limit": size, "after": cursor}
            assert found == whole.json()["items"], (field, order)
            assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, everything))


def test_decisions_taken_at_once_are_all_on_record(server: Server):
    def decide() -> str:
        with server.client() as client:
            return take(client, decisionDefinitionId="advice", variables=SUMMER)["decisionEvaluationKey"]

    keys = twenty_at_once(decide)
    assert len(keys) == 20
    with server.client() as admin:
        wanted = {"filter": {"decisionEvaluationKey": {"$in": list(keys)}, "state": "EVALUATED"}}
        assert admin.post("/v2/decision-instances/search", json=wanted).json()["page"]["totalItems"] == 60


def test_every_operator_finds_what_it_says(admin: httpx.Client):
    started = [start(admin, "two-tasks", number=number) for number in range(3)]
    among = {"processInstanceKey": {"$in": started}}

    def count(**filter: Any) -> int:
        answer = admin.post("/v2/user-tasks/search", json={"filter": among | filter})
        assert answer.status_code == 200, answer.text
        return answer.json()["page"]["totalItems"]

    assert count() == 3
    assert count(candidateGroup="inspection-desk@centre") == 3
    assert count(candidateGroup={"$in": ["nobody@centre"]}) == 0
    assert count(elementId={"$like": "f?r*"}) == 3
    assert count(elementId={"$notIn": ["first"]}) == 0
    assert count(assignee={"$exists": False}, priority={"$gte": 50, "$lt": 2**31 - 1}) == 3
    assert count(creationDate={"$gt": "2020-01-01T00:00:00+08:00"}, dueDate={"$exists": True}) == 0
    assert count(**{"$or": [{"processInstanceKey": started[0]}, {"state": "CANCELED"}]}) == 1


def test_the_longest_names_fit_into_the_indexes(admin: httpx.Client):
    def longest(characters: int) -> str:
        return "".join(chr(0x20000 + secrets.randbelow(40_000)) for _ in range(characters))  # not to be compressed

    message = {"name": longest(200), "correlationKey": longest(200), "messageId": longest(200), "timeToLive": 1000}
    assert admin.post("/v2/messages/publication", json=message).status_code == 200
    (task,) = open_tasks(admin, start(admin, "two-tasks"))
    given = {"assignee": longest(256)}
    assert admin.post(f"/v2/user-tasks/{task['userTaskKey']}/assignment", json=given).status_code == 204
    instance = {"processDefinitionId": "two-tasks", "businessId": longest(256)}
    assert admin.post("/v2/process-instances", json=instance).status_code == 200


def instances(server: Server) -> int:
    with read(server.database) as session:
        return session.scalar(select(func.count()).select_from(ProcessInstance)) or 0


@pytest.mark.parametrize("text", [r"x\u0000y", r"\ud800", r"\udc00\ud800"])
def test_text_that_no_database_holds_is_refused(server: Server, admin: httpx.Client, text: str):
    before = instances(server)
    for body in (f'{{"variables": {{"a": "{text}"}}', f'{{"variables": {{"{text}": 1}}', f'{{"businessId": "{text}"'):
        sent = f'{body}, "processDefinitionId": "two-tasks"}}'.encode()
        refused(post(admin, "/v2/process-instances", sent), 400)
    refused(post(admin, "/v2/user-tasks/search", f'{{"filter": {{"name": "{text}"}}}}'.encode()), 400)
    assert instances(server) == before


def test_numbers_keep_all_their_digits(admin: httpx.Client):
    digits = "1234567890123456789012345678901234567890"
    body = f'{{"processDefinitionId": "two-tasks", "variables": {{"a": {digits}, "b": 0.{digits}, "c": -{digits}}}}}'
    instance = post(admin, "/v2/process-instances", body.encode()).json()["processInstanceKey"]
    found = admin.post("/v2/variables/search", json={"filter": {"processInstanceKey": instance}}).json()["items"]
    assert {one["name"]: one["value"] for one in found} == {"a": digits, "b": f"0.{digits}", "c": f"-{digits}"}


def test_the_database_is_sound_after_all_this(server: Server):
    with read(server.database) as session:
        assert verify(session) == []
