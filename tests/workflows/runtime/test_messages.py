from __future__ import annotations

from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from tests.support.world import MONDAY, World
from workflows import runtime
from workflows.runtime.errors import Invalid, MessageNotUnique, NotFound
from workflows.store import read
from workflows.store.queries.variables import variables

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = timedelta(hours=1)


def waiting(world: World, process_id: str = "p") -> None:
    world.process(
        d.start(), d.catch("paid", d.on_message("m-paid")), d.user("after"), d.end(),
        flows="start>paid; paid>after; after>end", more=d.message("paid", "=id"), process_id=process_id,
    )  # fmt: skip


def starting(world: World, process_id: str = "q") -> None:
    begin = d.start("begin", d.on_message("m-paid"))
    world.process(begin, d.user("a"), d.end(), flows="begin>a; a>end", more=d.message("paid"), process_id=process_id)


def publish(
    world: World, key: str = "7", ttl: timedelta = timedelta(), message_id: str | None = None, **variables
) -> int:
    return world.run(runtime.publish_message, "paid", key, variables, ttl, message_id)


def test_a_message_goes_to_the_instance_that_waits_for_its_key(world: World) -> None:
    waiting(world)
    world.start(id="6")
    mine = world.start(id="7")
    publish(world, amount=12)
    assert world.tasks() == ["after"]
    [_start, correlated] = world.events(mine)
    assert correlated.tag == "message:correlate"
    assert correlated.details["variables"] == {"amount": 12}
    assert world.count("message_subscription") == 1


def test_a_message_nobody_waits_for_is_gone_without_time_to_live(world: World) -> None:
    waiting(world)
    publish(world)
    world.start(id="7")
    assert world.tasks() == []
    assert world.count("message") == 0


def test_a_buffered_message_is_heard_by_who_comes_later(world: World) -> None:
    waiting(world)
    world.pin(MONDAY)
    publish(world, ttl=HOUR, amount=3)
    key = world.start(id="7")
    assert world.tasks() == ["after"]
    [start] = world.events(key)
    assert [also["tag"] for also in start.details["also"]] == ["message:correlate"]


def test_a_message_expires(world: World) -> None:
    waiting(world)
    world.pin(MONDAY)
    publish(world, ttl=HOUR)
    world.move(HOUR)
    world.start(id="7")
    assert world.tasks() == []


def test_each_process_has_a_message_once(world: World) -> None:
    waiting(world, "p")
    waiting(world, "r")
    world.start("p", id="7")
    world.start("p", id="7")
    world.start("r", id="7")
    publish(world, ttl=HOUR)
    assert world.tasks() == ["after", "after"]
    world.start("p", id="7")  # the message is still buffered, but this process has had it
    assert world.tasks() == ["after", "after"]
    publish(world)
    assert len(world.tasks()) == 3


def test_a_message_id_is_taken_while_the_message_is_buffered(world: World) -> None:
    world.pin(MONDAY)
    publish(world, ttl=HOUR, message_id="m1")
    with pytest.raises(MessageNotUnique):
        publish(world, ttl=HOUR, message_id="m1")
    publish(world, "8", ttl=HOUR, message_id="m1")
    world.move(HOUR)
    publish(world, ttl=HOUR, message_id="m1")


def test_correlating_says_who_had_it(world: World) -> None:
    waiting(world)
    key = world.start(id="7")
    assert world.run(runtime.correlate_message, "paid", "7", {}).process_instance_key == key
    with pytest.raises(NotFound):
        world.run(runtime.correlate_message, "paid", "7", {})


def test_a_message_starts_a_process(world: World) -> None:
    starting(world)
    had = world.run(runtime.correlate_message, "paid", "7", {"amount": 5})
    assert world.tasks() == ["a"]
    [start] = world.events(had.process_instance_key)
    assert (start.details["startEvent"], start.details["message"], start.details["variables"]) == (
        "begin",
        had.message_key,
        {"amount": 5},
    )


def test_a_key_starts_the_next_instance_when_the_first_has_ended(world: World) -> None:
    starting(world)
    for amount in (1, 2, 3):
        publish(world, ttl=HOUR, amount=amount)
    assert world.tasks() == ["a"]
    world.complete("a")
    assert world.tasks() == ["a"]
    world.complete("a")
    world.complete("a")
    assert world.tasks() == []
    starts = world.rows("SELECT details FROM event WHERE tag = 'process-instance:start' ORDER BY key")
    assert len(starts) == 3


def test_without_a_key_every_message_starts_an_instance(world: World) -> None:
    starting(world)
    publish(world, "")
    publish(world, "")
    assert world.tasks() == ["a", "a"]


def test_a_new_version_takes_over_the_message(world: World) -> None:
    starting(world)
    begin = d.start("begin", d.on_message("m-paid"))
    world.process(begin, d.user("b"), d.end(), flows="begin>b; b>end", more=d.message("paid"), process_id="q")
    publish(world)
    assert world.tasks() == ["b"]
    assert world.count("message_subscription") == 1


def test_a_boundary_event_hears_buffered_messages_one_after_the_other(world: World) -> None:
    world.process(
        d.start(), d.user("wait"), d.boundary("note", "wait", d.on_message("m-paid"), interrupting=False), d.user("noted"), d.end(),
        flows="start>wait; wait>end; note>noted; noted>end", more=d.message("paid", "=id"),
    )  # fmt: skip
    publish(world, ttl=HOUR)
    publish(world, ttl=HOUR)
    world.start(id="7")
    assert sorted(world.tasks()) == ["noted", "noted", "wait"]


@pytest.mark.parametrize(
    ("name", "key", "ttl"), [("", "7", HOUR), ("n\0", "7", HOUR), ("n", "\ud800", HOUR), ("n", "7", -HOUR)]
)
def test_a_wrong_message_is_refused(world: World, name: str, key: str, ttl: timedelta) -> None:
    with pytest.raises(Invalid):
        world.run(runtime.publish_message, name, key, {}, ttl)
    assert world.count("message") == 0


def at_once(*acts: Callable[[], object]) -> None:
    barrier, broken = Barrier(len(acts)), []

    def act(one: Callable[[], object]) -> None:
        barrier.wait()
        try:
            one()
        except Exception as error:  # noqa: BLE001
            broken.append(error)

    threads = [Thread(target=act, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []


def test_a_message_and_work_that_leads_to_waiting_for_it_do_not_block_each_other(world: World) -> None:
    world.process(
        d.start(), d.parallel("split"), d.catch("one", d.on_message("m-paid")), d.user("a"), d.catch("two", d.on_message("m-paid")),
        d.parallel("join"), d.end(),
        flows="start>split; split>one; split>a; a>two; one>join; two>join; join>end", more=d.message("paid", "=id"),
    )  # fmt: skip
    for number in range(8):
        key = world.start(id=str(number))
        task = world.task("a")
        tell = partial(publish, world, str(number), HOUR)
        at_once(partial(world.run, runtime.complete_user_task, task, {}), tell, tell)
        assert world.state(key) == "COMPLETED"


def test_of_two_messages_that_start_a_process_with_one_key_one_starts_it(world: World) -> None:
    begin = (d.start("x", d.on_message("m-x")), d.start("y", d.on_message("m-y")))
    world.process(*begin, d.user("a"), d.end(), flows="x>a; y>a; a>end", more=d.message("x") + d.message("y"))
    for number in range(8):
        at_once(*(partial(world.run, runtime.publish_message, name, str(number), {}, HOUR) for name in "xy"))
    assert len(world.tasks()) == 8


def joined(world: World, *, outputs: dict[str, str] | None = None, key: str = "=place") -> None:
    """A message begins it, and further ones of its name and key come to what has begun."""
    world.process(
        d.start("begin", d.on_message("m-paid"), d.io(outputs=outputs) if outputs else ""), d.user("a"), d.end(),
        d.event_sub("more", d.begin_on("another", d.on_message("m-paid"), interrupting=False), d.user("b"), d.end("done"),
                    flows="another>b; b>done"),
        flows="begin>a; a>end", more=d.message("paid", key),
    )  # fmt: skip


@pytest.mark.parametrize("outputs", [None, {"place": "=where"}])
def test_what_a_message_brings_is_there_when_event_sub_processes_begin_to_wait(
    world: World, outputs: dict[str, str] | None
) -> None:
    joined(world, outputs=outputs)
    given = {"where" if outputs else "place": "G07"}
    publish(world, "G07", **given)
    assert (world.incidents(), world.tasks()) == ([], ["a"])
    publish(world, "G07", **given)
    publish(world, "G08", **({"where": "G08"} if outputs else {"place": "G08"}))
    assert world.tasks() == ["a", "b", "a"]


def test_a_key_that_cannot_be_evaluated_then_is_an_incident_that_can_be_resolved(world: World) -> None:
    joined(world, outputs={"n": "=get or else(n, 0) + 1"})
    had = world.run(runtime.correlate_message, "paid", "G07", {})
    [incident] = world.incidents()
    assert incident.element_id == "begin"
    world.run(runtime.set_variables, had.process_instance_key, {"place": "G07"})
    world.run(runtime.resolve_incident, incident.key)
    publish(world, "G07")
    assert world.tasks() == ["a", "b"]
    assert world.count("process_instance") == 1
    with read(world.database) as session:
        [n] = [each.value for each in variables(session, had.process_instance_key) if each.name == "n"]
    assert n == 1, "what was done before it failed is not done again"
