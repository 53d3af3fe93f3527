"""Parking records over HTTP: taken once, decided one by one, each line with its result."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.cases.conftest import pack_files
from tests.api.conftest import Server, serve
from tests.support.databases import KINDS
from workflows import runtime
from workflows.governance import publications
from workflows.store import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

PATH = "/cases/exemptions:batch"


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A city with its registers and a list that was published in 2024."""
    with serve(tmp_path_factory.mktemp("parking"), request.param) as started:
        with started.client() as admin:
            for pack in ("loudi", "clocks", "enforcement", "penalty-exemption"):
                answer = admin.post("/v2/deployments", files=[("resources", file) for file in pack_files(pack)])
                assert answer.status_code == 200, answer.text
        with transaction(started.database) as session:
            now = datetime.now(UTC)
            asked = {"decision": "exemption-list", "validFrom": "2024-01-01", "publishedOn": "2024-01-01"}
            draft = publications.draft(session, asked | {"reference": "示例"}, at=now)
            publications.publish(session, draft, actor="someone", at=now)
        yield started


@pytest.fixture
def camera(server: Server) -> Iterator[httpx.Client]:
    with server.client("integrator") as client:
        yield client


def record(plate: str, at: str = "2026-03-02T09:30:00+08:00", **more: Any) -> dict[str, Any]:
    evidence = {"reference": "CAM-1", "audited": {"by": "样例-审核员", "at": "2026-01-05"}}
    place = {"lon": 112.016, "lat": 27.733}
    return {"plate": plate, "at": at, "place": place, "corrected": True, "evidence": evidence, **more}


def send(client: httpx.Client, *lines: Any, key: str | None = None, kind: str = "application/jsonl") -> httpx.Response:
    body = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    headers = {"content-type": kind, "idempotency-key": key or str(uuid.uuid4())}
    return client.post(PATH, content=body.encode(), headers=headers)


def work(server: Server) -> None:
    while runtime.run_batches(server.database):
        pass


def results(client: httpx.Client, location: str, **wanted: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{location}/records", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def plate() -> str:
    return f"湘K{uuid.uuid4().hex[:5].upper()}"


def test_records_are_decided_one_by_one_and_a_bad_line_has_its_own_error(server, camera):
    first, second = plate(), plate()
    late = record(first, "2026-03-05T09:30:00+08:00")
    answer = send(camera, late, "{", record(first), {"plate": "?"}, record(second, corrected=False), "[]")
    assert answer.status_code == 202, answer.text
    assert (answer.json()["total"], answer.json()["failed"]) == (6, 2)
    location = answer.headers["location"]
    assert camera.get(location).json()["left"] == 4
    work(server)
    done = camera.get(location).json()
    assert (done["state"], done["completed"], done["failed"], done["left"], done["open"]) == ("COMPLETED", 3, 3, 0, 0)
    assert done["outcomes"] == {"EXEMPT_MAY": 1, "SUMMARY": 2}
    shown = results(camera, location)
    assert [(one["line"], one["state"], one["outcome"]) for one in shown] == [
        (1, "COMPLETED", "SUMMARY"),  # the second act of this plate, though the first line
        (2, "FAILED", None),
        (3, "COMPLETED", "EXEMPT_MAY"),
        (4, "FAILED", None),
        (5, "COMPLETED", "SUMMARY"),
        (6, "FAILED", None),
    ]
    assert "/record/at 必填" in shown[3]["error"]
    assert shown[5]["error"] == "这一行不是 JSON 对象"
    assert [one["line"] for one in results(camera, location, outcome="EXEMPT_MAY")] == [3]
    assert [one["line"] for one in results(camera, location, state="FAILED", after=2)] == [4, 6]


def test_a_line_that_ends_without_an_outcome_says_how_it_ended_and_why(server, camera):
    exempted = plate()
    lines = [
        record(exempted),
        record(plate(), evidence={"reference": "CAM-2"}),
        record(plate(), damage=True),
        record(exempted),
        record(plate(), corrected=False),
    ]
    location = send(camera, *lines, "{").headers["location"]
    assert {one["ending"] for one in results(camera, location)} == {None}, "nothing is decided yet"
    work(server)
    shown = results(camera, location)
    assert [(one["outcome"], one["ending"]) for one in shown] == [
        ("EXEMPT_MAY", "告知并免罚"),
        (None, "不予立案"),
        (None, "转个案办理"),
        (None, "不予立案"),
        ("SUMMARY", "转执法程序"),
        (None, None),
    ]
    assert shown[3]["reason"] == "同一行为已经处理过"
    assert shown[3]["article"] == "行政处罚法第二十九条"
    assert "审核" in shown[1]["reason"]
    assert "不在清单之内" in shown[2]["reason"]


def test_the_documented_example_is_decided(server, camera):
    body = camera.get("/openapi.json").json()["paths"][PATH]["post"]["requestBody"]
    location = send(camera, body["content"]["application/jsonl"]["example"]).headers["location"]
    work(server)
    assert [(one["state"], one["outcome"]) for one in results(camera, location)] == [("COMPLETED", "EXEMPT_MAY")]


def test_sent_again_under_its_key_it_is_decided_once(server, camera):
    key, line = str(uuid.uuid4()), record(plate())
    first, again = send(camera, line, key=key), send(camera, line, key=key)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert send(camera, record(plate()), key=key).status_code == 422
    work(server)
    assert camera.get(first.headers["location"]).json()["completed"] == 1


def test_it_is_stopped_gone_on_with_and_given_up(server, camera):
    location = send(camera, record(plate()), record(plate())).headers["location"]
    steer = f"/v2/batch-operations/{location.rpartition('/')[2]}"
    with server.client("supervisor") as supervisor:
        assert supervisor.post(f"{steer}/suspension").status_code == 204
        work(server)
        assert camera.get(location).json()["left"] == 2
        assert supervisor.post(f"{steer}/resumption").status_code == 204
        assert runtime.run_batches(server.database, 1, only=int(location.rpartition("/")[2])) == 1
        assert supervisor.post(f"{steer}/cancellation").status_code == 204
    work(server)
    assert [one["state"] for one in results(camera, location)] == ["COMPLETED", "CANCELED"]


def test_what_cannot_be_taken_is_refused_and_nothing_kept(server, camera, monkeypatch):
    assert send(camera, record(plate()), kind="application/json").status_code == 415
    assert send(camera, "").json()["code"] == "NO_RECORDS"
    assert camera.post(PATH, content=b"{}", headers={"content-type": "application/jsonl"}).status_code == 400
    monkeypatch.setattr("api.exemptions.intake.MAX_RECORDS", 2)
    assert send(camera, "{}", "{}", "{}").json()["code"] == "TOO_MANY_RECORDS"
    assert camera.get("/cases/exemptions/1").status_code == 404
    assert camera.get("/cases/exemptions/1/records").status_code == 404


def test_a_line_that_is_too_long_or_not_utf_8_fails_alone(server, camera):
    long = json.dumps(record(plate(), damage=False) | {"note": "长" * 2_000})
    body = b"\n".join([long.encode(), b'{"plate": "\xff"}', json.dumps(record(plate())).encode(), b"", b"{}"])
    headers = {"content-type": "application/x-ndjson", "idempotency-key": str(uuid.uuid4())}
    location = camera.post(PATH, content=body, headers=headers).headers["location"]
    work(server)
    shown = results(camera, location)
    assert [one["state"] for one in shown] == ["FAILED", "FAILED", "COMPLETED", "FAILED", "FAILED"]
    assert "超过 4 KB" in shown[0]["error"]
    assert "UTF-8" in shown[1]["error"]
