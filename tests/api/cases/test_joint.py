"""Joint operations over HTTP: asked for about a case, in a person's name, once; listed and counted."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.api.cases.conftest import report
from tests.support.world import World
from workflows import runtime
from workflows.store.tables import UserTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.api.conftest import Server

ANSWERS: dict[str, dict[str, Any]] = {
    "verify": {"result": "属实"},
    "file": {"result": "立案"},
    "dispatch": {"result": "按建议派遣"},
}
BLOCKED: dict[str, Any] = {"conditionCode": "E0403-01", "text": "夜市占道,几家都管一段"}


@pytest.fixture
def desk(server: Server) -> Iterator[httpx.Client]:
    with server.client("desk", **{"On-Behalf-Of": "p-0112"}) as client:
        yield client


@pytest.fixture
def world(server: Server) -> World:
    return World(server.database)


def in_hand(world: World, citizen: httpx.Client, n: int) -> str:
    """The number of a case that a unit has. Each lies somewhere else, or it would be a duplicate."""
    number = report(citizen, **BLOCKED, lat=27.7330 + n / 1000).json()["number"]
    for element, answer in ANSWERS.items():
        world.run(runtime.complete_user_task, world.task(element), answer, actor="p-0005")
    return str(number)


def ask(client: httpx.Client, number: str, key: str | None = None, **more: Any) -> httpx.Response:
    headers = {"idempotency-key": key or str(uuid.uuid4())}
    body = {"reason": "占道、违停几家都管一段", **more}
    return client.post(f"/cases/{number}/joint-rectification", json=body, headers=headers)


def open_tasks(world: World, instance: str) -> list[str]:
    query = select(UserTask.element_id).where(
        UserTask.process_instance_key == int(instance), UserTask.state == "CREATED"
    )
    return [row[0] for row in world.rows(query)]


def test_a_case_leaves_its_unit_and_waits_for_the_operation(
    world: World, citizen: httpx.Client, desk: httpx.Client
) -> None:
    number = in_hand(world, citizen, 0)
    asked = ask(desk, number, requestedBy="grid-lead@G07")
    assert asked.status_code == 201, asked.text
    assert open_tasks(world, asked.json()["processInstanceKey"]) == []
    [operation] = desk.get(f"/cases/{number}").json()["jointOperations"]
    assert (operation["state"], operation["cases"], operation["requestedBy"]) == (
        "running",
        [number],
        "grid-lead@G07",
    )
    assert operation["reason"] == "占道、违停几家都管一段"
    assert open_tasks(world, operation["processInstanceKey"]) == ["convene"]
    told = [one for one in world.events(int(asked.json()["processInstanceKey"])) if one.tag == "message:correlate"]
    assert (told[-1].actor, told[-1].details["variables"]["reason"]) == ("p-0112", "占道、违停几家都管一段")


def test_sent_again_it_is_the_same_operation(world: World, citizen: httpx.Client, desk: httpx.Client) -> None:
    number, key = in_hand(world, citizen, 2), str(uuid.uuid4())
    first, again = ask(desk, number, key), ask(desk, number, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, again.headers["idempotency-replayed"]) == (again.content, "true")
    assert len(desk.get(f"/cases/{number}").json()["jointOperations"]) == 1
    assert ask(desk, number, key, reason="别的").json()["code"] == "IDEMPOTENCY_KEY_REUSED"
    later = ask(desk, number)
    assert (later.status_code, later.json()["code"]) == (409, "NOT_IN_HAND")


def test_a_case_that_nobody_has_yet_or_any_more_is_refused(
    world: World, citizen: httpx.Client, desk: httpx.Client
) -> None:
    number = report(citizen, **BLOCKED, lat=27.7370).json()["number"]
    assert ask(desk, number).json()["code"] == "NOT_IN_HAND"
    world.run(runtime.complete_user_task, world.task("verify"), {"result": "不属实", "reason": "没有"}, actor="p-0005")
    assert ask(desk, number).json()["code"] == "CASE_ENDED"
    assert ask(desk, "2026-999999").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": "为什么", "requestedBy": "somebody"}, {"reason": "为什么", "more": 1}]
)
def test_what_is_not_a_request_is_refused(desk: httpx.Client, body: dict[str, Any]) -> None:
    headers = {"idempotency-key": str(uuid.uuid4())}
    assert desk.post("/cases/2026-000001/joint-rectification", json=body, headers=headers).status_code == 400


def test_it_needs_a_key_and_the_permission(server: Server, desk: httpx.Client) -> None:
    answer = desk.post("/cases/2026-000001/joint-rectification", json={"reason": "为什么"})
    assert answer.json()["code"] == "IDEMPOTENCY_KEY_MISSING"
    with server.client("viewer") as viewer:
        assert ask(viewer, "2026-000001").json()["code"] == "PERMISSION_MISSING"


def test_operations_are_listed_and_counted(world: World, citizen: httpx.Client, desk: httpx.Client) -> None:
    for n in (7, 8):  # too near to each other in another grid would be one operation
        ask(desk, in_hand(world, citizen, n))
    page = desk.get("/joint-operations", params={"limit": 1, "classCode": "E0403"}).json()
    assert len(page["items"]) == 1
    rest = desk.get("/joint-operations", params={"before": page["next"], "classCode": "E0403"}).json()["items"]
    totals = desk.get("/joint-operations/totals", params={"classCode": "E0403"}).json()
    assert totals["operations"] == len(rest) + 1
    assert totals["outcomes"]["running"] == totals["operations"]
    assert totals["cases"] == len({number for one in [*page["items"], *rest] for number in one["cases"]})
    assert (totals["casesSolved"], totals["persons"]) == (0, 0)
    assert desk.get("/joint-operations", params={"outcome": "solved"}).json()["items"] == []
    assert desk.get("/joint-operations", params={"grid": "G99"}).json() == {"items": [], "next": None}
    assert desk.get("/joint-operations", params={"before": "x"}).status_code == 400
    world.run(runtime.cancel_process_instance, int(page["items"][0]["processInstanceKey"]))
    [shown] = desk.get("/joint-operations", params={"limit": 1, "classCode": "E0403"}).json()["items"]
    assert shown["state"] == "cancelled"
