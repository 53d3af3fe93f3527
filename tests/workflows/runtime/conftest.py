from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.city import city, session
from tests.support.databases import KINDS, database_url, opened
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["city", "session", "url", "world"]


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def world(url: str) -> Iterator[World]:
    """Whatever a test does, the invariants hold afterwards."""
    with opened(url) as database:
        world = World(database)
        yield world
        assert world.verify() == []
