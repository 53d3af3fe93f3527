"""The reports, on a real Prefect server."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from prefect.client.orchestration import get_client
from sqlalchemy import func, select

from tasks import reports
from tasks.flows import reporting
from tasks.flows.reporting import monthly_report, nightly_report
from tasks.serve import deployments
from tasks.settings import Settings
from tests.tasks.conftest import BEGIN
from workflows import runtime
from workflows.store import read, transaction
from workflows.store.tables import Notification

pytestmark = [pytest.mark.prefect, pytest.mark.slow]


def test_each_table_of_the_night_is_an_artifact(start, runs, artifacts):
    start("clocked")
    nightly_report()
    [run] = runs("nightly-report")
    assert (run.name, run.state_name) == ("夜间检查 · 2026-03-01 至 2026-03-02", "Completed")
    found = artifacts(run)
    assert set(found) == {section.key for section in reports.NIGHTLY}
    assert [line["在办"] for line in json.loads(found["nightly-stages"])] == [1, 1]


@pytest.mark.parametrize(("days", "left"), [("400", 1), ("0", 2)])
def test_at_night_old_notifications_go_also_when_a_table_fails(database, runs, monkeypatch, days, left):
    monkeypatch.setenv("BIHUAN_KEEP_LETTERS_DAYS", days)
    monkeypatch.setattr(reporting, "_report", lambda *_: 1 / 0)
    with transaction(database) as session:
        for name, age in (("old", 401), ("young", 399)):
            said = {"group": "g@u", "kind": "escalation", "subject": name, "text": "", "channels": ["inbox"]}
            runtime.notify(session, **said, at=BEGIN - timedelta(days=age), dedupe=name)
    with pytest.raises(ZeroDivisionError):
        nightly_report()
    [run] = runs("nightly-report")
    assert run.state_name == "Failed"
    with read(database) as session:
        assert session.scalar(select(func.count()).select_from(Notification)) == left


def test_a_month_is_reported_for_the_month_before_a_day(start, runs, artifacts):
    monthly_report(date(2026, 2, 14))
    [run] = runs("monthly-report")
    assert run.name == "月报 · 2026-01-01 至 2026-01-31"
    assert set(artifacts(run)) == {"monthly-areas", "monthly-departments", "monthly-joint"}


def test_a_table_that_fails_is_tried_again_and_the_others_are_made(runs, artifacts, database, monkeypatch):
    tried = []

    def fails(_session, _period):
        tried.append(1)
        if len(tried) < 2:
            raise TimeoutError("the database is locked")
        return [{"承办": "![](http://example.org/x.png)", "件数": 1}]

    sections = {"nightly-paused": reports.Section("nightly-paused", "停表与挂账", fails)}
    monkeypatch.setattr(reporting, "SECTIONS", reporting.SECTIONS | sections)
    nightly_report()
    [run] = runs("nightly-report")
    assert run.state_name == "Completed"
    assert len(tried) == 2
    [line] = json.loads(artifacts(run)["nightly-paused"])
    assert line["件数"] == 1
    assert "![" not in line["承办"], "the pages of Prefect read cells as Markdown"


def test_every_deployment_is_taken_by_a_server(prefect_server):
    for deployment in deployments(Settings()):
        deployment.apply()
    with get_client(sync_client=True) as client:
        found = {one.name: [str(one.schedule) for one in one.schedules] for one in client.read_deployments()}
    assert set(found) == {
        "sweep-deadlines",
        "escalate-case",
        "run-batch",
        "send-deliveries",
        "count-figures",
        "nightly-report",
        "weekly-report",
        "monthly-report",
    }
    assert "cron='30 2 * * *' timezone='Asia/Shanghai'" in found["nightly-report"][0]
    assert found["send-deliveries"] == []
