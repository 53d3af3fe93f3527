from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.databases import KINDS, database_url, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workflows.store import Database


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with opened(url) as database:
        yield database
