"""The sample month: made by the real engine, whole, kept inside, the same for a seed, and shown by every page."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from lxml import html
from sqlalchemy import select

from api.console.pages import NAVIGATION
from tasks.demo.month import Month, load
from tasks.settings import Settings
from tests.api.conftest import TWO_TASKS, serve
from tests.api.console.conftest import Browser
from tests.support.databases import KINDS, database_url, opened
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.demo import NotEmpty, clear_demo, demo, is_empty
from workflows.runtime.demo_accounts import ACCOUNTS
from workflows.store import read, transaction
from workflows.store.tables import Case, Delivery, Document, Escalation, StaffAccount, UserTask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.conftest import Server
    from workflows.store import Database

pytestmark = pytest.mark.slow

SMALL = Month(cases=20)
TINY = Month(cases=2, until=datetime(2026, 3, 20, 4, 0, tzinfo=UTC))
PASSWORD = "sample-of-tests"  # noqa: S105
LINKED = 80  # pages looked at besides those of the navigation


def made(database: Database, folder: Path, month: Month) -> dict[str, int]:
    return load(database, Settings(data=folder), month, PASSWORD, lambda _: None)


@pytest.fixture(scope="module", params=KINDS)
def month(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("demo")
    with serve(folder, request.param) as server:
        made(server.database, folder, SMALL)
        yield server


@pytest.fixture
def supervisor(month: Server) -> Iterator[Browser]:
    with Browser(month) as browser:
        assert browser.sign_in("supervisor", PASSWORD).status_code == 200
        yield browser


def test_the_month_is_whole(month: Server):
    with read(month.database) as session:
        assert runtime.verify(session) == []
        assert demo(session).state == "done"
    assert logging.root.manager.disable == logging.NOTSET, "what happens after it is logged again"


def test_cases_have_ended_and_others_are_open(month: Server):
    with read(month.database) as session:
        states = set(session.scalars(select(Case.state)))
        waiting = set(session.scalars(select(UserTask.element_id).where(UserTask.state == "CREATED")))
        decided = session.scalars(select(Document.key)).all()
    assert {"closed", "filed", "reported"} <= states
    assert {"verify", "file", "dispatch", "handle", "check", "call"} <= waiting
    assert decided


def test_nothing_of_it_leaves_the_house(month: Server):
    with read(month.database) as session:
        assert session.scalars(select(Delivery.key)).first()
        assert not session.scalars(select(Delivery.key).where(Delivery.next_at.is_not(None))).all()
        assert not session.scalars(select(Escalation.key).where(Escalation.announced.is_(None))).all()


def test_every_page_has_something_to_show(supervisor: Browser):
    for path, _, permission in NAVIGATION:
        page = supervisor.page(f"/{path}")
        if permission:  # what one person has to do is a matter of the day
            assert page.xpath("//main//tbody/tr | //main//a"), path
            assert not page.xpath("//div[@class='empty']"), path


def test_every_page_that_is_linked_is_there(supervisor: Browser):
    links: dict[str, None] = {}
    for path, _, _ in NAVIGATION:
        links |= dict.fromkeys(supervisor.page(f"/{path}").xpath("//main//a/@href"))
    kinds: dict[str, list[str]] = {}
    for link in links:
        if link.startswith("/console/"):
            kinds.setdefault(re.sub(r"\d+", "0", link), []).append(link)
    chosen = [link for same in kinds.values() for link in same[:3]][:LINKED]
    assert chosen
    assert {link: supervisor.http.get(link).status_code for link in chosen} == dict.fromkeys(chosen, 200)


def test_every_account_signs_in_and_no_other_password_does(month: Server):
    for account in ACCOUNTS:
        with Browser(month) as browser:
            assert browser.sign_in(account.id, "another password").status_code == 401
            assert browser.sign_in(account.id, PASSWORD).status_code == 200
            assert html.fromstring(browser.get("/tasks").text).xpath("//nav[@class='side']/a")


def test_it_is_made_only_in_an_empty_database(month: Server, tmp_path: Path):
    with pytest.raises(NotEmpty):
        made(month.database, tmp_path, SMALL)


@pytest.mark.parametrize("kind", KINDS)
def test_somebodys_own_work_is_never_deleted(kind: str, tmp_path: Path):
    with database_url(kind, tmp_path) as url, opened(url) as database:
        made(database, tmp_path, TINY)
        with transaction(database) as session:
            clear_demo(session)
            assert is_empty(session)
            assert {one.id for one in ACCOUNTS} <= set(session.scalars(select(StaffAccount.id)))
        made(database, tmp_path, replace(TINY, cases=1))
        with transaction(database) as session:
            clear_demo(session)
            runtime.deploy(session, [Resource("two.bpmn", TWO_TASKS)], actor="test")
            runtime.start_process(session, process_id="two-tasks", variables={}, actor="test")
        with pytest.raises(NotEmpty), transaction(database) as session:
            clear_demo(session)


def test_the_same_seed_is_the_same_month(tmp_path: Path):
    told = []
    for folder, seed in ((tmp_path / "a", "1"), (tmp_path / "b", "1"), (tmp_path / "c", "2")):
        folder.mkdir()
        with database_url("sqlite", folder) as url, opened(url) as database:
            made(database, folder, replace(TINY, cases=6, seed=seed))
            with read(database) as session:
                columns = (Case.number, Case.text, Case.address, Case.state, Case.reported, Case.step, Case.stars)
                told.append(session.execute(select(*columns).order_by(Case.number)).all())
    assert told[0] == told[1]
    assert told[0] != told[2]
