from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import diagrams as d
from tests.support.world import LADDER, MONDAY
from workflows import runtime
from workflows.engine import Activate, Given, Modification, Move, Terminate
from workflows.runtime import Resource
from workflows.runtime.errors import AlreadyClosed, Conflict, Invalid, ModificationRefused, NotFound, Suspended

if TYPE_CHECKING:
    from tests.support.world import World

CLOCKED = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 2}', bihuan_ladder="ladder")


def modify(world: World, key: int, *instructions: Any, **more: Any) -> None:
    kinds = [tuple(one for one in instructions if isinstance(one, kind)) for kind in (Activate, Move, Terminate)]
    world.run(runtime.modify_process_instance, key, Modification(*kinds), **more)


def fork(world: World) -> int:
    world.deploy(
        d.bpmn(
            d.start(), d.parallel("split"), d.user("a", CLOCKED), d.service("b"), d.catch("c", d.on_message("m-told")),
            d.boundary("late", "a", d.timer("Duration", "PT3H")), d.parallel("join"), d.user("after"), d.end(),
            flows="start>split; split>a; split>b; split>c; a>join; b>join; c>join; late>end; join>after; after>end",
            more=d.message("told", "=id"),
        ),
        Resource("ladder.dmn", LADDER),
    )  # fmt: skip
    world.pin(MONDAY)
    return world.start(id="1")


def test_the_rows_follow_what_is_terminated_and_activated(world: World) -> None:
    key = fork(world)
    modify(world, key, Move(Terminate("a"), "after"), Terminate("b"), Terminate("c"))
    assert (world.tasks(), world.jobs(), world.timers(), world.count("message_subscription")) == (["after"], [], [], 0)
    assert world.rows("SELECT state FROM user_task ORDER BY key") == [("CANCELED",), ("CREATED",)]
    [clock] = world.deadlines()
    assert (clock.ended, clock.next_at) == (MONDAY, None)
    world.complete("after")
    assert world.state(key) == "COMPLETED"


def test_it_is_on_record_who_did_what_and_why(world: World) -> None:
    key = fork(world)
    task = world.task("a")
    given = Given({"note": "现场复核"}, "after")
    modify(world, key, Activate("after", (given,)), Terminate(key=task), reason="走错了环节", actor="p-0009")
    event = world.events(key)[-1]
    assert (event.tag, event.actor) == ("process-instance:modify", "p-0009")
    assert event.details["reason"] == "走错了环节"
    assert event.details["instructions"] == {
        "activate": [{"element_id": "after", "given": [{"variables": {"note": "现场复核"}, "scope_id": "after"}]}],
        "terminate": [{"key": task}],
    }


def test_what_is_refused_names_the_element_and_leaves_no_trace(world: World) -> None:
    key = fork(world)
    events = world.events(key)
    with pytest.raises(ModificationRefused) as refused:
        modify(world, key, Terminate("a"), Activate("late"))
    [detail] = refused.value.details
    assert detail["elementId"] == "late"
    assert "边界事件" in detail["message"]
    with pytest.raises(Invalid):
        modify(world, key)
    with pytest.raises(NotFound):
        modify(world, key + (1 << 20), Terminate("a"))
    assert (world.events(key), world.tasks()) == (events, ["a"])


def test_neither_a_suspended_nor_an_ended_instance_is_modified(world: World) -> None:
    key = fork(world)
    world.run(runtime.suspend_process_instance, key)
    with pytest.raises(Suspended):
        modify(world, key, Terminate("a"))
    world.run(runtime.cancel_process_instance, key)
    with pytest.raises(AlreadyClosed):
        modify(world, key, Terminate("a"))


def test_an_incident_goes_with_its_element(world: World) -> None:
    key = fork(world)
    world.run(runtime.fail_job, world.jobs()[0], retries=0, backoff=timedelta(), message="no line")
    modify(world, key, Terminate("b"))
    assert (world.incidents(), world.jobs()) == ([], [])
    assert world.rows("SELECT state FROM incident") == [("RESOLVED",)]


def test_with_nothing_left_the_instance_is_terminated(world: World) -> None:
    key = fork(world)
    modify(world, key, *(Terminate(name) for name in "abc"))
    assert world.state(key) == "TERMINATED"


def test_called_instances_end_with_their_call_and_are_never_emptied(world: World) -> None:
    world.process(
        d.start(),
        d.user("inner"),
        d.user("more"),
        d.end(),
        flows="start>inner; inner>more; more>end",
        process_id="child",
    )
    world.process(d.start(), d.call("call", "child"), d.user("b"), d.end(), flows="start>call; call>b; b>end")
    key = world.start()
    [(child,)] = world.rows("SELECT key FROM process_instance WHERE depth = 1")
    with pytest.raises(Conflict, match="不能全部终止"):
        modify(world, child, Terminate("inner"))
    modify(world, child, Move(Terminate("inner"), "more"))
    assert world.tasks() == ["more"]
    modify(world, key, Move(Terminate("call"), "b"))
    assert (world.tasks(), world.state(child)) == (["b"], "TERMINATED")
    modify(world, key, Activate("call"))
    assert world.tasks() == ["b", "inner"]


def test_items_kept_apart_are_terminated_with_the_rest(world: World) -> None:
    each = d.each("for i in 1..150 return i")
    world.process(d.start(), d.user("a", inner=each), d.user("b"), d.end(), flows="start>a; a>b; b>end")
    key = world.start()
    assert world.count("instance_part") == 150
    item = world.rows("SELECT key FROM user_task ORDER BY key")[0][0]
    modify(world, key, Terminate(key=item))
    assert len(world.tasks()) == 149
    modify(world, key, Move(Terminate("a"), "b"))
    assert (world.tasks(), world.count("instance_part")) == (["b"], 0)


# Starting in the middle


def test_an_instance_begins_at_elements_that_are_named(world: World) -> None:
    world.process(
        d.start(), d.user("a"), d.sub("s", d.start("s0"), d.user("x"), d.user("y"), d.end("s9"), flows="s0>x; x>y; y>s9"),
        d.end(), flows="start>a; a>s; s>end",
    )  # fmt: skip
    key = world.run(runtime.start_process, process_id="p", variables={"n": 1}, at=["y", "a"])
    assert world.tasks() == ["a", "y"]
    details = world.events(key)[0].details
    assert (details["at"], details["variables"]) == (["y", "a"], {"n": 1})
    with pytest.raises(ModificationRefused, match="s0"):
        world.run(runtime.start_process, process_id="p", variables={}, at=["s0"])
    assert world.count("process_instance") == 1


def test_a_process_without_a_none_start_event_may_begin_in_the_middle(world: World) -> None:
    world.process(
        d.start(inner=d.on_message("m-go")), d.user("a"), d.end(), flows="start>a; a>end", more=d.message("go", "")
    )
    world.run(runtime.start_process, process_id="p", variables={}, at=["a"])
    assert world.tasks() == ["a"]
