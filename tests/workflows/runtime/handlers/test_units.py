from __future__ import annotations

import pytest

from tests.support.city import NOW, REPORT
from workflows.governance import cases
from workflows.runtime.errors import BpmnError
from workflows.runtime.handlers import units
from workflows.runtime.inline import InlineCall

LOCATION = {"inCity": True, "community": "community-02", "grid": "G02", "area": "east"}


@pytest.fixture
def case(session):
    return cases.report(session, REPORT, now=NOW)


@pytest.fixture
def call(session, case):
    def make(assignment, case_id=case.key):
        return InlineCall(
            session=session,
            now=NOW,
            actor="tests",
            process_instance_key=1 << 20,
            case_id=case_id,
            element_id="task",
            variables={"assignment": assignment, "location": LOCATION},
            headers={},
        )

    return make


def test_a_dispatch_decision_becomes_a_group_that_has_the_case(call, case):
    result = units.resolve(call({"level": "grid", "role": "grid-worker-sanitation", "unit": None}))
    assert result["assignment"]["group"] == "grid-worker-sanitation@G02"
    assert case.handler_group == "grid-worker-sanitation@G02"


def test_a_decision_may_name_no_unit_at_all(call):
    result = units.resolve(call({"level": "community", "role": "community-secretary"}))
    assert result["assignment"]["group"] == "community-secretary@community-02"


def test_handing_up_goes_level_by_level_until_there_is_none(call, case):
    worker = units.resolve(call({"level": "grid", "role": "grid-worker-street"}))["assignment"]
    area = units.next_level(call(worker))["assignment"]
    centre = units.next_level(call(area))["assignment"]
    assert (area["group"], centre["group"]) == ("area-lead@east", "dispatch-desk@centre")
    with pytest.raises(BpmnError) as top:
        units.next_level(call(centre))
    assert top.value.code == "TOP_LEVEL"
    assert case.handler_group == "dispatch-desk@centre"


def test_a_process_without_a_case_can_ask_who_is_responsible(call):
    result = units.resolve(call({"level": "department", "role": "handler", "unit": "fire"}, case_id=None))
    assert result["assignment"]["group"] == "handler@fire"
