"""By the keyboard alone, with motion reduced, and on paper."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from tests.api.console.conftest import PASSWORD, city
from tests.support import browsing
from tests.support.browsing import CHROMIUM, visit
from workflows.store import read
from workflows.store.tables import Event, UserTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.api.conftest import Server
    from tests.support.browsing import Visit

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
STEPS = 80  # of the Tab key, after which something counts as out of reach
#: Whether what has the focus is seen to have it.
SEEN = """() => {
    const style = getComputedStyle(document.activeElement), box = document.activeElement.getBoundingClientRect();
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.bottom > 0;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with city(tmp_path_factory.mktemp("keyboard"), "sqlite") as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing.chromium() as browser:
        yield browser


@pytest.fixture
def lead(server: Server, chromium: Browser) -> Iterator[Visit]:
    """Signed in by the keyboard: the name has the focus when the page opens."""
    with visit(chromium, server.url, reduced_motion="reduce") as looking:
        looking.go("/console/login")
        reach(looking.page, "#account")
        looking.page.keyboard.type("lead")
        reach(looking.page, "#password")
        looking.page.keyboard.type(PASSWORD)
        looking.page.keyboard.press("Enter")
        looking.page.wait_for_url("**/console/tasks")
        yield looking
        assert looking.faults() == []


def reach(page: Page, selector: str) -> None:
    """With the Tab key, from wherever the focus is; each stop on the way is seen."""
    for _ in range(STEPS):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
        where = page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        assert page.evaluate("document.activeElement === document.body") or page.evaluate(SEEN), where
    pytest.fail(f"{selector} is out of reach")


def test_the_first_stop_skips_to_the_page(lead: Visit):
    lead.go("/console/cases")
    lead.page.keyboard.press("Tab")
    assert lead.page.evaluate("document.activeElement.className") == "skip"
    assert lead.page.evaluate(SEEN)
    lead.page.keyboard.press("Enter")
    lead.page.keyboard.press("Tab")
    assert lead.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_case_is_found_and_urged(server: Server, lead: Visit, case: str):
    lead.go("/console/cases")
    reach(lead.page, "input[name=text]")
    lead.page.keyboard.type(case)
    lead.page.keyboard.press("Enter")
    lead.page.wait_for_url("**/cases?text=*")
    reach(lead.page, f"a[href$='/cases/{case}']")
    lead.page.keyboard.press("Enter")
    lead.page.wait_for_url(f"**/cases/{case}")
    reach(lead.page, "a[href$='/act/urge']")
    lead.page.keyboard.press("Enter")
    lead.page.wait_for_url("**/act/urge")
    reach(lead.page, "#reason")
    lead.page.keyboard.type("市民第二次来电")
    reach(lead.page, "main form button.main")
    lead.page.keyboard.press("Enter")
    lead.page.wait_for_selector(".flash")
    with read(server.database) as session:
        details = session.scalars(select(Event.details).where(Event.tag == "user-task:urge")).one()
    assert details["reason"] == "市民第二次来电"


def test_a_task_is_completed(server: Server, chromium: Browser, work: Any):
    with visit(chromium, server.url) as looking:
        looking.sign_in(work.first, PASSWORD)
        looking.go(f"/console/tasks/{work.key}")
        page = looking.page
        reach(page, "main form input[type=radio]")
        page.keyboard.press("Space")
        reach(page, "button.main")
        page.keyboard.press("Enter")
        page.wait_for_url("**/tasks?done=completed")
        assert looking.faults() == []
    with read(server.database) as session:
        assert session.scalars(select(UserTask.completed_by).where(UserTask.key == work.key)).one() == work.first


def test_nothing_moves_for_whoever_wants_no_motion(lead: Visit, case: str):
    for address in ("/console/tasks", "/console/monitor", f"/console/cases/{case}?tab=diagram"):
        lead.go(address)
        moving = lead.page.evaluate(
            "document.getAnimations().filter(({ playState }) => playState === 'running').length"
        )
        assert moving == 0, address


@pytest.mark.parametrize("path", ["/console/cases/{case}", "/console/cases/{case}?tab=timeline", "/console/reports"])
def test_a_page_on_paper_is_what_it_says_and_nothing_around_it(lead: Visit, case: str, path: str):
    lead.go(path.format(case=case))
    pages = PdfReader(io.BytesIO(lead.page.pdf(prefer_css_page_size=True))).pages
    text = normalize("NFKC", "".join(one.extract_text() for one in pages)).replace(" ", "")
    assert ("月报" if "reports" in path else case) in text
    assert "退出" not in text
    assert "点位与牌子" not in text
    assert len(pages) <= 4
