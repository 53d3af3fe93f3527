from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.world import MONDAY, World
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.errors import (
    AlreadyClosed,
    Conflict,
    FormMismatch,
    Invalid,
    Recused,
    SeparationOfDuty,
    TaskAssigned,
)
from workflows.store.tables import UserTask

FORM = b"""{"$id": "verify", "title": "verify", "type": "object", "required": ["result"], "properties":
    {"result": {"enum": ["ok", "bad"]}, "count": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}}"""
ONE = (d.start(), d.user("a", d.z("formDefinition", formId="verify")), d.end())
ONE_FLOWS = "start>a; a>end"


def with_form(world: World) -> None:
    world.deploy(d.bpmn(*ONE, flows=ONE_FLOWS), Resource("forms/verify.json", FORM))


def row(world: World, element_id: str = "a"):
    return world.rows(select(*UserTask.__table__.c).where(UserTask.element_id == element_id))[0]


def test_a_task_row_says_what_the_diagram_says(world: World) -> None:
    task = d.user(
        "a",
        d.z("assignmentDefinition", assignee="=who", candidateGroups="desk@centre, grid-lead@G07", candidateUsers="=[who]")
        + d.z("taskSchedule", dueDate="=until", followUpDate="2026-03-03T09:00:00+08:00")
        + d.z("priorityDefinition", priority="80")
        + d.properties(bihuan_stage="verify")
    )  # fmt: skip
    world.process(d.start(), task, d.end(), flows=ONE_FLOWS)
    world.start(who="p-0001", until="2026-03-02T17:00:00+08:00")
    found = row(world)
    assert (found.assignee, found.candidate_groups, found.candidate_users) == (
        "p-0001",
        ["desk@centre", "grid-lead@G07"],
        ["p-0001"],
    )
    assert (found.due_date, found.follow_up_date) == (
        datetime(2026, 3, 2, 9, tzinfo=UTC),
        datetime(2026, 3, 3, 1, tzinfo=UTC),
    )
    assert (found.priority, found.state, found.properties) == (80, "CREATED", {"bihuan:stage": "verify"})


def test_a_finished_task_tells_who_and_when(world: World) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows=ONE_FLOWS)
    world.pin(MONDAY)
    world.start()
    world.complete("a", "p-0003")
    found = row(world)
    assert (found.state, found.completed_by, found.ended) == ("COMPLETED", "p-0003", MONDAY)


def test_completing_twice_conflicts(world: World) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows=ONE_FLOWS)
    world.start()
    key = world.task("a")
    world.complete("a")
    with pytest.raises(AlreadyClosed):
        world.run(runtime.complete_user_task, key, {})


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        ({}, "/result"),
        ({"result": "maybe"}, "/result"),
        ({"result": "ok", "count": "3"}, "/count"),
        ({"result": "ok", "count": 1.5}, "/count"),
        ({"result": "ok", "at": "yesterday"}, "/at"),
    ],
)
def test_an_answer_that_does_not_fit_the_form_is_refused_with_the_place(
    world: World, answer: dict, pointer: str
) -> None:
    with_form(world)
    world.start()
    with pytest.raises(FormMismatch) as refused:
        world.complete("a", **answer)
    assert [detail["pointer"] for detail in refused.value.details] == [pointer]
    assert world.tasks() == ["a"]


def test_an_answer_that_fits_is_taken(world: World) -> None:
    with_form(world)
    key = world.start()
    world.complete("a", result="ok", count=3, at="2026-03-02T09:00:00+08:00")
    assert world.state(key) == "COMPLETED"


def test_a_task_keeps_the_version_of_the_form_it_was_created_with(world: World) -> None:
    with_form(world)
    world.start()
    world.deploy(Resource("forms/verify.json", FORM.replace(b'"ok"', b'"yes"')))
    world.complete("a", result="ok")
    world.start()
    with pytest.raises(FormMismatch):
        world.complete("a", result="ok")


@pytest.mark.parametrize("name", ["typename", "__proto__", "len", "__builtins__", "中文 名称"])
def test_any_name_is_just_a_variable(world: World, name: str) -> None:
    world.process(d.start(), d.user("a"), d.user("b"), d.end(), flows="start>a;a>b;b>end")
    key = world.start(**{name: {name: [1]}})
    world.complete("a", **{name: "Task"})
    world.complete("b")
    assert world.state(key) == "COMPLETED"


@pytest.mark.parametrize("bad", ["nul\0", "\ud800", {"in\0": 1}, [float("nan")], {1, 2}])
def test_what_a_database_cannot_hold_is_refused_before_it(world: World, bad: object) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows=ONE_FLOWS)
    with pytest.raises(Invalid):
        world.start(x=bad)
    world.start()
    with pytest.raises(Invalid) as refused:
        world.complete("a", x={"y": bad})
    assert refused.value.details[0]["pointer"].startswith("/x/y")
    assert world.tasks() == ["a"]


def test_assigning_and_unassigning(world: World) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows=ONE_FLOWS)
    world.start()
    key = world.task("a")
    world.run(runtime.assign_user_task, key, "p-0001")
    assert row(world).assignee == "p-0001"
    with pytest.raises(TaskAssigned):
        world.run(runtime.assign_user_task, key, "p-0002", allow_override=False)
    world.run(runtime.assign_user_task, key, "p-0001", allow_override=False)
    world.run(runtime.assign_user_task, key, "p-0002")
    assert row(world).assignee == "p-0002"
    world.run(runtime.unassign_user_task, key)
    assert row(world).assignee is None
    for nobody in ("", "  ", "p-0001 ", "\u3000p-0001", "nul\0"):
        with pytest.raises(Invalid):
            world.run(runtime.assign_user_task, key, nobody)


def test_updating_a_task_changes_its_row_and_outlives_the_next_step(world: World) -> None:
    world.process(
        d.start(), d.parallel("split"), d.user("a"), d.user("b"), d.parallel("join"), d.end(),
        flows="start>split; split>a; split>b; a>join; b>join; join>end",
    )  # fmt: skip
    world.start()
    world.run(
        runtime.update_user_task, world.task("a"), {"priority": 90, "candidate_groups": ["x@G01"], "due_date": MONDAY}
    )
    world.complete("b")
    found = row(world)
    assert (found.priority, found.candidate_groups, found.due_date) == (90, ["x@G01"], MONDAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"priority": 101},
        {"priority": "high"},
        {"assignee": "p"},
        {"due_date": MONDAY.replace(tzinfo=None)},
        {"due_date": datetime.max.replace(tzinfo=timezone(timedelta(hours=-10)))},
        {"follow_up_date": datetime.min.replace(tzinfo=timezone(timedelta(hours=10)))},
        {"priority": 10**40},
        {"candidate_groups": ["nul\0"]},
        {"candidate_groups": "desk"},
    ],
)
def test_a_wrong_update_is_refused(world: World, changes: dict) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows=ONE_FLOWS)
    world.start()
    with pytest.raises(Invalid):
        world.run(runtime.update_user_task, world.task("a"), changes)


CHECKED = (d.start(), d.user("handle"), d.user("check", d.properties(bihuan_separateFrom="handle")), d.end())
CHECKED_FLOWS = "start>handle; handle>check; check>end"


def test_who_handled_may_not_check(world: World) -> None:
    world.process(*CHECKED, flows=CHECKED_FLOWS)
    key = world.start()
    world.complete("handle", "p-0001")
    with pytest.raises(SeparationOfDuty) as refused:
        world.complete("check", "p-0001")
    assert refused.value.code == "SEPARATION_OF_DUTY"
    assert world.tasks() == ["check"]
    world.complete("check", "p-0002")
    assert world.state(key) == "COMPLETED"


def test_a_program_does_a_task_for_its_assignee(world: World) -> None:
    world.process(*CHECKED, flows=CHECKED_FLOWS)
    key = world.start()
    world.run(runtime.assign_user_task, world.task("handle"), "p-0001")
    world.complete("handle", "client:app")
    world.run(runtime.assign_user_task, world.task("check"), "p-0001")
    with pytest.raises(SeparationOfDuty):
        world.complete("check", "client:app")
    world.run(runtime.assign_user_task, world.task("check"), "p-0002")
    world.complete("check", "client:app")
    assert world.state(key) == "COMPLETED"


def test_giving_the_task_to_a_colleague_does_not_help(world: World) -> None:
    world.process(*CHECKED, flows=CHECKED_FLOWS)
    world.start()
    world.complete("handle", "p-0001")
    world.run(runtime.assign_user_task, world.task("check"), "p-0002")
    with pytest.raises(SeparationOfDuty):
        world.complete("check", "p-0001")


@pytest.mark.parametrize("assignee", [None, "client:other"])
def test_a_check_without_a_named_person_is_refused(world: World, assignee: str | None) -> None:
    world.process(*CHECKED, flows=CHECKED_FLOWS)
    world.start()
    world.complete("handle", "p-0001")
    if assignee:
        world.run(runtime.assign_user_task, world.task("check"), assignee)
    with pytest.raises(SeparationOfDuty, match="指定办理人"):
        world.complete("check", "client:app")


@pytest.mark.parametrize("same", ["P-0001", "p-0001"])
def test_a_name_written_otherwise_is_the_same_person(world: World, same: str) -> None:
    world.process(*CHECKED, flows=CHECKED_FLOWS)
    world.start()
    world.complete("handle", "p-0001")
    with pytest.raises(SeparationOfDuty):
        world.complete("check", same)


BARRED = (d.start(), d.user("handle"), d.user("decide", d.properties(bihuan_barred="recused")), d.end())
BARRED_FLOWS = "start>handle; handle>decide; decide>end"


@pytest.mark.parametrize("recused", [["p-0001", "p-0003"], "P-0001"])
def test_who_is_recused_may_not_do_the_task(world: World, recused: object) -> None:
    world.process(*BARRED, flows=BARRED_FLOWS)
    key = world.start(recused=recused)
    world.complete("handle", "p-0001")
    with pytest.raises(Recused) as refused:
        world.complete("decide", "p-0001")
    assert refused.value.code == "RECUSED"
    world.run(runtime.assign_user_task, world.task("decide"), "p-0001")
    with pytest.raises(Recused):
        world.complete("decide", "client:app")
    world.run(runtime.assign_user_task, world.task("decide"), "p-0002")
    world.complete("decide", "p-0002")
    assert world.state(key) == "COMPLETED"


def test_a_recusal_counts_for_tasks_that_are_open_already(world: World) -> None:
    world.process(*BARRED, flows=BARRED_FLOWS)
    key = world.start()
    world.complete("handle")
    world.run(runtime.set_variables, key, {"recused": ["p-0001"]})
    with pytest.raises(Recused):
        world.complete("decide", "p-0001")
    with pytest.raises(Recused, match="指定办理人"):
        world.complete("decide", "client:app")


@pytest.mark.parametrize("recused", [None, [], ""])
def test_where_nobody_is_recused_a_program_may_do_the_task(world: World, recused: object) -> None:
    world.process(*BARRED, flows=BARRED_FLOWS)
    key = world.start(recused=recused)
    world.complete("handle")
    world.complete("decide", "client:app")
    assert world.state(key) == "COMPLETED"


@pytest.mark.parametrize("_round", range(5))
def test_of_many_who_complete_one_task_exactly_one_wins(world: World, _round: int) -> None:
    world.process(d.start(), d.user("a"), d.user("b"), d.end(), flows="start>a; a>b; b>end")
    instance = world.start()
    key = world.task("a")
    barrier, won, lost, broken = Barrier(8), [], [], []

    def complete(name: str) -> None:
        barrier.wait()
        try:
            world.run(runtime.complete_user_task, key, {"by": name}, actor=name)
            won.append(name)
        except Conflict:
            lost.append(name)
        except Exception as error:  # noqa: BLE001
            broken.append(error)

    threads = [Thread(target=complete, args=(f"p-{n:04}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert (len(won), len(lost)) == (1, 7)
    assert row(world).completed_by == won[0]
    assert len(world.events(instance)) == 2


@pytest.mark.parametrize("_round", range(5))
def test_completing_against_cancelling_leaves_one_winner(world: World, _round: int) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows=ONE_FLOWS)
    instance = world.start()
    key = world.task("a")
    barrier, outcomes = Barrier(2), []

    def act(command, *args):
        barrier.wait()
        try:
            world.run(command, *args)
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [
        Thread(target=act, args=(runtime.complete_user_task, key, {})),
        Thread(target=act, args=(runtime.cancel_process_instance, instance)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost", "won"]
    assert world.instance(instance).revision == 2
