from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import CHINA, Clock, InvalidLimit, Limit, Unit

HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA.zone)


def clock(
    start: str, number: str, unit: Unit, *pauses: tuple[str, str], extensions: int = 0, carried: str = "0"
) -> Clock:
    spans = tuple((at(began), at(ended)) for began, ended in pauses)
    return Clock(CHINA, at(start), Limit(unit, Decimal(number)), spans, extensions, Decimal(carried))


def test_without_pauses_it_is_the_limit() -> None:
    assert clock("2026-09-30 17:00", "4", Unit.WORK_HOUR).due().at == at("2026-10-08 11:00")


def test_of_a_pause_only_what_would_have_counted_is_made_up() -> None:
    paused = clock("2026-03-02 09:00", "4", Unit.WORK_HOUR, ("2026-03-02 11:00", "2026-03-02 13:00"))
    assert paused.due().at == at("2026-03-02 16:00")  # an hour of the pause is the noon break, which is no time lost
    assert paused.due(Decimal("0.5")).at == at("2026-03-02 11:00")  # passed before the pause


def test_a_pause_over_a_holiday_costs_only_its_working_time() -> None:
    paused = clock("2026-09-30 16:00", "4", Unit.WORK_HOUR, ("2026-09-30 17:00", "2026-10-08 08:00"))
    assert paused.due().at == at("2026-10-08 11:00")


def test_a_pause_before_the_start_or_around_it_counts_from_the_start() -> None:
    around = clock("2026-03-02 09:00", "2", Unit.URGENT_HOUR, ("2026-03-02 08:00", "2026-03-02 10:00"))
    assert around.due().at == at("2026-03-02 12:00")
    assert around.used(at("2026-03-02 11:00")) == 1
    before = clock("2026-03-02 09:00", "2", Unit.URGENT_HOUR, ("2026-03-02 07:00", "2026-03-02 08:00"))
    assert before.due().at == at("2026-03-02 11:00")


def test_an_extension_adds_the_original_limit_to_the_deadline() -> None:
    extended = clock("2026-03-02 09:00", "2", Unit.URGENT_HOUR, extensions=2)
    assert extended.due().at == at("2026-03-02 15:00")
    assert extended.due(Decimal("0.5")).at == at("2026-03-02 12:00")  # the reminder moves with it
    assert extended.due(2).at == at("2026-03-02 17:00")  # one original limit after the deadline


def test_what_was_used_before_is_not_there_again() -> None:
    resumed = clock("2026-03-03 09:00", "4", Unit.URGENT_HOUR, carried="3")
    assert resumed.due().at == at("2026-03-03 10:00")
    assert resumed.used(at("2026-03-03 09:30")) == Decimal("3.5")
    assert clock("2026-03-03 09:00", "4", Unit.URGENT_HOUR, carried="9").due().at == at("2026-03-03 09:00")


@pytest.mark.parametrize("share", [-1, 101, "NaN", "Infinity"])
def test_a_share_out_of_range_is_refused(share: object) -> None:
    with pytest.raises(InvalidLimit):
        clock("2026-03-02 09:00", "4", Unit.WORK_HOUR).due(Decimal(str(share)))


@given(
    st.sampled_from(Unit),
    st.decimals("0.1", "40", places=1),
    st.lists(st.integers(1, 400), max_size=6),
    st.integers(0, 2),
    st.integers(0, 400 * 24 * 60),
)
def test_due_is_when_the_limit_is_used_up(
    unit: Unit, number: Decimal, gaps: list[int], extensions: int, minutes: int
) -> None:
    start = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    pauses, moment = [], start
    for index, gap in enumerate(gaps):
        moment += gap * HOUR / 4
        if index % 2:
            pauses[-1] = (pauses[-1][0], moment)
        else:
            pauses.append((moment, moment + HOUR / 8))
    running = Clock(CHINA, start, Limit(unit, number), tuple(pauses), extensions)
    due = running.due().at
    assert abs(running.used(due) - number * (1 + extensions)) < Decimal("1e-9")
    assert running.used(due - timedelta(microseconds=1)) < number * (1 + extensions)
    assert not any(began < due < ended for began, ended in pauses)
