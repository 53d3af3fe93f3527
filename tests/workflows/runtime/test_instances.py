from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from workflows import runtime
from workflows.runtime.errors import Invalid, NotFound
from workflows.store import read
from workflows.store.queries.variables import variables

if TYPE_CHECKING:
    from tests.support.world import World

ONE = (d.start(), d.user("a", d.io(inputs={"inner": "=x"})), d.end())


def own(world: World, key: int) -> dict:
    with read(world.database) as session:
        return {(one.scope_key - key, one.name): one.value for one in variables(session, key)}


def test_the_latest_version_starts_unless_another_is_named(world: World) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows="start>a; a>end")
    world.process(d.start(), d.user("b"), d.end(), flows="start>b; b>end")
    world.start()
    assert world.tasks() == ["b"]
    world.run(runtime.start_process, process_id="p", version=1, variables={})
    assert world.tasks() == ["b", "a"]
    [[key]] = world.rows("SELECT key FROM process_definition WHERE version = 1")
    world.run(runtime.start_process, definition_key=key, variables={})
    assert world.tasks() == ["b", "a", "a"]
    with pytest.raises(NotFound):
        world.run(runtime.start_process, process_id="p", version=3, variables={})


def test_a_process_that_only_a_message_starts_cannot_be_started_by_hand(world: World) -> None:
    begin = d.start("begin", d.on_message("m-go"))
    world.process(begin, d.user("a"), d.end(), flows="begin>a; a>end", more=d.message("go"))
    with pytest.raises(Invalid):
        world.start()


def test_numbers_stay_exact(world: World) -> None:
    world.process(*ONE, flows="start>a; a>end")
    key = world.start(x=Decimal("0.10"), y=0.1, z=2**70, many=[1, True, None, "1"])
    kept = own(world, key)
    assert (str(kept[0, "x"]), str(kept[0, "y"]), kept[0, "z"]) == ("0.10", "0.1", 2**70)
    assert kept[0, "many"] == [1, True, None, "1"]


def test_variables_are_set_where_they_are_defined_or_where_one_says(world: World) -> None:
    world.process(*ONE, flows="start>a; a>end")
    key = world.start(x=1)
    task = world.task("a")
    world.run(runtime.set_variables, task, {"inner": 2, "x": 3})
    assert own(world, key) == {(0, "x"): 3, (2, "inner"): 2}
    world.run(runtime.set_variables, task, {"x": 4}, local=True)
    assert own(world, key) == {(0, "x"): 3, (2, "inner"): 2, (2, "x"): 4}
    with pytest.raises(NotFound):
        world.run(runtime.set_variables, key + 1, {"x": 5})  # the start event is over


def test_a_business_id_is_kept(world: World) -> None:
    world.process(*ONE, flows="start>a; a>end")
    key = world.run(runtime.start_process, process_id="p", variables={}, business_id="2026-000123")
    assert world.instance(key).business_id == "2026-000123"
    with pytest.raises(Invalid):
        world.run(runtime.start_process, process_id="p", variables={}, business_id="a\0b")


def test_too_much_state_is_refused(world: World) -> None:
    world.process(*ONE, flows="start>a; a>end")
    with pytest.raises(Invalid) as refused:
        world.start(x="字" * 3_000_000)
    assert refused.value.code == "TOO_LARGE"
    assert world.count("process_instance") == 0


@pytest.mark.parametrize("bad", ["nul\0", "\ud800"])
def test_a_name_no_database_can_hold_is_refused(world: World, bad: str) -> None:
    with pytest.raises(Invalid):
        world.start(bad)
