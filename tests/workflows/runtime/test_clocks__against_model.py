"""A clock and a slow, simple model of it, half-hour by half-hour, through everything that can be done to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.databases import database_url, opened
from tests.support.world import World, table
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.errors import Refusal, Suspended
from workflows.store.base import table as table_of
from workflows.store.tables import Deadline, Escalation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

deadline, escalation = map(table_of, (Deadline, Escalation))
CITY = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 4, 27, 1, 0, tzinfo=UTC)  # a Monday, 9 o'clock in 娄底; from Friday on there is a holiday
STEP = timedelta(minutes=30)
OFF = {date(2026, 5, day) for day in (1, 2, 3, 4, 5)}  # 2026年劳动节: 1 to 5 May
MADE_UP = {date(2026, 5, 9)}  # and the Saturday after is worked
HOURS = ((time(8), time(12)), (time(14), time(18)))
LIMIT = 10  # hours; all shares of it below are whole half-hours
RUNGS = {0: Decimal("0.5"), 1: Decimal(1), 2: Decimal("1.5"), 3: Decimal(2)}  # by level: at which share
UNITS = ("urgent_hour", "work_hour")
FURTHEST = 1500  # half-hours that the model looks ahead

LADDER = table(
    "ladder",
    ["stage"],
    ["level", "at", "role", "label"],
    *[["-", str(level), str(share), '"grid-lead"', '"督办"'] for level, share in RUNGS.items()],
    policy="COLLECT",
)


def process(unit: str) -> bytes:
    clock = d.properties(
        bihuan_stage="处置", bihuan_limit=f'={{unit: "{unit}", number: {LIMIT}}}', bihuan_ladder="ladder"
    )
    return d.bpmn(d.start(), d.user("handle", clock), d.end(), flows="start>handle; handle>end", process_id=unit)


@cache
def works(slot: datetime) -> bool:
    """Whether the half-hour that begins here is office time."""
    local = slot.astimezone(CITY)
    day = local.date()
    open_day = (day.weekday() < 5 and day not in OFF) or day in MADE_UP
    return open_day and any(opens <= local.time() < closes for opens, closes in HOURS)


@dataclass
class Model:
    """A clock as one would keep it on paper: the half-hours since it began, and in which it stood still."""

    unit: str
    started: datetime
    still: set[datetime] = field(default_factory=set)  # half-hours of pauses that are over
    since: datetime | None = None  # it stands still
    until: datetime | None = None  # 挂账
    suspended: bool = False  # its instance
    deferred: bool = False  # it was 挂账 once
    extensions: int = 0
    fired: int = -1  # the highest level
    ended: datetime | None = None
    met: bool | None = None

    def runs(self) -> Iterator[datetime]:
        """The half-hours that count, from the first on."""
        slots = (self.started + n * STEP for n in range(FURTHEST))
        return (slot for slot in slots if slot not in self.still and (self.unit == "urgent_hour" or works(slot)))

    def moment(self, share: Decimal) -> datetime:
        """When this share of the limit is used."""
        limits = share * (1 + self.extensions) if share <= 1 else share + self.extensions
        needed = int(limits * LIMIT * 2)
        return next(slot for n, slot in enumerate(self.runs(), 1) if n == needed) + STEP

    def used(self, now: datetime) -> Decimal:
        """Hours that have run."""
        return Decimal(sum(slot < (self.since or now) for slot in self.runs())) / 2

    def due_rungs(self, now: datetime) -> list[int]:
        if self.since or self.ended:
            return []
        return [level for level, share in RUNGS.items() if level > self.fired and self.moment(share) <= now]

    def pause(self, now: datetime) -> None:
        self.since = self.since or now

    def go_on(self, now: datetime) -> None:
        begin = self.since or now
        self.still |= {begin + n * STEP for n in range((now - begin) // STEP)}
        self.since = self.until = None


class Clocks(RuleBasedStateMachine):
    world: World  # one for all runs, each of which has a clock of its own

    @initialize(unit=st.sampled_from(UNITS))
    def begin(self, unit: str) -> None:
        self.now = BEGIN
        self.world.pin(BEGIN)
        self.instance = self.world.start(unit)
        self.key = self.row().key
        self.model = Model(unit, BEGIN)
        self.told: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "instance") and self.model.ended is None:
            self.world.run(runtime.cancel_process_instance, self.instance)

    def row(self) -> Any:
        return self.world.rows(select(deadline).where(deadline.c.process_instance_key == self.instance))[0]

    def allowed(self, command: object, *args: object, **more: object) -> bool:
        try:
            self.world.run(command, *args, **more)
        except Refusal:
            return False
        return True

    @rule(half_hours=st.one_of(st.integers(1, 8), st.integers(9, 120)))
    def time_passes(self, half_hours: int) -> None:
        self.now = min(self.now + half_hours * STEP, BEGIN + 300 * STEP)
        self.world.pin(self.now)

    @rule()
    def sweep(self) -> None:
        model, now = self.model, self.now
        resumed = runtime.resume_deadlines(self.world.database)
        if model.until and model.until <= now and not model.ended:
            assert resumed == 1
            until, model.until = model.until, None
            if not model.suspended:
                model.go_on(until)
        wanted = model.due_rungs(now)
        assert [one.level for one in runtime.sweep_deadlines(self.world.database)] == wanted
        self.climbed(wanted)

    def climbed(self, levels: list[int]) -> None:
        self.told += levels
        self.model.fired = max([self.model.fired, *levels])

    @rule()
    def extend(self) -> None:
        model = self.model
        allowed = model.ended is None and model.extensions < 2
        assert self.allowed(runtime.extend_deadline, self.key, reason="材料未到") == allowed
        model.extensions += allowed

    @rule(half_hours=st.integers(1, 60))
    def defer(self, half_hours: int) -> None:
        model, until = self.model, self.now + half_hours * STEP
        allowed = model.ended is None and not model.deferred
        assert self.allowed(runtime.suspend_deadline, self.key, until=until, reason="等雨停") == allowed
        if allowed:
            model.deferred, model.until = True, until
            model.pause(self.now)

    @rule()
    def resume(self) -> None:
        model = self.model
        going = self.world.run(runtime.resume_deadline, self.key, reason="雨停了")
        assert going == (model.until is not None and model.ended is None)
        if going:
            until, model.until = model.until or self.now, None
            if not model.suspended:
                model.go_on(min(until, self.now))

    @rule()
    def suspend_instance(self) -> None:
        model = self.model
        allowed = self.allowed(runtime.suspend_process_instance, self.instance)
        assert allowed == (model.ended is None and not model.suspended)
        if allowed:
            model.suspended = True
            model.pause(self.now)

    @rule()
    def resume_instance(self) -> None:
        model = self.model
        allowed = self.allowed(runtime.resume_process_instance, self.instance)
        assert allowed == (model.suspended and model.ended is None)
        if allowed:
            model.suspended = False
            if model.until is None:
                model.go_on(self.now)

    @rule()
    def raise_one(self) -> None:
        model = self.model
        level = next((level for level in RUNGS if level > model.fired), None)
        if model.ended is not None:
            level = None
        fired = self.world.run(runtime.raise_deadline, self.key)
        assert (fired is None) == (level is None)
        self.climbed([] if level is None else [level])

    @precondition(lambda self: self.now > BEGIN + 20 * STEP)
    @rule()
    def work_is_done(self) -> None:
        model = self.model
        if model.ended or model.suspended:
            return
        if model.until is not None:
            with pytest.raises(Suspended):
                self.world.complete("handle")
            return
        self.world.complete("handle")
        model.ended, model.met = self.now, (model.since or self.now) <= model.moment(Decimal(1))

    @invariant()
    def the_row_says_what_the_model_says(self) -> None:
        model = self.model
        row = self.row()
        ahead = next((level for level in RUNGS if level > model.fired), None)
        assert (row.due, row.yellow_at, row.purple_at) == (
            model.moment(Decimal(1)),
            model.moment(Decimal("0.7")),
            model.moment(Decimal(2)),
        )
        assert (row.extensions, row.fired_level) == (model.extensions, model.fired if model.fired >= 0 else None)
        if model.ended:
            assert (row.ended, row.met, row.next_at) == (model.ended, model.met, None)
            assert Decimal(row.used) == model.used(model.ended)
        else:
            assert (row.ended, row.paused_since, row.suspended_until) == (None, model.since, model.until)
            assert row.next_level == ahead
            assert row.next_at == (None if ahead is None or model.since else model.moment(RUNGS[ahead]))

    @invariant()
    def each_rung_has_fired_once_and_in_order(self) -> None:
        of_it = escalation.c.process_instance_key == self.instance
        fired = self.world.rows(select(escalation.c.level).where(of_it).order_by(escalation.c.key))
        assert [level for (level,) in fired] == self.told == sorted(set(self.told))


@pytest.mark.slow
def test_a_clock_does_what_the_model_does(tmp_path: Path) -> None:
    tried = settings(max_examples=25, stateful_step_count=25, suppress_health_check=list(HealthCheck))
    with database_url("sqlite", tmp_path) as url, opened(url) as database:
        Clocks.world = World(database)
        Clocks.world.deploy(*map(process, UNITS), Resource("ladder.dmn", LADDER))
        run_state_machine_as_test(Clocks, settings=tried)
        assert Clocks.world.verify() == []
        assert Clocks.world.count("escalation") > 0
