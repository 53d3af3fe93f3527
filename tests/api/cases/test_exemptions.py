"""Whether a violation is punished, opened over HTTP: in a person's name, once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.api.cases.conftest import pack_files, report
from workflows.store import read
from workflows.store.tables import Event, UserTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.api.conftest import Server

SHOP = {"conditionCode": "E0402-01", "text": "货架摆到人行道上。", "address": "长青中街"}


@pytest.fixture(scope="module")
def deployed(server: Server) -> None:
    with server.client() as admin:
        for pack in ("enforcement", "penalty-exemption"):
            answer = admin.post("/v2/deployments", files=[("resources", file) for file in pack_files(pack)])
            assert answer.status_code == 200, answer.text


@pytest.fixture
def desk(server: Server, deployed: None) -> Iterator[httpx.Client]:
    with server.client("desk", **{"On-Behalf-Of": "p-0032"}) as client:
        yield client


def open_it(client: httpx.Client, number: str, key: str | None = None) -> httpx.Response:
    return client.post(f"/cases/{number}/exemption", headers={"idempotency-key": key or str(uuid.uuid4())})


def test_it_begins_with_an_inspection(server: Server, citizen: httpx.Client, desk: httpx.Client) -> None:
    number = report(citizen, **SHOP, lat=27.7352).json()["number"]
    opened = open_it(desk, number)
    assert opened.status_code == 201, opened.text
    key = int(opened.json()["processInstanceKey"])
    with read(server.database) as session:
        tasks = select(UserTask.element_id).where(UserTask.process_instance_key == key)
        assert list(session.scalars(tasks)) == ["inspect"]
        first = session.scalars(select(Event).where(Event.process_instance_key == key)).one()
    assert (first.actor, first.details["variables"]["case"]["number"]) == ("p-0032", number)


def test_sent_again_it_is_the_same_and_another_one_conflicts(citizen: httpx.Client, desk: httpx.Client) -> None:
    number, key = report(citizen, **SHOP, lat=27.7392).json()["number"], str(uuid.uuid4())
    first, again = open_it(desk, number, key), open_it(desk, number, key)
    assert (first.content, again.headers["idempotency-replayed"]) == (again.content, "true")
    later = open_it(desk, number)
    assert (later.status_code, later.json()["code"]) == (409, "EXEMPTION_RUNNING")
    assert open_it(desk, "2026-999999").status_code == 404


def tell(client: httpx.Client, number: str, kind: str, **told: str) -> httpx.Response:
    headers = {"idempotency-key": str(uuid.uuid4())}
    return client.post(f"/cases/{number}/exemption/statements", json={"kind": kind, **told}, headers=headers)


def test_what_is_said_reaches_the_matter_while_it_waits_for_it(
    server: Server, citizen: httpx.Client, desk: httpx.Client
) -> None:
    number = report(citizen, **SHOP, lat=27.7432).json()["number"]
    assert (
        tell(desk, number, "recusal-requested", person="p-0032", reason="亲戚").json()["code"]
        == "STATEMENT_NOT_EXPECTED"
    )
    key = open_it(desk, number).json()["processInstanceKey"]
    asked = tell(desk, number, "recusal-requested", person="p-0032", reason="亲戚")
    assert (asked.status_code, asked.json()) == (201, {"processInstanceKey": key})
    with read(server.database) as session:
        tasks = select(UserTask.element_id).where(UserTask.process_instance_key == int(key))
        assert set(session.scalars(tasks)) == {"inspect", "decide-recusal"}
        last = session.scalars(select(Event).where(Event.process_instance_key == int(key)).order_by(Event.seq.desc()))
        assert next(iter(last)).details["variables"]["reason"] == "亲戚"
    assert tell(desk, number, "plea-waived").json()["code"] == "STATEMENT_NOT_EXPECTED"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("recusal-requested", {"person": "p-0032"}),
        ("plea-submitted", {}),
        ("crime-suspected", {"text": "x"}),
        ("case-withdrawn", {}),
        ("plea-waived", {"more": "x"}),
        ("plea-submitted", {"text": "x" * 2_001}),
    ],
)
def test_what_says_too_little_or_something_else_is_refused(
    citizen: httpx.Client, desk: httpx.Client, kind: str, told: dict[str, str]
) -> None:
    number = report(citizen, **SHOP, lat=27.7472).json()["number"]
    assert tell(desk, number, kind, **told).status_code == 400
    assert tell(desk, "2026-999999", "plea-waived").status_code == 404


def test_it_needs_a_key_and_the_permission(server: Server, desk: httpx.Client) -> None:
    assert desk.post("/cases/2026-000001/exemption").json()["code"] == "IDEMPOTENCY_KEY_MISSING"
    for role in ("viewer", "integrator", "designer"):
        with server.client(role) as client:
            assert open_it(client, "2026-000001").json()["code"] == "PERMISSION_MISSING"
