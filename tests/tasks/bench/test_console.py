"""Years out of a month: copies are as whole as pages need them, and every page is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from tasks.bench.pages import WATCHERS, costs
from tasks.bench.volume import grow
from tasks.demo.month import Month, load
from tasks.settings import Settings
from tests.support.databases import KINDS, database_url, opened
from workflows.store import read
from workflows.store.tables import Case, Deadline, Event, ProcessInstance, UserTask

if TYPE_CHECKING:
    from pathlib import Path

CASES, OPEN = 200, 60


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_month_becomes_years_and_every_page_shows_them(kind: str, tmp_path: Path) -> None:
    with database_url(kind, tmp_path) as url, opened(url) as database:
        load(database, Settings(data=tmp_path), Month(cases=20), "sample-of-tests", lambda _: None)
        assert grow(database, CASES, OPEN) > 0
        with read(database) as session:

            def count(*conditions: object, of: type = Case) -> int:
                return session.execute(select(func.count()).select_from(of).where(*conditions)).scalar_one()

            assert CASES / 2 < count() <= CASES + OPEN
            assert count(Case.ended.is_(None)) >= OPEN / 2
            assert count(Case.state == "closed") == count(Case.state == "closed", Case.stars.is_not(None))
            of_nobody = ~select(Case.key).where(Case.key == ProcessInstance.case_id).exists()
            assert count(ProcessInstance.case_id.is_not(None), of_nobody, of=ProcessInstance) == 0
            for of in (UserTask, Deadline, Event):
                of_none = ~select(ProcessInstance.key).where(ProcessInstance.key == of.process_instance_key).exists()
                assert count(of_none, of.process_instance_key != 0, of=of) == 0
        measured = costs(database, url, times=1)
    assert {one.status for one in measured} == {200}
    pages = {watcher: {one.path for one in measured if one.watcher is watcher} for watcher in WATCHERS}
    assert {"/tasks", "/monitor", "/cases", "/processes"} <= pages[WATCHERS[0]]
    assert all({"/tasks", "/cases", "/cases?state=closed"} <= seen for seen in pages.values())
    assert all(one.statements for one in measured)
