"""The duty roster: who answers for a seat between two moments, whatever the zone they are written in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.city import BOTH_CITIES
from workflows.governance import duty
from workflows.governance.registers import RegisterMismatch

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BEGINS, ENDS = datetime(2026, 10, 1, 10, tzinfo=UTC), datetime(2026, 10, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NIGHT = {
    "role": "duty-lead",
    "unit": "centre",
    "person": "p-0100",
    "from": "2026-10-01T18:00:00+08:00",
    "to": "2026-10-02T08:00:00+08:00",
}


def roster(session: Session, *duties: dict[str, str]) -> None:
    duty.load(session, [duty.duty_row(one) for one in duties])


@BOTH_CITIES
def test_whoever_is_on_duty_answers_from_its_first_moment_until_before_its_end(session: Session) -> None:
    roster(session, NIGHT)
    moments = (BEGINS - SECOND, BEGINS, ENDS - SECOND, ENDS)
    assert [duty.on_duty(session, "duty-lead@centre", at) for at in moments] == [[], ["p-0100"], ["p-0100"], []]
    assert [duty.duties_of(session, "p-0100", at) for at in moments] == [
        [],
        ["duty-lead@centre"],
        ["duty-lead@centre"],
        [],
    ]


@BOTH_CITIES
def test_several_on_duty_come_in_the_order_of_the_roster_and_each_once(session: Session) -> None:
    roster(
        session, NIGHT | {"person": "p-0102"}, NIGHT, NIGHT | {"person": "p-0102", "to": "2026-10-01T23:00:00+08:00"}
    )
    assert duty.on_duty(session, "duty-lead@centre", BEGINS) == ["p-0102", "p-0100"]


@BOTH_CITIES
def test_duty_for_one_seat_is_not_duty_for_another(session: Session) -> None:
    roster(session, NIGHT, NIGHT | {"role": "area-lead", "unit": "east"})
    assert duty.on_duty(session, "duty-lead@east", BEGINS) == []
    assert duty.on_duty(session, "p-0100", BEGINS) == []
    assert duty.duties_of(session, "p-0100", BEGINS) == ["duty-lead@centre", "area-lead@east"]
    assert duty.duties_of(session, "p-0101", BEGINS) == []


@BOTH_CITIES
def test_a_new_roster_takes_the_place_of_the_old_one(session: Session) -> None:
    roster(session, NIGHT)
    roster(session)
    assert duty.on_duty(session, "duty-lead@centre", BEGINS) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "2026-10-01T18:00:00+08:00"},
        {"to": "2026-10-01T10:00:00Z"},  # the same moment in another zone
        {"from": "2026-10-01T18:00:00"},
        {"to": "2026-10-02T08:00:00"},
    ],
)
def test_a_duty_without_a_zone_or_a_length_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RegisterMismatch, match="duty-lead@centre"):
        duty.duty_row(NIGHT | wrong)
