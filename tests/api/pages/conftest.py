"""The sample month, small, on a real server, and a real browser to look at every page of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import text

from tasks.demo.month import Month, load
from tasks.settings import Settings
from tests.api.conftest import serve
from tests.support import browsing, pages
from tests.support.browsing import Visit, visit
from workflows.store import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.api.conftest import Server


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Made once: nothing here changes what another test looks at."""
    folder = tmp_path_factory.mktemp("pages")
    with serve(folder, hotline="0738-12319") as server:
        load(server.database, Settings(data=folder), Month(cases=20), pages.PASSWORD, lambda _: None)
        yield server


@pytest.fixture(scope="session")
def facts(month: Server) -> dict[str, Any]:
    return pages.facts(month.database)


@pytest.fixture(scope="session")
def data(month: Server, facts: dict[str, Any]) -> str:
    """Everything that was stored, and what the packs bring: their Chinese is data in every language."""
    with read(month.database) as session:
        tables = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        values = [
            value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value)
            for table in tables
            for row in session.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608
            for value in row
        ]
    stored = [orjson.dumps(orjson.loads(one)).decode() if one.startswith(("{", "[")) else one for one in values]
    packs = [file.read_text("utf-8") for file in pages.PACKS.rglob("*") if file.suffix in {".bpmn", ".dmn", ".json"}]
    return "\n".join(stored + packs)


@pytest.fixture(scope="session")
def axe() -> str:
    return (Path(__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing.chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def reader(month: Server, facts: dict[str, Any], chromium: Browser) -> Iterator[Callable[[str, str], Visit]]:
    """Someone with an account and a language; the same person each time they are asked for."""
    known: dict[tuple[str, str], Any] = {}

    def give(account: str, language: str) -> Visit:
        if (account, language) not in known:
            opened = visit(chromium, month.url, language)
            found = opened.__enter__()
            if account:
                found.sign_in(account, pages.PASSWORD)
            known[account, language] = (opened, found)
        return known[account, language][1]

    yield give
    for opened, _ in known.values():
        opened.__exit__(None, None, None)
