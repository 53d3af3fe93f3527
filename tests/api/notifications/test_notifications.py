"""The inbox of a person and the letters a supervisor looks after, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from tasks.deliveries import deliver
from workflows import runtime
from workflows.store import transaction
from workflows.store.tables import Person, Seat, Unit

if TYPE_CHECKING:
    from tests.api.conftest import Server

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
LEAD, LATER, STRANGER = "p-0001", "p-0002", "p-0003"


@pytest.fixture(scope="module", autouse=True)
def _city(server: Server) -> None:
    with transaction(server.database) as session:
        session.add(Unit(id="centre", kind="centre", name="中心", parent_id=None, boundary=None, details={}))
        for number, id in enumerate((LEAD, LATER, STRANGER)):
            session.add(Person(id=id, name="样例", email=f"{id}@loudi.invalid", phone=f"0738-000000{number}"))
        session.flush()
        seat = {"role": "lead", "unit_id": "centre", "title": "样例", "valid_from": AT.date(), "valid_to": None}
        session.execute(insert(Seat).values(person_id=LEAD, deputy_id=None, **seat))


def tell(server: Server, dedupe: str, **changes: Any) -> str:
    said: dict[str, Any] = {"group": "lead@centre", "kind": "escalation", "subject": f"督办 {dedupe}", "text": "请答复"}
    with transaction(server.database) as session:
        return str(runtime.notify(session, **said, channels=["email", "sms"], at=AT, dedupe=dedupe, **changes).key)


def inbox(server: Server, person: str, **query: Any) -> dict[str, Any]:
    with server.client("desk", **{"on-behalf-of": person}) as client:
        answer = client.get("/notifications", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


def mark_read(server: Server, key: str, person: str) -> int:
    with server.client("desk", **{"on-behalf-of": person}) as client:
        return client.post(f"/notifications/{key}/read").status_code


def test_what_is_unread_comes_first_and_is_counted_for_each_person(server: Server) -> None:
    keys = [tell(server, f"a{number}") for number in range(4)]
    mine = tell(server, "mine", persons=[LATER])
    assert inbox(server, STRANGER)["items"] == []
    assert mark_read(server, keys[2], LEAD) == 204
    found = inbox(server, LEAD)
    assert [item["notificationKey"] for item in found["items"]] == [mine, keys[3], keys[1], keys[0], keys[2]]
    assert (found["unread"], found["next"]) == (4, None)
    assert [item["read"] is None for item in found["items"]] == [True] * 4 + [False]
    other = inbox(server, LATER)
    assert [item["notificationKey"] for item in other["items"]] == [mine]
    assert set(other["items"][0]) == {
        "notificationKey", "recipient", "kind", "subject", "text", "caseNumber", "processInstanceKey", "at", "read",
    }  # fmt: skip


def test_an_inbox_is_leafed_through_without_losing_or_repeating_any(server: Server) -> None:
    for number in range(5):
        tell(server, f"b{number}")
    whole = [item["notificationKey"] for item in inbox(server, LEAD)["items"]]
    leafed, after = [], {}
    while True:
        page = inbox(server, LEAD, limit=2, **after)
        leafed += [item["notificationKey"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert leafed == whole
    assert len(whole) > 4


def test_an_inbox_belongs_to_a_person_and_is_read_by_those_it_concerns(server: Server) -> None:
    key = tell(server, "c")
    assert mark_read(server, key, STRANGER) == 404
    with server.client("desk") as client:
        answer = client.get("/notifications")
        assert (answer.status_code, answer.json()["code"]) == (400, "PERSON_MISSING")
        assert client.post(f"/notifications/{key}/read").status_code == 400
    with server.client("viewer", **{"on-behalf-of": LEAD}) as client:
        assert client.get("/notifications").status_code == 403


def search(server: Server, **filter: Any) -> list[dict[str, Any]]:
    with server.client("supervisor") as client:
        answer = client.post("/deliveries/search", json={"filter": filter})
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]


def test_letters_are_found_with_masked_addresses_and_sent_again_with_a_reason(server: Server) -> None:
    key = tell(server, "d")
    waiting = search(server, notificationKey=key)
    assert {item["channel"]: item["address"] for item in waiting} == {
        "email": "*****1@loudi.invalid", "sms": "073*******00",
    }  # fmt: skip
    assert LEAD + "@" not in str(waiting)
    with server.client("supervisor", **{"on-behalf-of": LEAD}) as client:
        again = f"/deliveries/{waiting[0]['deliveryKey']}/resend"
        assert client.post(again, json={"reason": "试试"}).json()["code"] == "NOT_RESENDABLE"
        deliver(server.database, {})
        failed = search(server, state="FAILED", notificationKey=key)
        assert len(failed) == 2
        assert client.post(again, json={}).status_code == 400
        assert client.post(again, json={"reason": "  "}).json()["code"] == "REASON_MISSING"
        assert client.post(again, json={"reason": "网关已恢复"}).status_code == 204
        assert client.post("/deliveries/1/resend", json={"reason": "x"}).status_code == 404
    assert [item["channel"] for item in search(server, state="CREATED", notificationKey=key)] == [waiting[0]["channel"]]
