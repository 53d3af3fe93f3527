"""What the service tasks of joint rectification read and give."""

from __future__ import annotations

import pytest

from tests.support.city import NOW, REPORT
from workflows.governance import cases, joint_operations
from workflows.governance.catalogue import UnknownCondition
from workflows.runtime.handlers import joint
from workflows.runtime.inline import InlineCall

INSTANCE = 7 << 20
REQUEST = {"reason": "占道", "requestedBy": "grid-lead@G07", "firstReceiver": "fire"}
GIVEN = {"request": REQUEST, "matter": {"conditionCode": "E0403-01"}, "location": {"grid": "G07", "area": "east"}}


@pytest.fixture
def call(session):
    def make(**variables):
        return InlineCall(
            session=session,
            now=NOW,
            actor="tests",
            process_instance_key=INSTANCE,
            case_id=None,
            element_id="task",
            variables=variables,
            headers={},
        )

    return make


def test_an_operation_is_opened_about_a_class_at_a_place(call):
    given = joint.open_operation(call(**GIVEN))
    assert given["joint"]["number"] == "联治〔2026〕1号"
    assert given["matter"] == {
        "conditionCode": "E0403-01",
        "classCode": "E0403",
        "className": "占道经营",
        "major": "E04",
        "department": "enforcement",
    }
    assert given["firstReceiver"] == {"unit": "fire", "kind": "department"}
    assert (given["site"], given["requester"], given["cases"]) == (
        {"grid": "G07", "area": "east"},
        "grid-lead@G07",
        [],
    )


def test_who_asks_without_a_name_or_a_place_is_the_dispatch_desk(call):
    given = joint.open_operation(call(request={"reason": "占道"}, matter={"conditionCode": "E0403-01"}))
    assert (given["requester"], given["site"]) == ("dispatch-desk@centre", {"grid": None, "area": None})
    assert given["firstReceiver"] == {"unit": None, "kind": None}


def test_a_class_that_is_not_in_the_catalogue_is_refused(call):
    with pytest.raises(UnknownCondition):
        joint.open_operation(call(**GIVEN | {"matter": {"conditionCode": "E9999-01"}}))


def test_a_case_joins_once_and_is_told_under_the_ticket_it_asked_with_last(call, session):
    first, second = (cases.report(session, REPORT, now=NOW) for _ in range(2))
    asked = REQUEST | {"case": first.number, "ticket": "a"}
    told = joint.open_operation(call(**GIVEN | {"request": asked}))["cases"]
    for joined in ({"case": second.number, "ticket": "b"}, {"case": first.number, "ticket": "c"}, {"reason": "又一个"}):
        told = joint.join(call(joined=joined, cases=told))["cases"]
    assert told == [{"number": second.number, "ticket": "b"}, {"number": first.number, "ticket": "c"}]
    operation = joint_operations.by_instance(session, INSTANCE)
    assert joint_operations.of_case(session, first.key) == joint_operations.of_case(session, second.key) == [operation]


def test_departments_are_convened_and_a_duty_passes_to_another(call, session):
    joint.open_operation(call(**GIVEN))
    given = joint.convene(call(lead="fire", departments=[{"unit": "housing", "duty": "督促物业"}]))
    assert [party["unit"] for party in given["parties"]] == ["fire", "housing"]
    assert given["leader"]["leadGroup"] == "department-lead@fire"
    assert joint_operations.by_instance(session, INSTANCE).departments == ["fire", "housing"]
    moved = joint.settle_party(call(party=given["parties"][1] | {"unit": "traffic-police"}))["party"]
    assert (moved["unitName"], moved["teamGroup"], moved["duty"]) == (
        "公安交警（示例部门）",
        "handler@traffic-police",
        "督促物业",
    )


def test_an_operation_that_was_not_convened_is_closed_without_counts(call, session):
    joint.open_operation(call(**GIVEN))
    joint.close(call(outcome="declined"))
    operation = joint_operations.by_instance(session, INSTANCE)
    assert (operation.outcome, operation.persons, operation.lead) == ("declined", 0, None)
    with pytest.raises(ValueError, match="no-such"):
        joint.close(call(outcome="no-such"))
