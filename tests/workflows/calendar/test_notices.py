"""The file of a holiday notice: read whole, or refused with what is wrong."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from tests.support.notices import OF_2027, announced, days, entry, notice
from workflows.calendar import CHINA, CalendarError, InvalidNotice, read_notice


@pytest.mark.parametrize("year", range(2008, 2027))
def test_every_notice_since_the_festivals_are_seven_is_read_as_the_library_knows_it(year: int) -> None:
    read = read_notice(announced(year))
    known = CHINA.days.years[year]
    assert (read.year, read.holidays, read.workdays) == (year, known.holidays, known.workdays)
    assert read.source == "国办发明电"


def test_a_notice_reaches_back_into_december() -> None:
    read = read_notice(announced(2019))
    assert date(2018, 12, 31) in read.holidays
    assert read.workdays >= {date(2018, 12, 29)}


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (b"PK\x03\x04" + bytes(range(256)) * 500, "UTF-8"),
        (b'{"year": 2027, "days": [', "line 1 column 25"),
        (b'{"year": 2027}', "'days'"),
        (b"[2027]", "list"),
    ],
)
def test_what_is_no_notice_is_refused_in_one_line_that_says_where(file: bytes, told: str) -> None:
    with pytest.raises(InvalidNotice) as refused:
        read_notice(file)
    assert told in str(refused.value)
    assert len(str(refused.value)) < 250, "the file itself is not told"


def test_an_off_day_that_is_a_weekend_anyway_is_fine() -> None:
    assert date(2027, 1, 2) in read_notice(notice(2027, OF_2027)).holidays


def test_several_papers_are_its_source() -> None:
    assert read_notice(notice(2027, OF_2027, ["a", "b"])).source == "a, b"


def without(name: str) -> list[dict[str, Any]]:
    return [each for each in OF_2027 if each["name"] != name]


@pytest.mark.parametrize("name", ["元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"])
def test_a_notice_without_a_statutory_festival_is_refused(name: str) -> None:
    with pytest.raises(InvalidNotice, match=name[:2]):
        read_notice(notice(2027, without(name)))


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([], r"元旦\(0/1\)"),
        ([*without("春节"), *days("春节", "2027-02-06", 3)], r"春节\(3/4\)"),
        ([*without("劳动节"), *days("劳动节", "2027-05-02", 5)], "劳动"),
        ([*without("国庆节"), *days("国庆节", "2027-10-02", 7)], "国庆"),
        ([each for each in without("国庆节") if each["name"] != "中秋节"] + days("国庆节、中秋节", "2027-10-01", 3), r"3/4"),
        ([*OF_2027, entry("元旦", date(2027, 1, 1), off=True)], "Told twice: 2027-01-01"),
        ([*OF_2027, entry("元旦", date(2027, 1, 1), off=False)], "Told twice"),
        ([*OF_2027, entry("元旦", date(2026, 11, 30), off=True)], "2026-11-30"),
        ([*OF_2027, entry("元旦", date(2028, 1, 1), off=True)], "2028-01-01"),
        ([*OF_2027, entry("国庆节", date(2027, 10, 8), off=False)], "weekend"),
        ([*OF_2027, {**entry("国庆节", date(2027, 10, 8), off=True), "isOffDay": 1}], "isOffDay"),
        ([*OF_2027, {**entry("国庆节", date(2027, 10, 8), off=True), "date": "2027-13-01"}], "form"),
        ([*OF_2027, {"date": "2027-10-08"}], "form"),
    ],
)  # fmt: skip
def test_a_contradiction_or_a_hole_is_refused(entries: list[dict[str, Any]], complaint: str) -> None:
    with pytest.raises(CalendarError, match=complaint):
        read_notice(notice(2027, entries))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", b"null", b'{"year": 2027, "days": 1}', b'{"year": 2027, "days": [1]}', b"[" * 100_000],
)
def test_what_is_no_notice_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidNotice, match="papers"):
        read_notice(content)


@pytest.mark.parametrize("year", [2007, 9999, "2027", 2027.0, True, None])
def test_a_year_that_no_notice_is_of_is_refused(year: object) -> None:
    with pytest.raises(InvalidNotice, match="2008"):
        read_notice(json.dumps({"year": year, "papers": [], "days": []}))


def test_before_2025_the_festivals_were_eleven_days() -> None:
    assert len(read_notice(announced(2014)).holidays) == 23
