"""Months are counted by a run that says which, on a real Prefect server."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tasks.flows.counting import NAME, count_months
from tests.support.city import REPORT, settle
from tests.tasks.conftest import BEGIN
from workflows.governance import cases
from workflows.store import read, transaction
from workflows.store.tables import MonthFigures

pytestmark = [pytest.mark.prefect, pytest.mark.slow]


def test_a_run_says_which_months_it_has_counted(start, runs, database):
    with transaction(database) as session:
        settle(session)
        cases.report(session, REPORT, now=BEGIN)
    count_months()
    [run] = runs(NAME)
    assert (run.name, run.state_name, run.state.message) == ("月报计数", "Completed", "已计数 1 个月:2026-03")
    with read(database) as session:
        assert set(session.scalars(select(MonthFigures.by))) == {"area", "grid", "class", "spot"}
