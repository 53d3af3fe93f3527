"""Text that tries to break out, wherever somebody's words are kept: on no page and in no file does it do anything."""

from __future__ import annotations

import csv
import io
import sqlite3
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from api.console.cells import FORMULAS
from tests.api.conftest import serve
from tests.api.console.conftest import Browser
from tests.support import hostile
from tests.support.browsing import CHROMIUM, Visit, visit
from tests.support.pages import ALL, GRID, NOBODY, PAGES, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser as Chromium

    from tests.api.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: What would have happened: a script of theirs ran, or stands ready to be clicked.
DONE = """() => [
    ...(window.hacked ? [`a script ran: ${window.hacked}`] : []),
    ...[...document.querySelectorAll("[href], [src], [action]")].flatMap((one) => ["href", "src", "action"].map((name) => one.getAttribute(name)))
        .filter((address) => address && /^\\s*javascript:/i.test(address)),
    ...[...document.querySelectorAll("*")].flatMap((one) => [...one.attributes]).filter(({ name }) => name.startsWith("on")).map(({ name }) => name),
]"""


@pytest.fixture(scope="module")
def planted(month: Server, facts: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The sample month again, with every text in it replaced."""
    with serve(tmp_path_factory.mktemp("hostile"), data=month.app.state.settings.data) as server:
        source, target = (sqlite3.connect(str(one.database.engine.url.database)) for one in (month, server))
        source.backup(target)
        source.close()
        target.close()
        hostile.plant(server.database)
        yield server


@pytest.fixture(scope="module")
def readers(planted: Server, chromium: Chromium) -> Iterator[dict[str, Visit]]:
    with (
        visit(chromium, planted.url) as everything,
        visit(chromium, planted.url) as grid,
        visit(chromium, planted.url) as nobody,
    ):
        everything.sign_in(ALL, PASSWORD)
        grid.sign_in(GRID, PASSWORD)
        yield {ALL: everything, GRID: grid, NOBODY: nobody}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("route", PAGES)
def test_a_page_shows_it_as_text(readers: dict[str, Visit], facts: dict[str, Any], route: str):
    account, addresses = PAGES[route]
    looking = readers[account]
    for address in addresses:
        looking.go(address.format_map(facts))
        found = looking.page.evaluate(DONE) + looking.wide() + looking.faults()
        assert not found, f"{address}\n" + "\n".join(found)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_it_was_planted(readers: dict[str, Visit], facts: dict[str, Any]):
    """Or the pages above would be empty of it."""
    looking = readers[ALL]
    for address in (
        "/console/cases",
        "/console/cases/{case}",
        "/console/messages",
        "/console/spots/plates",
        "/console/overdue",
    ):
        looking.go(address.format_map(facts))
        assert all(
            one in looking.page.content().replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">")
            for one in hostile.TRIED[:2]
        ), address
    looking.go("/console/cases/{case}?tab=diagram".format_map(facts))
    assert looking.page.locator(".diagram text", has_text="window.hacked").count() > 0


@pytest.fixture
def lead(planted: Server) -> Iterator[Browser]:
    with Browser(planted) as browser:
        assert browser.sign_in(ALL, PASSWORD).status_code == 200
        yield browser


def test_no_cell_of_a_list_is_a_formula(lead: Browser):
    rows = list(csv.reader(io.StringIO(lead.get("/cases.csv").content.decode("utf-8-sig"))))
    assert any("=1+1" in cell for row in rows for cell in row)
    assert [cell for row in rows for cell in row if cell.startswith(FORMULAS)] == []


@pytest.mark.parametrize("path", ["/cases.xlsx", "/reports.xlsx?by=area", "/reports.xlsx?by=unit"])
def test_no_cell_of_a_workbook_is_a_formula_or_a_link(lead: Browser, path: str):
    with zipfile.ZipFile(io.BytesIO(lead.get(path).content)) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert sheets
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)


def test_a_variable_is_handed_out_as_a_file(lead: Browser, facts: dict[str, Any]):
    answer = lead.get("/cases/{case}/variables/{scope}/case".format_map(facts))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(("text/plain", "application/json"))
    assert answer.headers["x-content-type-options"] == "nosniff"
