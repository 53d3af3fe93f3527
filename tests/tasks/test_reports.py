from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from tasks.reports import NIGHTLY, PERIODIC, Period, month_before, night_before, week_before
from tests.tasks.conftest import ACTOR, BEGIN
from workflows import runtime
from workflows.governance import joint_operations
from workflows.governance.joint_operations import Outcome
from workflows.store import read, transaction
from workflows.store.tables import ProcessInstance


@pytest.fixture
def rows(database):
    """The rows of a table by its title."""

    def rows(title, period):
        [section] = [section for section in (*NIGHTLY, *PERIODIC) if section.title == title]
        with read(database) as session:
            return section.rows(session, period)

    return rows


@pytest.mark.parametrize(
    ("period", "shown"),
    [
        (week_before(date(2026, 3, 2)), "2026-02-23 至 2026-03-01"),  # a Monday
        (week_before(date(2026, 3, 8)), "2026-02-23 至 2026-03-01"),  # the Sunday after
        (month_before(date(2026, 3, 31)), "2026-02-01 至 2026-02-28"),
        (month_before(date(2026, 1, 1)), "2025-12-01 至 2025-12-31"),
    ],
)
def test_a_period_is_whole_days_in_the_city(period, shown):
    assert str(period) == shown
    assert {moment.astimezone(UTC).hour for moment in period} == {16}


def test_the_night_tells_what_is_open_overdue_and_standing_still(start, move, database, rows):
    start("clocked")
    held = start("clocked")
    with transaction(database) as session:
        runtime.suspend_process_instance(session, held, reason="台风停工", actor=ACTOR)
    move(11)
    tonight = night_before(datetime(2026, 3, 2, 12, tzinfo=UTC))
    line = {"在办": 2, "黄灯": 0, "超期": 1, "其中超期一倍以上": 0, "停表": 1}
    assert rows("在办与超期:按环节", tonight) == [{"环节": "处置", **line}, {"环节": "合计", **line}]
    assert rows("在办与超期:按部门", tonight)[-1] == {"部门": "合计", **line}
    [paused] = rows("停表与挂账", tonight)
    assert (paused["案件"], paused["停表自"], paused["已停"]) == (f"流程实例 {held}", "2026-03-02 09:00", "11 小时")
    assert paused["至"] == "随流程实例挂起,未定"
    assert rows("数据核对", tonight) == [{"规则": "全部", "处数": 0, "例如流程实例": ""}]
    assert rows("没有送到的消息", tonight) == []
    assert rows("督办遇到的空缺席位", tonight) == []
    years = {line["年份"]: line["状态"] for line in rows("节假日历", tonight)}
    assert years == {2026: "已公布", 2027: "未公布,暂按普通周计算"}


def test_what_does_not_hold_is_counted_by_rule(start, database, rows):
    key = start("clocked")
    with transaction(database) as session:
        session.execute(update(ProcessInstance).values(revision=7))
    assert {"规则": "revision-differs", "处数": 1, "例如流程实例": str(key)} in rows("数据核对", night_before(BEGIN))


def test_joint_operations_of_a_period_are_counted(database, rows):
    march = Period(*month_before(date(2026, 4, 1)))
    assert rows("部门联合整治", march) == []
    asked = joint_operations.Request("占道", "grid-lead@G07", "E0403", "G07", "east")
    with transaction(database) as session:
        done = [
            joint_operations.open_operation(session, asked, process_instance_key=n, at=march.since) for n in range(3)
        ]
        joint_operations.close(session, done[0], Outcome.SOLVED, {"persons": 50, "contests": 3}, march.until)
        joint_operations.close(session, done[1], Outcome.DECLINED, {}, march.until)
        joint_operations.open_operation(session, asked, process_instance_key=3, at=march.until)
    [line] = rows("部门联合整治", march)
    assert [line[name] for name in ("启动", "解决", "不予召集", "在办", "到场人次", "职责异议")] == [3, 1, 1, 1, 50, 3]


def test_a_period_without_a_case_has_a_total_of_nothing(database, rows):
    [total] = rows("区域指标", Period(*month_before(date(2026, 3, 1))))
    assert (total["片区"], total["受理"], total["结案率"]) == ("合计", 0, "—")
