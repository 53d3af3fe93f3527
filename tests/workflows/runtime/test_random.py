"""A random walk over the commands: whatever comes in whatever order, the invariants hold."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support import diagrams as d
from tests.support.databases import database_url
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.runtime import Resource
from workflows.store import connect

CHILD = d.bpmn(
    d.start(),
    d.user("inner"),
    d.error_end("bad", "e-BAD"),
    d.xor("ok", default="ok_bad"),
    d.end(),
    flows="start>inner; inner>ok; ok>end[good]; ok>bad",
    process_id="child",
    more=d.error("BAD"),
)
CLOCKED = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 2}', bihuan_ladder="ladder")
PROCESS = d.bpmn(
    d.start(), d.parallel("split"), d.user("a", CLOCKED), d.service("work"), d.catch("told", d.on_message("m-told")),
    d.boundary("late", "a", d.timer("Duration", "PT3H"), interrupting=False), d.user("remind"), d.end("reminded"),
    d.parallel("join"), d.call("call", "child"), d.boundary("caught", "call", d.on_error("e-BAD")), d.user("repair"), d.end(), d.end("repaired"),
    flows="start>split; split>a; split>work; split>told; a>join; work>join; told>join; late>remind; remind>reminded;"
    "join>call; call>end; caught>repair; repair>repaired",
    process_id="main", more=d.message("told", "=id") + d.error("BAD"),
)  # fmt: skip


class Commands(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.made = database_url("sqlite", self.folder)
        self.world = World(connect(self.made.__enter__()))
        self.instances: list[int] = []

    @initialize()
    def deploy(self) -> None:
        self.world.deploy(PROCESS, CHILD, Resource("ladder.dmn", LADDER))
        self.world.pin(MONDAY)

    @rule()
    def start(self) -> None:
        self.instances.append(self.world.start("main", id=str(len(self.instances))))

    @precondition(lambda self: self.world.tasks())
    @rule(data=st.data(), good=st.booleans())
    def complete(self, data: st.DataObject, good: bool) -> None:
        self.world.complete(data.draw(st.sampled_from(self.world.tasks())), good=good)

    @precondition(lambda self: self.world.tasks())
    @rule(data=st.data(), who=st.sampled_from(["p-0001", "p-0002"]))
    def assign(self, data: st.DataObject, who: str) -> None:
        key = self.world.task(data.draw(st.sampled_from(self.world.tasks())))
        self.world.run(runtime.assign_user_task, key, who)

    @precondition(lambda self: self.world.jobs())
    @rule(data=st.data(), how=st.sampled_from(["complete", "fail", "give up", "error"]))
    def job(self, data: st.DataObject, how: str) -> None:
        key = data.draw(st.sampled_from(self.world.jobs()))
        if how == "complete":
            self.world.run(runtime.complete_job, key, {})
        elif how == "error":
            self.world.run(runtime.throw_job_error, key, "OTHER", "", {})
        else:
            self.world.run(runtime.fail_job, key, retries=int(how == "fail"), backoff=timedelta(), message="m")

    @precondition(lambda self: self.world.incidents())
    @rule(data=st.data())
    def resolve(self, data: st.DataObject) -> None:
        self.world.run(runtime.resolve_incident, data.draw(st.sampled_from(self.world.incidents())).key)

    @rule(who=st.integers(0, 3), ttl=st.sampled_from([timedelta(), timedelta(hours=2)]))
    def tell(self, who: int, ttl: timedelta) -> None:
        self.world.run(runtime.publish_message, "told", str(who), {}, ttl)

    @rule(hours=st.integers(1, 5))
    def wait(self, hours: int) -> None:
        self.world.move(timedelta(hours=hours))
        runtime.fire_timers(self.world.database)
        runtime.sweep_deadlines(self.world.database, escalate=lambda _one: None)

    @precondition(lambda self: self.instances)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.instances))
        if self.world.state(key) == "ACTIVE":
            self.world.run(runtime.cancel_process_instance, key)

    @invariant()
    def holds(self) -> None:
        assert self.world.verify() == []

    def teardown(self) -> None:
        self.world.database.engine.dispose()
        shutil.rmtree(self.folder)


TestCommands = Commands.TestCase
TestCommands.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
