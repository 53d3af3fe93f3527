"""Counted by hand: every figure stands beside the rows it comes from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from tests.support.city import BOTH_CITIES
from workflows.governance.indicators import (
    CaseFigures,
    HandlingFigures,
    Rate,
    by_area,
    by_department,
    cases_of,
)
from workflows.governance.indicators import (
    clocks_of as query_of_clocks,
)
from workflows.store.keys import next_keys
from workflows.store.tables import Case, Deadline, Deployment, ProcessDefinition, ProcessInstance, UserTask

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def on(day: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, 1, tzinfo=UTC)


@pytest.fixture
def definition(session: Session) -> int:
    deployment, key = next_keys(session, 2)
    session.execute(insert(Deployment).values(key=deployment, actor="tests", at=MARCH))
    session.execute(
        insert(ProcessDefinition).values(
            key=key, deployment_key=deployment, version=1, name="P", resource_name="p.bpmn", hash="h", process_id="p",
            xml=b"", version_tag=None,
        )
    )  # fmt: skip
    return key


@pytest.fixture
def make(session: Session, definition: int) -> Any:
    """A case with its handling clocks, each ``{due, …}``."""

    def make(reported: datetime, *clocks: dict[str, Any], area: str | None = "A01", **fields: Any) -> None:
        case, instance = next_keys(session, 2)
        session.execute(insert(Case).values({
            "key": case, "number": f"2026-{case}", "query_code": str(case), "channel": "qr", "class_code": "0101",
            "condition_code": "C", "text": "", "address": "", "lon": 0, "lat": 0, "place_kind": "", "origin_level": "",
            "anonymous": True, "contact": False, "photos": 0, "step": "", "state": "filed", "area": area,
            "reported": reported, "filed": reported + timedelta(hours=1), **fields,
        }))  # fmt: skip
        session.execute(insert(ProcessInstance).values(
            key=instance, process_definition_key=definition, process_id="p", root_process_instance_key=instance, depth=0,
            case_id=case, state="ACTIVE", revision=0, hash="h", started=reported, snapshot=b"",
        ))  # fmt: skip
        for number, clock in enumerate(clocks, 1):
            key = instance + number
            session.execute(insert(Deadline).values({
                "key": key, "process_instance_key": instance, "element_instance_key": key, "element_id": "handle",
                "stage": "处置", "milestone": "", "holder": "team@fire", "unit": "natural_day", "number": "1",
                "legal": False, "started": reported, "pauses": [], "suspensions": 0, "extensions": 0, "carried": "0",
                "provisional": False, "yellow_at": clock["due"], "purple_at": clock["due"], "rungs": [], **clock,
            }))  # fmt: skip

    return make


@BOTH_CITIES
def test_the_rates_of_cases_have_the_right_denominators(session: Session, make: Any) -> None:
    done, late = {"ended": on(4), "met": True}, {"ended": on(9), "met": False}
    closed = {"state": "closed", "reworks": 0}
    make(on(2), {"due": on(5), **done}, **closed, ended=on(6), satisfaction="满意")  # closed in time
    make(on(2), {"due": on(5), **late}, **closed, ended=on(10), satisfaction="不满意")  # closed, handled late
    make(on(2), {"due": on(5), **done}, {"due": on(8), **done}, state="closed", reworks=1, ended=on(9))  # after rework
    make(on(2), {"due": on(5)})  # overdue and open
    make(on(30), {"due": on(2, 4)})  # due in April: not to be closed in March
    make(on(3), filed=None, state="refused", ended=on(3))  # not filed
    make(on(3), filed=None, state="merged", ended=on(3))  # a repetition
    make(on(3), {"due": on(5)}, state="voided", ended=on(4))  # void: nothing was to be closed
    make(on(20, 2), {"due": on(5), **done}, **closed, ended=on(2, 4))  # reported in February, closed in April
    make(on(3), {"due": on(5), **late, "exempted": on(20)}, **closed, ended=on(10))  # the appeal was granted
    make(on(3), {"due": on(5), **done}, area=None, **closed, ended=on(6))  # nowhere
    figures = by_area(session, MARCH, APRIL)
    assert figures["A01"] == CaseFigures(
        reported=9, filed=7, merged=1, due=5, closed=3, in_time=2, reworked=1, answered=2, satisfied=1, exempted=1
    )
    assert figures[""] == CaseFigures(reported=1, filed=1, due=1, closed=1, in_time=1)
    assert {name: str(rate) for name, rate in figures["A01"].rates.items()} == {
        "立案率": "77.78%※",
        "重复率": "11.11%※",
        "结案率": "60.00%※",
        "按期结案率": "40.00%※",
        "返工率": "33.33%※",
        "满意率": "50.00%※",
    }
    april = by_area(session, APRIL, APRIL + 30 * DAY)["A01"]
    assert (april.reported, april.due, april.closed) == (0, 1, 0), "each case counts in one month"


@BOTH_CITIES
def test_the_clocks_of_a_department_are_counted_where_they_are_due(session: Session, make: Any) -> None:
    make(on(2), {"due": on(5), "ended": on(4), "met": True})  # in time
    make(on(2), {"due": on(5), "ended": on(9), "met": False})  # late
    make(on(2), {"due": on(5)})  # overdue and open
    make(on(2), {"due": on(5), "ended": on(2, 4), "met": False})  # done in April: open at the end of March
    make(
        on(2), {"due": on(5), "ended": on(3), "met": None}, {"due": on(6), "ended": on(6), "met": True, "continues": 1}
    )
    make(on(20, 2), {"due": on(5), "ended": on(4), "met": True, "started": on(20, 2)})  # received in February
    make(on(30), {"due": on(2, 4)})  # received in March, due in April
    make(on(2), {"due": on(5), "ended": on(9), "met": False, "exempted": on(20)})
    make(on(2), {"due": on(5), "milestone": "排险"})  # a part of a stage is no clock of its own here
    make(on(2), {"due": on(5), "stage": "核查"})
    make(on(2), {"due": on(5)}, state="merged", ended=on(3))
    make(on(2), {"due": on(5), "holder": "team@water"})
    given_back = {"due": on(5), "holder": "team@water"}
    make(on(2), given_back | {"ended": on(3), "met": True, "returned": on(3)})  # in time: it was not to handle
    make(on(2), given_back | {"ended": on(6), "met": False, "returned": on(6)})  # overdue when it was given back
    make(on(2), given_back | {"ended": on(4), "met": None, "returned": on(2, 4)})  # in April, and goes on
    figures = by_department(session, MARCH, APRIL)
    assert figures == {
        "fire": HandlingFigures(received=7, due=6, done=4, in_time=3, exempted=1),
        "water": HandlingFigures(received=4, returned=2, due=2, done=1),
    }
    assert (figures["fire"].late_done, figures["fire"].late_open) == (1, 2)
    assert [str(rate) for rate in figures["fire"].rates.values()] == ["0.00%※", "66.67%※", "50.00%※"]
    assert str(figures["water"].rates["回退率"]) == "50.00%※"
    for unit, one in figures.items():
        for name in ("received", "returned", "due", "done", "in_time", "exempted"):
            assert len(clocks_of(session, name, {unit}, MARCH, APRIL)) == getattr(one, name), (unit, name)
    assert len(clocks_of(session, "due", None, MARCH, APRIL)) == 8


@BOTH_CITIES
def test_a_clock_without_a_holder_is_that_of_the_group_that_may_take_the_task(session: Session, make: Any) -> None:
    make(on(2), {"due": on(5), "holder": None})
    [clock] = session.query(Deadline).all()
    session.execute(insert(UserTask).values(
        key=clock.element_instance_key, process_instance_key=clock.process_instance_key, element_id="handle", name="",
        state="CREATED", candidate_groups=["grid-worker@G07", "x@y"], candidate_users=[], priority=50, properties={},
        created=on(2),
    ))  # fmt: skip
    assert by_department(session, MARCH, APRIL) == {"G07": HandlingFigures(received=1, due=1)}
    assert clocks_of(session, "due", {"G07"}, MARCH, APRIL) == [clock.key]
    assert clocks_of(session, "due", {"fire"}, MARCH, APRIL) == []


@BOTH_CITIES
def test_a_clock_of_a_reorganised_unit_is_that_of_who_had_it_then(session: Session, make: Any) -> None:
    handed = {"handed_over": [["team@old", on(4).isoformat()]], "holder": "team@new"}
    make(on(2), {"due": on(5), **handed})  # received by the old unit, due of the new one
    assert by_department(session, MARCH, APRIL) == {
        "old": HandlingFigures(received=1),
        "new": HandlingFigures(due=1),
    }
    counted = {
        name: [len(clocks_of(session, name, {unit}, MARCH, APRIL)) for unit in ("old", "new")]
        for name in ("received", "due")
    }
    assert counted == {"received": [1, 0], "due": [0, 1]}


@BOTH_CITIES
def test_the_list_behind_a_figure_is_as_long_as_it_says(session: Session, make: Any) -> None:
    for number in range(4):
        make(
            on(2), {"due": on(5), "ended": on(4), "met": bool(number)}, state="closed", reworks=number % 2, ended=on(6)
        )
    make(on(2), {"due": on(5)}, area=None)
    figures = by_area(session, MARCH, APRIL)
    for area, one in figures.items():
        for name in ("reported", "filed", "merged", "due", "closed", "in_time", "reworked", "exempted"):
            keys = session.scalars(cases_of(name, MARCH, APRIL, Case.area, area)).all()
            assert len(set(keys)) == len(keys) == getattr(one, name), (area, name)
    assert len(session.scalars(cases_of("reported", MARCH, APRIL)).all()) == 5


def clocks_of(session: Session, *asked: Any) -> list[int]:
    return list(session.scalars(query_of_clocks(session, *asked)))


def test_rates_of_a_published_month_come_out_as_published() -> None:
    figures = CaseFigures(reported=1054, filed=996, due=972, closed=911, in_time=737)
    assert {name: str(figures.rates[name]) for name in ("立案率", "结案率", "按期结案率")} == {
        "立案率": "94.50%",
        "结案率": "93.72%",
        "按期结案率": "75.82%",
    }
    assert str(Rate(0, 0)) == "—"
