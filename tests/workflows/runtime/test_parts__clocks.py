"""Many items, each with a clock, a milestone, a message and a sub-process of its own, kept apart or not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.world import LADDER, MONDAY, World, table
from workflows import runtime
from workflows.runtime import Resource
from workflows.store.tables import Deadline, Escalation, UserTask

CLOCK = d.properties(
    bihuan_stage="处置",
    bihuan_limit='={unit: "urgent_hour", number: 4, milestones: [{name: "到场", unit: "urgent_hour", number: 1}]}',
    bihuan_holder='="handler@" + unit',
    bihuan_ladder="ladder",
)
LOUD = table(
    "ladder", ["stage"], ["level", "at", "role", "message"], ['"处置"', "1", "1", '"handler"', '"late"'], policy="COLLECT"
)  # fmt: skip
COUNTS = (3, 150)


def items(world: World, count: int, ladder: bytes = LADDER) -> int:
    inside = d.sub("inside", d.start("s1"), d.user("arrive", d.properties(bihuan_milestone="到场")), d.user("work"), d.end("e1"),
                   flows="s1>arrive; arrive>work; work>e1")  # fmt: skip
    part = d.sub(
        "part", d.start("s"), inside, d.boundary("told", "inside", d.on_message("m-told"), interrupting=False), d.user("heard"),
        d.end("e"), flows="s>inside; inside>e; told>heard; heard>e", extensions=d.io(inputs={"seen": "=null"}) + CLOCK,
        inner=d.each('for n in 1..count return "u" + string(n)', "unit", outputCollection="done", outputElement="=unit + result"),
    )  # fmt: skip
    around = d.sub("around", d.start("s0"), part, d.end("e0"), flows="s0>part; part>e0")
    world.deploy(
        d.bpmn(d.start(), around, d.end(), flows="start>around; around>end", more=d.message("told", "=name + unit")),
        Resource("ladder.dmn", ladder),
    )
    world.pin(MONDAY)
    return world.start("p", name="x", count=count)


def task(world: World, element: str, number: int) -> int:
    """The open task of an element in an item, counted from 1."""
    query = select(UserTask.key).where(UserTask.element_id == element, UserTask.state == "CREATED")
    return int(world.rows(query.order_by(UserTask.key))[number - 1][0])


def complete(world: World, element: str, number: int, **variables: str) -> None:
    world.run(runtime.complete_user_task, task(world, element, number), variables, actor="p-0001")


@pytest.mark.parametrize("count", COUNTS)
def test_each_item_has_its_clock_and_its_milestone(world: World, count: int) -> None:
    items(world, count)
    assert len(world.deadlines()) == 2 * count
    complete(world, "arrive", 2)
    ended = world.rows(select(Deadline.holder, Deadline.milestone, Deadline.met).where(Deadline.ended.is_not(None)))
    assert ended == [("handler@u2", "到场", True)]
    complete(world, "work", 1, result="ok")
    ended = world.rows(select(Deadline.holder, Deadline.milestone).where(Deadline.ended.is_not(None)))
    assert sorted(ended) == [("handler@u2", ""), ("handler@u2", "到场")]


@pytest.mark.parametrize("count", COUNTS)
def test_a_message_of_one_item_is_heard_there_alone(world: World, count: int) -> None:
    items(world, count)
    for number in (count, 1, count):
        world.run(runtime.correlate_message, "told", f"xu{number}", {"x": number})
    assert world.tasks().count("heard") == 3
    assert world.count("message_subscription") == count
    assert world.incidents() == []


@pytest.mark.parametrize("count", COUNTS)
def test_the_rungs_of_all_items_fire_once_each(world: World, count: int) -> None:
    key = items(world, count, LOUD)
    with_key = world.rows(select(Deadline.key).where(Deadline.milestone == "到场"))
    assert len(with_key) == count
    world.move(timedelta(hours=1))
    fired = []
    while more := runtime.sweep_deadlines(world.database, limit=100):
        fired += more
    assert len(fired) == count
    assert [rung[0] for rung in world.rows(select(Escalation.recipient).limit(1))] == ["handler@u1"]
    assert world.state(key) == "ACTIVE"
    assert world.incidents() == []


@pytest.mark.parametrize("count", COUNTS)
def test_a_clock_of_one_item_is_put_aside_and_extended_alone(world: World, count: int) -> None:
    items(world, count)
    clocks = world.rows(select(Deadline.key).where(Deadline.milestone == "").order_by(Deadline.key))
    mine = clocks[0][0]
    world.run(runtime.extend_deadline, mine, reason="等配件")
    world.run(runtime.suspend_deadline, mine, until=MONDAY + timedelta(days=1), reason="等配件")
    with pytest.raises(runtime.errors.Suspended):
        complete(world, "arrive", 1)
    complete(world, "arrive", 2)
    world.run(runtime.resume_deadline, mine, reason="到了")
    complete(world, "arrive", 1)


@pytest.mark.parametrize("count", COUNTS)
def test_all_of_it_ends_with_the_scope_around(world: World, count: int) -> None:
    key = items(world, count)
    world.run(runtime.suspend_process_instance, key)
    world.move(timedelta(hours=2))
    world.run(runtime.resume_process_instance, key)
    world.run(runtime.cancel_process_instance, key)
    assert world.rows(select(Deadline.key).where(Deadline.ended.is_(None))) == []
    assert world.count("message_subscription") == world.count("instance_part") == 0
