"""The overview: what it counts is what its links list, and the map shows the grids that reports are located by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import func, select, update

from api.console.overview import shades
from workflows import runtime
from workflows.governance import organisation
from workflows.store import read, transaction
from workflows.store.queries.overview import breaks
from workflows.store.tables import Deadline, ProcessInstance
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from tests.api.conftest import Server
    from tests.api.console.conftest import Browser, Work


@pytest.fixture(scope="module")
def late(server: Server, case: str) -> str:
    """A case that is overdue by more than its limit, on the machine's clock."""
    with transaction(server.database) as session:
        at = runtime.now(session)
        of_case = select(ProcessInstance.key).join(Case, Case.key == ProcessInstance.case_id).where(Case.number == case)
        session.execute(
            update(Deadline)
            .where(Deadline.process_instance_key.in_(of_case))
            .values(yellow_at=at - timedelta(hours=9), due=at - timedelta(hours=5), purple_at=at - timedelta(hours=1))
        )
    return case


def tiles(page: Any) -> dict[str, int]:
    return {tile.get("href"): int(tile.xpath("strong")[0].text) for tile in page.xpath("//a[@class and strong]")}


def rows_behind(browser: Browser, address: str) -> int:
    split = urlsplit(address.removeprefix("/console"))
    page = browser.page(f"{split.path}?{split.query}")
    return len(page.xpath("//main//tbody/tr"))


def test_the_lights_link_to_as_many_clocks_as_they_say(lead: Browser, work: Work, late: str):
    page = lead.page("/monitor")
    counted = {address: number for address, number in tiles(page).items() if "/overdue" in address}
    assert counted["/console/overdue?light=PURPLE"] >= 1
    for address, number in counted.items():
        assert rows_behind(lead, address) == number
    for link in page.xpath("//td[@class='number']/a[contains(@href, '/overdue')]"):
        assert rows_behind(lead, link.get("href")) == int(link.text), link.get("href")


def test_what_is_overdue_says_what_it_is_about(lead: Browser, work: Work, late: str):
    (row,) = lead.page("/overdue?light=PURPLE").xpath(f"//tr[.//a='{late}']")
    assert "果皮箱" in row.text_content()


def test_an_overdue_clock_says_whom_it_waits_for_and_leads_to_urging_them(lead: Browser, late: str):
    """Also in stages that no unit handles: verifying, filing, dispatching, checking, calling back."""
    rows = lead.page("/overdue?light=PURPLE").xpath(f"//tr[.//a='{late}']")
    for row in rows:
        assert row.xpath("string(td[5])").strip()
    (urging,) = {link for row in rows for link in row.xpath(".//a[contains(@href, '/act/urge?task=')]/@href")}
    page = lead.page(urging.removeprefix("/console"))
    assert page.xpath("//select[@name='task']/option[@selected]/@value") == [urging.rpartition("=")[2]]


def test_grids_with_most_to_do_come_first(lead: Browser, work: Work, late: str):
    for by in ("open", "late"):
        numbers = [int(one) for one in lead.page(f"/monitor?by={by}").xpath("//@data-number")]
        assert numbers == sorted(numbers, reverse=True)


def test_cases_are_counted_by_step_and_by_grid(server: Server, lead: Browser, work: Work, late: str):
    page = lead.page("/monitor")
    with read(server.database) as session:
        open_cases = session.scalar(select(func.count()).select_from(Case).where(Case.ended.is_(None)))
        grid = session.scalar(select(Case.grid).where(Case.number == late))
    assert tiles(page)["/console/cases?open=true"] == open_cases
    by_grid = {row.get("data-place"): row for row in page.xpath("//table[@id='grids']//tr[@data-place]")}
    assert sum(int(row.get("data-number")) for row in by_grid.values()) == open_cases
    (row,) = lead.page("/monitor?by=late").xpath(f"//tr[@data-place='{grid}']")
    assert (row.get("data-number"), row.get("data-shade")) == ("1", "1")
    assert "超期 1 件" in row.get("data-said")
    for address, number in tiles(page).items():
        if "/cases" in address:
            assert rows_behind(lead, address) == number, address
    for link in page.xpath("//table[@id='grids']//td[@class='number']/a | //ol[@class='funnel']//a"):
        said = int("".join(filter(str.isdigit, link.text)))
        assert len(lead.page(link.get("href").removeprefix("/console")).xpath("//main//tbody/tr")) == said
    late_step = page.xpath("//ol[@class='funnel']//a[@class='late']")
    assert [link.text for link in late_step] == ["超期 1"]


def test_the_grids_are_those_that_reports_are_located_by(server: Server, lead: Browser):
    answer = lead.get("/monitor/grids.json")
    assert answer.headers["cache-control"] == "private, max-age=300"
    features = answer.json()["features"]
    assert len(features) == 63
    with read(server.database) as session:
        for feature in features:
            (ring,) = feature["geometry"]["coordinates"]
            assert ring[0] == ring[-1]
            corners = ring[:-1]
            centre = (sum(lon for lon, _ in corners) / len(corners), sum(lat for _, lat in corners) / len(corners))
            assert organisation.locate(session, *centre).grid == feature["id"]


def test_what_is_counted_says_by_which_moment(lead: Browser):
    said = lead.page("/monitor").xpath("string(//p[contains(@class, 'basis')])")
    for word in ("截至", "北京时间", "按到期时间", "按上报时间"):
        assert word in said


@pytest.mark.parametrize(
    ("numbers", "bounds", "said"),
    [
        ([], [], ["0"]),
        ([0, 0], [], ["0"]),
        ([0, 1], [1], ["0", "1"]),
        ([1, 1, 2, 3, 4, 9], [1, 2, 3, 9], ["0", "1", "2", "3", "4–9"]),
        ([*range(100)], [24, 49, 74, 99], ["0", "1–24", "25–49", "50–74", "75–99"]),
    ],
)
def test_a_map_has_few_classes_and_nothing_is_one_of_its_own(numbers: list[int], bounds: list[int], said: list[str]):
    assert breaks(numbers) == bounds
    assert shades(bounds) == said


@pytest.mark.parametrize("query", ["?by=x", "?by=late", "?light=OPEN&unit=-&stage=x&milestone=-"])
def test_any_address_is_answered(lead: Browser, query: str):
    assert lead.get(f"/monitor{query}").status_code == 200
    assert lead.get(f"/overdue{query}").status_code == 200


@pytest.mark.parametrize(("unit", "rows"), [("fire_team", 1), ("fire-team", 0), ("team", 0), ("%", 0)])
def test_the_clocks_of_a_unit_are_listed_by_its_whole_name(
    server: Server, lead: Browser, late: str, unit: str, rows: int
):
    with transaction(server.database) as session:
        clock = session.scalars(select(Deadline).where(Deadline.ended.is_(None)).limit(1)).one()
        held, clock.holder = clock.holder, "handler@fire_team"
        key = clock.key
    assert rows_behind(lead, f"/console/overdue?light=OPEN&unit={quote(unit)}") == rows
    with transaction(server.database) as session:
        session.get_one(Deadline, key).holder = held
