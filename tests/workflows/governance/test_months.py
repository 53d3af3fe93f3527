from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.city import BOTH_CITIES, NOW, REPORT
from workflows import runtime
from workflows.governance import cases, months
from workflows.governance.indicators import CaseFigures
from workflows.governance.months import Month

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

JANUARY, FEBRUARY, MARCH = (Month(2026, number) for number in (1, 2, 3))


def reported(session: Session, at: datetime) -> None:
    cases.report(session, REPORT, now=at)


@pytest.mark.parametrize(
    ("month", "months_later", "then"),
    [(MARCH, 0, "2026-03"), (MARCH, -3, "2025-12"), (MARCH, 10, "2027-01"), (Month(2025, 12), 1, "2026-01")],
)
def test_months_are_counted_over_the_years(month: Month, months_later: int, then: str) -> None:
    assert str(month.later(months_later)) == then
    assert Month.read(then) == month.later(months_later)


@pytest.mark.parametrize("text", ["2026", "2026-3", "2026-13", "2026-03-01", "", "März"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"format|month|between"):
        Month.read(text)


def test_a_month_begins_at_midnight_in_the_city() -> None:
    since, until = FEBRUARY.period
    assert since == datetime(2026, 1, 31, 16, tzinfo=UTC)
    assert until - since == timedelta(days=28)
    assert (Month.of(since), Month.of(since - timedelta(seconds=1))) == (FEBRUARY, JANUARY)


@BOTH_CITIES
def test_this_month_and_the_last_are_counted_again_and_earlier_ones_once(session: Session) -> None:
    runtime.pin_clock(session, NOW, actor="tests")
    assert runtime.uncounted_months(session) == []
    reported(session, NOW - timedelta(days=90))
    whole = runtime.uncounted_months(session)
    assert whole == [MARCH, FEBRUARY, JANUARY, Month(2025, 12)]
    for month in whole:
        runtime.count_month(session, month)
    assert runtime.uncounted_months(session) == [MARCH, FEBRUARY, JANUARY], "of January nothing is there to be kept"


@BOTH_CITIES
def test_what_is_kept_is_shown_until_it_is_counted_again(session: Session) -> None:
    runtime.pin_clock(session, NOW, actor="tests")
    reported(session, NOW)
    live = months.figures(session, MARCH, "class", NOW)
    assert runtime.count_month(session, MARCH) == 4, "of the area, the grid, the plate and the class"
    reported(session, NOW)
    later = NOW + timedelta(hours=1)
    assert months.figures(session, MARCH, "class", later) == live
    [(code, figures)] = months.figures(session, MARCH, "class", later, anew=True).figures.items()
    assert (code, figures.reported, live.figures[code].reported) == ("C0101", 2, 1)


def test_a_total_is_the_sum_of_all() -> None:
    found: dict[str, Any] = {"a": CaseFigures(reported=3, due=1), "b": CaseFigures(reported=4)}
    assert months.total(CaseFigures, found) == CaseFigures(reported=7, due=1)
