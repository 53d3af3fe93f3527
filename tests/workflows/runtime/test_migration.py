"""Migration of instances in the database: rows, events and what is told beforehand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.world import LADDER, MONDAY
from workflows import runtime
from workflows.engine.parking import PARKED_ABOVE
from workflows.runtime import Resource
from workflows.runtime.errors import AlreadyClosed, Conflict, NotFound
from workflows.runtime.migration import MigrationRefused, PlanInvalid
from workflows.store import read
from workflows.store.tables import (
    ElementInstance,
    Incident,
    Job,
    MessageSubscription,
    ProcessDefinition,
    ProcessInstance,
    SignalSubscription,
    Timer,
    UserTask,
)

if TYPE_CHECKING:
    from tests.support.world import World

STAGE = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "natural_day", number: 4}', bihuan_ladder="ladder")


def drawn(
    task: str, *more: str, flows: str = "", extensions: str = "", process_id: str = "p", outside: str = ""
) -> bytes:
    return d.bpmn(
        d.start(), d.user(task, extensions), d.end(), *more,
        flows=f"start>{task};{task}>end{flows}", process_id=process_id, more=outside,
    )  # fmt: skip


def newest(world: World, process_id: str = "p") -> int:
    query = select(ProcessDefinition.key).where(ProcessDefinition.process_id == process_id)
    return int(world.rows(query.order_by(ProcessDefinition.version))[-1][0])


def migrate(world: World, key: int, *pairs: tuple[str, str], process_id: str = "p", **more: Any) -> None:
    world.run(runtime.migrate_process_instance, key, newest(world, process_id), pairs or None, **more)


def column(world: World, of: Any, name: str) -> list[Any]:
    return [row[0] for row in world.rows(select(getattr(of, name)).order_by(of.key))]


def test_every_open_row_follows_its_element(world: World) -> None:
    before = d.bpmn(
        d.start(), d.parallel("f"), d.user("a", STAGE), d.service("b"), d.boundary("t", "a", d.timer("Duration", "PT5H")),
        d.boundary("m", "b", d.on_message("m-go")), d.boundary("s", "b", d.on_signal("s")), d.xor("g"), d.user("later"), d.end(),
        flows="start>f;f>a;f>b;f>g;g>later[wrong];later>end;a>end;b>end;t>end;m>end;s>end", more=d.message("go") + d.signal("s"),
    )  # fmt: skip
    after = before
    for name in "abtmsg":
        after = after.replace(f'"{name}"'.encode(), f'"{name}2"'.encode())
    after = after.replace(b'id="a2"', b'id="a2" name="new name"')
    world.deploy(Resource("ladder.dmn", LADDER), before)
    key = world.start(id=1)
    ladder = world.deadlines()[0]
    world.deploy(after)
    migrate(world, key, *((name, f"{name}2") for name in "abtmsg"), reason="改版")
    assert column(world, UserTask, "element_id") == ["a2"]
    assert column(world, UserTask, "name") == ["new name"]
    assert column(world, Job, "element_id") == ["b2"]
    assert column(world, Timer, "element_id") == ["t2"]
    assert column(world, MessageSubscription, "element_id") == ["m2"]
    assert column(world, SignalSubscription, "element_id") == ["s2"]
    assert column(world, Incident, "element_id") == ["g2"]
    [clock] = world.deadlines()
    assert (clock.element_id, clock.due, clock.rungs, clock.started) == ("a2", ladder.due, ladder.rungs, ladder.started)
    active = select(ElementInstance.element_id).where(ElementInstance.state == "ACTIVE", ElementInstance.key != key)
    assert {row[0] for row in world.rows(active)} == {"a2", "b2", "g2"}
    passed = select(ElementInstance.element_id).where(ElementInstance.state == "COMPLETED")
    assert {row[0] for row in world.rows(passed)} == {"start", "f"}, "what is over keeps the name under which it was"
    event = world.events(key)[-1]
    assert (event.tag, event.actor) == ("process-instance:migrate", "someone")
    assert event.details["from"] == {"id": "p", "version": 1}
    assert event.details["process"] == {"id": "p", "version": 2}
    assert event.details["reason"] == "改版"
    assert ["a", "a2"] in event.details["mapping"]


def test_the_instance_goes_on_under_its_new_definition(world: World) -> None:
    world.deploy(drawn("a"))
    key = world.start()
    world.deploy(
        drawn("a", d.user("b"), flows=";a>b;b>end").replace(
            b'<bpmn:sequenceFlow id="a_end" sourceRef="a" targetRef="end"></bpmn:sequenceFlow>', b""
        )
    )
    migrate(world, key)
    assert world.instance(key).process_definition_key == newest(world)
    world.complete("a")
    assert world.tasks() == ["b"]
    world.complete("b")
    assert world.state(key) == "COMPLETED"


def test_timers_keep_their_moment_and_new_ones_count_from_now(world: World) -> None:
    def timed(name):
        return drawn("a", d.boundary(name, "a", d.timer("Duration", "PT5H")), flows=f";{name}>end")

    world.pin(MONDAY)
    world.deploy(timed("t"))
    kept, anew = world.start(), world.start()
    world.move(timedelta(hours=2))
    world.deploy(timed("u"))
    migrate(world, kept, ("a", "a"), ("t", "u"))
    migrate(world, anew, ("a", "a"))
    assert [(row.element_id, row.due) for row in world.timers()] == [
        ("u", MONDAY + timedelta(hours=5)), ("u", MONDAY + timedelta(hours=7)),
    ]  # fmt: skip
    assert (world.events(anew)[-1].details["closed"], world.events(anew)[-1].details["opened"]) == (["t"], ["u"])
    world.move(timedelta(hours=3))
    assert runtime.fire_timers(world.database) == 1
    assert (world.state(kept), world.state(anew)) == ("COMPLETED", "ACTIVE")


def test_a_message_that_waits_reaches_the_event_that_migration_opens(world: World) -> None:
    world.deploy(drawn("a"))
    key = world.start(id=7)
    world.run(runtime.publish_message, "go", correlation_key="7", variables={"x": 1}, ttl=timedelta(hours=1))
    world.deploy(drawn("a", d.boundary("m", "a", d.on_message("m-go")), flows=";m>end", outside=d.message("go")))
    migrate(world, key)
    assert world.state(key) == "COMPLETED"


def test_an_instance_may_go_to_another_process(world: World) -> None:
    more = {"outside": d.message("go") + d.signal("s"), "flows": ";m>end;s>end"}
    borders = (d.boundary("m", "a", d.on_message("m-go")), d.boundary("s", "a", d.on_signal("s")))
    world.deploy(drawn("a", *borders, **more), drawn("a", *borders, **more, process_id="q"))
    key = world.start(id=1)
    migrate(world, key, process_id="q")
    assert world.instance(key).process_id == "q"
    assert column(world, MessageSubscription, "process_id") == ["q"]
    assert column(world, SignalSubscription, "process_id") == ["q"]
    root = select(ElementInstance.element_id).where(ElementInstance.key == key)
    assert world.rows(root)[0][0] == "q"
    world.run(runtime.broadcast_signal, "s")
    runtime.deliver_signals(world.database)
    assert world.state(key) == "COMPLETED"


def test_two_instances_never_have_one_correlation_key_in_a_process(world: World) -> None:
    def begun(process_id, name):
        return d.bpmn(
            d.start("begin", d.on_message(f"m-{name}")), d.user("a"), d.end(), flows="begin>a;a>end", process_id=process_id, more=d.message(name),
        )  # fmt: skip

    world.deploy(begun("p", "one"), begun("q", "two"))
    for name in ("one", "two"):
        world.run(runtime.publish_message, name, correlation_key="7", variables={}, ttl=timedelta(0))
    key = world.rows(select(ProcessInstance.key).where(ProcessInstance.process_id == "p"))[0][0]
    with pytest.raises(Conflict, match="correlation key"):
        migrate(world, key, ("a", "a"), process_id="q")


def test_called_instances_stay_and_migrate_by_themselves(world: World) -> None:
    def parent(name):
        return d.bpmn(d.start(), d.call(name, "child"), d.end(), flows=f"start>{name};{name}>end")

    world.deploy(parent("c"), drawn("a", process_id="child"))
    key = world.start()
    child = world.rows(select(ProcessInstance.key).where(ProcessInstance.process_id == "child"))[0][0]
    world.deploy(parent("d"), drawn("b", process_id="child"))
    migrate(world, key, ("c", "d"))
    assert world.instance(child).process_definition_key != newest(world, "child")
    assert world.tasks() == ["a"]
    migrate(world, child, ("a", "b"), process_id="child")
    world.complete("b")
    assert world.state(key) == "COMPLETED"


def test_items_that_are_kept_apart_follow(world: World) -> None:
    many = PARKED_ABOVE + 10

    def each(name):
        return d.bpmn(d.start(), d.user(name, inner=d.each("xs")), d.end(), flows=f"start>{name};{name}>end")

    world.deploy(each("a"))
    key = world.start(xs=list(range(many)))
    assert world.count("instance_part") == many
    world.deploy(each("b"))
    migrate(world, key, ("a", "b"))
    assert world.tasks() == ["b"] * many
    assert world.count("instance_part") == many
    for _ in range(many):
        world.complete("b")
    assert world.state(key) == "COMPLETED"


def test_what_is_refused_changes_nothing(world: World) -> None:
    world.deploy(drawn("a"))
    key, over = world.start(), world.start()
    world.run(runtime.cancel_process_instance, over)
    before = world.instance(key)
    world.deploy(drawn("b"))
    with pytest.raises(MigrationRefused) as refused:
        migrate(world, key)
    assert [(one["elementId"], one["rule"]) for one in refused.value.details] == [("a", "unmapped")]
    with pytest.raises(PlanInvalid) as invalid:
        migrate(world, key, ("a", "end"))
    assert invalid.value.details[0]["rule"] == "type-differs"
    with pytest.raises(AlreadyClosed):
        migrate(world, over)
    with pytest.raises(NotFound):
        world.run(runtime.migrate_process_instance, key, 1)
    with pytest.raises(NotFound):
        world.run(runtime.migrate_process_instance, 1, newest(world))
    assert world.instance(key) == before


def test_a_dry_run_tells_of_each_instance_and_writes_nothing(world: World) -> None:
    timed = drawn("a", d.user("z"), d.boundary("t", "a", d.timer("Duration", "PT5H")), flows=";t>z;z>end")
    world.deploy(timed)
    waiting, late = world.start(), world.start()
    world.pin(MONDAY + timedelta(days=4000))
    runtime.fire_timers(world.database, limit=1)
    ended = world.start()
    world.run(runtime.cancel_process_instance, ended)
    world.deploy(drawn("a"))
    with read(world.database) as session:
        told = runtime.dry_run_migration(session, [waiting, late, ended], newest(world))
        plan = runtime.plan_migration(session, told[0].source.key, newest(world))
    by_key = {one.process_instance_key: one for one in told}
    assert by_key.keys() == {waiting, late}
    moved = [key for key in by_key if by_key[key].migrated.refused]
    assert len(moved) == 1
    assert [finding.rule for finding in by_key[moved[0]].migrated.findings] == ["unmapped"]
    [stays] = by_key.keys() - set(moved)
    assert by_key[stays].migrated.closed == ["t"]
    assert plan.closes == ["t"]
    assert [world.instance(key).process_definition_key for key in by_key] == [told[0].source.key] * 2
