"""The State Council's notice of a year's holidays, as a file: read whole or refused."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any, NamedTuple

from workflows.calendar.errors import CalendarError
from workflows.calendar.years import Year

_SINCE, _UNTIL = 2008, 9998  # 国务院令第513号 made the festivals seven


class InvalidNotice(CalendarError):
    """放假通知无效 The holiday notice is not valid."""


class _Festival(NamedTuple):
    name: str  # as part of what the notice calls it: 国庆节、中秋节 are two
    days: int  # off at least
    fixed: tuple[tuple[int, int], ...] = ()  # month and day that are off


# 全国年节及纪念日放假办法, by the revisions of 2007 and of 2024 (13 days).
_FESTIVALS = {
    2008: (
        _Festival("元旦", 1, ((1, 1),)),
        _Festival("春节", 3),
        _Festival("清明", 1),
        _Festival("劳动", 1, ((5, 1),)),
        _Festival("端午", 1),
        _Festival("中秋", 1),
        _Festival("国庆", 3, ((10, 1), (10, 2), (10, 3))),
    ),
    2025: (
        _Festival("元旦", 1, ((1, 1),)),
        _Festival("春节", 4),
        _Festival("清明", 1),
        _Festival("劳动", 2, ((5, 1), (5, 2))),
        _Festival("端午", 1),
        _Festival("中秋", 1),
        _Festival("国庆", 3, ((10, 1), (10, 2), (10, 3))),
    ),
}

_FORM = "放假通知须为 {year, papers, days: [{name, date, isOffDay}]} Not the form of a notice"


def read_notice(content: bytes | str) -> Year:
    """A file of NateScarlet/holiday-cn: ``{"year", "papers": [url], "days": [{"name", "date", "isOffDay"}]}``.

    Days of December of the year before belong to it (see Year). An off day that is a weekend anyway is usual.
    InvalidNotice where the file has another form, tells a day twice or leaves out a statutory festival or some of its
    days; CalendarError for what Year refuses.
    """
    try:
        file = json.loads(content)
        year, papers = file["year"], file.get("papers") or []
        days = [(_text(each["name"]), date.fromisoformat(each["date"]), each["isOffDay"]) for each in file["days"]]
    except UnicodeDecodeError as error:  # it would tell the whole file
        raise InvalidNotice(f"{_FORM}: 不是 UTF-8 文本 not a text in UTF-8") from error
    except KeyError as error:
        raise InvalidNotice(f"{_FORM}: 缺少 {error} is missing") from error
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        raise InvalidNotice(f"{_FORM}: {error}") from error
    if type(year) is not int or not _SINCE <= year <= _UNTIL:
        raise InvalidNotice(f"通知的年份须在 {_SINCE} 至 {_UNTIL} A notice is of a year in this range, not {year!r}")
    if any(type(off) is not bool for _, _, off in days):
        raise InvalidNotice("isOffDay 须为 true 或 false isOffDay is true or false")
    if twice := sorted(day for day, times in Counter(day for _, day, _ in days).items() if times > 1):
        raise InvalidNotice(f"日期重复 Told twice: {', '.join(map(str, twice))}")
    holidays = {day: name for name, day, off in days if off}
    _check_festivals(year, holidays)
    source = ", ".join(map(_text, papers)) if isinstance(papers, list) else _text(papers)
    return Year(year, frozenset(holidays), frozenset(day for _, day, off in days if not off), source)


def _check_festivals(year: int, holidays: dict[date, str]) -> None:
    rules = _FESTIVALS[max(since for since in _FESTIVALS if since <= year)]
    called = Counter(holidays.values())
    missing = [
        f"{rule.name}({off}/{rule.days})"
        for rule in rules
        for off in [sum(times for name, times in called.items() if rule.name in name)]
        if off < rule.days or any(date(year, *fixed) not in holidays for fixed in rule.fixed)
    ]
    for name, times in called.items():
        together = sum(rule.days for rule in rules if rule.name in name)
        if times < together and sum(rule.name in name for rule in rules) > 1:
            missing.append(f"{name}({times}/{together})")
    if missing:
        raise InvalidNotice(f"法定节日缺少放假日 Statutory festivals lack days off: {', '.join(missing)}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
