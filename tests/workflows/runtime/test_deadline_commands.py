from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support import diagrams as d
from tests.support.world import LADDER, MONDAY, World, table
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.deadline_commands import (
    DeadlineEnded,
    NotAppealable,
    NotExtendable,
    NotSuspendable,
    check_extendable,
    check_suspendable,
    find_deadline,
)
from workflows.runtime.errors import Invalid, NotFound, Suspended
from workflows.runtime.reasons import ReasonMissing

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture
def clock(world: World) -> int:
    """A clock of four hours around the clock: reminder after two, overdue, and once more four hours later."""
    drawn = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 4}', bihuan_ladder="ladder")
    process = d.bpmn(
        d.start(),
        d.sub("work", d.start("s"), d.user("handle"), d.end("e"), flows="s>handle; handle>e", extensions=drawn),
        d.user("check"),
        d.end(),
        flows="start>work; work>check; check>end",
    )
    world.deploy(process, Resource("ladder.dmn", LADDER))
    world.pin(MONDAY)
    world.start()
    return int(world.deadlines()[0].key)


def levels(world: World) -> list[int]:
    return [one.level for one in runtime.sweep_deadlines(world.database)]


def whole(world: World) -> None:
    assert world.run(runtime.verify, actor=None) == []


def extend(world: World, key: int) -> None:
    world.run(runtime.extend_deadline, key, reason="需要更换管件")


def suspend(world: World, key: int, days: float = 10) -> None:
    until = world.run(runtime.now, actor=None) + timedelta(days=days)
    world.run(runtime.suspend_deadline, key, until=until, reason="等待雨季结束")


# 延期


def test_an_extension_is_one_original_limit_more(world: World, clock: int) -> None:
    world.move(HOUR)
    extend(world, clock)
    [row] = world.deadlines()
    assert (row.due, row.extensions) == (MONDAY + 8 * HOUR, 1)
    assert (row.next_level, row.next_at) == (0, MONDAY + 4 * HOUR)
    assert row.yellow_at == MONDAY + 5.6 * HOUR
    assert row.purple_at == MONDAY + 12 * HOUR
    event = world.events(world.deadlines()[0].process_instance_key)[-1]
    assert (event.tag, event.details["reason"]) == ("deadline:extend", "需要更换管件")
    whole(world)


def test_what_has_fired_is_not_fired_again_after_an_extension(world: World, clock: int) -> None:
    world.move(3 * HOUR)
    assert levels(world) == [0]
    extend(world, clock)
    world.move(4 * HOUR)
    assert levels(world) == []
    world.move(HOUR)
    assert levels(world) == [1]
    whole(world)


def test_two_extensions_and_no_third(world: World, clock: int) -> None:
    extend(world, clock)
    extend(world, clock)
    with pytest.raises(NotExtendable):
        extend(world, clock)
    assert world.deadlines()[0].due == MONDAY + 12 * HOUR


def test_it_is_applied_for_before_it_is_overdue(world: World, clock: int) -> None:
    def check() -> None:
        world.run(lambda session: check_extendable(find_deadline(session, clock), runtime.now(session)), actor=None)

    world.move(4 * HOUR)
    check()
    world.move(HOUR)
    with pytest.raises(NotExtendable):
        check()


def test_what_was_overdue_when_it_was_put_aside_is_not_extended_while_it_stands_still(world: World, clock: int) -> None:
    def check() -> None:
        world.run(lambda session: check_extendable(find_deadline(session, clock), runtime.now(session)), actor=None)

    world.move(5 * HOUR)
    suspend(world, clock)
    with pytest.raises(NotExtendable):
        check()


def test_what_was_put_aside_in_time_may_be_extended_however_long_it_stands_still(world: World, clock: int) -> None:
    world.move(3 * HOUR)
    suspend(world, clock)
    world.move(2 * DAY)
    world.run(lambda session: check_extendable(find_deadline(session, clock), runtime.now(session)), actor=None)


def test_what_was_applied_for_in_time_may_be_granted_later(world: World, clock: int) -> None:
    world.move(5 * HOUR)
    assert levels(world) == [0, 1]
    extend(world, clock)
    world.move(2 * HOUR)
    world.complete("handle")
    [row] = world.deadlines()
    assert (row.met, row.used) == (True, "7")
    assert row.fired_level == 1
    whole(world)


# 挂账


def test_a_clock_that_is_put_aside_stands_still_and_goes_on_by_itself(world: World, clock: int) -> None:
    world.move(HOUR)
    suspend(world, clock, 10)
    [row] = world.deadlines()
    assert (row.next_at, row.paused_since, row.suspended_until) == (None, MONDAY + HOUR, MONDAY + HOUR + 10 * DAY)
    world.move(9 * DAY)
    assert levels(world) == []
    assert runtime.resume_deadlines(world.database) == 0
    world.move(DAY)
    assert runtime.resume_deadlines(world.database) == 1
    assert runtime.resume_deadlines(world.database) == 0
    [row] = world.deadlines()
    assert (row.due, row.next_at) == (MONDAY + 10 * DAY + 4 * HOUR, MONDAY + 10 * DAY + 2 * HOUR)
    whole(world)


def test_what_was_put_aside_goes_on_from_its_day_also_when_everything_was_down_on_it(world: World, clock: int) -> None:
    world.move(HOUR)
    suspend(world, clock, 10)
    world.move(10 * DAY + 5 * HOUR)
    assert runtime.resume_deadlines(world.database) == 1
    [row] = world.deadlines()
    assert row.pauses == [[(MONDAY + HOUR).isoformat(), (MONDAY + HOUR + 10 * DAY).isoformat()]]
    assert row.due == MONDAY + 10 * DAY + 4 * HOUR
    assert levels(world) == [0, 1]
    whole(world)


def test_meanwhile_nothing_in_it_is_handled(world: World, clock: int) -> None:
    suspend(world, clock)
    with pytest.raises(Suspended):
        world.complete("handle")
    world.run(runtime.resume_deadline, clock, reason="雨季提前结束")
    world.complete("handle")


def test_it_is_put_aside_once_and_for_a_year_at_most(world: World, clock: int) -> None:
    for days in (0, -1, 366):
        with pytest.raises(Invalid):
            suspend(world, clock, days)
    suspend(world, clock)
    with pytest.raises(NotSuspendable):
        suspend(world, clock)
    world.run(runtime.resume_deadline, clock, reason="x")
    with pytest.raises(NotSuspendable):
        suspend(world, clock)


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-03-02T09:00+08:00", "2027-03-02T24:00+08:00"),
        ("2026-03-02T00:30+08:00", "2027-03-02T24:00+08:00"),  # in UTC it is the day before
        ("2028-02-29T09:00+08:00", "2029-02-28T24:00+08:00"),  # 民法典 202: the month has no such day
        ("2027-03-01T09:00+08:00", "2028-03-01T24:00+08:00"),
    ],
)
def test_a_year_ends_with_the_day_of_the_same_name(world: World, clock: int, now: str, last: str) -> None:
    moment = datetime.fromisoformat(now)
    day, _, _ = last.partition("T")
    end = datetime.fromisoformat(f"{day}T00:00+08:00") + DAY
    row = world.deadlines()[0]
    check_suspendable(row, end, moment)
    with pytest.raises(Invalid):
        check_suspendable(row, end + timedelta(seconds=1), moment)


def test_ending_it_twice_is_no_harm(world: World, clock: int) -> None:
    suspend(world, clock)
    assert world.run(runtime.resume_deadline, clock, reason="x") is True
    assert world.run(runtime.resume_deadline, clock, reason="x") is False


@pytest.mark.parametrize("first", ["clock", "instance"])
def test_with_the_instance_suspended_too_it_stands_still_until_both_go_on(world: World, clock: int, first: str) -> None:
    instance = world.deadlines()[0].process_instance_key
    world.move(HOUR)
    suspend(world, clock)
    world.move(HOUR)
    world.run(runtime.suspend_process_instance, instance, reason="x")
    world.move(HOUR)
    going: list[tuple[object, int, str]] = [
        (runtime.resume_deadline, clock, "x"),
        (runtime.resume_process_instance, instance, "x"),
    ]
    for command, key, reason in going if first == "clock" else reversed(going):
        assert world.deadlines()[0].paused_since == MONDAY + HOUR
        world.run(command, key, reason=reason)
        world.move(HOUR)
    [row] = world.deadlines()
    assert (row.paused_since, row.pauses[0][1]) == (None, (MONDAY + 4 * HOUR).isoformat())
    assert row.due == MONDAY + 7 * HOUR
    whole(world)


def test_an_extension_while_it_stands_still_is_kept(world: World, clock: int) -> None:
    world.move(HOUR)
    suspend(world, clock)
    extend(world, clock)
    assert world.deadlines()[0].next_at is None
    world.move(HOUR)
    world.run(runtime.resume_deadline, clock, reason="x")
    assert world.deadlines()[0].due == MONDAY + 9 * HOUR
    whole(world)


def test_a_clock_that_ends_while_it_stands_still_ended_when_that_began(world: World, clock: int) -> None:
    world.move(HOUR)
    suspend(world, clock)
    world.move(10 * HOUR)
    world.run(runtime.cancel_process_instance, world.deadlines()[0].process_instance_key)
    [row] = world.deadlines()
    assert (row.met, row.used, row.suspended_until) == (True, "1", None)
    whole(world)


# 申诉


def test_an_appeal_that_succeeds_leaves_the_fact(world: World, clock: int) -> None:
    world.move(5 * HOUR)
    with pytest.raises(NotAppealable):
        world.run(runtime.exempt_deadline, clock, reason="x")
    world.complete("handle")
    world.run(runtime.exempt_deadline, clock, reason="停水由自来水公司造成")
    [row] = world.deadlines()
    assert (row.met, row.exempted) == (False, MONDAY + 5 * HOUR)
    with pytest.raises(NotAppealable):
        world.run(runtime.exempt_deadline, clock, reason="x")


def test_what_was_in_time_needs_no_appeal(world: World, clock: int) -> None:
    world.complete("handle")
    with pytest.raises(NotAppealable):
        world.run(runtime.exempt_deadline, clock, reason="x")


# All of them


def test_a_clock_that_is_over_is_not_changed(world: World, clock: int) -> None:
    world.complete("handle")
    with pytest.raises(DeadlineEnded):
        extend(world, clock)
    with pytest.raises(DeadlineEnded):
        suspend(world, clock)
    assert world.run(runtime.resume_deadline, clock, reason="x") is False


@pytest.mark.parametrize("key", [1, 5_242_880, 2**62])
def test_a_clock_that_is_not_there_is_not_found(world: World, clock: int, key: int) -> None:
    with pytest.raises(NotFound):
        extend(world, key)


def test_a_reason_is_required(world: World, clock: int) -> None:
    with pytest.raises(ReasonMissing):
        world.run(runtime.extend_deadline, clock, reason=" ")
    assert world.deadlines()[0].extensions == 0


# A ladder in two units, which a holiday would turn upside down

BEFORE_THE_FESTIVAL = datetime(
    2026, 2, 8, 1, tzinfo=UTC
)  # a Sunday, 9 o'clock in 娄底; work rests from 15 to 23 February
AFTER_THE_FESTIVAL = datetime(2026, 2, 24, 1, tzinfo=UTC)
TWO_UNITS = table(
    "ladder",
    ["stage"],
    ["level", "at", "after", "role"],
    ["-", "0", "1", '{unit: "work_day", number: 1}', '"handler"'],
    ["-", "1", "1", '{unit: "natural_day", number: 4}', '"handler"'],
    policy="COLLECT",
)


@pytest.fixture
def festive(world: World) -> int:
    """Three days of the calendar; the rungs come a working day and four days of the calendar later."""
    drawn = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "natural_day", number: 3}', bihuan_ladder="ladder")
    process = d.bpmn(d.start(), d.user("handle", drawn), d.end(), flows="start>handle; handle>end")
    world.deploy(process, Resource("ladder.dmn", TWO_UNITS))
    world.pin(BEFORE_THE_FESTIVAL)
    world.start()
    return int(world.deadlines()[0].key)


def rungs(world: World) -> list[datetime]:
    return [datetime.fromisoformat(rung["due"]) for rung in world.deadlines()[0].rungs]


def test_a_rung_that_an_extension_would_put_before_a_lower_one_waits_for_it(world: World, festive: int) -> None:
    assert rungs(world) == [BEFORE_THE_FESTIVAL + 4 * DAY, BEFORE_THE_FESTIVAL + 7 * DAY]
    extend(world, festive)
    assert world.deadlines()[0].due == BEFORE_THE_FESTIVAL + 6 * DAY
    assert rungs(world) == [AFTER_THE_FESTIVAL, AFTER_THE_FESTIVAL]
    world.pin(AFTER_THE_FESTIVAL)
    assert levels(world) == [0, 1]
    whole(world)


@pytest.mark.parametrize("whole_instance", [False, True])
def test_a_clock_goes_on_whatever_its_ladder_becomes(world: World, festive: int, whole_instance: bool) -> None:
    instance = world.deadlines()[0].process_instance_key
    if whole_instance:
        world.run(runtime.suspend_process_instance, instance)
    else:
        suspend(world, festive)
    world.move(3 * DAY)
    if whole_instance:
        world.run(runtime.resume_process_instance, instance)
    else:
        assert world.run(runtime.resume_deadline, festive, reason="备件到了")
    assert world.deadlines()[0].paused_since is None
    assert rungs(world) == [AFTER_THE_FESTIVAL, AFTER_THE_FESTIVAL]
    whole(world)
