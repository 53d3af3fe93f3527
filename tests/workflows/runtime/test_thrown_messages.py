"""Messages thrown in a diagram: posted in the step, published after the commit, each once."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.world import MONDAY
from workflows import runtime
from workflows.runtime import thrown_messages
from workflows.runtime.events import Tag
from workflows.store.tables import Message, ProcessInstance, ThrownMessage

if TYPE_CHECKING:
    from tests.support.world import World

THROW = "<bpmn:messageEventDefinition />"


def publishing(key: str, variables: str = "={x: 1}", ttl: str = "") -> str:
    headers = d.z("header", key="message", value="told") + (d.z("header", key="timeToLive", value=ttl) if ttl else "")
    return (
        d.z("taskDefinition", type="message/publish")
        + f"<zeebe:taskHeaders>{headers}</zeebe:taskHeaders>"
        + d.io(inputs={"correlationKey": key, "variables": variables})
    )


def thrower(world: World, ttl: str = "", variables: str = "={x: 1}") -> None:
    world.process(
        d.start(), d.user("go"), d.throw("tell", THROW, publishing("=whom", variables, ttl)), d.user("after"), d.end(),
        flows="start>go; go>tell; tell>after; after>end",
    )  # fmt: skip


def listener(world: World, process_id: str = "listening") -> None:
    world.process(
        d.start(), d.catch("told", d.on_message("m-told")), d.user("heard"), d.end(),
        flows="start>told; told>heard; heard>end", more=d.message("told", "=id"), process_id=process_id,
    )  # fmt: skip


def starter(world: World) -> None:
    world.process(
        d.start("begin", d.on_message("m-told")), d.user("first"), d.end(),
        flows="begin>first; first>end", more=d.message("told"), process_id="started",
    )  # fmt: skip


def test_a_thrown_message_reaches_who_waits_for_it_after_the_commit(world: World) -> None:
    listener(world)
    thrower(world)
    heard = world.start("listening", id="7")
    world.start(whom="7")
    world.complete("go", actor="p-0007")
    assert world.tasks() == ["after"], "the thrower does not wait for those who hear it"
    assert runtime.deliver_messages(world.database) == 1
    assert sorted(world.tasks()) == ["after", "heard"]
    event = world.events(heard)[-1]
    assert (event.tag, event.actor, event.details["variables"]) == (Tag.MESSAGE_CORRELATE, "p-0007", {"x": 1})
    assert runtime.deliver_messages(world.database) == 0


def test_an_instance_may_tell_itself(world: World) -> None:
    world.process(
        d.start(), d.parallel("split"), d.user("a"), d.boundary("told", "a", d.on_message("m-told")), d.user("go"),
        d.throw("tell", THROW, publishing("=id")), d.user("heard"), d.end(),
        flows="start>split; split>a; split>go; go>tell; tell>end; a>end; told>heard; heard>end", more=d.message("told", "=id"),
    )  # fmt: skip
    world.start(id="7")
    world.complete("go")
    assert world.incidents() == []
    runtime.deliver(world.database)
    assert world.tasks() == ["heard"]


def test_a_called_process_may_tell_its_caller(world: World) -> None:
    world.process(
        d.start(), d.throw("tell", THROW, publishing("=id")), d.user("b"), d.end(), flows="start>tell; tell>b; b>end",
        process_id="child",
    )  # fmt: skip
    world.process(
        d.start(), d.call("calling", "child", propagateAllParentVariables="true"), d.boundary("told", "calling", d.on_message("m-told")),
        d.user("heard"), d.end(), flows="start>calling; calling>end; told>heard; heard>end", more=d.message("told", "=id"),
    )  # fmt: skip
    world.start(id="7")
    assert world.tasks() == ["b"]
    runtime.deliver(world.database)
    assert world.tasks() == ["heard"]


def test_two_that_answer_each_other_are_not_kept_waiting(world: World) -> None:
    for me, other in (("left", "right"), ("right", "left")):
        world.process(
            d.start(), d.catch("told", d.on_message("m-told")), d.throw("tell", THROW, publishing(f'="{other}"')),
            flows="start>told; told>tell; tell>told", more=d.message("told", f'="{me}"'), process_id=me,
        )  # fmt: skip
        world.start(me)
    world.run(runtime.publish_message, "told", "left", {})
    assert runtime.deliver(world.database, rounds=5) == 5
    assert world.count("thrown_message") == 1


def test_what_is_refused_leaves_no_message(world: World) -> None:
    thrower(world)
    world.start(whom="7")
    key = world.task("go")
    with world.database.writers() as session:
        runtime.complete_user_task(session, key, {}, actor="p-0001")
        session.rollback()
    assert world.count("thrown_message") == 0


def test_a_process_that_it_starts_has_the_business_id_of_the_thrower(world: World) -> None:
    starter(world)
    thrower(world)
    world.run(runtime.start_process, process_id="p", variables={"whom": "7"}, business_id="2026-000012")
    world.complete("go")
    runtime.deliver(world.database)
    query = select(ProcessInstance.business_id, ProcessInstance.correlation_key)
    assert world.rows(query.where(ProcessInstance.process_id == "started")) == [("2026-000012", "7")]


def test_it_is_kept_for_who_comes_later_as_long_as_it_says(world: World) -> None:
    world.pin(MONDAY)
    listener(world)
    thrower(world, "PT1H")
    world.start(whom="7")
    world.complete("go")
    runtime.deliver(world.database)
    [kept] = world.rows(select(Message.expires))
    assert (kept[0] - MONDAY).total_seconds() == 3600
    world.start("listening", id="7")
    assert sorted(world.tasks()) == ["after", "heard"]


@pytest.mark.parametrize(("ttl", "variables"), [("soon", "={}"), ("-PT1H", "={}"), ("P99Y", "={}"), ("", "=[1]")])
def test_a_message_that_cannot_be_thrown_is_an_incident(world: World, ttl: str, variables: str) -> None:
    thrower(world, ttl, variables)
    world.start(whom="7")
    world.complete("go")
    assert [incident.element_id for incident in world.incidents()] == ["tell"]
    assert world.count("thrown_message") == 0


def test_one_that_nobody_can_take_is_on_the_record_of_the_thrower(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thrown_messages.log, "disabled", True)
    monkeypatch.setattr("workflows.runtime.journal.MAX_STATE", 20_000)
    listener(world)
    thrower(world, variables='={x: string join(for i in 1..120 return "0123456789", "")}')
    world.start("listening", id="7", large="x" * 18_900)
    key = world.start(whom="7")
    world.complete("go")
    runtime.deliver(world.database)
    event = world.events(key)[-1]
    assert (event.tag, event.details["name"], event.details["correlationKey"]) == (Tag.MESSAGE_FAIL, "told", "7")
    assert world.count("thrown_message") == 0
    assert world.tasks() == ["after"]


def test_many_who_deliver_at_once_publish_each_message_once(world: World) -> None:
    starter(world)
    thrower(world)
    for number in range(12):
        world.start(whom=str(number))
        world.complete("go")
    threads = [Thread(target=runtime.deliver, args=(world.database, 3)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runtime.deliver(world.database)
    assert world.tasks().count("first") == 12
    assert world.rows(select(ThrownMessage.key)) == []
