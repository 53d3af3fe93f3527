from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.city import NOW, REPORT
from workflows.governance import cases as governed
from workflows.governance.cases import CaseMissing, State
from workflows.runtime.handlers import cases
from workflows.runtime.handlers.cases import NoCase
from workflows.runtime.inline import HANDLERS, InlineCall


@pytest.fixture
def case(session):
    return governed.report(session, REPORT, now=NOW)


@pytest.fixture
def call(session, case):
    def make(variables=None, *, case_id=case.key, now=NOW):
        return InlineCall(
            session=session,
            now=now,
            actor="tests",
            process_instance_key=1 << 20,
            case_id=case_id,
            element_id="task",
            variables=variables or {},
            headers={},
        )

    return make


def test_the_handlers_a_diagram_may_name_are_registered():
    assert {
        "case/locate",
        "case/refuse",
        "case/file",
        "case/evaluate",
        "case/close",
        "unit/resolve",
        "unit/next-level",
        "notice/reporter",
    } <= set(HANDLERS)


def test_a_case_is_located_and_its_row_says_where(call, case):
    result = cases.locate(call())
    assert result == {
        "location": {
            "inCity": True,
            "building": None,
            "compound": None,
            "community": f"community-{case.grid[1:]}",
            "grid": case.grid,
            "area": case.area,
            "season": "planting",
            "areaClass": None,
        },
        "duplicateOf": None,
    }
    assert case.grid is not None


def test_a_case_outside_the_city_has_no_grid(call, session):
    far = governed.report(session, REPORT | {"lon": 112.97, "lat": 28.19}, now=NOW)
    location = cases.locate(call(case_id=far.key))["location"]
    assert (location["inCity"], location["grid"], location["area"]) == (False, None, None)


def test_a_repeated_case_names_the_one_it_repeats(call, case, session):
    second = governed.report(session, REPORT, now=NOW)
    assert cases.locate(call(case_id=second.key))["duplicateOf"] == case.number


def test_a_case_is_refused_for_the_reason_decided(call, case):
    cases.refuse(call({"refusal": {"code": "outside", "reason": "不在本市"}, "duplicateOf": None}))
    assert (case.state, case.refusal_code, case.refusal_reason) == (State.REFUSED, "outside", "不在本市")


def test_a_duplicate_is_merged(call, case, session):
    second = governed.report(session, REPORT, now=NOW)
    refusal = {"code": "duplicate", "reason": "并案处理"}
    cases.refuse(call({"refusal": refusal, "duplicateOf": case.number}, case_id=second.key))
    assert (second.state, second.merged_into, second.refusal_reason) == (State.MERGED, case.key, "并案处理")


def test_filing_tells_when(call, case):
    assert cases.file(call()) == {"filed": {"at": "2026-03-02T01:00:00+00:00"}}
    assert (case.state, case.filed) == (State.FILED, NOW)


@pytest.mark.parametrize(
    ("variables", "satisfaction", "stars"),
    [
        ({"reworks": 1, "satisfaction": {"result": "满意", "attempts": 1}}, "满意", 4),
        ({"reworks": 0, "satisfaction": None}, None, 5),
        ({}, None, 5),
    ],
)
def test_a_case_is_evaluated_closed_and_rated(call, case, variables, satisfaction, stars):
    result = cases.evaluate(call(variables))
    assert result["evaluation"]["satisfaction"] == satisfaction
    assert result["evaluation"]["stars"] == stars
    cases.close(call(result, now=NOW + timedelta(hours=1)))
    assert (case.state, case.ended, case.stars) == (State.CLOSED, NOW + timedelta(hours=1), stars)


@pytest.mark.parametrize("handler", [cases.locate, cases.file, cases.evaluate])
def test_an_instance_without_a_case_is_told_so(call, handler):
    with pytest.raises(NoCase):
        handler(call(case_id=None))
    with pytest.raises(CaseMissing):
        cases.locate(call(case_id=7))
