"""A random walk over the commands: whatever comes in whatever order, the invariants hold."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support import diagrams as d
from tests.support.databases import database_url
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.engine import Activate, Modification, Move, Terminate
from workflows.runtime import Beginning, Resource
from workflows.runtime.errors import AlreadyClosed, Invalid, ModificationRefused, Suspended
from workflows.store import connect
from workflows.store.keys import instance_of

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


ELEMENTS = ["a", "work", "told", "remind", "join", "call", "repair", "split", "late", "nothing"]
FLOWS = ["join_call", "a_join", "work_join", "nothing"]


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
        key = self.world.task(data.draw(st.sampled_from(self.world.tasks())))
        self.unless_suspended(key, runtime.complete_user_task, key, {"good": good})

    @precondition(lambda self: self.world.tasks())
    @rule(data=st.data(), who=st.sampled_from(["p-0001", "p-0002"]))
    def assign(self, data: st.DataObject, who: str) -> None:
        key = self.world.task(data.draw(st.sampled_from(self.world.tasks())))
        self.unless_suspended(key, runtime.assign_user_task, key, who)

    @precondition(lambda self: self.world.jobs())
    @rule(data=st.data(), how=st.sampled_from(["complete", "fail", "give up", "error"]))
    def job(self, data: st.DataObject, how: str) -> None:
        key = data.draw(st.sampled_from(self.world.jobs()))
        if how == "complete":
            self.unless_suspended(key, runtime.complete_job, key, {})
        elif how == "error":
            self.unless_suspended(key, runtime.throw_job_error, key, "OTHER", "", {})
        else:
            self.unless_suspended(
                key, runtime.fail_job, key, retries=int(how == "fail"), backoff=timedelta(), message="m"
            )

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
        runtime.sweep_deadlines(self.world.database)

    @precondition(lambda self: self.instances)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.instances))
        if self.world.state(key) in {"ACTIVE", "SUSPENDED"}:
            self.world.run(runtime.cancel_process_instance, key)

    @precondition(lambda self: self.instances)
    @rule(data=st.data())
    def suspend_or_resume(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.instances))
        verb = {"ACTIVE": runtime.suspend_process_instance, "SUSPENDED": runtime.resume_process_instance}
        if self.world.state(key) in verb:
            self.world.run(verb[self.world.state(key)], key)

    @precondition(lambda self: self.instances)
    @rule(
        data=st.data(),
        starts=st.lists(st.sampled_from(ELEMENTS), max_size=2),
        ends=st.sets(st.sampled_from(ELEMENTS), max_size=2),
    )
    def modify(self, data: st.DataObject, starts: list[str], ends: set[str]) -> None:
        """Whatever may be asked for: what is refused leaves no trace."""
        key = data.draw(st.sampled_from(self.instances))
        modification = Modification(
            tuple(Activate(name) for name in starts[:1]),
            tuple(Move(Terminate(name), starts[-1], "inferred") for name in ends if starts)[:1],
            tuple(Terminate(name) for name in ends),
        )
        before = self.world.events(key)
        try:
            self.world.run(runtime.modify_process_instance, key, modification)
        except (AlreadyClosed, Invalid, Suspended):
            assert self.world.events(key) == before

    @precondition(lambda self: self.world.incidents())
    @rule(data=st.data(), flows=st.lists(st.sampled_from(FLOWS), max_size=1))
    def skip(self, data: st.DataObject, flows: list[str]) -> None:
        incident = data.draw(st.sampled_from(self.world.incidents()))
        with suppress(ModificationRefused):
            self.world.run(runtime.skip_incident, incident.key, {}, reason="人工处理", flows=flows)

    @precondition(lambda self: self.instances)
    @rule(data=st.data(), variables=st.sampled_from(Beginning))
    def restart(self, data: st.DataObject, variables: Beginning) -> None:
        key = data.draw(st.sampled_from(self.instances))
        if self.world.state(key) in {"COMPLETED", "TERMINATED"}:
            new = self.world.run(runtime.restart_process_instance, key, reason="再办一次", variables=variables)
            self.instances.append(new)

    def unless_suspended(self, key: int, command: Any, *args: Any, **more: Any) -> None:
        """The command is refused if, and only if, its instance is suspended."""
        suspended = self.world.state(instance_of(key)) == "SUSPENDED"
        with pytest.raises(Suspended) if suspended else nullcontext():
            self.world.run(command, *args, **more)

    @invariant()
    def holds(self) -> None:
        assert self.world.verify() == []

    def teardown(self) -> None:
        self.world.database.engine.dispose()
        shutil.rmtree(self.folder)


TestCommands = Commands.TestCase
TestCommands.settings = settings(max_examples=12, stateful_step_count=20, suppress_health_check=list(HealthCheck))
