"""What a page asks of the database does not grow with the number of rows it shows."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api.console.pages import NAVIGATION
from tasks.bench.pages import counted
from tasks.deadlines import sweep
from tasks.packs import deploy_pack
from tests.api.console.conftest import CONDITIONS, PACKS, REPORT, Browser, city
from workflows import runtime
from workflows.governance import cases
from workflows.store import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Server

FEW, MANY = 3, 30
ACTOR = "tests"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What is asked is the same on both databases."""
    with city(tmp_path_factory.mktemp("counts"), "sqlite") as started:
        deploy_pack(started.database, PACKS / "joint-rectification", actor=ACTOR)
        yield started


def fill(server: Server, begin: int, end: int) -> None:
    """So many cases with clocks that are overdue and have climbed, and as many incidents."""
    for number in range(begin, end):
        fields = REPORT | {"lat": REPORT["lat"] + number / 1000, "conditionCode": CONDITIONS[number % 2]}
        with transaction(server.database) as session:
            case = cases.report(session, fields, now=runtime.now(session))
            variables: dict[str, Any] = {"case": cases.variables(case)}
            about = {"business_id": case.number, "case_id": case.key, "actor": ACTOR}
            runtime.start_process(session, process_id="case-handling", variables=variables, **about)
            wrong = {"request": {"reason": "示例"}, "matter": {"conditionCode": "X"}, "location": {"grid": "G07"}}
            runtime.start_process(session, process_id="joint-rectification", variables=wrong, actor=ACTOR)
    with transaction(server.database) as session:
        runtime.pin_clock(session, runtime.now(session) + timedelta(days=1), actor=ACTOR)
    sweep(server.database)


def asked(server: Server, browser: Browser, pages: list[str]) -> dict[str, int]:
    """Statements of each page, the second time it is asked for."""
    found = {}
    with counted(server.database) as statements:
        for page in pages:
            for _ in range(2):
                statements.clear()
                assert browser.get(page).status_code == 200, page
                found[page] = len(statements)
    return found


def kind(page: str) -> str:
    return re.sub(r"=[^&]*", "=", re.sub(r"\d+(-\d+)?", "0", page))


def pages_of(browser: Browser) -> list[str]:
    """The pages of the navigation, and the first of each kind that they link to."""
    pages = [f"/{path}" for path, _, _ in NAVIGATION]
    linked: dict[str, str] = {}
    for page in pages:
        for link in browser.page(page).xpath("//main//a/@href"):
            path = str(link).removeprefix("/console")
            if str(link).startswith("/console/") and ".csv" not in path:
                linked.setdefault(kind(path), path)
    return list(dict.fromkeys([*pages, *linked.values()]))


def test_a_page_asks_as_much_for_many_rows_as_for_few(server: Server) -> None:
    with Browser(server) as browser:
        browser.sign_in("lead")
        fill(server, 0, FEW)
        pages = pages_of(browser)
        assert len(pages) > len(NAVIGATION)
        few = asked(server, browser, pages)
        fill(server, FEW, MANY)
        many = asked(server, browser, pages)
        rows = browser.page("/cases").xpath("//tbody/tr")
    assert len(rows) == MANY
    assert many == few
