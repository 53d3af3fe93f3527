"""Clocks over HTTP: which run under which light, what one is made of, what has fired."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import Server, serve
from tests.support import diagrams as d
from tests.support.databases import KINDS
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.runtime import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

HOUR = timedelta(hours=1)
CLOCKED = d.bpmn(
    d.start(),
    d.user(
        "handle",
        d.properties(
            bihuan_stage="处置",
            bihuan_limit='={unit: "urgent_hour", number: hours,'
            ' milestones: [{name: "排险", unit: "urgent_hour", number: 2}]}',
            bihuan_ladder="ladder",
            bihuan_holder="=holder",
        ),
    ),
    d.end(),
    flows="start>handle; handle>end",
    process_id="clocked",
)


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("server"), request.param) as started:
        yield started


@pytest.fixture(scope="module")
def instances(server: Server) -> list[int]:
    """Three instances with two clocks each, fifteen hours after they began: 10 hours, 20 hours, and 10 that ended."""
    world = World(server.database)
    world.deploy(CLOCKED, Resource("ladder.dmn", LADDER))
    world.pin(MONDAY)
    over = world.start("clocked", hours=10, holder="grid-worker-street@G07")
    world.complete("handle")
    late = world.start("clocked", hours=10, holder="grid-worker-street@G07")
    slow = world.start("clocked", hours=20, holder=None)
    world.pin(MONDAY + 15 * HOUR)
    runtime.sweep_deadlines(world.database)
    return [late, slow, over]


def find(client: httpx.Client, filter: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = client.post("/deadlines/search", json={"filter": filter, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


LATE, LATE_PART, SLOW, SLOW_PART, OVER, OVER_PART = range(6)


@pytest.mark.parametrize(
    ("filter", "clocks"),
    [
        ({}, [LATE, LATE_PART, SLOW, SLOW_PART, OVER, OVER_PART]),
        ({"light": "RED"}, [LATE]),
        ({"light": {"$in": ["YELLOW", "PURPLE"]}}, [LATE_PART, SLOW, SLOW_PART]),
        ({"light": "GREEN"}, []),
        ({"light": {"$in": []}}, []),
        ({"$or": [{"light": "RED"}, {"light": "YELLOW"}]}, [LATE, SLOW]),
        ({"open": False}, [OVER, OVER_PART]),
        ({"open": True, "overdue": False}, [SLOW]),
        ({"overdue": True}, [LATE, LATE_PART, SLOW_PART]),
        ({"stage": "处置", "milestone": "排险", "open": True}, [LATE_PART, SLOW_PART]),
        ({"holder": "grid-worker-street@G07", "milestone": ""}, [LATE, OVER]),
        ({"holder": {"$like": "*@G07"}, "open": True}, [LATE, LATE_PART]),
        ({"holder": {"$exists": False}}, [SLOW, SLOW_PART]),
        ({"unit": "work_day"}, []),
        ({"met": True}, [OVER, OVER_PART]),
        ({"firedLevel": {"$gte": 2}}, [LATE_PART, SLOW_PART]),
        ({"due": {"$lte": (MONDAY + 10 * HOUR).isoformat()}, "milestone": ""}, [LATE, OVER]),
    ],
)
def test_clocks_are_found_by_light_holder_stage_and_what_is_overdue(
    server: Server, instances: list[int], filter: dict[str, Any], clocks: list[int]
) -> None:
    with server.client("viewer") as client:
        found = find(client, filter)
    places = {(str(key), part): 2 * n + m for n, key in enumerate(instances) for m, part in enumerate((None, "排险"))}
    assert sorted(places[one["processInstanceKey"], one["milestone"]] for one in found) == clocks


@pytest.mark.parametrize(
    ("filter", "place"),
    [
        ({"light": "BLUE"}, "/filter/light"),
        ({"light": {"$neq": "RED"}}, "/filter/light/$neq"),
        ({"light": ["RED"]}, "/filter/light"),
        ({"open": "yes"}, "/filter/open"),
        ({"unit": "week"}, "/filter/unit"),
    ],
)
def test_what_cannot_be_asked_is_400_with_the_place(server: Server, filter: dict[str, Any], place: str) -> None:
    with server.client() as client:
        answer = client.post("/deadlines/search", json={"filter": filter})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, place)


def test_what_is_due_first_comes_first_and_is_leafed_through(server: Server, instances: list[int]) -> None:
    sort = [{"field": "light", "order": "DESC"}, {"field": "due", "order": "ASC"}]
    with server.client() as client:
        pages, cursor = [], None
        while True:
            page = {"limit": 1, **({"after": cursor} if cursor else {})}
            answer = client.post("/deadlines/search", json={"filter": {"open": True}, "sort": sort, "page": page})
            if not answer.json()["items"]:
                break
            pages += [(one["light"], one["milestone"]) for one in answer.json()["items"]]
            cursor = answer.json()["page"]["endCursor"]
    assert pages == [("PURPLE", "排险"), ("PURPLE", "排险"), ("RED", None), ("YELLOW", None)]


def test_a_clock_says_which_it_is_and_in_which_unit(server: Server, instances: list[int]) -> None:
    with server.client() as client:
        [stage] = find(client, {"light": "RED"})
        part = find(client, {"processInstanceKey": str(instances[0]), "milestone": "排险"})[0]
    assert (stage["clock"], part["clock"]) == ("处置(10 紧急工作时)", "处置 · 排险(2 紧急工作时)")
    assert (stage["unit"], stage["unitLabel"], stage["number"]) == ("urgent_hour", "紧急工作时", 10)
    assert (stage["overdue"], stage["light"], stage["due"]) == (True, "RED", "2026-03-02T11:00:00.000Z")


def test_one_clock_is_told_whole(server: Server, instances: list[int]) -> None:
    with server.client() as client:
        [found] = find(client, {"light": "RED"})
        told = client.get(f"/deadlines/{found['deadlineKey']}").json()
    assert {name: told[name] for name in found} == found
    assert (told["used"], told["left"], told["carried"], told["extensions"], told["pauses"]) == (15, -5, 0, 0, [])
    assert [(rung["level"], rung["at"], rung["role"]) for rung in told["rungs"]] == [
        (0, 0.5, "handler"),
        (1, 1, "grid-lead"),
        (2, 2, "area-lead"),
    ]
    assert [rung["fired"] and rung["fired"]["recipient"] for rung in told["rungs"]] == [
        "grid-worker-street@G07",
        "grid-lead",
        None,
    ]
    assert [rung["due"] for rung in told["rungs"]] == [
        "2026-03-02T06:00:00.000Z",
        "2026-03-02T11:00:00.000Z",
        "2026-03-02T21:00:00.000Z",
    ]


def test_pauses_and_extensions_are_told(server: Server) -> None:
    world = World(server.database)
    world.pin(MONDAY + 15 * HOUR)
    key = world.start("clocked", hours=10, holder=None)
    with server.client() as client:
        clock = find(client, {"processInstanceKey": str(key), "milestone": ""})[0]["deadlineKey"]
        world.run(runtime.extend_deadline, int(clock), reason="等材料")
        world.move(HOUR)
        world.run(runtime.suspend_process_instance, key)
        world.move(2 * HOUR)
        still = client.get(f"/deadlines/{clock}").json()
        world.run(runtime.resume_process_instance, key)
        told = client.get(f"/deadlines/{clock}").json()
        world.run(runtime.cancel_process_instance, key)
        ended = client.get(f"/deadlines/{clock}").json()
    begin = "2026-03-02T17:00:00.000Z"
    assert (still["pausedSince"], still["pauses"], still["nextAt"]) == (begin, [{"from": begin, "to": None}], None)
    assert (still["used"], still["left"], told["used"], told["left"]) == (1, 19, 1, 19)
    assert told["pauses"] == [{"from": begin, "to": "2026-03-02T19:00:00.000Z"}]
    assert (told["extensions"], told["light"], ended["light"], ended["used"]) == (1, "GREEN", None, 1)
    world.pin(MONDAY + 15 * HOUR)


def test_a_clock_that_is_not_there_is_404(server: Server) -> None:
    with server.client() as client:
        answer = client.get("/deadlines/1048577")
    assert (answer.status_code, answer.json()["detail"]) == (404, "没有编号为 1048577 的时限")


def test_lights_are_counted_in_all_by_stage_and_by_unit(server: Server, instances: list[int]) -> None:
    with server.client("desk") as client:
        told = client.get("/deadlines/lights").json()
    none = {"open": 0, "green": 0, "yellow": 0, "red": 0, "purple": 0, "paused": 0}
    assert told.pop("asOf") == (MONDAY + 15 * HOUR).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert told.pop("stages") == [
        {**none, "stage": "处置", "milestone": None, "open": 2, "yellow": 1, "red": 1},
        {**none, "stage": "处置", "milestone": "排险", "open": 2, "purple": 2},
    ]
    assert told.pop("units") == [
        {**none, "holderUnit": "G07", "holderUnitName": None, "open": 2, "red": 1, "purple": 1},
        {**none, "holderUnit": None, "holderUnitName": None, "open": 2, "yellow": 1, "purple": 1},
    ]
    assert told == {**none, "open": 4, "yellow": 1, "red": 1, "purple": 2}


def test_escalations_are_found_and_say_of_which_clock_they_are(server: Server, instances: list[int]) -> None:
    def search(filter: dict[str, Any]) -> list[dict[str, Any]]:
        answer = client.post("/escalations/search", json={"filter": filter, "sort": [{"field": "at"}]})
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    late = str(instances[0])
    with server.client("supervisor") as client:
        fired = search({"processInstanceKey": late})
        assert [(one["clock"], one["level"], one["recipient"]) for one in fired] == [
            ("处置 · 排险(2 紧急工作时)", 0, "grid-worker-street@G07"),
            ("处置 · 排险(2 紧急工作时)", 1, "grid-lead"),
            ("处置 · 排险(2 紧急工作时)", 2, "area-lead"),
            ("处置(10 紧急工作时)", 0, "grid-worker-street@G07"),
            ("处置(10 紧急工作时)", 1, "grid-lead"),
        ]
        assert {datetime.fromisoformat(one["fired"]) for one in fired} == {MONDAY + 15 * HOUR}
        assert [one["level"] for one in search({"processInstanceKey": late, "channel": "phone"})] == [2]
        assert len(search({"level": {"$gte": 1}, "milestone": "排险"})) == 4
        assert search({"announced": {"$exists": True}}) == []
        assert len(search({"vacant": False, "recipient": "area-lead", "unit": "urgent_hour"})) == 2
