"""Instances that handle a case: its public steps, and who its escalations go to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support import city
from tests.support import diagrams as d
from tests.support.world import LADDER, World, table
from workflows import runtime
from workflows.engine import Modification, Terminate
from workflows.governance import cases, views
from workflows.runtime import Resource
from workflows.store import read, transaction
from workflows.store.tables import Case, CaseStep

CLOCK = {"bihuan_stage": "处置", "bihuan_limit": '={unit: "urgent_hour", number: 4}', "bihuan_ladder": "ladder"}
PROCESS = d.bpmn(
    d.start(), d.user("accept", d.properties(bihuan_step="平台受理", **CLOCK)), d.user("handle", d.properties(bihuan_step="问题处置", **CLOCK)),
    d.call("call", "callback"), d.end(), flows="start>accept; accept>handle; handle>call; call>end",
)  # fmt: skip
CALLBACK = d.bpmn(
    d.start(),
    d.user("ask", d.properties(bihuan_step="及时回访", **CLOCK)),
    d.end(),
    flows="start>ask; ask>end",
    process_id="callback",
)


@pytest.fixture
def case(world: World) -> int:
    with transaction(world.database) as session:
        city.settle(session)
        case = cases.report(session, city.REPORT, now=city.NOW)
        case.grid = "G07"
        case.handler_group = "grid-worker-enforcement@G07"
    world.deploy(PROCESS, CALLBACK, Resource("ladder.dmn", LADDER))
    world.pin(city.NOW)
    return case.key


def steps(world: World) -> list[str]:
    return [row[0] for row in world.rows(select(CaseStep.step).order_by(CaseStep.id))]


def test_the_case_enters_a_public_step_with_the_element_that_names_it(world: World, case: int) -> None:
    world.start(case_id=case)
    assert steps(world) == ["问题提交", "平台受理"]
    world.move(timedelta(hours=1))
    world.complete("accept")
    assert steps(world) == ["问题提交", "平台受理", "问题处置"]
    assert world.rows(select(Case.step)) == [("问题处置",)]


def test_the_staff_see_the_last_decisions_of_a_case_and_of_no_other(world: World, case: int) -> None:
    round_ = d.bpmn(
        d.start(), d.rule("decide", "which", "result"), d.user("again", d.properties(**CLOCK)), d.xor("x", "x_decide"), d.end(),
        flows="start>decide; decide>again; again>x; x>decide; x>end[n = 0]", process_id="round",
    )  # fmt: skip
    which = table("which", ["n", "n * 1"], ["y"], ["[1..99]", "-", "n"], ["-", "99", "0"])
    world.deploy(round_, Resource("which.dmn", which))
    world.start("round", n=50)
    world.start("round", case_id=case, n=1)
    for n in range(2, 60):
        world.complete("again", n=n)
    with read(world.database) as session:
        shown = views.details(session, session.get_one(Case, case))["decisions"]
    assert len(shown) == views.MAX_DECISIONS
    assert [one["decisionId"] for one in shown[-2:]] == ["which", "ladder"]
    last = shown[-2]
    assert (last["state"], last["version"], last["output"]) == ("EVALUATED", 1, 59)
    assert last["rules"] == [{"id": "which-0", "number": 1, "outputs": {"y": 59}}]
    world.complete("again", n=99)
    with read(world.database) as session:
        shown = views.details(session, session.get_one(Case, case))["decisions"]
    assert (shown[-1]["state"], shown[-1]["rules"], shown[-1]["output"]) == ("FAILED", [], None)
    assert "which-1" in shown[-1]["failure"]


def test_a_called_process_works_on_the_same_case(world: World, case: int) -> None:
    world.start(case_id=case)
    world.complete("accept")
    world.complete("handle")
    assert steps(world)[-1] == "及时回访"
    assert world.rows("SELECT DISTINCT case_id FROM process_instance") == [(case,)]


def test_an_escalation_goes_to_the_people_of_the_case(world: World, case: int) -> None:
    world.start(case_id=case)
    told = runtime.sweep_deadlines(world.database, city.NOW + timedelta(hours=9))
    assert [(one.role, one.recipient) for one in told[:2]] == [
        ("handler", "grid-worker-enforcement@G07"),
        ("grid-lead", "grid-lead@G07"),
    ]
    assert {one.case_id for one in told} == {case}


def test_work_that_ends_does_not_enter_its_step_again(world: World, case: int) -> None:
    world.process(
        d.start(), d.parallel("split"), d.user("accept", d.properties(bihuan_step="平台受理", **CLOCK)),
        d.user("handle", d.properties(bihuan_step="问题处置", **CLOCK)), d.parallel("join"), d.end(),
        flows="start>split; split>accept; split>handle; accept>join; handle>join; join>end",
    )  # fmt: skip
    world.start(case_id=case)
    entered = ["问题提交", "平台受理", "问题处置"]
    assert steps(world) == entered
    world.pin(city.NOW - timedelta(days=1))  # nor when the clock goes back
    world.complete("accept")
    assert steps(world) == entered


def test_a_case_in_a_place_that_is_gone_is_told_to_the_centre(world: World, case: int) -> None:
    world.damage("UPDATE \"case\" SET grid = 'G99', handler_group = NULL")
    world.start(case_id=case)
    told = runtime.sweep_deadlines(world.database, city.NOW + timedelta(days=9))
    assert {one.recipient for one in told} == {"dispatch-desk@centre"}


def test_a_case_whose_handling_is_cancelled_is_void_and_takes_no_further_reports(world: World, case: int) -> None:
    instance = world.start(case_id=case)
    world.run(runtime.cancel_process_instance, instance)
    assert world.rows(select(Case.state, Case.handler_group)) == [("voided", None)]
    with transaction(world.database) as session:
        again = cases.report(session, city.REPORT, now=city.NOW + timedelta(hours=1))
        assert cases.duplicate_of(session, again, again.reported) is None


def test_a_case_voided_with_its_instance_is_open_again_when_that_is_restarted(world: World, case: int) -> None:
    key = world.start(case_id=case)
    world.run(runtime.cancel_process_instance, key)
    assert world.rows(select(Case.state, Case.ended.is_(None))) == [("voided", False)]
    new = world.run(runtime.restart_process_instance, key, reason="误操作终止")
    assert world.instance(new).case_id == case
    assert world.rows(select(Case.state, Case.ended.is_(None))) == [("reported", True)]


def test_a_case_is_voided_when_nothing_is_left_of_its_instance(world: World, case: int) -> None:
    key = world.start(case_id=case)
    world.run(runtime.modify_process_instance, key, Modification(terminate=(Terminate("accept"),)))
    assert world.rows(select(Case.state)) == [("voided",)]
