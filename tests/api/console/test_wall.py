"""The wall: for who is signed in or holds a key that opens nothing else, and nothing on it is of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.console.conftest import REPORT, Browser, escalated
from workflows.runtime.access import create_api_client, renew_secret
from workflows.store import transaction

if TYPE_CHECKING:
    from tests.api.conftest import Server

PATHS = ("/wall", "/wall/grids.json", "/wall/live")


@pytest.fixture(scope="module")
def told(server: Server, case: str) -> str:
    escalated(server, case, level=9, label="指挥调度中心督办")
    return case


def new_key(server: Server, name: str, role: str = "wall") -> str:
    with transaction(server.database) as session:
        return create_api_client(session, name, name=name, roles=[role])


def status(browser: Browser, path: str) -> int:
    with browser.http.stream("GET", f"/console{path}", follow_redirects=False) as answer:
        return answer.status_code


def test_who_may_see_the_overview_sees_the_wall(lead: Browser, told: str):
    page = lead.page("/wall")
    assert page.xpath("//section[contains(@class, 'counts')]//strong")
    assert [status(lead, path) for path in PATHS] == [200, 200, 200]
    assert page.xpath("//a | //form | //button") == [], "there is nothing to click"
    said = page.xpath("string(//section[contains(@class, 'rungs')])")
    assert "指挥调度中心督办" in said
    assert told in said


def test_nothing_on_it_is_of_a_person(lead: Browser, told: str):
    text = lead.get("/wall").text
    for personal in ("样例市民", "0738-0000001", "样例-", "果皮箱", REPORT["text"]):
        assert personal not in text


def test_who_may_not_does_not(server: Server, browser: Browser):
    assert [status(browser, path) for path in PATHS] == [303, 303, 303]
    browser.sign_in("plain")
    assert [status(browser, path) for path in PATHS] == [403, 403, 403]


def test_a_key_opens_the_wall_and_nothing_else(server: Server, browser: Browser, case: str):
    key = new_key(server, "hall")
    first = browser.http.get(f"/console/wall/{key}", follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, "/console/wall")
    cookie = first.headers["set-cookie"]
    for part in ("Path=/console/wall;", "HttpOnly", "SameSite=lax"):
        assert part in cookie
    assert [status(browser, path) for path in PATHS] == [200, 200, 200]
    assert [status(browser, path) for path in ("/monitor", f"/cases/{case}", "/tasks", "/live")] == [303] * 4
    with server.client(None, authorization=f"Bearer {key}") as screen:
        assert [screen.get(path).status_code for path in ("/cases", "/calendar", "/registers")] == [403] * 3
    with transaction(server.database) as session:
        renew_secret(session, "hall")
    server.app.state.keyring._remembered.clear()
    assert [status(browser, path) for path in PATHS] == [303, 303, 303]


@pytest.mark.parametrize("role", ["viewer", "supervisor", "admin"])
def test_a_key_that_opens_more_is_not_taken(server: Server, browser: Browser, role: str):
    assert browser.get(f"/wall/{new_key(server, f'screen-{role}', role)}").status_code == 404
    assert "bihuan_wall" not in browser.http.cookies


@pytest.mark.parametrize("key", ["x", "hall.", "hall.wrong", "..%2Fmonitor", "%E5%A4%A7"])
def test_a_wrong_key_is_nobodys(browser: Browser, key: str):
    assert browser.get(f"/wall/{key}").status_code == 404
