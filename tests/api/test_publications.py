"""What is published may be read by everybody; what is only deployed may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import Server, serve
from tests.support.world import MONDAY, table
from workflows import runtime
from workflows.governance import publications
from workflows.store import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("public")) as started:
        with started.client() as admin:
            for code in "ABC":
                content = table("list", ["code"], ["met"], [f'"{code}"', "true"])
                assert admin.post("/v2/deployments", files=[("resources", ("list.dmn", content))]).status_code == 200
        with transaction(started.database) as session:
            runtime.pin_clock(session, MONDAY, actor="tests")
            for version, day in ((1, "2026-03-02"), (2, "2026-04-01")):
                given = {"decision": "list", "version": version, "validFrom": day, "reference": f"第 {version} 号"}
                what = publications.draft(session, given, at=MONDAY)
                publications.publish(session, what, actor="p-0031", at=MONDAY)
        yield started


@pytest.fixture
def anyone(server: Server) -> Iterator[httpx.Client]:
    with server.client(None) as client:
        yield client


def test_publications_are_listed_with_what_holds_today(anyone: httpx.Client) -> None:
    items = anyone.get("/decisions/list/publications").json()["items"]
    assert [(one["version"], one["validFrom"], one["inForce"]) for one in items] == [
        (2, "2026-04-01", False),
        (1, "2026-03-02", True),
    ]
    assert items[1] == {
        "version": 1,
        "publishedOn": "2026-03-02",
        "validFrom": "2026-03-02",
        "validTo": None,
        "reference": "第 1 号",
        "inForce": True,
    }
    assert anyone.get("/decisions/nothing/publications").json() == {"items": []}


def test_a_published_version_is_read_with_its_rules(anyone: httpx.Client) -> None:
    body = anyone.get("/decisions/list/publications/1").json()
    assert body["rules"] == [{"rule": "list-0", "when": {"code": '"A"'}, "then": {"met": "true"}}]


@pytest.mark.parametrize("version", [3, 9])
def test_a_version_that_was_not_published_is_not_shown(anyone: httpx.Client, version: int) -> None:
    assert anyone.get(f"/decisions/list/publications/{version}").status_code == 404


@pytest.mark.parametrize("version", ["0", "-1", "x", str(1 << 40)])
def test_what_is_no_version_is_refused(anyone: httpx.Client, version: str) -> None:
    assert anyone.get(f"/decisions/list/publications/{version}").status_code == 400
