"""Called processes: which version is called, and what they throw to those who called them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.events import Tag
from workflows.store.tables import ProcessDefinition, ProcessInstance, UserTask

if TYPE_CHECKING:
    from tests.support.world import World

CODES = d.escalation("E") + d.error("E") + d.error("F")


def child(*parts: str, flows: str) -> bytes:
    return d.bpmn(*parts, flows=flows, process_id="child", more=CODES)


def parent(border: str, *, called: str = "child") -> bytes:
    """A call with one border event ``b`` that leads to the task ``x``."""
    return d.bpmn(
        d.start(), d.call("c", called), border, d.user("x"), d.user("after"), d.end(),
        flows="start>c;c>after;after>end;b>x;x>end", more=CODES,
    )  # fmt: skip


UP = child(d.start(), d.user("i"), d.throw("up", d.on_escalation("E"), d.io(inputs={"level": "=2"})), d.user("more"), d.end(),
           flows="start>i;i>up;up>more;more>end")  # fmt: skip


def states(world: World) -> dict[str, str]:
    rows = world.rows(select(ProcessInstance.process_id, ProcessInstance.state))
    return {row[0]: row[1] for row in rows}


def test_an_escalation_of_a_called_process_interrupts_the_call_and_ends_it(world: World) -> None:
    world.deploy(parent(d.boundary("b", "c", d.on_escalation("E"))), UP)
    key = world.start()
    world.complete("i")
    assert world.tasks() == ["x"]
    assert states(world) == {"p": "ACTIVE", "child": "TERMINATED"}
    tags = [event.details.get("also", [{}])[0].get("tag", event.tag) for event in world.events(key)]
    assert Tag.CALLED_PROCESS_ESCALATE in tags
    assert world.verify() == []


def test_an_escalation_that_does_not_interrupt_leaves_the_called_process_at_its_work(world: World) -> None:
    world.deploy(parent(d.boundary("b", "c", d.on_escalation(), interrupting=False)), UP)
    world.start()
    world.complete("i")
    assert sorted(world.tasks()) == ["more", "x"]
    world.complete("more")
    assert sorted(world.tasks()) == ["after", "x"]
    assert world.verify() == []


def test_an_escalation_nobody_catches_changes_nothing(world: World) -> None:
    world.deploy(d.bpmn(d.start(), d.call("c", "child"), d.end(), flows="start>c;c>end"), UP)
    world.start()
    world.complete("i")
    assert world.tasks() == ["more"]
    assert world.incidents() == []


def test_an_error_goes_to_the_nearest_caller_that_catches_it(world: World) -> None:
    middle = d.bpmn(d.start(), d.call("m", "child"), d.boundary("no", "m", d.on_error("e-F")), d.end(),
                    flows="start>m;m>end;no>end", process_id="middle", more=CODES)  # fmt: skip
    boom = child(d.start(), d.user("i"), d.error_end("boom", "e-E"), flows="start>i;i>boom")
    world.deploy(parent(d.boundary("b", "c", d.on_error("e-E")), called="middle"), middle, boom)
    world.start()
    world.complete("i")
    assert world.tasks() == ["x"]
    assert states(world) == {"p": "ACTIVE", "middle": "TERMINATED", "child": "TERMINATED"}
    assert world.incidents() == []
    assert world.verify() == []


def test_an_error_no_caller_catches_is_an_incident_where_it_was_thrown(world: World) -> None:
    boom = child(d.start(), d.user("i"), d.error_end("boom", "e-E"), flows="start>i;i>boom")
    world.deploy(parent(d.boundary("b", "c", d.on_error("e-F"))), boom)
    world.start()
    world.complete("i")
    assert [incident.element_id for incident in world.incidents()] == ["boom"]
    world.run(runtime.resolve_incident, world.incidents()[0].key)
    assert [incident.element_id for incident in world.incidents()] == ["boom"], "nobody catches it now either"
    assert world.verify() == []


def test_an_error_that_a_caller_s_event_sub_process_catches_ends_the_call(world: World) -> None:
    boom = child(d.start(), d.user("i"), d.error_end("boom", "e-E"), flows="start>i;i>boom")
    caller = d.bpmn(
        d.start(), d.call("c", "child"), d.end(),
        d.event_sub("ev", d.begin_on("e1", d.on_error("e-E")), d.user("x"), d.end("e2"), flows="e1>x;x>e2"),
        flows="start>c;c>end", more=CODES,
    )  # fmt: skip
    world.deploy(caller, boom)
    world.start()
    world.complete("i")
    assert world.tasks() == ["x"]
    world.complete("x")
    assert states(world) == {"p": "COMPLETED", "child": "TERMINATED"}


def test_an_error_of_a_job_in_a_called_process_reaches_the_caller(world: World) -> None:
    job = child(d.start(), d.service("j"), d.end(), flows="start>j;j>end")
    world.deploy(parent(d.boundary("b", "c", d.on_error("e-E"))), job)
    world.start()
    world.run(runtime.throw_job_error, world.jobs()[0], "E", "no", {"why": 1})
    assert world.tasks() == ["x"]
    assert world.jobs() == []
    assert world.verify() == []


def version(number: int, tag: str = "") -> bytes:
    marked = f'<bpmn:extensionElements><zeebe:versionTag value="{tag}" /></bpmn:extensionElements>' if tag else ""
    return child(marked, d.start(), d.user(f"v{number}"), d.end(), flows=f"start>v{number};v{number}>end")


@pytest.mark.parametrize(
    ("binding", "called"),
    [
        ({}, "v3"),
        ({"bindingType": "latest"}, "v3"),
        ({"bindingType": "deployment"}, "v2"),
        ({"bindingType": "versionTag", "versionTag": "stable"}, "v1"),
    ],
)
def test_the_version_that_is_called_is_the_one_bound(world: World, binding: dict[str, str], called: str) -> None:
    caller = d.bpmn(d.start(), d.call("c", "child", **binding), d.end(), flows="start>c;c>end")
    world.deploy(version(1, "stable"))
    world.deploy(version(2), caller)
    world.deploy(version(3))
    world.start()
    assert world.tasks() == [called]


def test_what_was_deployed_with_the_caller_is_called_also_when_it_did_not_change_then(world: World) -> None:
    world.deploy(version(1))
    caller = d.bpmn(d.start(), d.call("c", "child", bindingType="deployment"), d.end(), flows="start>c;c>end")
    world.deploy(version(1), caller)
    world.deploy(version(2))
    world.start()
    assert world.tasks() == ["v1"]


def test_a_version_tag_that_does_not_exist_is_an_incident_of_the_call(world: World) -> None:
    caller = d.bpmn(
        d.start(), d.call("c", "child", bindingType="versionTag", versionTag="gone"), d.end(), flows="start>c;c>end"
    )
    world.deploy(version(1, "stable"), caller)
    world.start()
    (incident,) = world.incidents()
    assert (incident.element_id, incident.error_type) == ("c", "CALLED_ELEMENT_ERROR")
    assert "gone" in incident.message
    world.deploy(version(2, "gone"))
    world.run(runtime.resolve_incident, incident.key)
    assert world.tasks() == ["v2"]


def test_what_element_templates_write_comes_back_as_it_was_deployed(world: World) -> None:
    source = d.bpmn(d.start(), d.user("a"), d.end(), flows="start>a;a>end").replace(
        b'<bpmn:userTask id="a"', b'<bpmn:userTask id="a" zeebe:modelerTemplate="city.patrol" zeebe:modelerTemplateVersion="3"'
        b' zeebe:modelerTemplateIcon="data:image/svg+xml,x"',
    )  # fmt: skip
    world.deploy(Resource("a.bpmn", source))
    assert world.rows(select(ProcessDefinition.xml))[0][0] == source
    world.start()
    assert world.rows(select(UserTask.element_id)) == [("a",)]
