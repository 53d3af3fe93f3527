"""A server with the shipped packs deployed and the sample city in it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tasks.packs import resources
from tests.api.conftest import Server, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

PACKS = Path(__file__).parents[3] / "bpmn"
REPORT: dict[str, Any] = {
    "channel": "web",
    "conditionCode": "E0101-01",
    "text": "围墙根下一大堆生活垃圾,没人收。",
    "address": "样例路 1 号围墙外",
    "lon": 112.0160,
    "lat": 27.7330,
    "reporter": {"name": "样例-市民甲", "phone": "0738-0000001"},
}


def pack_files(pack: str) -> list[tuple[str, bytes]]:
    """What is deployed of a pack, by the name it is deployed under."""
    return [(file.name, file.content) for file in resources(PACKS / pack)]


def settle(server: Server) -> None:
    """The shipped packs deployed and the sample city taken over."""
    with server.client() as admin:
        for pack in ("case-handling", "joint-rectification", "loudi"):
            answer = admin.post("/v2/deployments", files=[("resources", file) for file in pack_files(pack)])
            assert answer.status_code == 200, answer.text


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("city")) as started:
        settle(started)
        yield started


@pytest.fixture
def citizen(server: Server) -> Iterator[httpx.Client]:
    with server.client(None) as client:
        yield client


def report(client: httpx.Client, key: str | None = None, **fields: Any) -> httpx.Response:
    return client.post("/cases", json=REPORT | fields, headers={"idempotency-key": key or str(uuid.uuid4())})
