"""`bihuan reorganise`: what is ahead, and handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from tasks.cli import app
from tests.support.city import settle
from tests.support.world import LADDER, World
from tests.workflows.governance.test_successions import reorganised
from tests.workflows.runtime.test_reorganising import AFTER, BEFORE, HANDLING
from workflows.governance import organisation
from workflows.runtime import Resource
from workflows.store import Database, transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AHEAD = "2026-04-01 消防（示例部门） (fire) → 住建（示例部门） (housing),示例〔2026〕1号"


@pytest.fixture
def world(database: Database, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("BIHUAN_DATA", str(tmp_path))
    return World(database)


@pytest.fixture
def bihuan(world: World) -> Callable[..., Any]:
    with transaction(world.database) as session:
        settle(session)
        organisation.load(session, reorganised(("fire", "housing", "2026-04-01")))
    world.deploy(HANDLING, Resource("ladder.dmn", LADDER))
    world.pin(BEFORE)
    for _ in range(3):
        world.start("handling", who="handler@fire", back=False)
    return lambda *arguments: CliRunner().invoke(app, ["reorganise", *arguments])


def test_it_lists_what_is_ahead_and_refuses_to_be_early(bihuan: Callable[..., Any]) -> None:
    assert bihuan().output == f"{AHEAD}: 未到日期 pending\n"
    early = bihuan("fire")
    assert (early.exit_code, "SUCCESSION_NOT_DUE" in early.output) == (1, True)


def test_it_hands_over_and_says_how_much(bihuan: Callable[..., Any], world: World) -> None:
    world.pin(AFTER)
    assert bihuan("fire", "--reason", "提前办理移交").output == f"{AHEAD}: 已移交 done,3/3 件 instances\n"
    assert {row.holder for row in world.deadlines()} == {"handler@housing"}


def test_where_no_unit_has_a_successor_it_says_so(world: World) -> None:
    assert "no unit has a successor" in CliRunner().invoke(app, ["reorganise"]).output
