"""The citizens' pages in a real browser: on a telephone, without a network, without scripts, to the end of a case."""

from __future__ import annotations

from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import func, select

from tests.api.citizens.conftest import DONE, code_of, elsewhere, handle, plate, report
from tests.api.console.conftest import PASSWORD, city
from tests.support import browsing
from tests.support.browsing import CHROMIUM
from tests.support.pictures import picture
from workflows import runtime
from workflows.governance import cases, organisation
from workflows.runtime import staff
from workflows.store import read, transaction
from workflows.store.tables import Case, Photo, ProcessInstance, StaffAccount, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.api.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
TELEPHONE: Any = {"width": 390, "height": 844}
# What a browser says while it is offline, and of a form that the server did not take.
NOT_THERE = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "400 (Bad Request)")
HOSTILE = """<img src=x onerror="alert(1)"><svg onload=alert(2)>"'>"""
TAPPED = "main button, main .button, main input:not([type=hidden]):not([tabindex]), main select, main summary, main .tiles label"


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
def telephone(chromium: Browser, server: Server, **more: Any) -> Iterator[tuple[BrowserContext, Page]]:
    """Whatever a page complains of, asks of another host or pops up fails the test."""
    seen: list[str] = []
    context = chromium.new_context(viewport=TELEPHONE, locale="zh-CN", **more)
    page = context.new_page()
    page.on(
        "console",
        lambda message: (
            seen.append(f"{message.text} {message.location.get('url')}") if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on(
        "request",
        lambda request: None if request.url.startswith((server.url, "data:", "blob:")) else seen.append(request.url),
    )
    yield context, page
    context.close()
    assert [said for said in seen if not any(one in said for one in NOT_THERE)] == []


def fill_in(page: Page, server: Server, spot: str, text: str = "") -> None:
    page.goto(f"{server.url}/r/{spot}")
    page.check("input[value='E0101-01']")
    page.fill("#text", text)
    # The trap takes whoever is faster than three seconds for a program.
    page.evaluate("document.getElementById('report').opened.value -= 10")


def number_of_cases(server: Server, text: str) -> int:
    with read(server.database) as session:
        return session.scalar(select(func.count()).where(Case.text == text)) or 0


def test_a_report_with_a_photo_is_sent_small_and_answered_with_its_code(chromium: Browser, server: Server, spot: str):
    with telephone(chromium, server) as (_, page):
        fill_in(page, server, spot, "有照片")
        large = picture(size=(4000, 3000))
        page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": large})
        expect(page.locator("#shrunk")).to_contain_text("KB")
        page.click("button.main")
        page.wait_for_selector("[data-state=sent]")
        code = page.inner_text("[data-state=sent] .code").replace(" ", "")
        with read(server.database) as session:
            case = cases.by_code(session, code)
            [photo] = session.scalars(select(Photo).where(Photo.case_key == case.key))
        assert max(photo.width, photo.height) == 1600
        page.click("[data-state=sent] .look")
        page.wait_for_selector("ol.steps")
        assert page.url == f"{server.url}/q", "the code is in no address"
        assert case.number in page.inner_text("main")


def test_without_a_network_a_report_waits_and_is_sent_once(chromium: Browser, server: Server, spot: str):
    with telephone(chromium, server) as (context, page):
        page.goto(f"{server.url}/r/{spot}")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()  # through the worker, which keeps it
        page.wait_for_load_state("networkidle")
        assert page.evaluate("navigator.serviceWorker.controller !== null")
        context.set_offline(True)
        for number, text in enumerate(("第一件离线", "第二件离线"), 1):
            fill_in(page, server, spot, text)
            page.click("button.main")
            expect(page.locator("[data-state=waiting]")).to_have_count(number)
        assert "待发送" in page.inner_text("#queue")
        assert number_of_cases(server, "第一件离线") == 0
        context.set_offline(False)
        expect(page.locator("[data-state=sent]")).to_have_count(2)
        page.reload()
        page.wait_for_selector("[data-state=sent]")
        assert [number_of_cases(server, text) for text in ("第一件离线", "第二件离线")] == [1, 1]
        page.click("[data-state=sent] .drop >> nth=0")
        expect(page.locator("[data-state=sent]")).to_have_count(1)


#: Whoever waits a minute waits six seconds.
HURRIED = "{ const wait = setTimeout; window.setTimeout = (act, time) => wait(act, time === 60000 ? 6000 : time); }"


def test_a_photo_that_takes_longer_than_patience_arrives_as_long_as_it_moves(
    chromium: Browser, server: Server, spot: str
):
    with telephone(chromium, server, service_workers="block") as (context, page):
        page.add_init_script(HURRIED)
        fill_in(page, server, spot, "慢得很")
        noise = Image.effect_noise((400, 300), 80)
        page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": encoded(noise)})
        expect(page.locator("#shrunk")).to_contain_text("KB")
        slow = {"offline": False, "latency": 300, "downloadThroughput": 10_000, "uploadThroughput": 5_000}
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
        page.click("button.main")
        expect(page.locator("#queue .state")).to_contain_text("发送中")
        expect(page.locator("[data-state=sent]")).to_have_count(1, timeout=60_000)
        assert number_of_cases(server, "慢得很") == 1


def encoded(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def test_an_answer_that_was_lost_on_the_way_makes_no_second_case(chromium: Browser, server: Server, spot: str):
    with telephone(chromium, server, service_workers="block") as (context, page):
        fill_in(page, server, spot, "答复丢了")
        lost = []

        def lose(route: Any) -> None:
            if lost:
                route.continue_()
                return
            route.fetch()  # the server has it, the telephone does not know
            lost.append(True)
            route.abort()

        context.route(
            f"{server.url}/r/{spot}", lambda route: lose(route) if route.request.method == "POST" else route.continue_()
        )
        page.click("button.main")
        expect(page.locator("[data-state=waiting] .why")).to_contain_text("没有网络")
        page.reload()
        page.wait_for_selector("[data-state=sent]")
        assert number_of_cases(server, "答复丢了") == 1


def test_what_is_refused_says_why_and_can_be_sent_again(chromium: Browser, server: Server, spot: str):
    with telephone(chromium, server, service_workers="block") as (_, page):
        fill_in(page, server, spot, "太快")
        page.evaluate("document.getElementById('report').opened.value = Math.floor(Date.now() / 1000) + 1")
        page.click("button.main")
        page.wait_for_selector("[data-state=failed]")
        assert "太快" in page.inner_text("#queue .why")
        page.wait_for_timeout(4500)
        page.click("[data-state=failed] .again")
        page.wait_for_selector("[data-state=sent]")
        assert number_of_cases(server, "太快") == 1


def test_without_scripts_from_the_plate_to_the_rating(chromium: Browser, server: Server, spot: str):
    with telephone(chromium, server, java_script_enabled=False) as (_, page):
        page.goto(f"{server.url}/r/{spot}")
        page.click("text=更多问题")
        page.click("text=突发事件")
        page.check("input[value='E0504-01']")
        page.fill("#text", HOSTILE)
        page.set_input_files("#photo", {"name": HOSTILE, "mimeType": "image/jpeg", "buffer": picture()})
        page.wait_for_timeout(3100)
        page.click("button.main")
        code = page.inner_text("#code").replace(" ", "")
        page.click("button.main")
        assert HOSTILE not in page.inner_text("h1")
        handle(server, code)
        page.goto(f"{server.url}/q")
        page.fill("#code", code)
        page.click("button.main")
        page.click("a:has-text('请您评价')")
        page.click("button[value='满意']")
        assert "谢谢您的评价" in page.inner_text("main")
    with read(server.database) as session:
        assert cases.by_code(session, code).satisfaction == "满意"


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
def test_everything_fits_and_is_large_enough_to_tap(
    chromium: Browser, server: Server, spot: str, citizen: httpx.Client, large: bool
):
    code = code_of(report(citizen, spot))
    handle(server, code)
    with telephone(chromium, server) as (_, page):
        page.goto(server.url)
        if large:
            page.click("text=长辈版")
        base = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        assert base == (24 if large else 18)
        for path in ("/", f"/r/{spot}", "/r/", "/q", f"/q#{code}"):
            page.goto("about:blank")
            page.goto(f"{server.url}{path}")
            page.wait_for_load_state("networkidle")
            if "#" in path:
                page.wait_for_selector("ol.steps")
                page.click("a:has-text('请您评价')")
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
            small = page.evaluate(
                """(tapped) => [...document.querySelectorAll(tapped)].filter((one) => one.getClientRects().length)
                   .map((one) => [one.outerHTML.slice(0, 60), (one.closest("label") || one).getBoundingClientRect().height])
                   .filter(([, height]) => height < 48)""",
                TAPPED,
            )
            assert small == [], path


def test_hostile_plates_and_reports_do_nothing(chromium: Browser, server: Server):
    spot = plate(server, elsewhere(name=HOSTILE[:60], address=HOSTILE))
    with telephone(chromium, server) as (_, page):
        fill_in(page, server, spot, HOSTILE)
        page.fill("#place", HOSTILE)
        page.set_input_files("#photo", {"name": HOSTILE, "mimeType": "image/jpeg", "buffer": picture()})
        page.click("button.main")
        page.wait_for_selector("[data-state=sent]")
        page.click("[data-state=sent] .look")
        page.wait_for_selector("ol.steps")
        assert HOSTILE in page.inner_text("main")


def test_the_position_of_the_telephone_is_asked_for_only_on_a_tap(chromium: Browser, server: Server, spot: str):
    here = {"latitude": 27.7333, "longitude": 111.9988, "accuracy": 12}
    with telephone(chromium, server, geolocation=here, permissions=["geolocation"]) as (_, page):
        fill_in(page, server, spot, "定位上报")
        assert page.input_value("input[name=lon]") == ""
        page.click("#locate")
        expect(page.locator("#located")).to_contain_text("12")
        page.click("button.main")
        page.wait_for_selector("[data-state=sent]")
    with read(server.database) as session:
        case = session.scalars(select(Case).where(Case.text == "定位上报")).one()
    assert (case.lon, case.lat) == (111.9988, 27.7333)


def test_a_citizen_and_the_staff_go_round_twice(chromium: Browser, server: Server, spot: str):
    """Reported on a telephone, handled in the console, found wanting, handled again, found good, closed."""
    with telephone(chromium, server) as (_, page), staffed(chromium, server) as desk:
        fill_in(page, server, spot, "围墙根下一堆垃圾")
        page.click("button.main")
        page.wait_for_selector("[data-state=sent]")
        code = page.inner_text("[data-state=sent] .code").replace(" ", "")
        for steps, tap, said in ((DONE, "不满意，重新处置", "重新处置"), (DONE[3:], "满意", "到此办结")):
            for element, answers in steps:
                desk(code, element, answers)
            page.goto("about:blank")
            page.goto(f"{server.url}/q#{code}")
            page.click("a:has-text('请您评价')")
            page.click(f"button:text-is('{tap}')")
            assert said in page.inner_text("main")
    with read(server.database) as session:
        case = cases.by_code(session, code)
    assert (case.state, case.reworks, case.satisfaction) == ("closed", 1, "满意")


@contextmanager
def staffed(chromium: Browser, server: Server) -> Iterator[Callable[[str, str, dict[str, str]], None]]:
    """The people whose task it is, each signed in to the console: ``desk(code, element, answers)`` does one task."""
    pages: dict[str, Page] = {}

    def desk(code: str, element: str, answers: dict[str, str]) -> None:
        key, person = task_of(server, code, element)
        page = pages.get(person)
        if page is None:
            page = pages[person] = chromium.new_context(viewport={"width": 1366, "height": 800}).new_page()
            page.goto(f"{server.url}/console/login")
            page.fill("#account", person)
            page.fill("#password", PASSWORD)
            page.click("button.main")
        page.goto(f"{server.url}/console/tasks/{key}")
        for name, value in answers.items():
            if page.locator(f"input[name={name}][type=radio]").count():
                page.check(f"input[name={name}][value='{value}']")
            else:
                page.fill(f"[name={name}]", value)
        page.click("main button.main")
        page.wait_for_url("**/tasks?done=completed")

    yield desk
    for page in pages.values():
        page.context.close()


def task_of(server: Server, code: str, element: str) -> tuple[int, str]:
    """The open task and someone who may do it, with an account."""
    with transaction(server.database) as session:
        open_task = (
            select(UserTask.key, UserTask.candidate_groups)
            .join(ProcessInstance, ProcessInstance.key == UserTask.process_instance_key)
            .where(ProcessInstance.case_id == cases.by_code(session, code).key)
            .where(UserTask.element_id == element, UserTask.state == "CREATED")
        )
        key, groups = session.execute(open_task).one()
        person = organisation.members(session, groups[0], runtime.now(session))[0]
        if session.get(StaffAccount, person) is None:
            staff.create_account(session, person, PASSWORD, person=person, roles=[], actor="tests")
    return key, person
