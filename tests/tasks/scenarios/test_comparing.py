from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.scenarios.comparing import differences
from tasks.scenarios.happening import Happened

DUE = datetime(2026, 3, 2, tzinfo=UTC)
HAPPENED = Happened(
    state="COMPLETED",
    end="closed",
    path=["a", "b"],
    decisions={"limits": {"unit": "work_hour", "number": 4}},
    deadlines=[{"stage": "处置", "due": DUE, "met": True}, {"stage": "核查", "due": DUE, "met": False}],
    escalations=[{"stage": "核查", "level": 1, "to": "x@y"}],
    variables={"rating": {"stars": 5}, "none": None},
    case={"state": "closed", "stars": 5},
    steps=["问题提交"],
    notices=["closed"],
)


@pytest.mark.parametrize(
    "expect",
    [
        {},
        {"path": ["a", "b"], "end": "closed", "steps": ["问题提交"], "notices": ["closed"]},
        {"decisions": {"limits": {"number": 4}}},
        {"deadlines": [{"stage": "处置", "met": True}]},
        {"deadlines": [{"stage": "处置", "due": DUE}, {"stage": "核查", "met": False}]},
        {"escalations": [{"stage": "核查", "level": 1}]},
        {"variables": {"rating.stars": 5, "rating": {"stars": 5}, "none": None, "missing.inside": None}},
        {"case": {"stars": 5}},
    ],
)
def test_what_is_as_expected_makes_no_difference(expect: dict[str, Any]) -> None:
    assert differences(expect, HAPPENED) == []


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({"path": ["a"]}, "a → b"),
        ({"end": "refused"}, "closed"),
        ({"steps": []}, "问题提交"),
        ({"notices": []}, "closed"),
        ({"decisions": {"limits": {"number": 5}}}, "limits"),
        ({"decisions": {"dispatch": {}}}, "dispatch"),
        ({"deadlines": []}, "2 条"),
        ({"deadlines": [{"stage": "处置", "met": False}]}, "met: False"),
        ({"deadlines": [{"stage": "处置"}, {"stage": "处置"}]}, "1 条"),
        ({"escalations": []}, "1 条"),
        ({"escalations": [{"stage": "核查", "level": 2}]}, "level: 2"),
        ({"variables": {"rating.stars": 4}}, "rating.stars"),
        ({"variables": {"missing": 1}}, "missing"),
        ({"case": {"state": "refused"}}, "state"),
    ],
)
def test_what_is_not_as_expected_is_one_line(expect: dict[str, Any], said: str) -> None:
    (difference,) = differences(expect, HAPPENED)
    assert said in difference


def test_an_end_that_was_reached_while_the_instance_goes_on_is_not_the_end() -> None:
    assert differences({"end": "closed"}, Happened(state="ACTIVE", end="closed")) != []


def test_an_open_incident_is_always_a_difference() -> None:
    assert differences({}, Happened(incidents=["JOB_NO_RETRIES: x"])) == ["事故 JOB_NO_RETRIES: x"]
