"""Spots in the console: imported, listed by grid, printed as plates, taken down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.console.conftest import REPORT, Browser
from workflows.governance import spots
from workflows.store import read

if TYPE_CHECKING:
    from tests.api.conftest import Server

HOSTILE = "<script>alert(1)</script>"
TABLE = f"name,address,lon,lat\n万豪广场,{HOSTILE},111.9945,27.7281\n中心汽车站,长青中街,111.9982,27.7332\n"


def send(browser: Browser, table: str, *, file: bool = False):
    parts = {"table": ("spots.csv", table.encode())} if file else {"text": (None, table)}
    return browser.http.post("/console/spots", files=parts, headers={"origin": browser.origin})


def test_a_table_is_imported_listed_and_printed(server: Server, lead: Browser):
    assert "点位已导入" in send(lead, TABLE).text
    assert send(lead, TABLE, file=True).status_code == 200
    listed = lead.page("/spots")
    codes = listed.xpath("//tbody//code/text()")
    assert len(codes) == 2
    assert HOSTILE not in lead.get("/spots").text
    with read(server.database) as session:
        grid = spots.find(session, codes[0]).grid
    some = lead.page(f"/spots?grid={grid}").xpath("//tbody//code/text()")
    assert 0 < len(some) <= 2
    for sheet, number in (("a4", 2), ("a6", 2)):
        plates = lead.page(f"/spots/plates?sheet={sheet}")
        assert len(plates.xpath("//section[@class='plate']/*[local-name()='svg']")) == number
    shown = lead.page(f"/spots/plates?code={codes[0]}").xpath("//section[@class='plate']")
    assert len(shown) == 1
    text = shown[0].text_content()
    assert "扫码上报" in text
    assert "网格牵头人" in text
    assert "样例-" not in text, "a plate names the seat and nobody"
    assert lead.get("/spots/plates?sheet=a0").status_code == 400


def test_a_case_leads_to_all_that_was_reported_from_its_plate(server: Server, lead: Browser):
    send(lead, "name,address,lon,lat\n北门,吉星路,111.9945,27.7281\n")
    with read(server.database) as session:
        code = next(spot.code for spot in spots.listed(session) if spot.name == "北门")
    numbers = []
    with server.client("desk") as desk:
        for step in range(3):
            sent = REPORT | {"lat": REPORT["lat"] + step / 100} | ({"spot": code} if step else {})
            answer = desk.post("/cases", json=sent, headers={"idempotency-key": f"from-plates-of-tests-{step}"})
            assert answer.status_code == 201, answer.text
            numbers.append(answer.json()["number"])
        listed = desk.get("/cases", params={"spot": code}).json()["items"]
    assert [one["number"] for one in listed] == numbers[:0:-1]
    [link] = lead.page(f"/cases/{numbers[1]}").xpath("//a[text()='北门 吉星路']/@href")
    shown = lead.page(link.removeprefix("/console")).xpath("//tbody//a/strong/text()")
    assert [one for one in shown if one in numbers] == numbers[:0:-1]
    assert not lead.page(f"/cases/{numbers[0]}").xpath("//a[contains(@href, 'spot=')]")


@pytest.mark.parametrize("code", ["NOWHERE2", "", "' OR 1=1"])
def test_a_report_from_a_plate_that_does_not_hang_is_refused(server: Server, code: str):
    with server.client("desk", **{"idempotency-key": f"from-no-plate-{len(code)}-of-tests"}) as desk:
        answer = desk.post("/cases", json=REPORT | {"spot": code})
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/spot"]


def test_a_plate_is_taken_down_once_it_is_confirmed(server: Server, lead: Browser):
    send(lead, "name,address,lon,lat\n旧牌子,,111.9945,27.7281\n")
    with read(server.database) as session:
        code = next(spot.code for spot in spots.listed(session) if spot.name == "旧牌子")
    assert lead.post(f"/spots/{code}/retire").status_code == 400
    assert "牌子已停用" in lead.post(f"/spots/{code}/retire", sure="yes").text
    assert lead.http.get(f"/r/{code}").status_code == 404


def test_a_wrong_table_says_which_line(lead: Browser):
    answer = send(lead, "name,address,lon,lat\n好,x,111.9945,27.7281\n坏,x,东,27\n")
    assert (answer.status_code, "第 3 行" in answer.text) == (400, True)
    assert "UTF-8" in lead.http.post(
        "/console/spots", files={"table": ("x.csv", "名".encode("gbk"))}, headers={"origin": lead.origin}
    ).text  # fmt: skip


def test_who_may_not_change_the_organisation_puts_up_no_plates(server: Server):
    with Browser(server) as browser:
        browser.sign_in("plain")
        assert browser.get("/spots").status_code == 403
        assert send(browser, TABLE).status_code == 403
