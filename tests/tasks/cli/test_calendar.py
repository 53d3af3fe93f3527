"""`bihuan calendar`: what is known, and a notice looked at and taken over."""

from __future__ import annotations

from datetime import datetime

import pytest
from typer.testing import CliRunner

from tasks.cli import app
from tests.support import diagrams as d
from tests.support.notices import OF_2027, notice
from workflows import runtime
from workflows.calendar import CHINA
from workflows.runtime import Resource, holiday_notices
from workflows.store import transaction

DRAWN = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "work_day", number: 5}')
CLOCKED = d.bpmn(d.start(), d.user("handle", DRAWN), d.end(), flows="start>handle; handle>end", process_id="dated")


@pytest.fixture
def bihuan(database, url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("BIHUAN_DATA", str(tmp_path))
    with transaction(database) as session:
        runtime.deploy(session, [Resource("dated.bpmn", CLOCKED)], actor="designer")
        runtime.pin_clock(session, datetime(2026, 12, 28, 9, tzinfo=CHINA.zone), actor="designer")
    with transaction(database) as session:
        for _ in range(3):
            runtime.start_process(session, process_id="dated", variables={}, actor="starter")
    (tmp_path / "2027.json").write_bytes(notice(2027, OF_2027))
    return lambda *arguments: CliRunner().invoke(app, ["calendar", *arguments])


def test_the_status_names_what_crosses_a_provisional_year(bihuan):
    result = bihuan("status")
    assert result.exit_code == 0, result.output
    assert "official until 2026-12-31" in result.output
    assert "2027 暂定 provisional: 3 条未结时限跨入 open deadlines cross it" in result.output


def test_a_notice_is_shown_before_it_is_made(bihuan, tmp_path):
    shown = bihuan("import", str(tmp_path / "2027.json"), "--dry-run")
    assert "3 条推后 later" in shown.output
    assert "处置: 2027-01-04 09:00 → 2027-01-05 09:00" in shown.output
    assert "provisional: 3" in bihuan("status").output
    done = bihuan("import", str(tmp_path / "2027.json"))
    assert done.output == shown.output
    assert "official until 2027-12-31" in bihuan("status").output
    assert "2027 第1版" in bihuan("status").output
    assert "nothing changes" in bihuan("import", str(tmp_path / "2027.json")).output


def test_many_deadlines_are_counted_to_the_end(bihuan, tmp_path, monkeypatch):
    monkeypatch.setattr(holiday_notices, "AT_ONCE", 1)
    done = bihuan("import", str(tmp_path / "2027.json"))
    assert done.exit_code == 0, done.output
    assert "1 条推后" in done.output
    assert "counted anew" in done.output
    assert "re being counted" not in bihuan("status").output


def test_what_is_no_notice_is_refused(bihuan, tmp_path):
    (tmp_path / "2028.json").write_text('{"year": 2028, "papers": [], "days": []}')
    result = bihuan("import", str(tmp_path / "2028.json"))
    assert result.exit_code == 1
    assert "NOTICE_INVALID" in result.stderr


def test_a_year_is_shown(bihuan):
    assert "02-14" in bihuan("show", "2026").output
    assert "2026 正式 official, chinesecalendar" in bihuan("show").output
    assert "provisional: Monday to Friday" in bihuan("show", "2027").output
