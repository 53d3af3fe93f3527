"""Large multi-instances: their waiting items are kept apart, and nobody can tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from tests.support import diagrams as d
from tests.support.world import MONDAY
from workflows import runtime
from workflows.engine.parking import PARKED_ABOVE
from workflows.runtime.inline import HANDLERS
from workflows.store import read
from workflows.store.queries.variables import variables, visible_variables
from workflows.store.tables import Incident, InstancePart, Job, ProcessInstance, Timer, UserTask

if TYPE_CHECKING:
    from tests.support.world import World

MANY = PARKED_ABOVE + 20
EACH = d.each("items", outputCollection="out", outputElement="=answer")


def tasks(world: World) -> list[int]:
    return [
        row[0] for row in world.rows(select(UserTask.key).where(UserTask.state == "CREATED").order_by(UserTask.key))
    ]


def finish(world: World, key: int, **given: object) -> None:
    world.run(runtime.complete_user_task, key, given)


def state(world: World) -> str:
    return str(world.rows(select(ProcessInstance.state).order_by(ProcessInstance.key))[0][0])


def test_items_are_completed_in_any_order_and_collected_in_their_own(world: World) -> None:
    world.process(d.start(), d.user("a", inner=EACH), d.user("after"), d.end(), flows="start>a;a>after;after>end")
    instance = world.start(items=list(range(MANY)))
    assert world.count("instance_part") == MANY
    size = world.rows(select(func.length(ProcessInstance.snapshot)))[0][0]
    assert size < 4_000, "the instance does not carry its items"
    assert world.verify() == []
    order = tasks(world)[::2] + tasks(world)[1::2]
    first = order[0]
    for number, key in enumerate(order):
        finish(world, key, answer=key - first)
        if number in {0, 19, 60}:
            assert world.verify() == []
    assert world.tasks() == ["after"]
    assert world.count("instance_part") == world.count("instance_part_key") == 0
    with read(world.database) as session:
        found = {one.name: one.value for one in variables(session, instance)}
    assert found["out"] == sorted(found["out"]), "in the order of the items"
    assert len(found["out"]) == MANY


def test_when_few_are_left_they_are_with_their_instance_again(world: World) -> None:
    world.process(d.start(), d.user("a", inner=EACH), d.end(), flows="start>a;a>end")
    world.start(items=list(range(MANY)))
    for key in tasks(world):
        finish(world, key)
    assert (state(world), world.count("instance_part")) == ("COMPLETED", 0)
    assert world.verify() == []


def test_what_is_inside_an_item_is_found_wherever_it_is(world: World) -> None:
    inner = d.sub("s", d.start("s1"), d.user("a"), d.boundary("late", "a", d.timer("Duration", "PT1H"), interrupting=False),
                  d.user("x"), d.end("e1"), flows="s1>a;a>e1;late>x;x>e1", inner=d.each("items"))  # fmt: skip
    world.process(d.start(), inner, d.end(), flows="start>s;s>end")
    world.pin(MONDAY)
    instance = world.start(items=[{"n": n} for n in range(MANY)])
    assert world.count("instance_part") == MANY
    key = tasks(world)[-1]
    with read(world.database) as session:
        seen = {one.name: one.value for one in visible_variables(session, instance, key)}
    assert seen["item"] == {"n": MANY - 1}
    world.run(runtime.set_variables, key, {"mine": 1}, local=True)
    assert world.verify() == []
    world.move(timedelta(hours=2))
    assert runtime.fire_timers(world.database, limit=3) == 3
    assert world.tasks().count("x") == 3
    assert world.verify() == []
    assert world.rows(select(func.count()).select_from(Timer))[0][0] == MANY - 3


@pytest.mark.parametrize("how", ["cancel", "border", "condition"])
def test_what_ends_them_all_ends_those_kept_apart_too(world: World, how: str) -> None:
    loop = d.each("items", until="answer = 1") if how == "condition" else d.each("items")
    world.process(d.start(), d.user("a", inner=loop), d.boundary("b", "a", d.on_message("m-stop")), d.user("after"), d.end(),
                  flows="start>a;a>after;after>end;b>after", more=d.message("stop"))  # fmt: skip
    instance = world.start(items=list(range(MANY)), id="1", answer=0)
    if how == "cancel":
        world.run(runtime.cancel_process_instance, instance)
    elif how == "border":
        world.run(runtime.publish_message, "stop", "1")
    else:
        finish(world, tasks(world)[7], answer=1)
    assert world.tasks() == ([] if how == "cancel" else ["after"])
    assert world.count("instance_part") == 0
    assert world.verify() == []


def test_called_processes_of_items_report_and_are_cancelled(world: World) -> None:
    world.deploy(
        d.bpmn(d.start(), d.call("c", "child", inner=d.each("items")), d.boundary("b", "c", d.on_message("m-stop")), d.end(),
               flows="start>c;c>end;b>end", more=d.message("stop")),
        d.bpmn(d.start(), d.user("i"), d.end(), flows="start>i;i>end", process_id="child"),
    )  # fmt: skip
    world.start(items=list(range(MANY)), id="1")
    assert world.count("instance_part") == MANY
    finish(world, tasks(world)[3])
    assert world.count("instance_part") == MANY - 1
    assert world.verify() == []
    world.run(runtime.publish_message, "stop", "1")
    assert (world.tasks(), state(world)) == ([], "COMPLETED")
    assert world.verify() == []


def test_a_failed_item_stays_in_sight_and_goes_back_when_it_is_mended(world: World) -> None:
    world.process(d.start(), d.service("j", inner=d.each("items")), d.end(), flows="start>j;j>end")
    world.start(items=list(range(MANY)))
    key = world.rows(select(Job.key).order_by(Job.key))[5][0]
    world.run(runtime.fail_job, key, retries=0, backoff=timedelta(), message="no")
    assert world.rows(select(InstancePart.key).where(InstancePart.key == key)) == []
    assert world.verify() == []
    world.run(runtime.resolve_incident, world.rows(select(Incident.key))[0][0])
    assert world.count("instance_part") == MANY
    assert world.verify() == []


def test_a_thousand_items_of_our_own_handlers_are_one_command(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HANDLERS, "nothing", lambda _call: None)
    world.process(d.start(), d.service("j", "nothing", inner=d.each("items")), d.end(), flows="start>j;j>end")
    world.start(items=list(range(1_000)))
    assert state(world) == "COMPLETED"
