"""催办: who is told, how often, and what is on record; one by one and in bulk."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.city import settle
from tests.support.world import MONDAY
from workflows import runtime
from workflows.runtime.errors import AlreadyClosed, NotFound, Suspended
from workflows.runtime.reasons import ReasonMissing
from workflows.runtime.urging import NobodyToUrge, UrgedAlready
from workflows.store import transaction
from workflows.store.tables import Notification, ProcessInstance

if TYPE_CHECKING:
    from tests.support.world import World

TASKS = d.bpmn(
    d.start(),
    d.user("offered", d.z("assignmentDefinition", candidateGroups="acceptance-desk@centre")),
    d.user("nobodys"),
    d.end(),
    flows="start>offered; offered>nobodys; nobodys>end",
)
HOUR = timedelta(hours=1)


@pytest.fixture
def begun(world: World) -> tuple[World, int]:
    with transaction(world.database) as session:
        settle(session)
    world.deploy(TASKS)
    world.pin(MONDAY)
    return world, world.start()


def urge(world: World, key: int, reason: str = "市民已第二次来电") -> list[str]:
    told: list[str] = world.run(runtime.urge_user_task, key, reason=reason)
    return told


def told(world: World) -> list[tuple[str, str]]:
    rows = world.rows(select(Notification.recipient, Notification.kind, Notification.text).order_by(Notification.key))
    assert all("市民已第二次来电" in row.text for row in rows)
    return [(row.recipient, row.kind) for row in rows]


def test_who_has_a_task_is_told_and_before_that_those_who_may_take_it(begun: tuple[World, int]) -> None:
    world, instance = begun
    key = world.task("offered")
    assert urge(world, key) == ["acceptance-desk@centre"]
    world.run(runtime.assign_user_task, key, "p-0003")
    world.move(HOUR)
    assert urge(world, key) == ["p-0003"]
    assert told(world) == [("acceptance-desk@centre", "urge"), ("p-0003", "urge")]
    event = world.events(instance)[-1]
    assert (event.tag, event.actor) == ("user-task:urge", "someone")
    said = {"element": "offered", "key": key, "told": ["p-0003"], "reason": "市民已第二次来电"}
    assert event.details == said
    assert world.verify() == []


def test_a_task_is_urged_once_an_hour(begun: tuple[World, int]) -> None:
    world, _ = begun
    key = world.task("offered")
    urge(world, key)
    world.move(HOUR - timedelta(seconds=1))
    with pytest.raises(UrgedAlready):
        urge(world, key)
    world.move(timedelta(seconds=1))
    urge(world, key)
    assert len(told(world)) == 2


def test_what_cannot_be_urged_is_refused_and_tells_nobody(begun: tuple[World, int]) -> None:
    world, instance = begun
    key = world.task("offered")
    with pytest.raises(ReasonMissing):
        urge(world, key, " ")
    with pytest.raises(NotFound):
        urge(world, 1)
    world.run(runtime.suspend_process_instance, instance)
    with pytest.raises(Suspended):
        urge(world, key)
    world.run(runtime.resume_process_instance, instance)
    world.complete("offered")
    with pytest.raises(AlreadyClosed):
        urge(world, key)
    with pytest.raises(NobodyToUrge):
        urge(world, world.task("nobodys"))
    assert told(world) == []


def test_a_batch_urges_every_open_task_and_says_which_were_urged_lately(begun: tuple[World, int]) -> None:
    world, instance = begun
    urge(world, world.task("offered"))
    other = world.start()
    batch = world.run(
        runtime.create_batch_operation,
        "URGE_USER_TASK",
        [ProcessInstance.process_id == "p"],
        filter={"process": "p"},
        reason="市民已第二次来电",
    )
    assert runtime.run_batches(world.database) == 2
    progress = world.run(runtime.batch_progress, batch, actor=None)
    assert (progress.completed, progress.failed) == (1, 1)
    assert world.events(other)[-1].details["batch"] == batch
    assert "batch" not in world.events(instance)[-1].details
    assert world.verify() == []
