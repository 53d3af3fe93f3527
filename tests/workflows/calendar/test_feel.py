"""Diagrams and tables count working time as the calendar does."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.support.notices import OF_2027, notice
from tests.workflows.calendar.test_calendar import SHANGHAI
from workflows.calendar import CHINA, read_notice
from workflows.feel import Env, Run, parse_expression, parse_unary_tests, to_json

NOW = datetime(2026, 9, 30, 17, tzinfo=SHANGHAI)
IN_2027 = replace(CHINA, days=CHINA.days.knowing([read_notice(notice(2027, OF_2027))], "7"))


def evaluate(text, calendar=None, **scope):
    run = Run(NOW, calendar=None if calendar is None else lambda: calendar)
    return parse_expression(text).value(Env(scope, None, run)), run.warnings


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('working due(now(), 4, "work_hour")', "2026-10-08T11:00:00@Asia/Shanghai"),
        ('working due(now(), 4, "工作时")', "2026-10-08T11:00:00@Asia/Shanghai"),
        ('working due(start: now(), number: 0.5, unit: "工作日")', "2026-10-08T11:00:00@Asia/Shanghai"),
        ('working due(@"2026-09-30T17:00:00", 2, "紧急工作时")', "2026-09-30T19:00:00@Asia/Shanghai"),
        ('working due(@"2026-09-30T09:00:00Z", 2, "urgent_hour")', "2026-09-30T19:00:00@Asia/Shanghai"),
        ('working due(@"2026-09-30", 1, "natural_day")', "2026-10-01T00:00:00@Asia/Shanghai"),
        ('working used(@"2026-09-30T17:00:00", @"2026-10-08T11:00:00", "工作时")', 4),
        ('working used(now(), @"2026-09-01", "工作时")', 0),
        ('is working day(@"2026-10-10")', True),
        ('is working day(today() + @"P1D")', False),
        ('is working day(@"2026-10-09T16:30:00Z")', True),  # 10 October in Shanghai, a Saturday made up
        ('add working days(@"2026-09-28", 5)', "2026-10-10"),
        ('add working days(@"2026-10-10", -5)', "2026-09-28"),
        ('add working days(@"2026-10-03", 0)', "2026-10-08"),
        ('add working days(@"2026-10-03", 1)', "2026-10-08"),
        ('add working days(@"2026-10-03", -1)', "2026-09-30"),
        ('add working days(@"2026-09-28", 0)', "2026-09-28"),
        ('legal period end("行政处罚法", 5, @"2026-09-28")', "2026-10-10"),
        ('legal period end("行政处罚法", 90, @"2026-07-10", "日")', "2026-10-08"),
        ('legal period end("行政强制法", 3, @"2026-01-31", "个月")', "2026-04-30"),
        ('legal period end("行政强制法", 3, @"2026-01-31", "月")', "2026-04-30"),
        ('legal period end(statute: "行政复议法", number: 60, date: @"2026-03-02", unit: "day")', "2026-05-06"),
        ("may enforce(now())", True),
        ('may enforce(now() + @"PT5H")', False),
        ('may enforce(now() + @"PT5H", true)', True),
        ('may enforce(at: now() + @"PT5H", emergency: 1 = 2)', False),
        ('next enforcement(now() + @"PT5H")', "2026-10-08T06:00:00@Asia/Shanghai"),
        ("next enforcement(today())", "2026-09-30T06:00:00@Asia/Shanghai"),
    ],
)  # fmt: skip
def test_a_call_gives_what_the_calendar_counts(text, value):
    result, warnings = evaluate(text)
    assert (to_json(result), warnings) == (value, [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('working due(now(), 4, "hour")', "工作时"),
        ('working due(now(), 0, "work_hour")', "时限须大于 0"),
        ('working due(now(), 876000, "work_hour") + working due(@"9999-12-30T00:00:00", 100, "work_day")', "日历"),
        ('working due(@"12026-09-30", 4, "work_hour")', "9999"),
        ('working used(@"-0001-01-01T00:00:00Z", now(), "work_hour")', "9999"),
        ('working due("2026-09-30", 4, "work_hour")', "start"),
        ('add working days(@"2026-09-28", 1000000)', "36500"),
        ('add working days(@"2026-09-28", 1.5)', "number"),
        ('add working days(@"0001-01-01", -1)', "日历"),
        ('add working days(@"0001-01-08", -10)', "日历"),
        ('working due(@"0001-01-01T00:00:00", 1, "work_day")', "9999"),
        ('legal period end("民法典", 5, @"2026-09-28")', "行政处罚法"),
        ('legal period end("行政处罚法", 0, @"2026-09-28")', "法定期限"),
        ('legal period end("行政处罚法", 5, @"2026-09-28", "week")', "日"),
        ('legal period end("行政处罚法", 5, @"9999-12-31")', "日历"),
        ("may enforce(now(), null)", "emergency"),
        ("may enforce(today())", "时刻"),
        ('next enforcement(@"9999-12-31T23:00:00@Asia/Shanghai")', "日历"),
    ],
)
def test_what_cannot_be_counted_is_null_and_says_why(text, complaint):
    result, warnings = evaluate(text)
    assert result is None
    assert complaint in str(warnings[0])


def test_it_is_the_calendar_of_the_evaluation_that_counts():
    asked = 'is working day(@"2027-10-01")'
    assert evaluate(asked)[0] is True
    assert evaluate(asked, IN_2027)[0] is False


def test_the_calendar_is_not_asked_for_where_nothing_is_counted():
    def fail():
        raise AssertionError

    run = Run(NOW, calendar=fail)
    assert parse_expression("1 + 1").value(Env({}, None, run)) == 2


def test_the_instant_of_a_legal_end_is_the_midnight_after_its_day():
    end = 'legal period end("行政处罚法", 5, @"2026-09-28")'
    result, _ = evaluate(f'date and time({end} + @"P1D", @"00:00:00@Asia/Shanghai")')
    assert to_json(result) == "2026-10-11T00:00:00@Asia/Shanghai"


def test_the_names_are_known_to_whoever_reads_feel_alone():
    program = """
import workflows.feel
text = 'working used(a, b, "work_day") > 3'
assert workflows.feel.parse_expression(text).names == {"a", "b"}
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_cell_may_ask_the_calendar():
    tests = parse_unary_tests('< working due(start, 2, "work_day")')
    scope = {"start": datetime(2026, 9, 30, 17, tzinfo=SHANGHAI)}
    assert tests.evaluate(scope, datetime(2026, 10, 9, 16, tzinfo=SHANGHAI)).value is True
    assert tests.evaluate(scope, datetime(2026, 10, 9, 18, tzinfo=SHANGHAI)).value is False


def test_what_python_gives_is_taken():
    assert evaluate("is working day(day)", day=date(2026, 10, 10))[0] is True
    assert evaluate('working used(a, b, "natural_day")', a=NOW, b=NOW.replace(day=29))[0] == Decimal(0)
