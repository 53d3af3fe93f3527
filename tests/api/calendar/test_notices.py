"""The calendar over HTTP: how sure it is, and the notice of a year, looked at and taken over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import Server, start
from tests.support import diagrams as d
from tests.support.notices import OF_2027, days, notice

if TYPE_CHECKING:
    import httpx

FILE = {"$schema": "https://example.org/schema.json", **json.loads(notice(2027, OF_2027))}
DRAWN = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "work_day", number: 5}')
CLOCKED = d.bpmn(d.start(), d.user("handle", DRAWN), d.end(), flows="start>handle; handle>end", process_id="clocked")


@pytest.fixture(scope="module")
def instance(server: Server) -> str:
    """One with a deadline that runs into 2027."""
    with server.client() as admin:
        admin.put("/v2/clock", json={"timestamp": 1_798_419_600_000}).raise_for_status()  # 2026-12-28 09:00
        admin.post("/v2/deployments", files=[("resources", ("clocked.bpmn", CLOCKED))]).raise_for_status()
        return start(admin, "clocked")


def years(admin: httpx.Client) -> dict[int, Any]:
    return {each["year"]: each for each in admin.get("/calendar").json()["years"]}


def test_a_notice_is_shown_then_taken_over_and_clears_what_was_provisional(admin: httpx.Client, instance: str):
    before = admin.get("/calendar").json()
    assert before["officialUntil"] == "2026-12-31"
    assert before["officeHours"] == [["08:00", "12:00"], ["14:00", "18:00"]]
    assert years(admin)[2027]["status"] == "provisional"
    assert years(admin)[2027]["crossingDeadlines"] == 1
    assert "2026-10-01" in years(admin)[2026]["holidays"]

    shown = admin.post("/calendar/notices?dryRun=true", json=FILE)
    assert shown.status_code == 200, shown.text
    assert admin.get("/calendar").json() == before

    done = admin.post("/calendar/notices", json=FILE).json()
    assert (done["year"], done["noticeVersion"], done["statusBefore"]) == (2027, 1, "provisional")
    assert {**done, "dryRun": True, "finished": False} == shown.json()
    assert (done["counts"]["crossing"], done["counts"]["later"], done["counts"]["official"]) == (1, 1, 1)
    [moved] = done["deadlines"]
    assert moved["processInstanceKey"] == instance
    assert (moved["before"], moved["after"]) == ("2027-01-04T01:00:00.000Z", "2027-01-05T01:00:00.000Z")
    assert (moved["legal"], moved["kept"]) == (False, False)

    after = admin.get("/calendar").json()
    assert (after["officialUntil"], after["recounting"]) == ("2027-12-31", False)
    assert (years(admin)[2027]["noticeVersion"], years(admin)[2027]["importedBy"]) == (1, "client:admin")
    assert "2027-02-20" in years(admin)[2027]["workdays"]

    assert admin.post("/calendar/notices", json=FILE).json()["known"] is True


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**FILE, "days": [*FILE["days"], *days("元旦", "2027-01-01", 1)]}, "NOTICE_INVALID"),
        ({**FILE, "days": []}, "NOTICE_INVALID"),
        ({"year": 2027}, None),
        ({**FILE, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": "yes"}]}, None),
        ({**FILE, "more": 1}, None),
    ],
)
def test_a_notice_that_cannot_be_is_a_problem(admin: httpx.Client, body: Any, code: str | None):
    for query in ("", "?dryRun=true"):
        answer = admin.post(f"/calendar/notices{query}", json=body)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert code in (None, answer.json()["code"])


def test_earlier_needs_a_reason(admin: httpx.Client):
    answer = admin.post("/calendar/notices?earlier=true", json=FILE)
    assert (answer.status_code, answer.json()["code"]) == (400, "REASON_MISSING")
