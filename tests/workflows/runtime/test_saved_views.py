"""Saved views: one's own, shown to all, renamed and deleted by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.city import settle
from workflows import runtime
from workflows.runtime.errors import Invalid, NotFound
from workflows.runtime.saved_views import MOST, ViewExists
from workflows.store import transaction

if TYPE_CHECKING:
    from tests.support.world import World

ONE, OTHER = "p-0001", "p-0002"


@pytest.fixture
def staffed(world: World) -> World:
    with transaction(world.database) as session:
        settle(session)
    return world


def seen(world: World, person: str) -> list[str]:
    return [view.name for view in world.run(runtime.saved_views, person, actor=None)]


def test_a_view_is_ones_own_until_it_is_shown_to_all(staffed: World) -> None:
    mine = staffed.run(runtime.save_view, " 超期的 ", "light=RED", actor=ONE)
    staffed.run(runtime.save_view, "大家的", "state=filed", shared=True, actor=OTHER)
    assert seen(staffed, ONE) == ["超期的", "大家的"]
    assert seen(staffed, OTHER) == ["大家的"]
    for command in (runtime.rename_view, runtime.delete_view):
        with pytest.raises(NotFound):
            staffed.run(command, mine, *(["x"] if command is runtime.rename_view else []), actor=OTHER)
    staffed.run(runtime.rename_view, mine, "红灯", actor=ONE)
    staffed.run(runtime.rename_view, mine, "红灯", actor=ONE)
    assert seen(staffed, ONE) == ["红灯", "大家的"]
    staffed.run(runtime.delete_view, mine, actor=ONE)
    assert seen(staffed, ONE) == ["大家的"]


def test_a_name_is_there_once_and_not_empty(staffed: World) -> None:
    staffed.run(runtime.save_view, "红灯", "light=RED", actor=ONE)
    staffed.run(runtime.save_view, "红灯", "light=RED", actor=OTHER)
    other = staffed.run(runtime.save_view, "黄灯", "light=YELLOW", actor=ONE)
    with pytest.raises(ViewExists):
        staffed.run(runtime.save_view, "红灯", "", actor=ONE)
    with pytest.raises(ViewExists):
        staffed.run(runtime.rename_view, other, "红灯", actor=ONE)
    for name, query in (("", ""), ("x" * 41, ""), ("x", "y" * 2_001)):
        with pytest.raises(Invalid):
            staffed.run(runtime.save_view, name, query, actor=ONE)


def test_nobody_saves_without_end(staffed: World) -> None:
    for number in range(MOST):
        staffed.run(runtime.save_view, str(number), "", actor=ONE)
    with pytest.raises(Invalid):
        staffed.run(runtime.save_view, "one more", "", actor=ONE)
