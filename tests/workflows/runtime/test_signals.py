"""Signals: thrown in one instance or from outside, they reach all who waited, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from tests.support import diagrams as d
from workflows import runtime
from workflows.runtime.events import Tag
from workflows.store.tables import ProcessInstance, SignalDelivery, SignalSubscription, UserTask

if TYPE_CHECKING:
    from tests.support.world import World

WAITING = d.bpmn(
    d.start(), d.user("a"), d.boundary("b", "a", d.on_signal("s"), interrupting=False), d.user("x"), d.end(),
    flows="start>a;a>end;b>x;x>end", process_id="waiting", more=d.signal("s"),
)  # fmt: skip
THROWING = d.bpmn(
    d.start(), d.user("go"), d.throw("loud", d.on_signal("s"), d.io(inputs={"level": "=3"})), d.user("after"), d.end(),
    flows="start>go;go>loud;loud>after;after>end", process_id="throwing", more=d.signal("s"),
)  # fmt: skip
STARTED = d.bpmn(d.start("begin", d.on_signal("s")), d.user("first"), d.end(), flows="begin>first;first>end",
                 process_id="started", more=d.signal("s"))  # fmt: skip


def deliver(world: World) -> int:
    return runtime.deliver_signals(world.database)


def open_tasks(world: World, key: int) -> list[str]:
    query = select(UserTask.element_id).where(UserTask.process_instance_key == key, UserTask.state == "CREATED")
    return [row[0] for row in world.rows(query.order_by(UserTask.key))]


def test_a_signal_reaches_every_instance_that_waits_and_starts_processes(world: World) -> None:
    world.deploy(WAITING, THROWING, STARTED)
    waiting = [world.start("waiting") for _ in range(3)]
    thrower = world.start("throwing")
    world.complete("go")
    assert open_tasks(world, thrower) == ["after"], "the thrower does not wait for those who hear it"
    assert world.count("signal_delivery") == 4
    assert deliver(world) == 4
    assert [open_tasks(world, key) for key in waiting] == [["a", "x"]] * 3
    started = world.rows(select(ProcessInstance.key).where(ProcessInstance.process_id == "started"))
    assert [open_tasks(world, row[0]) for row in started] == [["first"]]
    assert deliver(world) == 0
    assert world.verify() == []


def test_what_a_signal_carries_are_the_variables_made_for_it(world: World) -> None:
    world.deploy(WAITING, THROWING)
    waiting = world.start("waiting")
    world.start("throwing", secret=1)
    world.complete("go")
    deliver(world)
    assert world.events(waiting)[-1].details["variables"] == {"level": 3}


def test_a_signal_reaches_those_who_waited_when_it_was_thrown_and_nobody_else(world: World) -> None:
    world.deploy(WAITING)
    gone, before = world.start("waiting"), world.start("waiting")
    world.run(runtime.broadcast_signal, "s", {"x": 1})
    world.run(runtime.cancel_process_instance, gone)
    after = world.start("waiting")
    deliver(world)
    assert [open_tasks(world, key) for key in (gone, before, after)] == [[], ["a", "x"], ["a"]]
    assert world.rows(select(SignalDelivery.key)) == []
    assert world.verify() == []


def test_a_signal_that_comes_twice_is_heard_twice_by_who_is_not_interrupted(world: World) -> None:
    world.deploy(WAITING)
    key = world.start("waiting")
    for _ in range(2):
        world.run(runtime.broadcast_signal, "s")
        deliver(world)
    assert open_tasks(world, key) == ["a", "x", "x"]


def test_a_new_version_starts_by_its_own_signal_and_the_old_one_no_longer(world: World) -> None:
    world.deploy(STARTED)
    world.deploy(STARTED.replace(b's-s" name="s"', b's-s" name="t"'))
    assert [row[0] for row in world.rows(select(SignalSubscription.name))] == ["t"]
    world.run(runtime.broadcast_signal, "s")
    assert deliver(world) == 0
    assert world.verify() == []


def test_what_was_thrown_and_what_was_heard_is_on_record(world: World) -> None:
    world.deploy(WAITING)
    key = world.start("waiting")
    signal = world.run(runtime.broadcast_signal, "s", {"x": 1}, actor="client:desk")
    deliver(world)
    assert world.events(0)[-1].tag == Tag.SIGNAL_BROADCAST
    heard = world.events(key)[-1]
    assert (heard.tag, heard.actor, heard.details["signal"]) == (Tag.SIGNAL_RECEIVE, "client:desk", signal)


def test_a_refused_broadcast_leaves_nothing(world: World) -> None:
    world.deploy(WAITING)
    world.start("waiting")
    try:
        world.run(runtime.broadcast_signal, "s\0")
    except runtime.errors.Refusal:
        pass
    else:
        raise AssertionError
    assert world.count("signal_delivery") == 0
