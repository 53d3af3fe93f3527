"""Joint operations: numbered, joined, given their departments, closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from tests.support.city import BOTH_CITIES, NOW, REPORT
from workflows.governance import cases, joint_operations
from workflows.governance.assignments import UnknownUnit
from workflows.governance.cases import CaseMissing
from workflows.governance.joint_operations import Outcome, Request
from workflows.store.errors import NotFound
from workflows.store.tables.governance import Seat

INSTANCE = 7 << 20
MARKET = Request("夜市占道", "area-lead@east", "E0403", "G07", "east")


@pytest.fixture
def operation(session):
    return joint_operations.open_operation(session, MARKET, process_instance_key=INSTANCE, at=NOW)


def parties(session, *departments, lead="enforcement"):
    given = [{"unit": unit, "duty": duty} for unit, duty in departments]
    return joint_operations.parties(session, given, lead, NOW)


@BOTH_CITIES
def test_operations_are_numbered_by_year(session):
    opened = [
        joint_operations.open_operation(session, MARKET, process_instance_key=INSTANCE + n, at=NOW) for n in range(2)
    ]
    assert [one.number for one in opened] == ["联治〔2026〕1号", "联治〔2026〕2号"]
    assert joint_operations.by_instance(session, INSTANCE + 1) is opened[1]


@BOTH_CITIES
def test_several_cases_may_share_one_and_each_is_in_it_once(session, operation):
    first, second = (cases.report(session, REPORT, now=NOW) for _ in range(2))
    for number in (first.number, second.number, first.number):
        joint_operations.join(session, operation, number, NOW)
    assert joint_operations.of_case(session, first.key) == [operation]
    assert joint_operations.of_case(session, second.key) == [operation]


def test_a_case_that_is_not_there_cannot_join(session, operation):
    with pytest.raises(CaseMissing):
        joint_operations.join(session, operation, "2026-999999", NOW)


def test_an_instance_without_an_operation_has_none(session):
    with pytest.raises(NotFound, match=str(INSTANCE)):
        joint_operations.by_instance(session, INSTANCE)


def test_the_lead_comes_first_is_bound_and_takes_part_though_nobody_named_it(session):
    lead, other = parties(session, ("fire", "查消防通道"))
    assert (lead["unit"], lead["lead"], lead["bound"], lead["duty"]) == ("enforcement", True, True, "牵头")
    assert (other["unit"], other["lead"], other["bound"], other["duty"]) == ("fire", False, False, "查消防通道")
    assert (other["leadGroup"], other["teamGroup"]) == ("department-lead@fire", "handler@fire")


def test_a_department_that_is_named_twice_takes_part_once_with_both_duties(session):
    lead, other = parties(session, ("fire", "一"), ("enforcement", "甲"), ("fire", "二"), ("fire", "一"))
    assert (lead["duty"], other["duty"]) == ("甲", "一；二")


def test_a_department_without_a_duty_helps(session):
    assert parties(session, ("fire", None))[1]["duty"] == "配合"


def test_where_nobody_holds_a_seat_who_is_above_answers(session):
    session.execute(delete(Seat).where(Seat.role == "department-lead", Seat.unit_id == "fire"))
    [_, fire] = parties(session, ("fire", "查"))
    assert (fire["unit"], fire["leadGroup"], fire["teamGroup"]) == ("fire", "dispatch-desk@centre", "handler@fire")


def test_a_unit_that_is_not_there_cannot_take_part(session):
    with pytest.raises(UnknownUnit):
        parties(session, ("no-such", "查"))


@BOTH_CITIES
def test_how_it_ended_and_what_was_counted_is_kept(session, operation):
    joint_operations.convene(session, operation, ["enforcement", "fire"])
    counts = {"persons": 50, "vehicles": 6, "dissuasions": 35, "notices": 15}
    joint_operations.close(session, operation, Outcome.PARTLY, counts, NOW + timedelta(days=9))
    session.expire(operation)
    assert (operation.lead, operation.departments) == ("enforcement", ["enforcement", "fire"])
    assert (operation.outcome, operation.ended) == ("partly", NOW + timedelta(days=9))
    assert (operation.persons, operation.notices, operation.registered) == (50, 15, 0)
