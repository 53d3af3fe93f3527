"""The calendar page: a holiday notice is tried, refused beside what was typed, confirmed with a reason, and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lxml import html
from sqlalchemy import func, select

from tests.api.conftest import start
from tests.api.console.conftest import PASSWORD, Browser
from tests.support import diagrams as d
from tests.support.notices import OF_2027, days, notice
from workflows import runtime
from workflows.runtime import holiday_notices, staff
from workflows.store import read, transaction
from workflows.store.tables import Event, HolidayNotice

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.api.conftest import Server

TEXT = notice(2027, OF_2027).decode()
DRAWN = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "work_day", number: 5}')
CLOCKED = d.bpmn(d.start(), d.user("handle", DRAWN), d.end(), flows="start>handle; handle>end", process_id="clocked")


@pytest.fixture(scope="module")
def instances(server: Server) -> list[str]:
    """Three with a deadline that runs into 2027; an administrator who may import."""
    with server.client() as admin:
        admin.put("/v2/clock", json={"timestamp": 1_798_419_600_000}).raise_for_status()  # 2026-12-28 09:00
        admin.post("/v2/deployments", files=[("resources", ("clocked.bpmn", CLOCKED))]).raise_for_status()
        started = [start(admin, "clocked") for _ in range(3)]
    with transaction(server.database) as session:
        staff.create_account(session, "chief", PASSWORD, person="p-0003", roles=["admin"], actor="tests")
    return started


@pytest.fixture
def chief(server: Server, instances: list[str]) -> Iterator[Browser]:
    with Browser(server) as browser:
        browser.sign_in("chief")
        yield browser


def send(browser: Browser, verb: str, file: bytes | None = None, **fields: str) -> httpx.Response:
    files = {"file": ("2027.json", file)} if file is not None else {"file": ("", b"")}
    return browser.http.post(f"/console/calendar/{verb}", data=fields, files=files, headers={"origin": browser.origin})


def page_of(answer: httpx.Response) -> Any:
    return html.fromstring(answer.text)


def number_of_notices(server: Server) -> int:
    with read(server.database) as session:
        return session.scalar(select(func.count()).select_from(HolidayNotice)) or 0


def counted(answer: httpx.Response) -> dict[str, str]:
    return {cell.get("data-count"): cell.text for cell in page_of(answer).xpath("//td[@data-count]")}


def test_a_year_is_shown_day_by_day(lead: Browser):
    page = lead.page("/calendar?year=2026")
    assert len(page.xpath("//table[@class='month']")) == 12
    off = page.xpath("(//table[@class='month'])[10]//td[@class='off']/text()")
    assert off[:3] == ["1", "2", "3"], "the first days of October"
    assert page.xpath("//tr[td[1]/a='2026']//span[contains(@class, 'GREEN')]/text()") == ["正式"]
    assert page.xpath("//tr[td[1]/a='2027']//span[contains(@class, 'YELLOW')]/text()") == ["暂定"]


@pytest.mark.parametrize("year", ["0", "9999", "99999999999", "x", "-1"])
def test_a_year_that_nobody_knows_is_this_one(lead: Browser, year: str):
    assert len(lead.page(f"/calendar?year={year}").xpath("//table[@class='month']")) == 12


def test_who_may_not_import_sees_no_form_and_is_refused(server: Server, lead: Browser):
    assert lead.page("/calendar").xpath("//textarea") == []
    for verb in ("preview", "import"):
        assert send(lead, verb, notice=TEXT, reason="x").status_code == 403
    assert number_of_notices(server) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "请粘贴放假通知"),
        ("<b>not json", "请求体不是 JSON:第 1 行第 1 列"),
        ('{"year": 2027', "请求体不是 JSON"),
        ("[]", "放假通知须为"),
        (notice(2027, [*OF_2027, *days("元旦", "2027-01-01", 1)]).decode(), "日期重复"),
        (notice(2027, OF_2027[3:]).decode(), "法定节日缺少放假日"),
        (notice(2027, [*OF_2027, *days("春节", "2027-03-01", 0, ["2027-03-01"])]).decode(), "调休上班日本来就是工作日"),
    ],
)
@pytest.mark.parametrize("verb", ["preview", "import"])
def test_what_is_wrong_is_said_beside_what_was_typed(server: Server, chief: Browser, verb: str, text: str, said: str):
    answer = send(chief, verb, notice=text, earlier="true", reason="公布")
    assert answer.status_code == 400
    page = page_of(answer)
    assert said in page.xpath("string(//p[@role='alert'])")
    assert said in page.xpath("string(//div[textarea[@id='notice']]/p[@class='error'])")
    assert page.xpath("string(//textarea[@id='notice'])").strip() == text.strip()
    assert page.xpath("//input[@name='earlier'][@type='checkbox']/@checked")
    assert page.xpath("//form[contains(@action, '/import')]") == []
    assert number_of_notices(server) == 0


def test_a_file_takes_the_place_of_the_text(chief: Browser):
    answer = send(chief, "preview", b"\xef\xbb\xbf" + TEXT.encode(), notice="old")
    assert answer.status_code == 200
    assert page_of(answer).xpath("string(//textarea[@id='notice'])").strip() == TEXT
    assert "不是 UTF-8" in send(chief, "preview", b"\xff\xfe").text
    assert send(chief, "preview", b"x" * 300_000).status_code == 413


def test_a_notice_is_tried_then_confirmed_with_a_reason(server: Server, chief: Browser):
    tried = send(chief, "preview", notice=TEXT)
    assert tried.status_code == 200
    assert counted(tried) | {"crossing": "3", "later": "3", "official": "3", "earlier": "0"} == counted(tried)
    assert len(page_of(tried).xpath("//td[contains(@class, 'changed')]")) == len(
        page_of(tried).xpath("//ul[@class='days']/li")
    )
    assert number_of_notices(server) == 0

    (kept,) = page_of(tried).xpath("//form[contains(@action, '/import')]//textarea")
    without = send(chief, "import", notice=kept.text, reason=" ")
    assert without.status_code == 400
    assert "请写明理由" in without.text
    assert counted(without) == counted(tried), "the preview is still there"
    assert number_of_notices(server) == 0

    done = send(chief, "import", notice=kept.text, reason="国办发明电已公布")
    assert done.url.path == "/console/calendar"
    assert "通知已导入" in done.text
    assert page_of(done).xpath("//tr[td[1]/a='2027']//span[contains(@class, 'GREEN')]/text()") == ["正式"]
    with read(server.database) as session:
        row = session.scalars(select(HolidayNotice)).one()
        event = session.scalars(select(Event).where(Event.tag == "calendar:import")).one()
    assert (row.year, row.actor, row.reason) == (2027, "p-0003", "国办发明电已公布")
    assert (event.actor, event.details["reason"]) == ("p-0003", "国办发明电已公布")

    assert "已经导入过" in send(chief, "preview", notice=TEXT).text
    assert "没有变化" in send(chief, "import", notice=TEXT, reason="再来").text
    assert number_of_notices(server) == 1


def test_how_far_the_counting_has_come_is_shown_until_it_is_done(
    server: Server, chief: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(holiday_notices, "AT_ONCE", 1)
    more = notice(2027, [*OF_2027, *days("元旦", "2027-01-04", 1)]).decode()
    page = page_of(send(chief, "import", notice=more, reason="更正"))
    said = page.xpath("string(//p[contains(@class, 'progress')])")
    assert "2027" in said
    assert page.xpath("//meta[@http-equiv='refresh']")
    late = send(chief, "import", notice=TEXT, reason="再更正")
    assert late.status_code == 409
    assert "再更正" in late.text
    while runtime.recount_deadlines(server.database):
        pass
    page = chief.page("/calendar")
    assert f"第 {number_of_notices(server)} 版" in page.xpath("string(//tr[td[1]/a='2027'])")
    assert page.xpath("//p[contains(@class, 'progress')] | //meta[@http-equiv='refresh']") == []
