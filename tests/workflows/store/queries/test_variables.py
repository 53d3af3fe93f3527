from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from tests.support.databases import KINDS, database_url, opened
from tests.support.world import World
from workflows.store import read
from workflows.store.queries.variables import variables, visible_variables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with database_url(request.param, tmp_path) as url, opened(url) as database:
        yield World(database)


def test_each_scope_has_its_own_and_an_element_sees_the_innermost(world: World) -> None:
    inner = d.sub(
        "inner",
        d.start("begin"),
        d.user("a", d.io(inputs={"z": "=x + y", "x": "=9"})),
        d.end("done"),
        flows="begin>a; a>done",
        extensions=d.io(inputs={"y": "=2"}),
    )
    world.process(d.start(), inner, d.end(), flows="start>inner; inner>end")
    key = world.start(x=1)
    task = world.task("a")
    with read(world.database) as session:
        own = {(one.scope_key == key, one.name): one.value for one in variables(session, key)}
        seen = {one.name: one.value for one in visible_variables(session, key, task)}
        assert variables(session, 99 << 20) == []
    assert own == {(True, "x"): 1, (False, "y"): 2, (False, "z"): 3, (False, "x"): 9}
    assert seen == {"x": 9, "y": 2, "z": 3}


def test_variables_of_an_ended_instance_can_be_read(world: World) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows="start>a; a>end")
    key = world.start(x=1)
    world.complete("a", y=2)
    with read(world.database) as session:
        assert {one.name: one.value for one in variables(session, key)} == {"x": 1, "y": 2}
