"""Handlers give commands of their own inside a step: on other instances, never on one that is at work in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from workflows import runtime
from workflows.runtime.inline import HANDLERS, InlineCall, inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.world import World

LISTENING = (
    d.user("a"), d.boundary("told", "a", d.on_message("m-told"), interrupting=False), d.user("heard"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _telling() -> Iterator[None]:
    @inline("test/tell")
    def tell(call: InlineCall) -> None:
        runtime.correlate_message(call.session, "told", str(call.variables["whom"]), {"x": 1}, actor=call.actor)

    yield
    del HANDLERS["test/tell"]


def test_a_handler_tells_another_instance(world: World) -> None:
    world.process(
        d.start(), *LISTENING, d.end(), flows="start>a; a>end; told>heard; heard>end",
        more=d.message("told", "=id"), process_id="listening",
    )  # fmt: skip
    world.process(d.start(), d.service("tell", "test/tell"), d.end(), flows="start>tell; tell>end")
    world.start("listening", id="7")
    world.start("p", whom="7")
    assert world.tasks() == ["a", "heard"]
    assert world.incidents() == []


def test_a_command_on_the_instance_that_is_at_work_is_an_incident_that_says_so(world: World) -> None:
    world.process(
        d.start(), d.parallel("split"), *LISTENING, d.user("go"), d.service("tell", "test/tell"), d.end(),
        flows="start>split; split>a; split>go; go>tell; tell>end; a>end; told>heard; heard>end", more=d.message("told", "=id"),
    )  # fmt: skip
    world.start(id="7", whom="7")
    world.complete("go")
    [incident] = world.incidents()
    assert (incident.element_id, incident.error_type) == ("tell", "JOB_NO_RETRIES")
    assert "message/publish" in incident.message
    assert world.tasks() == ["a"]


def test_so_is_one_that_would_end_the_instance_whose_handler_gives_it(world: World) -> None:
    child = d.bpmn(
        d.start(), d.user("go"), d.service("tell", "test/tell"), d.end(), flows="start>go; go>tell; tell>end", process_id="child"
    )  # fmt: skip
    world.deploy(child)
    world.process(
        d.start(), d.call("calling", "child"), d.boundary("told", "calling", d.on_message("m-told")), d.user("heard"), d.end(),
        flows="start>calling; calling>end; told>heard; heard>end", more=d.message("told", "=id"),
    )  # fmt: skip
    world.start(id="7", whom="7")
    world.complete("go")
    [incident] = world.incidents()
    assert incident.element_id == "tell"
    assert world.tasks() == []
