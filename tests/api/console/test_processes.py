"""The analysis of processes, with runs made through the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api.console import PREFIX
from api.console.processes.heat import COUNT, LATE, SCALES, TIME
from tests.api.console.conftest import Browser, city
from tests.support import diagrams as d
from tests.support.databases import KINDS
from tests.support.world import World, table
from workflows.runtime import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Server

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
CLOCK = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 1}')
SIZES = (["&gt; 10", '"large"'], ["-", '"small"'], ["&gt; 99", '"never"'])
RULES = Resource("sort.dmn", table("sort", ["size"], ["kind"], *SIZES, policy="FIRST"))
FLOWS = "start>sort; sort>handle; handle>check; check>good; good>handle[again]; good>end"


def drawn(*more: str, flows: str = FLOWS) -> bytes:
    rule, gateway = d.rule("sort", "sort", "kind"), d.xor("good", "good_end")
    return d.bpmn(d.start(), rule, d.user("handle", CLOCK), d.user("check"), gateway, d.end(), *more, flows=flows)


@dataclass
class Analysed:
    """Where the two versions are, and the runs of the first."""

    server: Server
    first: int
    second: int
    thrice: int


@pytest.fixture(scope="module", params=KINDS)
def analysed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analysed]:
    """Of version 1 four runs that ended, one of them after three rounds, the last of which was late, and one that
    waits; of version 2 one."""
    with city(tmp_path_factory.mktemp("processes"), request.param) as server:
        world = World(server.database)
        world.deploy(drawn(), RULES)
        world.pin(MONDAY)
        for minutes in (10, 20, 30):
            run(world, minutes)
        thrice = run(world, 10, 10, 90)
        world.start(size=1)
        last = d.user("approve")
        world.deploy(
            drawn(last, flows=f"{FLOWS.removesuffix('good>end')} good>approve; approve>end").replace(
                b'"good_end"', b'"good_approve"'
            ),
            RULES,
        )
        run(world, 40, then="approve")
        first, second = (
            row[0] for row in world.rows("SELECT key FROM process_definition WHERE process_id = 'p' ORDER BY version")
        )
        yield Analysed(server, first, second, thrice)


def run(world: World, *minutes: int, then: str = "") -> int:
    key = world.start(size=minutes[0])
    for number, taken in enumerate(minutes, 1):
        world.move(timedelta(minutes=taken))
        world.complete("handle")
        world.complete("check", again=number < len(minutes))
    if then:
        world.complete(then)
    return key


@pytest.fixture
def lead(analysed: Analysed) -> Iterator[Browser]:
    with Browser(analysed.server) as browser:
        browser.sign_in("lead")
        yield browser


def cells(page: Any, name: str) -> list[str]:
    """The row of an element."""
    [row] = page.xpath(f"//tbody/tr[starts-with(normalize-space(td[1]), '{name}')]")
    return [" ".join(cell.text_content().split()) for cell in row.xpath("td")]


def followed(lead: Browser, page: Any, name: str, column: int) -> Any:
    """The page behind a number of an element."""
    [link] = page.xpath(f"//tbody/tr[starts-with(normalize-space(td[1]), '{name}')]/td[{column}]//a/@href")
    return lead.page(link.removeprefix(PREFIX))


def test_a_table_says_where_the_time_goes(lead: Browser, analysed: Analysed):
    page = lead.page(f"/processes/{analysed.first}")
    # 10, 20, 30, 10, 10 and 90 minutes of 170
    assert cells(page, "handle") == [
        "handle",
        "1",
        "",
        "6",
        "15 分钟",
        "90 分钟",
        "0.25 / 1.5 紧急工作时",
        "17%※ (1/6)",
        "100%",
    ]
    assert "整件从开始到办结:中位 25 分钟" in page.text_content().replace("：", ":")


def test_every_number_leads_to_its_runs(lead: Browser, analysed: Analysed):
    page = lead.page(f"/processes/{analysed.first}")
    for column, rows, said in ((2, 1, "1 件，合计 1 次"), (4, 4, "4 件，合计 6 次"), (8, 1, "1 件，合计 1 次")):
        behind = followed(lead, page, "handle", column)
        assert len(behind.xpath("//tbody/tr")) == rows
        assert said in behind.text_content()
    assert str(analysed.thrice) in followed(lead, page, "handle", 8).xpath("//tbody/tr/td[1]")[0].text_content()


def test_the_diagram_shows_classes_with_their_numbers(lead: Browser, analysed: Analysed):
    address = f"/processes/{analysed.first}/diagram"
    shown = {show: lead.get(f"{address}?show={show}").json()["elements"]["handle"] for show in (COUNT, TIME, LATE)}
    assert shown == {
        COUNT: {"heat": 5, "label": "×6"},  # 1.5 for each run
        TIME: {"heat": 2, "label": "15 分钟"},
        LATE: {"heat": 4, "label": "17%※ 1/6"},
    }
    assert lead.get(address).json()["elements"] == {"handle": {"active": 1, "incident": 0, "label": "● 1"}}


@pytest.mark.parametrize("show", [COUNT, TIME, LATE])
def test_a_legend_names_the_bounds_of_all_classes(lead: Browser, analysed: Analysed, show: str):
    page = lead.page(f"/processes/{analysed.first}?show={show}")
    assert len(page.xpath("//ul[@class='heat']/li")) == len(SCALES[show].bounds) + 1
    assert page.xpath("//@data-diagram") == [f"{PREFIX}/processes/{analysed.first}/diagram?show={show}"]


def test_a_value_on_a_bound_is_in_the_class_below_it():
    assert [SCALES[LATE].of(share) for share in (0, 0.05, 0.051, 0.1, 0.25, 0.26)] == [1, 2, 3, 3, 4, 5]


def test_a_period_takes_the_runs_that_ended_in_it(lead: Browser, analysed: Analysed):
    assert (
        "依据 2026-03-02 至 2026-03-02 办结的 4 件"
        in lead.get(f"/processes/{analysed.first}?from=2026-03-02&to=2026-03-02").text
    )
    later = lead.page(f"/processes/{analysed.first}?from=2026-03-03")
    assert "这段时间里没有办结的" in later.text_content()
    assert cells(later, "handle")[1] == "1", "what stands is told of now"
    assert lead.get(f"/processes/{analysed.first}?from=heute").status_code == 400


def test_rework_tells_what_is_done_again_and_which_flow_leads_back(lead: Browser, analysed: Analysed):
    page = lead.page(f"/processes/{analysed.first}/rework")
    assert "4 件里有 1 件有环节做过不止一次" in page.text_content()
    assert cells(page, "handle") == ["handle", "1", "25%※", "3.0", "3"]
    assert cells(page, "good → handle") == ["good → handle", "2", "1"]
    for name in ("handle", "good → handle"):
        assert str(analysed.thrice) in followed(lead, page, name, 2).text_content()
    assert "没有返工" in lead.get(f"/processes/{analysed.second}/rework").text


def test_rules_that_never_matched_are_seen(lead: Browser, analysed: Analysed):
    page = lead.page(f"/processes/{analysed.first}/rules")
    assert [row.xpath("normalize-space(td[2])") for row in page.xpath("//tbody/tr")] == ["2", "2", "从未命中"]
    assert "3 条规则里有 1 条从未命中" in page.text_content()
    [link] = page.xpath("//tbody/tr[1]/td[2]//a/@href")
    assert "2 件，合计 2 次" in lead.page(link.removeprefix(PREFIX)).text_content()


def test_what_a_machine_does_in_a_moment_is_folded_away(lead: Browser, analysed: Analysed):
    page = lead.page(f"/processes/{analysed.first}")
    shown = page.xpath("//section[2]/div[@class='table']//tbody/tr/td[1]/text()")
    folded = page.xpath("//section[2]/details/div[@class='table']//tbody/tr/td[1]/text()")
    assert "handle" in [name.strip() for name in shown]
    assert not {*shown} & {*folded}


def test_two_versions_are_compared_with_what_is_drawn_otherwise(lead: Browser, analysed: Analysed):
    page = lead.page(f"/processes/{analysed.second}/compare")
    assert page.xpath("//select[@name='with']/option[@selected]/text()") == ["v1"]
    listed = {
        (row.xpath("normalize-space(td[1])"), row.xpath("normalize-space(td[2])"))
        for row in page.xpath("//details//tbody/tr")
    }
    assert ("新增", "approve userTask") in listed
    assert cells(page, "handle") == [
        "handle",
        "15 分钟",
        "40 分钟",
        "+25 分钟",
        "17%※ (1/6)",
        "0%※ (0/1)",
        "-17 百分点",
    ]
    assert "※ 少于 10 件" in page.text_content()
    [late] = page.xpath("//a[contains(@href, 'what=late')]")
    behind = lead.page(late.get("href").removeprefix(PREFIX))
    assert len(behind.xpath("//tbody/tr")) == int(late.text) == 1, "in the version whose number it is"
    old, new = (lead.http.get(address).json()["elements"] for address in page.xpath("//@data-diagram"))
    assert new["approve"] == {"mark": "added"}
    assert "approve" not in old
    assert old["good_end"] == {"mark": "removed"}


def test_versions_of_two_processes_are_not_compared(lead: Browser, analysed: Analysed):
    [link] = lead.page("/processes").xpath("//tr[.//code='case-handling']//a/@href")
    other = link.rpartition("/")[2]
    assert lead.get(f"/processes/{analysed.first}/compare?with={other}").status_code == 400
    assert lead.get(f"/processes/{analysed.first}/compare?with=x").status_code == 404
    assert "只有一个版本" in lead.get(f"/processes/{other}/compare").text


def test_what_nobody_asked_is_not_there(lead: Browser, analysed: Analysed):
    for path in ("runs?what=nothing&id=handle", "runs?what=rule&id=r&decision=x"):
        assert lead.get(f"/processes/{analysed.first}/{path}").status_code == 404
    assert lead.get("/processes/1/rework").status_code == 404


@pytest.mark.parametrize(
    "path", ["", "?show=late&sort=median", "/rework", "/rules", "/compare", "/runs?what=again&id=handle"]
)
def test_the_pages_stand_in_english_too(analysed: Analysed, path: str):
    with Browser(analysed.server, "en") as browser:
        browser.sign_in("lead")
        page = browser.page(f"/processes/{analysed.second}{path}")
    assert page.xpath("//html/@lang") == ["en"]
    assert page.xpath("//script[not(@src)] | //*[@style]") == []
