from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.support.city import BOTH_CITIES, NOW, REPORT
from workflows.governance import cases
from workflows.governance.cases import CaseEnded, CaseMissing, State, Step, UnknownStep
from workflows.governance.catalogue import UnknownCondition
from workflows.governance.organisation import Location
from workflows.governance.submissions import ReportMismatch
from workflows.store.errors import Invalid
from workflows.store.tables.governance import Case, CaseNumber, CaseStep, Report

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def reported(session):
    return lambda **changes: cases.report(session, REPORT | changes, now=NOW)


# Reporting


@BOTH_CITIES
def test_a_report_becomes_a_numbered_case_in_its_first_step(session):
    case = cases.report(session, REPORT, now=NOW)
    session.expire_all()
    kept = session.get(Case, case.key)
    assert (kept.number, kept.state, kept.step, kept.reported) == ("2026-000001", "reported", "问题提交", NOW)
    assert (kept.class_code, kept.condition_code) == ("C0101", "C0101-01")
    assert (kept.lon, kept.lat) == (111.9982, 27.7332)


def test_a_process_is_told_everything_but_who_reported(reported):
    case = reported()
    told = cases.variables(case)
    assert told == {
        "number": case.number,
        "channel": "qr",
        "classCode": "C0101",
        "conditionCode": "C0101-01",
        "text": "公交站旁井盖不见了",
        "address": "长青中街",
        "lon": 111.9982,
        "lat": 27.7332,
        "spot": None,
        "placeKind": "street",
        "originLevel": "grid",
        "anonymous": False,
        "contact": True,
        "photos": 1,
    }


def test_the_reporter_is_kept_apart_and_an_anonymous_one_not_at_all(session, reported):
    named, unnamed = reported(), reported(anonymous=True)
    assert session.get(Report, named.key).reporter_phone == "0738-0000001"
    assert session.get(Report, unnamed.key).reporter_phone is None


def test_the_class_must_be_that_of_the_condition(session, reported):
    assert reported(classCode="C0101").class_code == "C0101"
    with pytest.raises(ReportMismatch, match="C0101") as refused:
        reported(classCode="E0101")
    assert refused.value.details[0]["pointer"] == "/classCode"


def test_a_refused_report_uses_up_no_number(session, reported):
    for wrong in ({"conditionCode": "C9999-99"}, {"classCode": "E0101"}, {"text": ""}):
        with pytest.raises((UnknownCondition, ReportMismatch)):
            reported(**wrong)
    assert session.scalar(select(func.count()).select_from(CaseNumber)) == 0
    assert reported().number == "2026-000001"


# Looking up


def test_a_case_is_found_with_its_number_and_query_code(session, reported):
    case = reported()
    assert cases.look_up(session, case.number, case.query_code).key == case.key
    assert cases.look_up(session, case.number, f" {case.query_code.lower()} ").key == case.key


@pytest.mark.parametrize("code", ["", "WRONGCODE2", "查询码"])
def test_a_wrong_code_is_answered_as_a_wrong_number_is(session, reported, code):
    case = reported()
    with pytest.raises(CaseMissing) as wrong_code:
        cases.look_up(session, case.number, code)
    with pytest.raises(CaseMissing) as wrong_number:
        cases.look_up(session, "2026-999999", case.query_code)
    assert str(wrong_code.value) == str(wrong_number.value)


def test_an_unknown_case_is_missing(session):
    with pytest.raises(CaseMissing):
        cases.get(session, 1)


# Steps


def test_each_entry_into_a_step_is_kept_and_staying_in_it_is_none(session, reported):
    case = reported()
    for minutes, step in enumerate(
        [Step.SUBMITTED, Step.ACCEPTED, Step.ACCEPTED, Step.HANDLED, Step.CALLED_BACK, Step.HANDLED]
    ):
        cases.enter_step(session, case.key, step.value, NOW + timedelta(minutes=minutes))
    entered = session.execute(select(CaseStep.step, CaseStep.at).order_by(CaseStep.id)).tuples().all()
    assert [(step, (at - NOW).seconds // 60) for step, at in entered] == [
        ("问题提交", 0),
        ("平台受理", 1),
        ("问题处置", 3),
        ("及时回访", 4),
        ("问题处置", 5),
    ]
    assert case.step == "问题处置"


def test_a_step_that_does_not_exist_is_refused(session, reported):
    with pytest.raises(UnknownStep, match="喝茶"):
        cases.enter_step(session, reported().key, "喝茶", NOW)


# The way through


def test_a_case_is_placed_handed_over_filed_rated_and_closed(session, reported):
    case = reported()
    cases.place(session, case.key, Location(community="community-34", grid="G34", area="south"))
    cases.file(session, case.key, NOW)
    cases.hand_to(session, case.key, "grid-worker-street@G34")
    assert (case.state, case.filed, case.handler_group) == (State.FILED, NOW, "grid-worker-street@G34")
    cases.rate(session, case.key, on_time=True, reworks=1, satisfaction="满意", stars=4)
    cases.close(session, case.key, LATER)
    assert (case.state, case.ended, case.handler_group) == (State.CLOSED, LATER, None)
    assert (case.grid, case.area, case.stars) == ("G34", "south", 4)


def test_a_refused_case_keeps_code_and_reason(session, reported):
    case = reported()
    cases.refuse(session, case.key, code="outside", reason="不在本市", at=LATER)
    assert (case.state, case.refusal_code, case.refusal_reason) == (State.REFUSED, "outside", "不在本市")
    assert case.ended == LATER


def test_what_is_merged_into_a_merged_case_goes_to_the_one_that_is_worked_on(session, reported):
    first, second, third = reported(), reported(), reported()
    cases.merge(session, second.key, first.number, code="duplicate", reason="并案", at=LATER)
    cases.merge(session, third.key, second.number, code="duplicate", reason="并案", at=LATER)
    assert (third.state, third.merged_into) == (State.MERGED, first.key)


def test_a_case_cannot_be_merged_into_itself_or_into_nothing(session, reported):
    case = reported()
    with pytest.raises(Invalid, match="自己"):
        cases.merge(session, case.key, case.number, code="duplicate", reason="并案", at=LATER)
    with pytest.raises(CaseMissing):
        cases.merge(session, case.key, "2026-999999", code="duplicate", reason="并案", at=LATER)
    assert case.state == State.REPORTED


@pytest.mark.parametrize(
    "act",
    [
        lambda session, key: cases.file(session, key, LATER),
        lambda session, key: cases.close(session, key, LATER),
        lambda session, key: cases.refuse(session, key, code="untrue", reason="不属实", at=LATER),
        lambda session, key: cases.merge(session, key, "2026-000001", code="duplicate", reason="并案", at=LATER),
    ],
)
def test_an_ended_case_stays_as_it_ended(session, reported, act):
    reported()
    case = reported()
    cases.refuse(session, case.key, code="outside", reason="不在本市", at=NOW)
    with pytest.raises(CaseEnded, match=case.number):
        act(session, case.key)
    assert (case.state, case.refusal_code, case.ended) == (State.REFUSED, "outside", NOW)


# Duplicates: 0.0004 degrees of latitude are 44 metres, 0.0005 are 56


@pytest.mark.parametrize(
    ("first", "second", "later", "found"),
    [
        ({}, {}, timedelta(0), True),
        ({}, {"lat": 27.7332 + 0.0004}, timedelta(0), True),
        ({}, {"lat": 27.7332 + 0.0005}, timedelta(0), False),
        ({}, {"lon": 111.9982 + 0.0005}, timedelta(0), True),
        ({}, {"lon": 111.9982 + 0.0006}, timedelta(0), False),
        # Both spans are within 50 metres, the way across is not.
        ({}, {"lat": 27.7332 + 0.0004, "lon": 111.9982 + 0.0004}, timedelta(0), False),
        ({"conditionCode": "C0101-02"}, {}, timedelta(0), True),  # same class, other condition
        ({"conditionCode": "C0102-01"}, {}, timedelta(0), False),
        ({}, {}, timedelta(days=30), True),
        ({}, {}, timedelta(days=30, seconds=1), False),
    ],
)
def test_a_duplicate_is_the_same_class_within_fifty_metres_and_thirty_days(session, first, second, later, found):
    earlier = cases.report(session, REPORT | first, now=NOW)
    case = cases.report(session, REPORT | second, now=NOW + later)
    assert cases.duplicate_of(session, case, NOW + later) == (earlier if found else None)


def test_an_ended_case_is_repeated_by_none(session, reported):
    first, second = reported(), reported()
    cases.close(session, first.key, NOW)
    assert cases.duplicate_of(session, second, NOW) is None


def test_of_several_the_earliest_is_repeated_and_a_case_never_repeats_a_later_one(session, reported):
    first, _, third = reported(), reported(), reported()
    assert cases.duplicate_of(session, third, NOW) == first
    assert cases.duplicate_of(session, first, NOW) is None


def test_a_report_from_the_pole_is_only_far_away(session, reported):
    assert cases.duplicate_of(session, reported(lat=90, lon=0), NOW) is None
