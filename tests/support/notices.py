"""Holiday notices as files: real ones from what is known of past years, and one for the year to come."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chinese_calendar import constants

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "中国人民抗日战争胜利70周年纪念日",
}
#: Festivals that fell together, as their notices call them.
TOGETHER = {2009: ("国庆节", "中秋节"), 2012: ("国庆节", "中秋节"), 2017: ("国庆节", "中秋节"), 2020: ("国庆节",), 2023: ("国庆节", "中秋节"), 2025: ("国庆节", "中秋节")}  # fmt: skip


def entry(name: str, day: date, *, off: bool) -> dict[str, Any]:
    return {"name": name, "date": day.isoformat(), "isOffDay": off}


def days(name: str, first: str, count: int, worked: Iterable[str] = ()) -> list[dict[str, Any]]:
    start = date.fromisoformat(first)
    return [
        *(entry(name, start + timedelta(days=each), off=True) for each in range(count)),
        *(entry(name, date.fromisoformat(day), off=False) for day in worked),
    ]


#: What nobody has announced: lunar dates are those of 2027, the arrangement is made up.
OF_2027 = [
    *days("元旦", "2027-01-01", 3),
    *days("春节", "2027-02-05", 9, ["2027-01-31", "2027-02-20"]),
    *days("清明节", "2027-04-03", 3),
    *days("劳动节", "2027-05-01", 5, ["2027-05-08"]),
    *days("端午节", "2027-06-09", 1),
    *days("中秋节", "2027-09-15", 1),
    *days("国庆节", "2027-10-01", 7, ["2027-09-26", "2027-10-09"]),
]


def notice(year: int, entries: list[dict[str, Any]], papers: Iterable[str] = ("国办发明电",)) -> bytes:
    return json.dumps({"year": year, "papers": list(papers), "days": entries}, ensure_ascii=False).encode()


def announced(year: int) -> bytes:
    """The notice of a past year."""
    together = TOGETHER.get(year, ())
    entries = []
    for told, off in ((constants.holidays, True), (constants.workdays, False)):
        for day, festival in told.items():
            name = NAMES[festival]
            if day.year + (day.month == 12) == year:
                entries.append(entry("国庆节、中秋节" if name in together else name, day, off=off))
    return notice(year, entries)
