"""What would make an instance too large is refused to whoever asked, and an incident where nobody did."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.support import diagrams as d
from tests.support.world import MONDAY
from workflows import runtime
from workflows.runtime import journal
from workflows.runtime.errors import TooLarge
from workflows.store.tables import InstancePart, ProcessInstance, SignalDelivery

if TYPE_CHECKING:
    from tests.support.world import World

GROWING = d.bpmn(
    d.start(), d.user("a"), d.boundary("late", "a", d.timer("Duration", "PT1H"), interrupting=False),
    d.boundary("loud", "a", d.on_signal("s"), interrupting=False), d.script("grow", "text + text", "text"), d.user("x"), d.end(),
    flows="start>a;a>end;late>grow;loud>grow;grow>x;x>end", more=d.signal("s"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_STATE", 5_000)


@pytest.fixture
def instance(world: World) -> int:
    world.deploy(GROWING)
    world.pin(MONDAY)
    return world.start(text="字" * 1_000)


def lease_over(world: World) -> None:
    for of in ("timer", "signal_delivery"):
        world.damage(f"UPDATE {of} SET claimed_until = NULL")  # noqa: S608


def test_whoever_gives_too_much_is_refused_and_nothing_has_changed(world: World, instance: int) -> None:
    before = world.rows(select(ProcessInstance.snapshot))
    with pytest.raises(TooLarge, match="5000"):
        world.run(runtime.set_variables, instance, {"more": "x" * 5_000})
    assert world.rows(select(ProcessInstance.snapshot)) == before
    assert world.verify() == []


def test_a_timer_that_would_make_it_too_large_is_an_incident_and_fires_when_that_is_mended(
    world: World, instance: int
) -> None:
    world.move(timedelta(hours=2))
    assert runtime.fire_timers(world.database) == 0
    [incident] = world.incidents()
    assert (incident.element_id, incident.error_type) == ("late", "MESSAGE_SIZE_EXCEEDED")
    lease_over(world)
    assert runtime.fire_timers(world.database) == 0, "it waits for the incident"
    assert len(world.incidents()) == 1
    assert world.verify() == []
    world.run(runtime.set_variables, instance, {"text": "short"})
    world.run(runtime.resolve_incident, incident.key)
    lease_over(world)
    assert runtime.fire_timers(world.database) == 1
    assert world.tasks() == ["a", "x"]
    assert world.verify() == []


def test_a_signal_that_would_make_it_too_large_is_an_incident_and_arrives_when_that_is_mended(
    world: World, instance: int
) -> None:
    world.run(runtime.broadcast_signal, "s")
    runtime.deliver_signals(world.database)
    [incident] = world.incidents()
    assert (incident.element_id, incident.error_type) == ("loud", "MESSAGE_SIZE_EXCEEDED")
    lease_over(world)
    runtime.deliver_signals(world.database)
    assert len(world.rows(select(SignalDelivery.key))) == 1, "it is still on its way"
    world.run(runtime.set_variables, instance, {"text": "short"})
    world.run(runtime.resolve_incident, incident.key)
    lease_over(world)
    runtime.deliver_signals(world.database)
    assert world.tasks() == ["a", "x"]
    assert world.rows(select(SignalDelivery.key)) == []


def test_an_item_that_is_kept_apart_has_the_same_limit(world: World) -> None:
    world.process(d.start(), d.user("a", inner=d.each("items")), d.end(), flows="start>a;a>end")
    world.start(items=list(range(110)))
    key = world.rows(select(InstancePart.key))[0][0]
    with pytest.raises(TooLarge):
        world.run(runtime.set_variables, key, {"more": "x" * 6_000}, local=True)
    assert world.verify() == []
