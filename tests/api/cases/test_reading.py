"""Looking cases up: the reporter with the query code, the staff with filters, nobody with a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.api.cases.conftest import REPORT, report
from tests.api.test_bad_input import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.api.conftest import Server


@pytest.fixture
def desk(server: Server) -> Iterator[httpx.Client]:
    with server.client("desk") as client:
        yield client


def test_the_reporter_sees_the_five_steps_and_nobody_s_name(citizen: httpx.Client):
    made = report(citizen).json()
    answer = citizen.get(f"/cases/{made['number']}/progress", headers={"query-code": made["queryCode"].lower()})
    assert answer.status_code == 200
    seen = answer.json()
    assert [step["step"] for step in seen["steps"]] == ["问题提交", "平台受理", "问题处置", "及时回访", "结果评价"]
    assert seen["number"] == made["number"]
    for personal in ("样例-市民甲", "0738", "desk@", "grid-worker"):
        assert personal not in answer.text
    assert "queryCode" not in seen


def test_a_wrong_code_is_answered_like_a_wrong_number(citizen: httpx.Client):
    made = report(citizen).json()
    wrong = citizen.get(f"/cases/{made['number']}/progress", headers={"query-code": "WRONGWRONG"})
    nothing = citizen.get("/cases/1999-000001/progress", headers={"query-code": made["queryCode"]})
    first, second = refused(wrong, 404), refused(nothing, 404)
    assert first["detail"] == second["detail"]
    assert first["code"] == second["code"]
    refused(citizen.get(f"/cases/{made['number']}/progress"), 400, "query-code")
    refused(citizen.get(f"/cases/{made['number']}/progress", headers={"query-code": "x" * 65}), 400, "query-code")


def test_the_staff_sees_the_case_with_a_masked_telephone(citizen: httpx.Client, desk: httpx.Client):
    made = report(citizen).json()
    case = desk.get(f"/cases/{made['number']}").json()
    assert case["text"] == REPORT["text"]
    assert case["reporter"] == {"name": "样例-市民甲", "phone": "073*******01"}
    assert made["queryCode"] not in str(case)
    refused(desk.get("/cases/1999-000001"), 404)
    refused(citizen.get(f"/cases/{made['number']}"), 401)


def test_the_staff_sees_which_rule_fired_and_the_reporter_does_not(
    server: Server, citizen: httpx.Client, desk: httpx.Client
):
    made = report(citizen, conditionCode="C0101-01").json()
    taken = desk.get(f"/cases/{made['number']}").json()["decisions"]
    assert [(one["decisionId"], one["version"], one["state"], one["failure"]) for one in taken] == [
        ("urgency", 1, "EVALUATED", None),
        ("priority", 1, "EVALUATED", None),
        ("escalation", 1, "EVALUATED", None),
    ]
    urgency = taken[0]
    [rule] = urgency["rules"]
    assert rule == {"id": "urgency-01", "number": 1, "outputs": {"urgency": "特急"}}
    assert (urgency["decisionName"], urgency["output"]) == ("紧急程度", "特急")
    with server.client("supervisor") as supervisor:  # the same decision with all that went in
        shown = supervisor.get(f"/v2/decision-instances/{urgency['key']}").json()
    assert [one["ruleId"] for one in shown["matchedRules"]] == [rule["id"]]
    assert shown["evaluatedInputs"]
    progress = citizen.get(f"/cases/{made['number']}/progress", headers={"query-code": made["queryCode"]})
    assert "urgency" not in progress.text


def test_cases_are_listed_by_what_is_asked(citizen: httpx.Client, desk: httpx.Client):
    numbers = [
        report(citizen, conditionCode="C0302-02", lat=27.70 + number / 100).json()["number"] for number in range(3)
    ]
    page = desk.get("/cases", params={"conditionCode": "C0302-02", "limit": 2}).json()
    assert [case["number"] for case in page["items"]] == numbers[:0:-1]
    rest = desk.get("/cases", params={"conditionCode": "C0302-02", "limit": 2, "before": page["next"]}).json()
    assert [case["number"] for case in rest["items"]] == numbers[:1]
    assert rest["next"] is None
    assert "样例-市民甲" not in str(page)

    now = datetime.now(UTC)
    for params, count in (
        ({"channel": "qr"}, 0),
        ({"channel": "web", "state": "reported", "step": "问题提交"}, None),
        ({"reportedBefore": (now - timedelta(days=1)).isoformat()}, 0),
        ({"reportedFrom": (now - timedelta(days=1)).isoformat()}, 3),
    ):
        found = desk.get("/cases", params={"conditionCode": "C0302-02"} | params)
        assert found.status_code == 200, found.text
        if count is not None:
            assert len(found.json()["items"]) == count, params


def test_filters_take_only_what_there_is(desk: httpx.Client):
    for params, word in (
        ({"state": "open"}, "state"),
        ({"step": "结束"}, "step"),
        ({"limit": "201"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"reportedFrom": "2026-03-02T09:00:00"}, "reportedFrom"),
    ):
        refused(desk.get("/cases", params=params), 400, word)
