from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import diagrams as d
from workflows import runtime
from workflows.runtime import Beginning
from workflows.runtime.errors import Conflict, ModificationRefused, NoStart, NotFound
from workflows.runtime.reasons import ReasonMissing
from workflows.store import read
from workflows.store.queries.variables import variables

if TYPE_CHECKING:
    from tests.support.world import World


def restart(world: World, key: int, reason: str = "误操作", **more: Any) -> int:
    new: int = world.run(runtime.restart_process_instance, key, reason=reason, **more)
    return new


def finished(world: World) -> int:
    world.process(d.start(), d.user("a"), d.user("b"), d.end(), flows="start>a; a>b; b>end")
    key: int = world.run(runtime.start_process, process_id="p", variables={"n": 1}, business_id="B-7")
    world.complete("a", n=2, m=3)
    world.complete("b")
    return key


def scope(world: World, key: int) -> dict[str, Any]:
    with read(world.database) as session:
        return {one.name: one.value for one in variables(session, key)}


def test_another_instance_begins_as_the_first_did(world: World) -> None:
    old = finished(world)
    new = restart(world, old)
    assert new != old
    assert (world.state(old), world.state(new), world.tasks()) == ("COMPLETED", "ACTIVE", ["a"])
    assert world.instance(new).business_id == "B-7"
    assert scope(world, new) == {"n": 1}


def test_both_say_so_in_their_record(world: World) -> None:
    old = finished(world)
    new = restart(world, old, " 误操作 ", actor="p-0009")
    last, first = world.events(old)[-1], world.events(new)[0]
    assert (last.tag, last.actor) == ("process-instance:restart", "p-0009")
    assert last.details == {"instance": new, "variables": "STARTED", "reason": "误操作"}
    assert (first.tag, first.details["restarts"], first.details["reason"]) == ("process-instance:start", old, "误操作")


def test_it_may_begin_with_the_variables_of_the_end_and_elsewhere(world: World) -> None:
    new = restart(world, finished(world), variables=Beginning.ENDED, at=["b"])
    assert world.tasks() == ["b"]
    assert scope(world, new) == {"n": 2, "m": 3}


def test_it_begins_in_its_version_or_in_the_latest(world: World) -> None:
    old = finished(world)
    world.process(d.start(), d.user("c"), d.end(), flows="start>c; c>end")
    restart(world, old)
    assert world.tasks() == ["a"]
    restart(world, old, latest=True)
    assert world.tasks() == ["a", "c"]
    with pytest.raises(ModificationRefused):
        restart(world, old, latest=True, at=["b"])


def test_what_a_message_started_begins_at_its_event(world: World) -> None:
    world.process(
        d.start(inner=d.on_message("m-go")), d.user("a"), d.end(), flows="start>a; a>end", more=d.message("go", "")
    )
    world.run(runtime.publish_message, "go", "7", {"n": 1})
    [(old,)] = world.rows("SELECT key FROM process_instance")
    world.run(runtime.cancel_process_instance, old)
    new = restart(world, old)
    assert (world.tasks(), scope(world, new)) == (["a"], {"n": 1})
    world.process(d.start("begin"), d.user("a"), d.end(), flows="begin>a; a>end")
    with pytest.raises(NoStart):
        restart(world, old, latest=True)


def test_it_needs_a_reason_and_an_instance_that_has_ended_and_was_called_by_nobody(world: World) -> None:
    world.process(d.start(), d.user("inner"), d.end(), flows="start>inner; inner>end", process_id="child")
    world.process(d.start(), d.call("call", "child"), d.end(), flows="start>call; call>end")
    key = world.start()
    with pytest.raises(Conflict, match="没有结束"):
        restart(world, key)
    world.complete("inner")
    [(child,)] = world.rows("SELECT key FROM process_instance WHERE depth = 1")
    with pytest.raises(Conflict, match=str(key)):
        restart(world, child)
    with pytest.raises(ReasonMissing):
        restart(world, key, "  ")
    with pytest.raises(NotFound):
        restart(world, key + (1 << 30))
    assert world.count("process_instance") == 2
