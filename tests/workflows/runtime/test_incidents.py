from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from workflows import runtime
from workflows.runtime.errors import AlreadyClosed, ModificationRefused, NotFound
from workflows.runtime.reasons import ReasonMissing

if TYPE_CHECKING:
    from tests.support.world import World


def broken(world: World) -> int:
    """A gateway whose condition has no truth value."""
    world.process(
        d.start(), d.user("a"), d.xor("choose", default="choose_no"), d.user("yes"), d.user("no"), d.end(),
        flows="start>a; a>choose; choose>yes[flag]; choose>no; yes>end; no>end",
    )  # fmt: skip
    key = world.start()
    world.complete("a")
    return key


def test_what_fails_on_the_way_is_an_incident_and_the_work_before_it_is_kept(world: World) -> None:
    key = broken(world)
    [incident] = world.incidents()
    assert (incident.element_id, incident.error_type) == ("choose", "CONDITION_ERROR")
    assert world.state(key) == "ACTIVE"
    assert world.rows("SELECT element_id, state FROM user_task") == [("a", "COMPLETED")]


def test_resolving_runs_the_failed_thing_again(world: World) -> None:
    key = broken(world)
    world.run(runtime.set_variables, key, {"flag": True})
    world.run(runtime.resolve_incident, world.incidents()[0].key)
    assert world.tasks() == ["yes"]
    assert world.rows("SELECT state FROM incident") == [("RESOLVED",)]


def test_what_fails_again_is_a_new_incident(world: World) -> None:
    broken(world)
    [first] = world.incidents()
    world.run(runtime.resolve_incident, first.key)
    [second] = world.incidents()
    assert second.key != first.key
    with pytest.raises(AlreadyClosed):
        world.run(runtime.resolve_incident, first.key)


def test_an_unknown_incident_is_not_found(world: World) -> None:
    key = broken(world)
    with pytest.raises(NotFound):
        world.run(runtime.resolve_incident, key + 99)


def test_a_finished_task_stays_finished_when_what_follows_fails(world: World) -> None:
    task = d.user("a", d.io(outputs={"total": "=missing()"}))
    world.process(d.start(), task, d.end(), flows="start>a; a>end")
    world.start()
    world.complete("a", "p-0009", n=1)
    assert world.rows("SELECT state, completed_by FROM user_task") == [("COMPLETED", "p-0009")]
    assert len(world.incidents()) in {0, 1}


def test_what_a_cancelled_instance_called_is_over_with_its_incidents(world: World) -> None:
    world.process(d.start(), d.service("send"), d.end(), flows="start>send; send>end", process_id="child")
    world.process(d.start(), d.call("call", "child"), d.end(), flows="start>call; call>end")
    parent = world.start()
    world.run(runtime.fail_job, world.jobs()[0], retries=0, backoff=timedelta(), message="no line")
    [incident] = world.incidents()
    world.run(runtime.cancel_process_instance, parent)
    assert (world.incidents(), world.jobs()) == ([], [])
    assert world.rows("SELECT DISTINCT state FROM process_instance") == [("TERMINATED",)]
    with pytest.raises(AlreadyClosed):
        world.run(runtime.resolve_incident, incident.key)


def test_an_error_far_down_ends_every_call_on_its_way_up(world: World) -> None:
    world.process(d.start(), d.service("send"), d.end(), flows="start>send; send>end", process_id="p30")
    for depth in range(29, 0, -1):
        world.process(d.start(), d.call("c", f"p{depth + 1}"), d.end(), flows="start>c; c>end", process_id=f"p{depth}")
    world.process(
        d.start(), d.call("c", "p1"), d.boundary("caught", "c", d.on_error("e-BAD")), d.user("repair"), d.end(),
        flows="start>c; c>end; caught>repair; repair>end", more=d.error("BAD"),
    )  # fmt: skip
    top = world.start()
    world.run(runtime.throw_job_error, world.jobs()[0], "BAD", "", {})
    assert world.tasks() == ["repair"]
    assert world.rows("SELECT key FROM process_instance WHERE state = 'ACTIVE'") == [(top,)]


def stuck_jobs(world: World) -> int:
    """One job with an incident, and another in a called instance."""
    world.process(
        d.start(), d.service("deep"), d.user("c"), d.end(), flows="start>deep; deep>c; c>end", process_id="child"
    )
    world.process(
        d.start(), d.parallel("split"), d.service("send"), d.call("call", "child"), d.user("b"), d.end(),
        flows="start>split; split>send; split>call; send>b; call>end; b>end",
    )  # fmt: skip
    key = world.start()
    for job in world.jobs():
        world.run(runtime.fail_job, job, retries=0, backoff=timedelta(), message="no line")
    return key


def test_a_reason_to_try_again_goes_on_record(world: World) -> None:
    key = broken(world)
    world.run(runtime.resolve_incident, world.incidents()[0].key, reason="已补变量")
    assert world.events(key)[-1].details["reason"] == "已补变量"


def test_all_incidents_of_an_instance_and_those_it_called_are_resolved_at_once(world: World) -> None:
    key = stuck_jobs(world)
    assert len(world.incidents()) == 2
    batch = world.run(runtime.resolve_process_instance_incidents, key, reason="线路恢复")
    assert world.rows(f"SELECT state, completed FROM batch_operation WHERE key = {batch}") == [("COMPLETED", 2)]  # noqa: S608
    assert world.incidents() == []
    assert world.rows("SELECT state FROM job") == [("CREATED",), ("CREATED",)]
    tags = [tag for (tag,) in world.rows("SELECT tag FROM event ORDER BY key")]
    assert tags.count("incident:resolve") == 2
    again = world.run(runtime.resolve_process_instance_incidents, key)
    assert world.rows(f"SELECT state, total FROM batch_operation WHERE key = {again}") == [("COMPLETED", 0)]  # noqa: S608
    world.run(runtime.cancel_process_instance, key)
    with pytest.raises(AlreadyClosed):
        world.run(runtime.resolve_process_instance_incidents, key)


def test_what_failed_is_taken_as_done_for_a_reason(world: World) -> None:
    key = stuck_jobs(world)
    incident = next(one for one in world.incidents() if one.element_id == "send")
    with pytest.raises(ReasonMissing):
        world.run(runtime.skip_incident, incident.key, {}, reason="")
    world.run(runtime.skip_incident, incident.key, {"sent": True}, reason="已电话通知", actor="p-0009")
    assert world.tasks() == ["b"]
    assert world.rows("SELECT state FROM job ORDER BY key") == [("CANCELED",), ("FAILED",)]
    assert world.rows("SELECT state FROM element_instance WHERE element_id = 'send'") == [("COMPLETED",)]
    event = world.events(key)[-1]
    assert (event.tag, event.actor, event.details["element"]) == ("incident:skip", "p-0009", "send")
    assert (event.details["reason"], event.details["variables"]) == ("已电话通知", {"sent": True})
    with pytest.raises(AlreadyClosed):
        world.run(runtime.skip_incident, incident.key, {}, reason="又一次")


def test_at_a_gateway_the_way_out_is_named(world: World) -> None:
    broken(world)
    [incident] = world.incidents()
    with pytest.raises(ModificationRefused, match="choose") as refused:
        world.run(runtime.skip_incident, incident.key, {}, reason="人工判断")
    assert refused.value.details[0]["elementId"] == "choose"
    world.run(runtime.skip_incident, incident.key, {}, reason="人工判断", flows=["choose_yes"])
    assert world.tasks() == ["yes"]


def test_a_called_instance_goes_on_when_what_failed_in_it_is_skipped(world: World) -> None:
    key = stuck_jobs(world)
    deep = next(one for one in world.incidents() if one.element_id == "deep")
    world.run(runtime.skip_incident, deep.key, {}, reason="不再需要")
    world.complete("c")
    assert world.rows("SELECT state FROM process_instance ORDER BY depth") == [("ACTIVE",), ("COMPLETED",)]
    assert world.state(key) == "ACTIVE"
