"""督办 over HTTP: a letter comes up, is answered beyond the powers and within them, is judged, and is found by how it went."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tasks.packs import resources
from tests.api.conftest import Server, serve
from tests.support import diagrams as d
from tests.support.databases import KINDS
from tests.support.world import MONDAY, World, table
from workflows import runtime
from workflows.runtime import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

CLOCKS = Path(__file__).parents[2] / "bpmn" / "clocks"
HOUR = timedelta(hours=1)
LADDER = table(
    "ladder",
    ["stage"],
    ["level", "at", "role", "powers", "process"],
    ["-", "1", "1", '"area-lead@east"', '"extend"', '"supervision"'],
    ["-", "2", "2", '"duty-lead@centre"', "null", "null"],
    policy="COLLECT",
)
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
    process_id="clocked",
)


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with serve(tmp_path, request.param) as started:
        world = World(started.database)
        world.deploy(CLOCKED, Resource("ladder.dmn", LADDER))
        world.deploy(*resources(CLOCKS))
        world.pin(MONDAY)
        for _ in range(2):
            world.start("clocked")
        world.pin(MONDAY + 5 * HOUR)
        runtime.sweep_deadlines(world.database)
        yield started


def search(client: httpx.Client, **filter: Any) -> list[dict[str, Any]]:
    answer = client.post("/escalations/search", json={"filter": filter, "sort": [{"field": "letterNumber"}]})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def complete(client: httpx.Client, supervision: str, person: str, **variables: Any) -> httpx.Response:
    """Whoever of the supervising instance's open task."""
    wanted = {"filter": {"processInstanceKey": supervision, "state": "CREATED"}}
    [task] = client.post("/v2/user-tasks/search", json=wanted).json()["items"]
    return client.post(
        f"/v2/user-tasks/{task['userTaskKey']}/completion",
        json={"variables": variables},
        headers={"On-Behalf-Of": person},
    )


def test_a_letter_is_found_with_its_escalation_and_by_what_became_of_it(server: Server) -> None:
    with server.client("supervisor") as reader, server.client("desk") as desk:
        first, second = search(reader, level=1)
        assert [one["letter"]["number"] for one in (first, second)] == ["督办〔2026〕1号", "督办〔2026〕2号"]
        assert "应于 2026-03-02 13:00 前办结" in first["letter"]["text"]
        assert first["letter"]["replyDue"] == "2026-03-03T04:00:00.000Z"
        supervision = first["supervisionKey"]

        said = {"decision": "转办", "note": "网格清不动", "department": "fire", "trade": "street"}
        answer = complete(desk, supervision, "p-0019", **said)
        assert (answer.status_code, answer.json()["detail"]) == (
            400,
            "填写的内容不符合表单。/ department、trade 必填其中一项，也只能填一项",
        )
        assert complete(desk, supervision, "p-0019", decision="挂账", note="等", until="2026-04-01").status_code == 204
        assert search(reader, letterNumber="督办〔2026〕1号")[0]["letter"]["replied"] is None, "beyond the powers"
        assert complete(desk, supervision, "p-0019", decision="延期", note="等配件").status_code == 204
        assert complete(desk, supervision, "p-0019", result="认可").json()["code"] == "SEPARATION_OF_DUTY"
        assert complete(desk, supervision, "p-0017", result="认可").status_code == 204

        [settled] = search(reader, outcome="accepted")
        letter = settled["letter"]
        assert (letter["decision"], letter["reply"], letter["repliedBy"]) == ("extend", "等配件", "p-0019")
        assert letter["closed"] == letter["replied"] == "2026-03-02T06:00:00.000Z"
        assert [one["letter"]["number"] for one in search(reader, replied={"$exists": False}, level=1)] == [
            "督办〔2026〕2号"
        ]


def test_a_rung_without_supervision_has_no_letter(server: Server) -> None:
    World(server.database).pin(MONDAY + 9 * HOUR)
    runtime.sweep_deadlines(server.database)
    with server.client("supervisor") as client:
        assert [one["letter"] for one in search(client, level=2)] == [None, None]
