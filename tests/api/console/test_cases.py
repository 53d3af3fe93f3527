"""The list of cases: its filters, what it counts, views under a name, and files of all matches."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx
import pytest
from lxml import etree, html

from api.console import exports
from api.console.exports import COLUMNS
from api.console.filters import FIELDS, api_call, chosen, wanted
from api.problems import Problem
from tests.api.console.conftest import REPORT, Browser
from workflows.store import transaction
from workflows.store.queries.cases import Filter, block_of_cases
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from tests.api.conftest import Server

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OTHER = "果皮箱已清空"


@pytest.fixture(scope="module")
def other(server: Server) -> str:
    """A case far from the other one, so that it is no repetition of it."""
    with server.client("desk", **{"idempotency-key": "console-other-case"}) as desk:
        answer = desk.post("/cases", json=REPORT | {"text": OTHER, "lat": REPORT["lat"] + 0.01})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def listed(browser: Browser, query: str) -> set[str]:
    return set(browser.page(f"/cases?{query}").xpath("//tbody//td/a/strong/text()"))


@pytest.mark.parametrize(
    ("query", "both"),
    [
        ("open=true&state=reported", True),
        ("process=case-handling&version=1", True),
        ("stage=核实&light=GREEN", True),
        ("channel=phone&classCode=C0302", True),
        ("variable=conditionCode%3DC0302-01", True),
        ("from=2020-01-01&to=2099-01-01", True),
        ("endedFrom=2020-01-01&endedTo=2099-01-01", False),
        ("text=&state=", True),
        ("unknown=1&before=", True),
        ("open=false", False),
        ("process=case-handling&version=2", False),
        ("stage=核实&light=PURPLE", False),
        ("overdueHours=1", False),
        ("unit=police", False),
        ("text=没有这样的内容", False),
        ("to=2020-01-01", False),
        ("before=2020-000001", False),
    ],
)
def test_a_filter_of_the_address_finds_the_same_as_its_api_call(
    server: Server, lead: Browser, case: str, other: str, query: str, *, both: bool
):
    found = listed(lead, query)
    assert ({case, other} <= found) is both
    assert both or not found
    call = api_call(wanted(chosen(query)))
    assert call in html.fromstring(lead.get(f"/cases?{query}").text).text_content()
    if "before" not in query:
        with server.client("viewer") as viewer:
            items = viewer.get(call.removeprefix("GET "), params=None).json()["items"]
        assert {one["number"] for one in items} == found


def test_one_is_found_by_its_text_and_by_its_number(lead: Browser, case: str, other: str):
    assert listed(lead, f"text={OTHER}") == {other}
    assert listed(lead, f"text={case}") == {case}


@pytest.mark.parametrize(
    "wrong",
    ["overdueHours=-1", "overdueHours=x", "version=1e9", "from=heute", "open=maybe", "light=MAUVE", "variable=x"],
)
def test_a_filter_that_cannot_be_read_is_a_page_that_says_so(lead: Browser, wrong: str):
    for path in ("/cases", "/cases.csv", "/cases.xlsx"):
        answer = lead.get(f"{path}?{wrong}")
        assert answer.status_code == 400
        assert "<html" in answer.text


def test_every_field_of_the_filter_has_a_parameter():
    named = {field for field, _ in FIELDS.values()}
    assert named == set(Filter.__dataclass_fields__) - {"within"}, "who asks, not what for"


def test_a_spreadsheet_has_all_matches_texts_as_texts_and_dates_as_dates(lead: Browser, case: str, other: str):
    answer = lead.get("/cases.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="cases.xlsx"'
    book = zipfile.ZipFile(io.BytesIO(answer.content))
    sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.find(f".//{SHEET}pane").get("ySplit") == "1", "the header stays in sight"
    assert sheet.findall(f".//{SHEET}f") == [], "no formula"
    text = "".join(sheet.itertext())
    assert case in text
    assert "=<script>" in text, "as it was reported"
    rows = sheet.findall(f".//{SHEET}row")
    column = chr(ord("A") + COLUMNS.index("reported"))
    (reported,) = [one for one in rows[1].findall(f"{SHEET}c") if one.get("r") == f"{column}2"]
    assert reported.get("t") in {None, "n"}
    assert float(reported.findtext(f"{SHEET}v") or 0) > 40_000, "a day since 1900"
    only = etree.fromstring(
        zipfile.ZipFile(io.BytesIO(lead.get(f"/cases.xlsx?text={OTHER}").content)).read("xl/worksheets/sheet1.xml")
    )
    assert len(only.findall(f".//{SHEET}row")) == 2
    assert other in "".join(only.itertext())
    assert lead.get("/cases.ods").status_code == 404


def test_nothing_found_is_a_file_with_a_header(lead: Browser):
    assert len(lead.get("/cases.csv?to=2020-01-01").text.splitlines()) == 1
    assert zipfile.ZipFile(io.BytesIO(lead.get("/cases.xlsx?to=2020-01-01").content)).testzip() is None


def test_how_many_rows_a_file_has_is_told_where_it_is_offered(lead: Browser, case: str, other: str):
    rows = len(lead.get(f"/cases.csv?text={OTHER}").text.splitlines()) - 1
    buttons = lead.page(f"/cases?text={OTHER}").xpath("//div[@class='actions']/a")
    assert [button.text for button in buttons] == [f"导出 {rows} 件（Excel）", f"导出 {rows} 件（CSV）"]
    assert lead.page(f"/cases/export?text={OTHER}").xpath("//@data-rows") == [str(rows)]
    assert lead.page("/cases/export?to=2020-01-01").xpath("//main//a[contains(@href, '/cases.')]") == []
    assert lead.get("/cases/export?from=heute").status_code == 400


def blocks_after_leaving(server: Server, lead: Browser, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many cases are still read for a file once the one who asked for it has gone."""
    left, blocks = threading.Event(), []

    def reading(*args: Any, **named: Any) -> Any:
        blocks.append(left.wait(30))
        return block_of_cases(*args, **named)

    monkeypatch.setattr(exports, "BLOCK", 1)
    monkeypatch.setattr(exports.cases, "block_of_cases", reading)
    with httpx.Client(base_url=server.url, cookies=lead.http.cookies) as client, pytest.raises(httpx.ReadTimeout):
        client.get("/console/cases.csv?text=批量", timeout=0.5)
    left.set()
    places = server.app.state.exports
    while not blocks or places._free._value < 2:
        time.sleep(0.01)
    return len(blocks)


def test_more_than_a_page_is_counted_up_to_a_thousand_and_read_on(
    server: Server, lead: Browser, case: str, monkeypatch: pytest.MonkeyPatch
):
    with transaction(server.database) as session:
        one = session.query(Case).filter(Case.number == case).one()
        plain = {column.key: getattr(one, column.key) for column in Case.__table__.columns} | {"text": "批量"}
        session.add_all(
            Case(**plain | {"key": -number, "number": f"2019-{number:06}", "query_code": f"Q{number}"})
            for number in range(1, 1_003)
        )
    page = lead.page("/cases?text=批量")
    assert "超过 1000 件" in page.text_content()
    assert len(page.xpath("//tbody/tr")) == 50
    (following,) = page.xpath("//a[contains(@href, 'before=')]/@href")
    assert dict(parse_qsl(following[1:])) == {"text": "批量", "before": "2019-000953"}
    assert "2019-000952" in lead.get(f"/cases{following}").text
    monkeypatch.setattr(exports, "BLOCK", 400)
    assert len(lead.get("/cases.csv?text=批量").text.splitlines()) == 1_003
    offered = lead.page(page.xpath("//div[@class='actions']/a/@href")[0].removeprefix("/console"))
    assert offered.xpath("//@data-rows") == ["1002"], "exactly as many as the file has rows, where it is offered"
    assert offered.xpath("//main//a[contains(@href, '/cases.')]/text()") == [
        "导出 1,002 件（Excel）",
        "导出 1,002 件（CSV）",
    ]
    assert blocks_after_leaving(server, lead, monkeypatch) < 100, "whoever leaves stops the work"
    with transaction(server.database) as session:
        session.query(Case).filter(Case.key < 0).delete()


def test_a_file_is_read_in_blocks_each_a_transaction_and_ends_when_nobody_waits(
    server: Server, case: str, other: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "BLOCK", 1)
    held = []

    def nobody_waits_after(blocks: int):
        def unwanted() -> bool:
            held.append(server.database.engine.pool.checkedout())  # type: ignore[attr-defined]
            return len(held) >= blocks

        return unwanted

    whole = [row[0] for row in exports.rows(server.database, Filter(), "zh", lambda: False)]
    assert whole == sorted(whole, reverse=True)
    assert {case, other} <= set(whole)
    some = []
    with pytest.raises(Problem, match="不再等"):
        some += exports.rows(server.database, Filter(), "zh", nobody_waits_after(1))
    assert held == [0], "between blocks no transaction is open"
    assert len(whole) > 1


def test_a_view_is_kept_renamed_and_deleted(server: Server, lead: Browser):
    kept = lead.post("/cases/views", query="light=RED&from=heute&nonsense=1", name="红灯", shared="true")
    assert kept.url.query == b"light=RED&from=heute&done=view-saved"
    with Browser(server) as viewer:
        viewer.sign_in("plain")
        assert viewer.post("/cases/views", query="", name="x", shared="true").status_code == 403
    (view,) = lead.page("/cases").xpath("//nav[@class='tabs']/a[contains(text(), '红灯')]/@href")
    assert view == "/console/cases?light=RED&from=heute"
    assert lead.post("/cases/views", query="", name="红灯").status_code == 409
    (path,) = lead.page("/cases").xpath("//form[contains(@action, '/rename')]/@action")
    path = path.removeprefix("/console")
    assert "超期的" in lead.post(path, name="超期的").text
    assert "超期的" not in lead.post(path.replace("rename", "delete")).text
    assert lead.post(path.replace("rename", "delete")).status_code == 404
