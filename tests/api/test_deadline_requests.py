"""延期, 挂账 and 申诉 asked for over HTTP, in a person's name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tasks.packs import resources
from tests.api.conftest import Server, open_tasks, serve
from tests.support import diagrams as d
from tests.support.databases import KINDS
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.runtime import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

CLOCKS = Path(__file__).parents[2] / "bpmn" / "clocks"
HOUR = timedelta(hours=1)
CLOCKED = d.bpmn(
    d.start(),
    d.user(
        "handle",
        d.properties(
            bihuan_stage="处置",
            bihuan_limit='={unit: "urgent_hour", number: 4}',
            bihuan_ladder="ladder",
            bihuan_holder="handler@fire",
        ),
    ),
    d.end(),
    flows="start>handle; handle>end",
)


@pytest.fixture(params=KINDS)
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with serve(tmp_path, request.param) as server:
        world = World(server.database)
        world.deploy(CLOCKED, Resource("ladder.dmn", LADDER), *resources(CLOCKS))
        world.pin(MONDAY)
        world.start()
        yield server


@pytest.fixture
def desk(asked: Server) -> Iterator[httpx.Client]:
    with asked.client("desk", **{"On-Behalf-Of": "p-0112"}) as client:
        yield client


def ask(client: httpx.Client, server: Server, what: str, **more: Any) -> httpx.Response:
    key = World(server.database).deadlines()[0].key
    return client.post(f"/deadlines/{key}/{what}", json={"reason": "要等配件", **more})


def test_an_extension_is_asked_for_decided_and_seen(asked: Server, desk: httpx.Client):
    instance = ask(desk, asked, "extension").json()["processInstanceKey"]
    assert ask(desk, asked, "extension").json()["code"] == "REQUEST_PENDING"
    for person, element in (("p-0017", "first-review"), ("p-0005", "final-review")):
        [task] = open_tasks(desk, instance)
        assert task["elementId"] == element
        path = f"/v2/user-tasks/{task['userTaskKey']}/completion"
        done = desk.post(path, json={"variables": {"result": "同意"}}, headers={"On-Behalf-Of": person})
        assert done.status_code == 204, done.text
    [clock] = World(asked.database).deadlines()[:1]
    assert (clock.extensions, clock.due) == (1, MONDAY + 8 * HOUR)
    seen = desk.get(f"/deadlines/{clock.key}").json()
    assert (seen["extensions"], seen["due"]) == (1, "2026-03-02T09:00:00.000Z")


def test_who_asks_is_the_person(asked: Server, desk: httpx.Client):
    ask(desk, asked, "suspension", until="2026-03-20T08:00:00+08:00")
    world = World(asked.database)
    [event] = [one for one in world.events(world.deadlines()[0].process_instance_key) if one.tag == "deadline:request"]
    assert (event.actor, event.details["until"]) == ("p-0112", "2026-03-20T00:00:00+00:00")


@pytest.mark.parametrize(
    ("what", "more", "status", "code"),
    [
        ("extension", {"reason": ""}, 400, "INVALID_ARGUMENT"),
        ("extension", {"until": "2026-03-20T08:00:00+08:00"}, 400, "INVALID_ARGUMENT"),
        ("suspension", {}, 400, "INVALID_ARGUMENT"),
        ("suspension", {"until": "2026-03-20"}, 400, "INVALID_ARGUMENT"),
        ("suspension", {"until": "2028-03-20T08:00:00+08:00"}, 400, "INVALID"),
        ("appeal", {}, 409, "NOT_APPEALABLE"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    asked: Server, desk: httpx.Client, what: str, more: dict[str, Any], status: int, code: str
):
    answer = ask(desk, asked, what, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert World(asked.database).tasks() == ["handle"]


def test_overdue_is_appealed_against_and_not_extended(asked: Server, desk: httpx.Client):
    world = World(asked.database)
    world.move(5 * HOUR)
    assert ask(desk, asked, "extension").json()["code"] == "NOT_EXTENDABLE"
    world.complete("handle")
    instance = ask(desk, asked, "appeal").json()["processInstanceKey"]
    assert [task["elementId"] for task in open_tasks(desk, instance)] == ["dispatcher-review"]


def test_a_clock_that_is_not_there_is_404(desk: httpx.Client):
    assert desk.post("/deadlines/1/extension", json={"reason": "没有"}).status_code == 404


def approved(client: httpx.Client, instance: str) -> None:
    for person in ("p-0001", "p-0002"):
        [task] = open_tasks(client, instance)
        done = client.post(
            f"/v2/user-tasks/{task['userTaskKey']}/completion",
            json={"variables": {"result": "同意"}},
            headers={"On-Behalf-Of": person},
        )
        assert done.status_code == 204, done.text


def test_a_suspension_is_ended_before_its_day_and_the_request_with_it(asked: Server, desk: httpx.Client):
    assert ask(desk, asked, "resumption").json()["code"] == "NOT_SUSPENDED"
    instance = ask(desk, asked, "suspension", until="2026-03-20T08:00:00+08:00").json()["processInstanceKey"]
    approved(desk, instance)
    world = World(asked.database)
    world.pin(MONDAY + HOUR)
    assert ask(desk, asked, "resumption").status_code == 204
    [clock] = [row for row in world.deadlines() if row.stage == "处置"]
    assert (clock.suspended_until, clock.due) == (None, MONDAY + 5 * HOUR)
    assert world.state(int(instance)) == "COMPLETED"
    assert ask(desk, asked, "resumption").json()["code"] == "NOT_SUSPENDED"
    assert world.verify() == []


def test_a_suspension_that_no_process_waits_for_is_ended_too(asked: Server, desk: httpx.Client):
    world = World(asked.database)
    key = world.deadlines()[0].key
    world.run(runtime.suspend_deadline, key, until=MONDAY + 240 * HOUR, reason="督办决定")
    world.pin(MONDAY + HOUR)
    assert ask(desk, asked, "resumption").status_code == 204
    row = world.deadlines()[0]
    assert (row.suspended_until, row.due) == (None, MONDAY + 5 * HOUR)
    said = world.events(row.process_instance_key)[-1]
    assert (said.tag, said.actor, said.details["reason"]) == ("deadline:resume", "p-0112", "要等配件")
    world.complete("handle")
    assert ask(desk, asked, "resumption").json()["code"] == "NOT_SUSPENDED"
    assert desk.post("/deadlines/1/resumption", json={"reason": "没有"}).status_code == 404
