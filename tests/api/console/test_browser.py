"""The console in a real browser: the loop from a report to its diagram, on a desk and on a telephone."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from tests.api.console.conftest import PASSWORD, REPORT, Work, city
from tests.support import browsing
from tests.support.browsing import CHROMIUM
from workflows.store import read, transaction
from workflows.store.tables import UserTask
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.api.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
DESK, TELEPHONE = {"width": 1366, "height": 800}, {"width": 390, "height": 844}
HOSTILE = """<img src=x onerror="alert(1)"><svg onload=alert(2)>"'>javascript:alert(3){{7*7}}"""
NUMBERS = count()
# Reads the page anew so often; what differs each time is the time it was counted at.
MANY_CHANGES = "async (times) => { for (let i = 0; i < times; i++) await refresh(); }"
PAGES = ("tasks", "messages", "monitor", "cases", "overdue", "incidents", "processes", "calendar", "spots")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A browser sees no difference between databases."""
    with city(tmp_path_factory.mktemp("browser"), "sqlite") as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing.chromium() as browser:
        yield browser


@contextmanager
def watched(chromium: Browser, server: Server, size: dict[str, int], account: str) -> Iterator[Page]:
    """Someone signed in; whatever a page says on the console, asks of another host or pops up fails the test."""
    seen: list[str] = []
    context = chromium.new_context(viewport=size, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.on("console", lambda message: seen.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: None if is_ours(server, request.url) else seen.append(request.url))
    page.goto(f"{server.url}/console/login")
    page.fill("#account", account)
    page.fill("#password", PASSWORD)
    page.click("button.main")
    try:
        yield page
    finally:
        context.close()
    assert seen == []


def is_ours(server: Server, url: str) -> bool:
    return url.startswith((f"{server.url}/console", "data:", "blob:"))


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def number_of(server: Server, work: Work) -> str:
    with read(server.database) as session:
        return session.scalars(select(Case.number).order_by(Case.key.desc())).first() or ""


def test_what_was_sent_after_the_session_had_ended_is_there_again(chromium: Browser, server: Server, work: Work):
    with watched(chromium, server, TELEPHONE, work.first) as page:
        page.goto(f"{server.url}/console/tasks/{work.key}")
        page.check("input[name=result][value='不属实']")
        page.fill("textarea[name=reason]", "现场没有看到")
        page.context.clear_cookies(name="bihuan_session")
        page.click("button.main")
        page.fill("#account", work.first)
        page.fill("#password", PASSWORD)
        page.click("button.main")
        assert page.url == f"{server.url}/console/tasks/{work.key}", "the page it was sent from"
        assert page.input_value("textarea[name=reason]") == "现场没有看到"
        assert page.is_checked("input[name=result][value='不属实']")
        page.click("button.main")
        page.wait_for_url("**/tasks?done=completed")
        assert page.evaluate("sessionStorage.length") == 0


def test_a_worker_completes_a_task_on_a_telephone(chromium: Browser, server: Server, work: Work):
    with watched(chromium, server, TELEPHONE, work.first) as page:
        page.click("text=可领取")
        page.click(f"a[href$='/tasks/{work.key}']")
        assert fits(page)
        page.click("button:has-text('存草稿')")
        page.click("label:has-text('属实') >> nth=0")
        page.fill("textarea[name=reason]", "现场核实无误")
        page.click("button.main")
        page.wait_for_selector(".flash")
    with read(server.database) as session:
        assert session.scalars(select(UserTask.completed_by).where(UserTask.key == work.key)).one() == work.first


@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_a_supervisor_sees_on_the_diagram_where_the_case_stands(
    chromium: Browser, server: Server, work: Work, size: dict[str, int]
):
    with watched(chromium, server, size, "lead") as page:
        page.goto(f"{server.url}/console/cases/{number_of(server, work)}?tab=diagram")
        page.wait_for_selector("[data-drawn]")
        assert page.locator(".diagram .here").count() > 0
        assert page.locator(".diagram .badge").count() > 0
        assert watermark_is_on_top(page)
        assert fits(page)


def watermark_is_on_top(page: Page) -> Any:
    """As the licence of bpmn-js wants it: fully visible, nothing over it."""
    return page.evaluate(
        """() => {
            const mark = document.querySelector(".bjs-powered-by");
            mark.scrollIntoView({ block: "center" });
            const box = mark.getBoundingClientRect();
            return box.width > 0 && mark.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
        }"""
    )


@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_hostile_text_does_nothing_on_any_page(chromium: Browser, server: Server, work: Work, size: dict[str, int]):
    with transaction(server.database) as session:
        number = number_of(server, work)
        session.execute(update(Case).where(Case.number == number).values(text=HOSTILE, address=HOSTILE))
        session.execute(update(UserTask).where(UserTask.key == work.key).values(name=HOSTILE))
    with watched(chromium, server, size, "lead") as page:
        for path in (*PAGES, f"cases/{number}", f"tasks/{work.key}", "login?next=javascript:alert(4)"):
            page.goto(f"{server.url}/console/{path}")
            assert fits(page), path
        page.goto(f"{server.url}/console/cases/{number}?tab=diagram")
        page.wait_for_selector("[data-drawn]")
        page.goto(f"{server.url}/console/cases/{number}")
        assert HOSTILE in page.inner_text("main")


def test_everything_but_the_drawing_works_without_scripts(chromium: Browser, server: Server, work: Work):
    context = chromium.new_context(viewport=TELEPHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{server.url}/console/login?next=/tasks/{work.key}")
    page.fill("#account", work.second)
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.click("label:has-text('属实') >> nth=0")
    page.click("button.main")
    assert page.url.endswith("/console/tasks?done=completed")
    context.close()


HIDDEN_FOR_A_MOMENT = """() => {
    const map = document.querySelector("[data-map]");
    for (const hidden of ["none", ""]) {
        map.style.display = hidden;
        dispatchEvent(new Event("resize"));
    }
}"""


def test_the_map_is_drawn_with_its_numbers_and_opened_by_the_keyboard(chromium: Browser, server: Server, work: Work):
    with watched(chromium, server, DESK, "lead") as page:
        page.goto(f"{server.url}/console/monitor")
        page.wait_for_selector("[data-map][data-drawn]")
        page.evaluate(HIDDEN_FOR_A_MOMENT)
        grids = page.locator(".map path.grid")
        assert grids.count() == page.locator("#grids [data-place]").count()
        row = page.locator("#grids [data-place]:not([data-number='0'])").first
        said = row.get_attribute("data-said")
        grid = page.locator(f".map path[aria-label='{said}']")
        assert f"shade-{row.get_attribute('data-shade')}" in (grid.get_attribute("class") or "")
        numbers = page.locator(".map .grid-number:visible").all_inner_texts()
        assert numbers == page.locator("#grids [data-place]:not([data-number='0'])").evaluate_all(
            "rows => rows.map((row) => row.dataset.number)"
        )
        link = row.locator("a").first.get_attribute("href")
        grid.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{server.url}{link}")


def report(server: Server, **changes: Any) -> None:
    """Another case; far from all others, so that it is taken for no repetition."""
    place = {"lon": REPORT["lon"] - 0.002, "lat": REPORT["lat"] + 0.002 * next(NUMBERS)}
    with server.client("desk", **{"idempotency-key": f"live-{uuid4()}"}) as desk:
        desk.post("/cases", json=REPORT | place | changes).raise_for_status()


def beside(server: Server) -> dict[str, Any]:
    """Sixty metres from the last case, of its kind: whoever has that one gets it."""
    with read(server.database) as session:
        last = session.scalars(select(Case).order_by(Case.key.desc())).first()
    assert last is not None
    return {"lon": last.lon + 0.0006, "lat": last.lat, "conditionCode": last.condition_code}


def has_streams(page: Page, server: Server, number: int) -> bool:
    """After a while at most."""
    for _ in range(100):
        if server.app.state.changes.open == number:
            return True
        page.wait_for_timeout(100)
    return False


def open_cases(page: Page) -> int:
    return int(page.inner_text("a[href$='/cases?open=true'] strong"))


def test_the_overview_shows_a_new_case_by_itself(chromium: Browser, server: Server, work: Work):
    with watched(chromium, server, DESK, "lead") as page:
        page.goto(f"{server.url}/console/monitor")
        page.wait_for_selector("[data-live-state]:not([hidden])")
        page.wait_for_selector("[data-drawn]")
        before = open_cases(page)
        report(server)
        page.wait_for_selector(f"a[href$='/cases?open=true'] strong:text-is('{before + 1}')")
        assert page.inner_text("[data-live-state]") == "自动更新中"
        shown = sum(int(text) for text in page.locator(".map .grid-number:visible").all_inner_texts())
        assert shown == before + 1, "the map is coloured by the new numbers"


def test_a_list_says_what_is_new_and_does_not_move(chromium: Browser, server: Server, work: Work):
    with watched(chromium, server, TELEPHONE, work.first) as page:
        page.goto(f"{server.url}/console/tasks?list=claimable")
        page.wait_for_selector("[data-live-state]:not([hidden])")
        rows = page.locator("[data-key]").evaluate_all("rows => rows.map((row) => row.dataset.key)")
        report(server, **beside(server))
        page.wait_for_selector("[data-live-news]:not([hidden])")
        assert "新增 1 条" in page.inner_text("[data-live-news]")
        assert page.locator("[data-key]").evaluate_all("rows => rows.map((row) => row.dataset.key)") == rows
        assert fits(page)
        page.click("[data-live-news] a")
        assert page.locator("[data-key]").count() == len(rows) + 1


def test_a_page_that_is_open_for_a_day_does_not_grow(chromium: Browser, server: Server, work: Work):
    with watched(chromium, server, DESK, "lead") as page:
        page.goto(f"{server.url}/console/monitor")
        page.wait_for_selector("[data-drawn]")
        tools = page.context.new_cdp_session(page)
        tools.send("Performance.enable")

        def size() -> dict[str, float]:
            for _ in range(3):
                tools.send("HeapProfiler.collectGarbage")
            metrics = tools.send("Performance.getMetrics")["metrics"]
            return {one["name"]: one["value"] for one in metrics if one["name"] in {"Nodes", "JSEventListeners"}}

        page.evaluate(MANY_CHANGES, 5)
        before = size()
        page.evaluate(MANY_CHANGES, 60)
        after = size()
        assert after["JSEventListeners"] <= before["JSEventListeners"]
        assert after["Nodes"] <= before["Nodes"] * 1.05


def test_a_hidden_or_left_page_holds_no_stream(chromium: Browser, server: Server, work: Work):
    with watched(chromium, server, DESK, "lead") as page:
        page.goto(f"{server.url}/console/overdue")
        page.wait_for_selector("[data-live-state]:not([hidden])")
        assert has_streams(page, server, 1)
        page.goto(f"{server.url}/console/messages")
        assert has_streams(page, server, 0)


@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_a_case_is_read_tab_by_tab_and_its_elements_are_picked_by_a_click(
    chromium: Browser, server: Server, work: Work, size: dict[str, int]
):
    number = number_of(server, work)
    with watched(chromium, server, size, "lead") as page:
        for tab in ("overview", "timeline", "materials", "decisions", "data", "waits", "audit"):
            page.goto(f"{server.url}/console/cases/{number}?tab={tab}")
            assert fits(page), tab
        page.goto(f"{server.url}/console/cases/{number}?tab=diagram")
        page.wait_for_selector("[data-drawn]")
        assert page.locator(".diagram .taken").count() > 0, "the path that was taken"
        assert page.locator(".badge.clock").count() > 0, "how long it waits, and its clock"
        page.click(".zoom button >> nth=2")
        assert watermark_is_on_top(page)
        page.goto(f"{server.url}/console/cases/{number}/act/modify")
        page.wait_for_selector("[data-drawn]")
        page.click("[data-element-id='filing'] >> nth=0", force=True)
        page.click("[data-element-id='collection'] >> nth=0", force=True)
        assert page.input_value("select[name=target]") == "filing"
        chosen = page.locator("select[name=source] option:checked").inner_text()
        assert chosen.endswith("(collection)")
        assert fits(page)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3440, 1080), (1366, 768)])
def test_the_wall_fits_its_screen_and_needs_no_hand(
    chromium: Browser, server: Server, work: Work, width: int, height: int
):
    with watched(chromium, server, {"width": width, "height": height}, "lead") as page:
        page.goto(f"{server.url}/console/wall")
        page.wait_for_selector("[data-map][data-drawn]")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert fits(page)
        before = int(page.inner_text(".counts strong >> nth=0"))
        report(server)
        page.wait_for_selector(f".counts div:first-child strong:text-is('{before + 1}')")
