from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from workflows.store import read
from workflows.store.tables import Event

if TYPE_CHECKING:
    import httpx

    from tests.api.conftest import Server

numbers = itertools.count(1)
SHOP = {"kind": "shop", "name": "样例-门面", "phone": "0738-0000001", "location": {"lon": 112.01, "lat": 27.73}}


def create(client: httpx.Client, **data):
    answer = client.post("/registers/parties/entries", json={"data": SHOP | data, "reason": "登记"})
    assert answer.status_code == 201, answer.text
    return answer


def search(client: httpx.Client, name="parties", limit=100, after=None, **filter):
    body = {"filter": filter, "page": {"limit": limit, "after": after}}
    return client.post(f"/registers/{name}/entries/search", json=body)


def test_the_registers_are_listed_with_their_schemas(admin):
    found = admin.get("/registers").json()["items"]
    assert [(one["name"], one["pack"], one["version"]) for one in found] == [
        (name, "enforcement", 1) for name in ("officers", "parties", "permits", "powers")
    ]
    parties = admin.get("/registers/parties").json()
    assert (parties["title"], parties["personal"]) == ("当事人台账", ["personId", "phone", "address"])
    assert parties["schema"]["items"]["required"] == ["kind", "name"]
    assert admin.get("/registers/nothing").json()["code"] == "REGISTER_MISSING"


def test_an_entry_is_created_read_changed_and_its_history_told(admin):
    made = create(admin)
    key = made.json()["key"]
    assert made.headers["etag"] == '"1"'
    changed = admin.put(
        f"/registers/parties/entries/{key}",
        json={"data": made.json()["data"] | {"name": "样例-新招牌"}, "reason": "换招牌"},
        headers={"if-match": made.headers["etag"]},
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["version"], changed.json()["data"]["name"]) == (2, "样例-新招牌")
    read = admin.get(f"/registers/parties/entries/{key}")
    assert (read.json(), read.headers["etag"]) == (changed.json(), '"2"')
    history = admin.get(f"/registers/parties/entries/{key}/history?limit=1").json()
    assert ([one["version"] for one in history["items"]], history["next"]) == ([2], 2)
    rest = admin.get(f"/registers/parties/entries/{key}/history?before=2").json()
    assert [(one["version"], one["reason"], one["actor"]) for one in rest["items"]] == [(1, "登记", "client:admin")]
    assert rest["next"] is None
    assert rest["items"][0]["supersededAt"] == changed.json()["recordedAt"]


def test_nobody_overwrites_what_they_have_not_seen(admin):
    key = create(admin).json()["key"]
    change = {"data": SHOP | {"id": key, "name": "样例-甲"}, "reason": "改名"}
    path = f"/registers/parties/entries/{key}"
    assert admin.put(path, json=change, headers={"if-match": '"1"'}).status_code == 200
    stale = admin.put(path, json=change | {"data": SHOP | {"id": key}}, headers={"if-match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_ENTRY")
    assert admin.put(path, json=change, headers={"if-match": "W/x"}).status_code == 412
    for free in ({}, {"if-match": "*"}):
        assert admin.put(path, json=change, headers=free).status_code == 200
    again = admin.post("/registers/parties/entries", json={"data": SHOP | {"id": key}, "reason": "再登记"})
    assert (again.status_code, again.json()["code"]) == (409, "STALE_ENTRY")


def test_what_is_personal_is_masked_and_shown_with_a_reason_that_stays(server: Server, admin):
    made = create(admin).json()
    key = made["key"]
    assert made["data"]["phone"] == "073***01"
    path = f"/registers/parties/entries/{key}"
    with server.client("desk") as desk:
        changed = desk.put(path, json={"data": made["data"] | {"name": "样例-乙"}, "reason": "改名"})
        assert changed.json()["data"]["phone"] == "073***01"
        assert desk.post(f"{path}/reveal", json={"reason": "想看"}).status_code == 403
    shown = [
        *search(admin, key=key).json()["items"],
        *admin.get(f"{path}/history").json()["items"],
        admin.get(path).json(),
    ]
    assert {one["data"]["phone"] for one in shown} == {"073***01"}
    with server.client("supervisor", **{"on-behalf-of": "p-0017"}) as supervisor:
        assert supervisor.post(f"{path}/reveal", json={}).status_code == 400
        revealed = supervisor.post(f"{path}/reveal", json={"reason": "核对身份"})
    assert revealed.json()["data"]["phone"] == "0738-0000001"
    with read(server.database) as session:
        events = session.scalars(select(Event).where(Event.tag == "register:reveal")).all()
    [event] = [row for row in events if row.details["key"] == key]
    assert (event.actor, event.details["reason"]) == ("p-0017", "核对身份")


def test_entries_are_found_by_what_they_hold(admin):
    plate = f"湘K{next(numbers):05d}"
    key = create(admin, kind="vehicle", plate=[plate], location={"lon": 111.5, "lat": 27.5}).json()["key"]
    for asked in (
        {"alias": {"kind": "plate", "value": plate.lower()}},
        {"where": {"plate": plate}},
        {"place": {"lon": 111.5001, "lat": 27.5, "within": 50}},
        {"key": key},
    ):
        assert [one["key"] for one in search(admin, **asked).json()["items"]] == [key], asked


def test_entries_are_leafed_through(admin):
    keys, after = [], None
    while True:
        page = search(admin, "powers", limit=5, after=after).json()
        keys += [one["key"] for one in page["items"]]
        if (after := page["next"]) is None:
            break
    assert len(keys) > 2 * 5, "more than two pages"
    assert keys == sorted(keys)


def test_an_entry_is_ended_and_two_are_merged(admin):
    ended = admin.post(
        "/registers/permits/entries/X-STALL-02/end", json={"reason": "撤销", "endsAt": "2026-05-01T00:00:00Z"}
    )
    assert (ended.status_code, ended.json()["validTo"]) == (200, "2026-05-01T00:00:00.000Z")
    stale = admin.post("/registers/permits/entries/X-STALL-02/end", json={"reason": "x"}, headers={"if-match": '"1"'})
    assert stale.status_code == 412
    now = admin.post("/registers/permits/entries/X-STALL-01/end", json={"reason": "收摊"}, headers={"if-match": '"1"'})
    assert (now.status_code, now.json()["version"]) == (200, 2)
    one, other = create(admin).json()["key"], create(admin).json()["key"]
    merged = admin.post(f"/registers/parties/entries/{one}/merge", json={"into": other, "reason": "同一家"})
    assert merged.json()["mergedInto"] == other
    assert [found["key"] for found in search(admin, key=one).json()["items"]] == [other]
    assert admin.get(f"/registers/parties/entries/{one}").json()["mergedInto"] == other
    refused = admin.put(f"/registers/parties/entries/{one}", json={"data": SHOP, "reason": "改"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ENTRY_MERGED")


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        ({"kind": "shop"}, "REGISTER_MISMATCH", "/name"),
        (SHOP | {"kind": "castle"}, "REGISTER_MISMATCH", "/kind"),
        (SHOP | {"plate": ["x" * 10_000]}, "REGISTER_MISMATCH", "/plate/0"),
        (SHOP | {"id": "../../etc"}, "REGISTER_MISMATCH", "/id"),
        (SHOP | {"location": {"lon": 1}}, "REGISTER_MISMATCH", "/location"),
        (SHOP | {"more": 1}, "REGISTER_MISMATCH", "/more"),
        (SHOP | {"plate": ["湘KA0001"]}, "ALIAS_TAKEN", "/plate"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(admin, data, code, pointer):
    answer = admin.post("/registers/parties/entries", json={"data": data, "reason": "登记"})
    assert (answer.status_code, answer.json()["code"]) == (409 if code == "ALIAS_TAKEN" else 400, code)
    assert answer.json()["errors"][0]["pointer"] == pointer


def deep(levels: int) -> str:
    return '{"data":' + '{"a":' * levels + "1" + "}" * levels + ',"reason":"x"}'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"data":{"note":"' + "x" * 10_000_000 + '"},"reason":"x"}', 413),
        ('{"data":{"kind":"shop","name":"x","note":"' + "x" * 100_000 + '"},"reason":"x"}', 400),
        (deep(70), 400),
        (deep(50_000), 400),
        ('{"data":{"kind":"shop","name":"a\\u0000b"},"reason":"x"}', 400),
        ('{"data":[],"reason":"x"}', 400),
        ('{"data":{},"reason":""}', 400),
        ('{"data":{}}', 400),
    ],
    ids=["10 MB", "100 KB", "deep", "deeper", "nul", "list", "no reason", "without reason"],
)
def test_whatever_is_sent_the_answer_is_a_refusal(admin, body, status):
    answer = admin.post("/registers/parties/entries", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "asked",
    [
        {"key": 7}, {"where": {"nothing": 1}}, {"where": {"owners": []}}, {"where": {"name": {"$like": "%"}}}, {"alias": {"kind": "x", "value": "y"}},
        {"alias": {"kind": "plate", "value": "x" * 10_000}}, {"at": "noon"}, {"place": {"lon": "x"}}, {"place": {"unit": ["x"], "lon": 1}},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_a_400(admin, asked):
    answer = search(admin, **asked)
    assert answer.status_code == 400, answer.text
