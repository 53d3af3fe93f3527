from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflows.engine.timers import parse_cycle, parse_duration, parse_instant

START = datetime(2026, 1, 31, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(("text", "end"), [
    ("PT0S", START),
    ("PT1H30M", START + timedelta(minutes=90)),
    ("P1W", START + timedelta(days=7)),
    ("P1DT0.5S", START + timedelta(days=1, milliseconds=500)),
    ("-P1D", START - timedelta(days=1)),
    ("P1M", datetime(2026, 2, 28, 1, 0, tzinfo=UTC)),
    ("P1Y1M", datetime(2027, 2, 28, 1, 0, tzinfo=UTC)),
    ("P25M", datetime(2028, 2, 29, 1, 0, tzinfo=UTC)),
    ("-P2M", datetime(2025, 11, 30, 1, 0, tzinfo=UTC)),
])  # fmt: skip
def test_a_duration_ends_where_the_calendar_says(text, end):
    assert parse_duration(text).after(START) == end


def test_a_month_is_counted_in_local_days():
    late = datetime(2026, 1, 30, 17, 0, tzinfo=UTC)  # already 31 January in 娄底
    assert parse_duration("P1M").after(late) == datetime(2026, 2, 27, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1H", "PT1", "P1H", "PT1D", "pt1h", "PT1.5H", "P1DT", "0 0 * * *", "P" + "9" * 30 + "D"]
)
def test_what_is_no_duration_is_said(text):
    with pytest.raises(ValueError, match=r"时长|too long"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "instant"), [
    ("2026-03-02T09:00:00+08:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
    ("2026-03-02T01:00:00Z", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
    ("2026-03-02T09:00:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
    ("2026-03-02", datetime(2026, 3, 1, 16, 0, tzinfo=UTC)),
    ("2026-03-02T09:00:00@Europe/Berlin", datetime(2026, 3, 2, 8, 0, tzinfo=UTC)),
    ("2026-03-02T09:00:00[Europe/Berlin]", datetime(2026, 3, 2, 8, 0, tzinfo=UTC)),
    ("2026-03-02T09:00:00+01:00[Europe/Berlin]", datetime(2026, 3, 2, 8, 0, tzinfo=UTC)),
])  # fmt: skip
def test_an_instant_without_a_zone_is_local_time(text, instant):
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-02-30",
        "2026-03-02T25:00:00",
        "2026-03-02T09:00:00@Nowhere/Land",
        "2026-03-02T09:00:00@Asia",
        "2026-03-02T09:00:00@" + "a" * 500,
        "2026-03-02T09:00:00[Asia",
        "[Asia/Shanghai]",
        "2026-03-02T09:00:00@a\0b",
    ],
)
def test_what_is_no_instant_is_said(text):
    with pytest.raises(ValueError, match="日期时间"):
        parse_instant(text)


def test_a_cycle_has_a_count_a_start_and_a_period():
    cycle = parse_cycle("R3/2026-03-02T09:00:00+08:00/P1D")
    assert (cycle.times, cycle.start) == (3, datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    assert cycle.period.after(START) == START + timedelta(days=1)
    assert parse_cycle("R/PT1H").times is None
    assert parse_cycle("R/2026-03-02T09:00:00+01:00[Europe/Berlin]/P1D").start == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["R3", "R3/", "R3/PT0S", "R3/-PT1H", "R-1/PT1H", "PT0S"])
def test_what_is_no_cycle_is_said(text):
    with pytest.raises(ValueError, match=r"周期|时长"):
        parse_cycle(text)


@pytest.mark.parametrize(("text", "due"), [
    ("0 0 9 * * MON-FRI", datetime(2026, 2, 2, 1, 0, tzinfo=UTC)),
    ("0 0 9 ? * MON-FRI", datetime(2026, 2, 2, 1, 0, tzinfo=UTC)),
    ("30 */10 * * * *", datetime(2026, 1, 31, 1, 0, 30, tzinfo=UTC)),
    ("0 0 0 L * *", datetime(2026, 2, 27, 16, 0, tzinfo=UTC)),
    ("0 30 8 * * MON#2", datetime(2026, 2, 9, 0, 30, tzinfo=UTC)),
    ("@daily", datetime(2026, 1, 31, 16, 0, tzinfo=UTC)),
    ("@monthly", datetime(2026, 1, 31, 16, 0, tzinfo=UTC)),
])  # fmt: skip
def test_a_cron_expression_is_read_in_local_time(text, due):
    assert parse_cycle(text).period.after(datetime(2026, 1, 31, 1, 0, tzinfo=UTC)) == due


@pytest.mark.parametrize(
    "text", ["", "3/PT1H", "0 0 * * *", "0 0 9 * * FOO", "0 0 9 31 2 *", "0 0 9 1 * MON", "@never", "99 0 0 * * *"]
)
def test_what_is_no_cron_expression_is_said(text):
    with pytest.raises(ValueError, match="cron"):
        parse_cycle(text)
