"""The first account and the sample city: offered to whoever has the code, on the machine itself, and to nobody else."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from tests.api.conftest import TWO_TASKS, Server, serve
from tests.api.console.conftest import PACKS, PASSWORD, Browser
from tests.support.databases import KINDS
from workflows import runtime
from workflows.runtime import Resource, staff
from workflows.runtime.demo import demo
from workflows.runtime.first_account import FILE
from workflows.store import read, transaction
from workflows.store.tables import Case, StaffAccount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 300


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Nobody can sign in yet."""
    with serve(tmp_path, request.param) as started:
        with transaction(started.database) as session:
            folder = PACKS / "loudi"
            files = [Resource(str(file.relative_to(PACKS)), file.read_bytes()) for file in folder.glob("registers/*")]
            runtime.deploy(session, files, actor="tests")
        yield started


@pytest.fixture
def browser(server: Server) -> Iterator[Browser]:
    with Browser(server) as opened:
        yield opened


def code_of(server: Server) -> str:
    return (server.app.state.settings.data / FILE).read_text().strip()


def create(browser: Browser, code: str, **fields: str) -> Any:
    return browser.post(
        "/first", **{"code": code, "account": "boss", "password": PASSWORD, "person": "p-0017"} | fields
    )


def accounts(server: Server) -> list[tuple[str, list[str]]]:
    with read(server.database) as session:
        return [(one.id, one.roles) for one in session.query(StaffAccount)]


def test_whoever_has_the_code_makes_the_first_account_and_only_that(server: Server, browser: Browser):
    assert browser.page("/login").xpath("//a[@href='/console/first']")
    browser.page("/first")
    code = code_of(server)
    assert stat.S_IMODE((server.app.state.settings.data / FILE).stat().st_mode) == 0o600
    assert create(browser, code).url.path == "/console/login"
    assert accounts(server) == [("boss", ["admin"])]
    assert create(browser, code, account="second").url.path == "/console/login"
    assert not browser.page("/login").xpath("//a[@href='/console/first']")
    assert accounts(server) == [("boss", ["admin"])]


@pytest.mark.parametrize("code", ["", "aaaa-aaaa-aaaa-aaaa", "ä"])
def test_without_the_code_there_is_no_account(server: Server, browser: Browser, code: str):
    browser.page("/first")
    assert create(browser, code).status_code == 400
    assert accounts(server) == []


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_what_came_through_a_proxy_is_from_somewhere_else(server: Server, browser: Browser, header: str):
    browser.page("/first")
    code = code_of(server)
    browser.http.headers[header] = "10.1.2.3"
    assert browser.get("/first").status_code == 403
    assert not html.fromstring(browser.get("/first").text).xpath("//form[@action='/console/first']")
    assert create(browser, code).status_code == 403
    assert accounts(server) == []


def test_without_passwords_the_first_account_has_none(server: Server, browser: Browser):
    server.app.state.settings.password_sign_in = False
    assert not browser.page("/first").xpath("//input[@type='password']")
    assert create(browser, code_of(server), password="").url.path == "/console/login"
    assert accounts(server) == [("boss", ["admin"])]


def test_what_was_typed_comes_back_without_the_password(server: Server, browser: Browser):
    browser.page("/first")
    answer = create(browser, code_of(server), password="short")  # noqa: S106
    assert answer.status_code == 400
    assert html.fromstring(answer.text).xpath("//input[@id='account']/@value") == ["boss"]
    assert "short" not in answer.text
    assert code_of(server) not in answer.text


def settle(server: Server, browser: Browser) -> None:
    browser.page("/first")
    create(browser, code_of(server))
    browser.sign_in("boss")


def test_the_sample_is_offered_to_the_administrator_of_an_empty_database(server: Server, browser: Browser):
    settle(server, browser)
    assert browser.get("/").url.path == "/console/sample"
    assert browser.page("/sample").xpath("//form[@action='/console/sample']")


def test_nobody_else_is_offered_it(server: Server, browser: Browser):
    settle(server, browser)
    with transaction(server.database) as session:
        staff.create_account(session, "lead", PASSWORD, person="p-0018", roles=["supervisor"], actor="tests")
    with Browser(server) as other:
        assert other.post("/sample").url.path == "/console/login"
        other.sign_in("lead")
        assert other.get("/").url.path == "/console/tasks"
        assert other.get("/sample").status_code == 403
        assert other.post("/sample").status_code == 403


def test_no_sample_is_loaded_over_work_nor_in_service(server: Server, browser: Browser):
    settle(server, browser)
    server.app.state.settings.clock_control = False
    assert browser.post("/sample").status_code == 403
    server.app.state.settings.clock_control = True
    with transaction(server.database) as session:
        runtime.deploy(session, [Resource("two.bpmn", TWO_TASKS)], actor="test")
        runtime.start_process(session, process_id="two-tasks", variables={}, actor="test")
    assert browser.get("/").url.path == "/console/tasks"
    assert not browser.page("/sample").xpath("//form[@action='/console/sample']")
    assert browser.post("/sample").status_code == 409


@pytest.mark.slow
def test_it_is_loaded_in_the_background_and_its_accounts_sign_in(server: Server, browser: Browser):
    settle(server, browser)
    page = html.fromstring(browser.post("/sample").text)
    (password,) = page.xpath("//code[@class='secret']/text()")
    assert browser.post("/sample").status_code == 409
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with read(server.database) as session:
            found = demo(session)
        if found.state == "done":
            break
        assert password not in browser.get("/sample").text
        time.sleep(1)
    server.app.state.demo.wait(PATIENCE)
    assert found.state == "done", (server.app.state.settings.data / "logs" / "demo.log").read_text()[-2000:]
    with read(server.database) as session:
        assert session.query(Case).count() >= 300
    with Browser(server) as other:
        assert other.sign_in("supervisor", password).status_code == 200
        assert other.page("/cases").xpath("//tbody/tr")
