"""The monthly report, of cases that the engine handled."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from sqlalchemy import select, update

from api.console import PREFIX
from api.console.reports import drilling
from api.console.reports.asked import CASES, CLOCKS, RATES
from api.problems import Problem
from tasks.figures import count_figures
from tests.api.console.conftest import REPORT, Browser, city
from tests.support.databases import KINDS
from tests.support.world import World
from workflows import runtime
from workflows.governance import joint_operations, violations
from workflows.governance.indicators import CaseFigures, HandlingFigures
from workflows.governance.joint_operations import Outcome as Ending
from workflows.governance.joint_operations import Request
from workflows.governance.months import Month
from workflows.governance.spots import Place
from workflows.governance.violations import Act, Outcome
from workflows.store import read, transaction
from workflows.store.tables import Case, MonthFigures, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Server

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
MARCH = "month=2026-03"
LAST = 4
PLATED = (0, 3)  # which were reported from a plate, as was the last from another


@pytest.fixture(scope="module", params=KINDS)
def reported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """In March five cases, of which two are handled, one of them late; four decisions on acts."""
    with city(tmp_path_factory.mktemp("reports"), request.param) as server:
        world = World(server.database)
        world.pin(MONDAY)
        with transaction(server.database) as session:
            hang = [Place(name, "乐坪大道中段", 111.9945, 27.7281) for name in ("万豪广场", "一号楼")]
            plate, other = (spot.code for spot in runtime.import_spots(session, hang, actor="tests"))
        with server.client("desk") as desk:
            for number in range(LAST + 1):
                moved = REPORT | {
                    "reporter": {"name": "样例市民", "phone": "0738-0000001"},
                    "lat": REPORT["lat"] + number / 50,
                    "text": f"=第 {number} 件",
                }
                hangs = {"spot": plate} if number in PLATED else {"spot": other} if number == LAST else {}
                answer = desk.post(
                    "/cases", json=moved | hangs, headers={"idempotency-key": f"reports-of-tests-{number}"}
                )
                assert answer.status_code == 201, answer.text
        for late in (False, True):
            work(world, late=late)
        decide(
            server,
            *[(Outcome.EXEMPT_SHALL, "urban")] * 2,
            (Outcome.NOT_ESTABLISHED, "urban"),
            (Outcome.EXEMPT_MAY, "fire"),
        )
        yield server


def work(world: World, *, late: bool) -> None:
    """The newest case, through all that a person does in it."""
    world.complete("verify", result="属实")
    world.complete("file", result="立案")
    world.complete("dispatch", result="按建议派遣")
    world.move(timedelta(days=3) if late else timedelta(minutes=10))
    world.complete("handle", "p-0101", result="办结", measures="已清理")
    world.complete("check", "p-0102", result="通过")
    world.complete("call", result="满意")


def decide(server: Server, *decisions: tuple[Outcome, str]) -> None:
    with transaction(server.database) as session:
        for number, (outcome, bureau) in enumerate(decisions, 1):
            act = Act(party=None, matter="占道经营", at=MONDAY, subject=f"摊位 {number}", bureau=bureau)
            known = {"process_instance_key": number, "case_key": None, "at": MONDAY, "actor": "tests"}
            violations.record(session, act, outcome, **known)


@pytest.fixture
def lead(reported: Server) -> Iterator[Browser]:
    with Browser(reported) as browser:
        browser.sign_in("lead")
        yield browser


def total(page: Any) -> dict[str, str]:
    """The sum of all rows by its heads."""
    heads = [" ".join(head.text_content().split()) for head in page.xpath("//table[@class='figures wide']/thead//th")]
    cells = [
        " ".join(cell.text_content().split()) for cell in page.xpath("//table[@class='figures wide']/tfoot/tr[1]/*")
    ]
    return dict(zip(heads, cells, strict=True))


def test_a_month_is_counted_with_its_rates(lead: Browser):
    found = total(lead.page(f"/reports?{MARCH}"))
    counts = {
        "受理": "5",
        "立案": "2",
        "应结案": "2",
        "结案": "2",
        "按期结案": "1",
        "返工": "0",
        "回访到": "2",
        "满意": "2",
    }
    assert {name: found[name] for name in counts} == counts
    rates = {
        "立案率": "40.00%※",
        "结案率": "100.00%※",
        "按期结案率": "50.00%※",
        "返工率": "0.00%※",
        "满意率": "100.00%※",
    }
    assert {name: found[name] for name in rates} == rates


@pytest.mark.parametrize("by", ["area", "grid", "spot", "class", "unit"])
def test_every_number_leads_to_as_many_as_it_says(lead: Browser, by: str):
    links = lead.page(f"/reports?{MARCH}&by={by}").xpath("//table[@class='figures wide']//td/a")
    assert len(links) > 3
    for link in links:
        page = lead.page(link.get("href").removeprefix(PREFIX))
        assert len(page.xpath("//tbody/tr")) == int(link.text), link.get("href")
        assert page.xpath("normalize-space(//h2)").endswith(f" {link.text}")


@pytest.mark.parametrize("by", ["area", "unit"])
def test_what_a_figure_counts_is_a_file_too_read_in_blocks(
    lead: Browser, reported: Server, by: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(drilling, "BLOCK", 1)
    links = lead.page(f"/reports?{MARCH}&by={by}").xpath("//table[@class='figures wide']//td/a")
    assert links
    for link in links:
        address = link.get("href").removeprefix(PREFIX)
        numbers = lead.page(address).xpath("//tbody/tr/td[1]//strong/text()")
        of_file = lead.page(address).xpath("//a[contains(@href, 'cases.csv')]/@href")[0].removeprefix(PREFIX)
        lines = list(csv.DictReader(io.StringIO(lead.get(of_file).text.removeprefix("\ufeff"))))
        assert [line["案号"] for line in lines] == numbers, address
        assert all(line["内容"].startswith("'=第") for line in lines), "text, and no formula"
    book = zipfile.ZipFile(io.BytesIO(lead.get(f"/reports/cases.xlsx?{MARCH}&by={by}&figure=due").content))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert len(re.findall("<row ", sheet)) == 1 + 2
    assert "<f>" not in sheet
    assert lead.get(f"/reports/cases.ods?{MARCH}&by={by}&figure=due").status_code == 404


def test_between_blocks_no_transaction_is_open(reported: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drilling, "BLOCK", 1)
    of = drilling.Figure(Month.read("2026-03"), "area", "reported", None, None)
    held: list[int] = []

    def unwanted() -> bool:
        held.append(reported.database.engine.pool.checkedout())  # type: ignore[attr-defined]
        return len(held) > 2

    with pytest.raises(Problem, match="不再等"):
        list(drilling.rows(reported.database, of, "zh", unwanted))
    assert held == [0, 0, 0]


def test_the_list_behind_a_number_holds_exactly_its_cases(lead: Browser, reported: Server):
    page = lead.page(f"/reports/cases?{MARCH}&by=area&figure=in_time")
    [number] = page.xpath("//tbody/tr/td[1]//strong/text()")
    with read(reported.database) as session:
        assert session.query(Case.on_time).filter(Case.number == number).scalar() is True


def test_a_plate_that_much_is_reported_from_stands_out_and_leads_to_its_cases(lead: Browser):
    page = lead.page(f"/reports?{MARCH}&by=spot")
    first, second, rest = page.xpath("//table[@class='figures wide']/tbody/tr")
    assert first[0].text == "万豪广场 乐坪大道中段"
    assert [row[1].text_content() for row in (first, second, rest)] == ["2", "1", "2"]
    assert first[4].text_content() == second[4].text_content(), "as many due: then as many reported"
    behind = lead.page(first[1].xpath("a/@href")[0].removeprefix(PREFIX))
    assert behind.xpath("//tbody//span[@class='clip']/text()") == [f"=第 {number} 件" for number in reversed(PLATED)]


def test_a_file_of_cases_names_the_plate_they_were_reported_from(lead: Browser):
    lines = list(csv.DictReader(io.StringIO(lead.get("/cases.csv").text.removeprefix("\ufeff"))))
    plated = Counter(line["点位（牌子）"] for line in lines if line["点位（牌子）"])
    assert plated
    for said, number in plated.items():
        code, _, name = said.partition(" ")
        assert name
        page = lead.page(f"/cases?spot={code}")
        assert f"共 {number} 件" in page.text_content()


def test_departments_are_counted_by_their_clocks(lead: Browser):
    found = total(lead.page(f"/reports?{MARCH}&by=unit"))
    assert [found[name] for name in ("接收", "应处置", "处置", "按期处置")] == ["2", "2", "2", "1"]
    assert found["按期处置率"] == "50.00%※"


def test_a_month_before_has_none_of_it(lead: Browser):
    assert "这个月没有案件" in lead.get("/reports?month=2026-02").text
    page = lead.page(f"/reports?{MARCH}")
    assert page.xpath("//form//input[@type='month']/@value") == ["2026-03"]
    assert page.xpath("//tr[@class='before']/td[1]/text()") == ["0"]


def test_kept_figures_are_shown_until_they_are_counted_anew(lead: Browser, reported: Server):
    assert [str(month) for month in count_figures(reported.database)] == ["2026-03"]
    before = total(lead.page(f"/reports?{MARCH}"))
    with transaction(reported.database) as session:
        kept = session.query(MonthFigures).filter(MonthFigures.by == "area").first()
        session.execute(
            update(MonthFigures)
            .where(MonthFigures.by == "area", MonthFigures.value == kept.value)
            .values(figures=kept.figures | {"reported": kept.figures["reported"] + 70})
        )
    assert int(total(lead.page(f"/reports?{MARCH}"))["受理"]) == int(before["受理"]) + 70
    assert total(lead.page(f"/reports?{MARCH}&anew=true")) == before
    count_figures(reported.database)
    assert total(lead.page(f"/reports?{MARCH}")) == before


def test_every_figure_has_its_formula(lead: Browser):
    for by, figures, rates in (("area", CASES, CaseFigures().rates), ("unit", CLOCKS, HandlingFigures().rates)):
        page = lead.page(f"/reports?{MARCH}&by={by}")
        assert len(page.xpath("//details//dt")) == len(figures) + len(rates)
    assert set(RATES) == {*CaseFigures().rates, *HandlingFigures().rates}


def test_the_workbook_has_a_sheet_for_each_way_and_the_formulas(lead: Browser):
    answer = lead.get(f"/reports.xlsx?{MARCH}")
    assert answer.headers["content-disposition"] == 'attachment; filename="report-2026-03.xlsx"'
    book = zipfile.ZipFile(io.BytesIO(answer.content))
    names = etree.fromstring(book.read("xl/workbook.xml")).xpath("//*[local-name()='sheet']/@name")
    assert names == ["按片区", "按网格", "按点位", "按类别", "按部门", "怎么算的"]
    texts = book.read("xl/sharedStrings.xml").decode()
    assert "按期结案 ÷ 应结案" in texts
    numbers = re.findall(r"<v>([0-9.]+)</v>", book.read("xl/worksheets/sheet1.xml").decode())
    assert "5" in numbers
    assert "0.5" in numbers
    assert not [name for name in book.namelist() if b"<f>" in book.read(name)], "no cell is a formula"


def test_joint_operations_of_a_month_lead_to_their_list_and_cases(lead: Browser, reported: Server):
    with transaction(reported.database) as session:
        [case, *_] = session.scalars(select(Case.number).order_by(Case.number)).all()
        run = session.scalars(select(ProcessInstance.key).order_by(ProcessInstance.key)).all()
        for number, outcome in enumerate((None, Ending.SOLVED, Ending.CANCELLED)):
            asked = Request("夜市占道", "grid-lead@G07", "E04", "G07", "east", case)
            one = joint_operations.open_operation(session, asked, process_instance_key=run[number], at=MONDAY)
            one.outcome, one.ended = outcome and outcome.value, outcome and MONDAY
    section = lead.page(f"/reports?{MARCH}").xpath("//section[h2='部门联合整治']")[0]
    links = section.xpath(".//td/a")
    said = [link.text for link in links]
    assert said == ["3", "1", "1", "1"], "started, solved, cancelled, running: no outcome is left out"
    for link in links:
        page = lead.page(link.get("href").removeprefix(PREFIX))
        rows = page.xpath("//tbody/tr")
        assert len(rows) == int(link.text), link.get("href")
        assert all(row.xpath(".//a/text()") == [case] for row in rows)
    assert lead.get(f"/reports/joint?{MARCH}&outcome=nothing").status_code == 404
    assert lead.page("/reports/joint?month=2026-02").xpath("//tbody/tr") == []


def test_the_month_before_leads_to_its_cases_too(lead: Browser, reported: Server):
    def reported_earlier(days: int) -> str:
        with transaction(reported.database) as session:
            case = session.scalars(select(Case).order_by(Case.number.desc())).first()
            assert case is not None
            case.reported -= timedelta(days=days)
            return case.number

    number = reported_earlier(20)
    try:
        [link] = lead.page(f"/reports?{MARCH}&anew=true").xpath("//tr[@class='before']/td[1]/a")
        page = lead.page(link.get("href").removeprefix(PREFIX))
    finally:
        reported_earlier(-20)
    assert link.text == "1"
    assert page.xpath("//tbody/tr/td[1]//strong/text()") == [number]


def test_exemptions_are_counted_by_item_and_unit_and_never_by_fines(lead: Browser):
    page = lead.page(f"/reports/exempted?{MARCH}")
    [row] = page.xpath("//section[1]//tbody/tr")
    assert [" ".join(cell.text_content().split()) for cell in row.xpath("td")] == [
        "占道经营",
        "4",
        "2",
        "1",
        "0",
        "75.00%※",
        "",
        "—",
    ]
    assert "排名" in page.text_content()
    for link in page.xpath("//section//td/a"):
        behind = lead.page(link.get("href").removeprefix(PREFIX))
        assert len(behind.xpath("//tbody/tr")) == int(link.text)


def test_what_does_not_exist_is_not_there(lead: Browser):
    assert lead.get("/reports?month=2026-13").status_code == 400
    assert lead.get("/reports?month=0001-01").status_code == 400
    assert lead.get("/reports?by=nothing").status_code == 404
    assert lead.get(f"/reports/cases?{MARCH}&figure=nothing").status_code == 404


@pytest.mark.parametrize(
    "path", ["", "?by=unit", "/exempted", "/decisions", "/cases?by=area&figure=filed", "/cases?by=unit&figure=due"]
)
def test_the_pages_stand_in_english_too(reported: Server, path: str):
    with Browser(reported, "en") as browser:
        browser.sign_in("lead")
        page = browser.page(f"/reports{path}{'&' if '?' in path else '?'}{MARCH}")
    assert page.xpath("//html/@lang") == ["en"]
    assert page.xpath("//script[not(@src)] | //*[@style]") == []
