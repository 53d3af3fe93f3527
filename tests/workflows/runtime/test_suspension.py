from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import diagrams as d
from tests.support.world import LADDER, MONDAY
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.errors import AlreadyClosed, Conflict, Invalid, NotFound, Suspended

if TYPE_CHECKING:
    from tests.support.world import World

HOUR = timedelta(hours=1)
BOUNDARY = d.boundary("late", "a", d.timer("Duration", "PT3H"), interrupting=False)


def clocked(world: World, unit: str = "urgent_hour", number: int = 4) -> int:
    drawn = d.properties(
        bihuan_stage="处置", bihuan_limit=f'={{unit: "{unit}", number: {number}}}', bihuan_ladder="ladder"
    )
    process = d.bpmn(d.start(), d.user("a", drawn), d.user("b"), d.end(), flows="start>a; a>b; b>end")
    world.deploy(process, Resource("ladder.dmn", LADDER))
    world.pin(MONDAY)
    return world.start()


def one_task(world: World, *more: str, flows: str = "") -> int:
    world.process(d.start(), d.user("a"), *more, d.end(), flows=f"start>a; a>end; {flows}")
    world.pin(MONDAY)
    return world.start()


def suspend(world: World, key: int, **more: Any) -> None:
    world.run(runtime.suspend_process_instance, key, **more)


def resume(world: World, key: int, **more: Any) -> None:
    world.run(runtime.resume_process_instance, key, **more)


def fire(world: World, at: datetime) -> int:
    return runtime.fire_timers(world.database, at)


# What is refused


def test_nothing_is_done_to_a_suspended_instance(world: World) -> None:
    world.process(
        d.start(), d.parallel("split"), d.user("a"), d.service("work"), d.end(),
        flows="start>split; split>a; split>work; a>end; work>end",
    )  # fmt: skip
    key = world.start()
    task, job = world.task("a"), world.jobs()[0]
    suspend(world, key)
    commands = [
        (runtime.complete_user_task, task, {}),
        (runtime.assign_user_task, task, "p-0001"),
        (runtime.unassign_user_task, task),
        (runtime.update_user_task, task, {"priority": 1}),
        (runtime.complete_job, job, {}),
        (runtime.throw_job_error, job, "X", "", {}),
        (runtime.suspend_process_instance, key),
    ]
    before = world.events(key)
    for command, *args in commands:
        with pytest.raises(Suspended):
            world.run(command, *args)
    with pytest.raises(Suspended):
        world.run(runtime.fail_job, job, retries=1, backoff=timedelta())
    assert world.events(key) == before
    resume(world, key)
    world.run(runtime.complete_job, job, {})
    world.complete("a")
    assert world.state(key) == "COMPLETED"


def test_jobs_of_a_suspended_instance_are_handed_to_nobody(world: World) -> None:
    world.process(d.start(), d.service("work"), d.end(), flows="start>work; work>end")
    first, second = world.start(), world.start()
    suspend(world, first)
    handed = world.run(runtime.activate_jobs, "work", "w", HOUR, 10, actor=None)
    assert [job["process_instance_key"] for job in handed] == [second]
    resume(world, first)
    handed = world.run(runtime.activate_jobs, "work", "w", HOUR, 10, actor=None)
    assert [job["process_instance_key"] for job in handed] == [first]


def test_variables_may_be_set_and_incidents_resolved_and_the_instance_cancelled(world: World) -> None:
    world.process(d.start(), d.xor("choose"), d.user("yes"), d.end(), flows="start>choose; choose>yes[flag]; yes>end")
    key = world.start()
    suspend(world, key)
    world.run(runtime.set_variables, key, {"flag": True})
    world.run(runtime.resolve_incident, world.incidents()[0].key)
    assert (world.tasks(), world.state(key)) == (["yes"], "SUSPENDED")
    with pytest.raises(Suspended):
        world.complete("yes")
    world.run(runtime.cancel_process_instance, key)
    row = world.instance(key)
    assert (row.state, row.suspended) == ("TERMINATED", None)


def test_what_is_not_running_or_not_suspended_is_a_conflict(world: World) -> None:
    key = one_task(world)
    with pytest.raises(Conflict, match="没有挂起"):
        resume(world, key)
    world.complete("a")
    for command in (suspend, resume):
        with pytest.raises(AlreadyClosed):
            command(world, key)
        with pytest.raises(NotFound):
            command(world, key + (1 << 20))


def test_it_is_on_record_by_whom_and_why(world: World) -> None:
    key = one_task(world)
    suspend(world, key, reason=" 台风停工 ", actor="p-0009")
    row = world.instance(key)
    assert (row.state, row.suspended) == ("SUSPENDED", MONDAY)
    resume(world, key)
    *_, held, on = world.events(key)
    assert (held.tag, held.actor, held.details["reason"]) == ("process-instance:suspend", "p-0009", "台风停工")
    assert (on.tag, on.details["suspended"]) == ("process-instance:resume", MONDAY.isoformat())
    assert "reason" not in on.details
    with pytest.raises(Invalid):
        suspend(world, key, reason="长" * 2_001)


# Called instances


def nested(world: World) -> tuple[int, int, int]:
    world.process(d.start(), d.user("deep"), d.end(), flows="start>deep; deep>end", process_id="p3")
    world.process(d.start(), d.call("c", "p3"), d.end(), flows="start>c; c>end", process_id="p2")
    world.process(d.start(), d.call("c", "p2"), d.end(), flows="start>c; c>end", process_id="p1")
    world.pin(MONDAY)
    root = world.start("p1")
    keys = [row[0] for row in world.rows("SELECT key FROM process_instance ORDER BY depth")]
    assert keys[0] == root
    return keys[0], keys[1], keys[2]


def test_called_instances_stand_still_with_their_root_and_are_addressed_by_it(world: World) -> None:
    root, middle, deep = nested(world)
    with pytest.raises(Conflict, match=str(root)):
        suspend(world, middle)
    suspend(world, root)
    assert [world.state(key) for key in (root, middle, deep)] == ["SUSPENDED"] * 3
    assert world.events(deep)[-1].details["by"] == root
    with pytest.raises(Suspended):
        world.complete("deep")
    with pytest.raises(Conflict, match=str(root)):
        resume(world, deep)
    resume(world, root)
    assert [world.state(key) for key in (root, middle, deep)] == ["ACTIVE"] * 3
    world.complete("deep")
    assert world.state(root) == "COMPLETED"


def test_what_is_called_by_a_suspended_instance_is_suspended(world: World) -> None:
    world.process(d.start(), d.user("inner"), d.end(), flows="start>inner; inner>end", process_id="child")
    world.process(
        d.start(), d.xor("choose"), d.call("c", "child"), d.end(), flows="start>choose; choose>c[flag]; c>end"
    )
    key = world.start(flag=None)
    suspend(world, key)
    world.run(runtime.set_variables, key, {"flag": True})
    world.run(runtime.resolve_incident, world.incidents()[0].key)
    assert world.rows("SELECT DISTINCT state FROM process_instance") == [("SUSPENDED",)]
    resume(world, key)
    world.complete("inner")
    assert world.state(key) == "COMPLETED"


# Timers


def test_timers_wait_and_are_due_later_by_the_pause(world: World) -> None:
    key = one_task(world, BOUNDARY, d.user("remind"), d.end("reminded"), flows="late>remind; remind>reminded")
    world.move(HOUR)
    suspend(world, key)
    world.move(9 * HOUR)
    assert fire(world, MONDAY + 10 * HOUR) == 0
    assert world.timers()[0].due == MONDAY + 3 * HOUR
    resume(world, key)
    assert world.timers()[0].due == MONDAY + 12 * HOUR
    assert fire(world, MONDAY + 12 * HOUR - timedelta(seconds=1)) == 0
    assert fire(world, MONDAY + 12 * HOUR) == 1
    assert world.tasks() == ["a", "remind"]


def test_a_timer_set_during_the_pause_is_moved_by_what_it_has_seen_of_it(world: World) -> None:
    world.process(
        d.start(), d.xor("choose"), d.user("a"), BOUNDARY, d.end(),
        flows="start>choose; choose>a[flag]; a>end; late>end",
    )  # fmt: skip
    world.pin(MONDAY)
    key = world.start()
    suspend(world, key)
    world.move(2 * HOUR)
    world.run(runtime.set_variables, key, {"flag": True})
    world.run(runtime.resolve_incident, world.incidents()[0].key)
    world.move(4 * HOUR)
    resume(world, key)
    assert world.timers()[0].due == MONDAY + 6 * HOUR + 3 * HOUR


def test_timers_of_others_fire_while_many_are_suspended(world: World) -> None:
    key = one_task(world, BOUNDARY, d.end("reminded"), flows="late>reminded")
    others = [world.start() for _ in range(3)]
    for held in (key, *others[:2]):
        suspend(world, held)
    world.move(4 * HOUR)
    assert runtime.fire_timers(world.database, limit=1) == 1


def test_items_kept_apart_are_paused_too(world: World) -> None:
    items = d.each("for i in 1..150 return i")
    inner = d.sub(
        "s",
        d.start("s0"),
        d.catch("nap", d.timer("Duration", "PT2H")),
        d.end("s1"),
        flows="s0>nap; nap>s1",
        inner=items,
    )
    late = d.boundary("late", "s", d.timer("Duration", "PT3H"), interrupting=False)
    world.process(d.start(), inner, late, d.end(), d.end("x"), flows="start>s; s>end; late>x")
    world.pin(MONDAY)
    key = world.start()
    assert world.count("instance_part") == 150
    suspend(world, key)
    world.move(HOUR)
    resume(world, key)
    assert world.count("instance_part") == 150
    assert {row.due for row in world.timers()} == {MONDAY + 3 * HOUR, MONDAY + 4 * HOUR}


# Messages and signals


def catching(world: World) -> int:
    world.process(
        d.start(), d.catch("told", d.on_message("m-told")), d.user("b"), d.end(),
        flows="start>told; told>b; b>end", more=d.message("told", "=id"),
    )  # fmt: skip
    world.pin(MONDAY)
    return world.start(id="1")


def test_a_message_that_is_kept_arrives_when_the_instance_goes_on(world: World) -> None:
    key = catching(world)
    suspend(world, key)
    world.run(runtime.publish_message, "told", "1", {"a": 1}, 2 * HOUR)
    assert world.tasks() == []
    world.move(HOUR)
    resume(world, key)
    assert world.tasks() == ["b"]


@pytest.mark.parametrize("ttl", [timedelta(), 2 * HOUR])
def test_a_message_that_is_over_by_then_does_not(world: World, ttl: timedelta) -> None:
    key = catching(world)
    suspend(world, key)
    world.run(runtime.publish_message, "told", "1", {}, ttl)
    world.move(3 * HOUR)
    resume(world, key)
    assert world.tasks() == []
    suspend(world, key)
    with pytest.raises(NotFound):
        world.run(runtime.correlate_message, "told", "1", {})


def test_a_message_starts_no_second_instance_while_the_first_is_suspended(world: World) -> None:
    world.process(
        d.start(inner=d.on_message("m-go")), d.user("a"), d.end(), flows="start>a; a>end", more=d.message("go", "")
    )
    world.run(runtime.publish_message, "go", "7", {})
    [(key,)] = world.rows("SELECT key FROM process_instance")
    suspend(world, key)
    world.run(runtime.publish_message, "go", "7", {})
    assert world.count("process_instance") == 1


def test_a_signal_thrown_meanwhile_is_not_heard_and_one_on_its_way_arrives_afterwards(world: World) -> None:
    caught = d.boundary("heard", "a", d.on_signal("calm"), interrupting=False)
    world.process(
        d.start(), d.user("a"), caught, d.user("b"), d.end(), flows="start>a; a>end; heard>b; b>end",
        more=d.signal("calm"),
    )  # fmt: skip
    key = world.start()
    world.run(runtime.broadcast_signal, "calm", {})
    suspend(world, key)
    assert runtime.deliver_signals(world.database) == 0
    world.run(runtime.broadcast_signal, "calm", {})
    resume(world, key)
    assert runtime.deliver_signals(world.database) == 1
    assert world.tasks() == ["a", "b"]


# Deadlines


def test_a_deadline_stands_still_and_as_much_of_it_is_left(world: World) -> None:
    key = clocked(world)
    world.move(HOUR)
    suspend(world, key)
    world.move(50 * HOUR)
    assert runtime.sweep_deadlines(world.database) == []
    resume(world, key)
    [row] = world.deadlines()
    assert (row.started, row.due, row.next_at) == (MONDAY, MONDAY + 54 * HOUR, MONDAY + 52 * HOUR)
    assert [datetime.fromisoformat(rung["due"]) for rung in row.rungs] == [MONDAY + n * HOUR for n in (52, 54, 58)]
    world.move(HOUR)
    assert [one.level for one in runtime.sweep_deadlines(world.database)] == [0]
    world.complete("a")
    [row] = world.deadlines()
    assert (row.met, row.used) == (True, "2")


def test_working_hours_are_left_and_not_hours_of_the_day(world: World) -> None:
    key = clocked(world, "work_hour", 4)  # Monday 9:00, due 15:00 after the noon break
    world.move(HOUR)
    suspend(world, key)
    world.pin(datetime(2026, 3, 6, 9, 0, tzinfo=UTC))  # Friday 17:00, one hour before closing
    resume(world, key)
    [row] = world.deadlines()
    assert row.due == datetime(2026, 3, 9, 2, 0, tzinfo=UTC)  # Monday 10:00: three hours were left
    world.pin(datetime(2026, 3, 9, 2, 30, tzinfo=UTC))
    world.complete("a")
    [row] = world.deadlines()
    assert (row.met, row.used) == (False, "4.5")


def test_pauses_add_up_and_nights_in_them_cost_nothing(world: World) -> None:
    key = clocked(world, "work_day", 2)
    for _ in range(3):
        suspend(world, key)
        world.move(24 * HOUR)
        resume(world, key)
    [row] = world.deadlines()
    assert (row.due, len(row.pauses)) == (datetime(2026, 3, 9, 1, 0, tzinfo=UTC), 3)
    world.complete("a")
    assert world.deadlines()[0].used == "0"


def test_what_was_overdue_before_the_pause_stays_overdue(world: World) -> None:
    key = clocked(world)
    world.move(5 * HOUR)
    suspend(world, key)
    world.move(HOUR)
    assert runtime.sweep_deadlines(world.database) == []
    resume(world, key)
    assert [one.level for one in runtime.sweep_deadlines(world.database)] == [0, 1]
    [row] = world.deadlines()
    assert (row.due, row.next_at) == (MONDAY + 4 * HOUR, MONDAY + 9 * HOUR)


def test_a_clock_that_ends_in_a_pause_ended_when_the_pause_began(world: World) -> None:
    key = clocked(world)
    world.move(HOUR)
    suspend(world, key)
    world.move(50 * HOUR)
    world.run(runtime.cancel_process_instance, key)
    [row] = world.deadlines()
    assert (row.met, row.used, row.ended) == (True, "1", MONDAY + 51 * HOUR)


def test_a_state_that_disagrees_with_its_dates_is_found(world: World) -> None:
    key = one_task(world)
    suspend(world, key)
    world.damage(f"UPDATE process_instance SET state = 'ACTIVE' WHERE key = {key}")  # noqa: S608
    assert [problem.rule for problem in world.verify()] == ["suspension-differs"]
    world.damage(f"UPDATE process_instance SET state = 'SUSPENDED' WHERE key = {key}")  # noqa: S608
