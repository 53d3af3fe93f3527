"""The matter of a case is opened once at a time, and what is about a case does not end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.support import city
from tests.support import diagrams as d
from workflows import runtime
from workflows.governance import cases
from workflows.governance.cases import CaseEnded, CaseMissing
from workflows.runtime.errors import NotFound
from workflows.runtime.exemptions import PROCESS, ExemptionRunning
from workflows.store import transaction
from workflows.store.tables import Case, ProcessInstance

if TYPE_CHECKING:
    from tests.support.world import World

HANDLING = d.bpmn(d.start(), d.user("handle"), d.catch("late", d.timer("Duration", "P1D")), d.end(),
                  flows="start>handle; start>late; handle>end; late>end")  # fmt: skip
DECIDING = d.bpmn(d.start(), d.user("inspect"), d.catch("due", d.timer("Duration", "P1D")), d.end(),
                  flows="start>inspect; start>due; inspect>end; due>end", process_id=PROCESS)  # fmt: skip


@pytest.fixture
def case(world: World) -> Case:
    with transaction(world.database) as session:
        city.settle(session)
        case = cases.report(session, city.REPORT, now=city.NOW)
    world.deploy(HANDLING, DECIDING)
    world.pin(city.NOW)
    return case


def state(world: World) -> str:
    return str(world.rows(select(Case.state))[0][0])


def open_it(world: World, number: str) -> int:
    return int(world.run(runtime.open_exemption, number))


def test_it_is_about_the_case_and_goes_by_its_number(world: World, case: Case) -> None:
    key = open_it(world, case.number)
    [row] = world.rows(
        select(ProcessInstance.process_id, ProcessInstance.business_id, ProcessInstance.case_id)
        .where(ProcessInstance.key == key)
    )  # fmt: skip
    assert tuple(row) == (PROCESS, case.number, case.key)


def test_one_at_a_time(world: World, case: Case) -> None:
    world.start(case_id=case.key)
    key = open_it(world, case.number)
    with pytest.raises(ExemptionRunning):
        open_it(world, case.number)
    world.run(runtime.cancel_process_instance, key)
    assert open_it(world, case.number) != key


@pytest.mark.parametrize("ended", [cases.State.REFUSED, cases.State.MERGED, cases.State.VOIDED])
def test_a_case_that_is_none_has_no_violation(world: World, case: Case, ended: cases.State) -> None:
    with transaction(world.database) as session:
        session.get_one(Case, case.key).state = ended.value
    with pytest.raises(CaseEnded):
        open_it(world, case.number)


def test_a_case_that_was_handled_to_its_end_may_still_have_one(world: World, case: Case) -> None:
    with transaction(world.database) as session:
        cases.close(session, case.key, city.NOW)
    assert open_it(world, case.number)


def test_there_has_to_be_a_case_and_a_process(world: World) -> None:
    with pytest.raises(CaseMissing):
        open_it(world, "2026-999999")
    with transaction(world.database) as session:
        city.settle(session)
        number = cases.report(session, city.REPORT, now=city.NOW).number
    with pytest.raises(NotFound, match=PROCESS):
        open_it(world, number)


def test_only_the_process_that_handles_a_case_voids_it_and_opens_it_again(world: World, case: Case) -> None:
    handling = world.start(case_id=case.key)
    deciding = open_it(world, case.number)
    world.run(runtime.cancel_process_instance, deciding)
    assert state(world) == "reported"
    world.run(runtime.cancel_process_instance, handling)
    assert state(world) == "voided"
    world.run(runtime.restart_process_instance, deciding, reason="误撤")
    assert state(world) == "voided"
    again = world.run(runtime.restart_process_instance, handling, reason="误撤")
    assert state(world) == "reported"
    world.run(runtime.cancel_process_instance, again)
    assert state(world) == "voided"
