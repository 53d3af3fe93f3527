"""Who has taken over from whom, as the organisation register says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from tests.support.city import BOTH_CITIES, NOW, PACKS
from workflows.governance import assignments, organisation, successions
from workflows.governance.registers import RegisterMismatch
from workflows.governance.successions import NoSuccession
from workflows.store.tables.governance import Succession

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LAST_MINUTE = datetime(2026, 3, 31, 15, 59, tzinfo=UTC)  # 23:59 of the day before in 娄底
MIDNIGHT = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)


def reorganised(*steps: tuple[str, str, str]) -> Any:
    """The sample organisation, with units that are succeeded by others."""
    content = json.loads((PACKS / "loudi" / "registers" / "organisation.json").read_text("utf-8"))
    units = {unit["id"]: unit for unit in content["units"]}
    for unit, to, day in steps:
        units[unit]["succession"] = {"to": to, "date": day, "document": "示例〔2026〕1号"}
    return content


@BOTH_CITIES
def test_until_the_day_begins_a_unit_is_there_itself(session: Session) -> None:
    organisation.load(session, reorganised(("fire", "housing", "2026-04-01")))
    assert successions.in_force(session, LAST_MINUTE) == {}
    assert successions.in_force(session, MIDNIGHT) == {"fire": "housing"}


@BOTH_CITIES
def test_a_successor_may_be_reorganised_in_its_turn(session: Session) -> None:
    organisation.load(session, reorganised(("fire", "housing", "2026-04-01"), ("housing", "enforcement", "2026-06-01")))
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    assert successions.in_force(session, MIDNIGHT) == {"fire": "housing"}
    assert successions.in_force(session, summer) == {"fire": "enforcement", "housing": "enforcement"}


def test_a_group_is_called_as_it_is_now(session: Session) -> None:
    organisation.load(session, reorganised(("fire", "housing", "2026-04-01")))
    now = successions.seats(session, lambda: MIDNIGHT)
    assert [now(group) for group in ("handler@fire", "handler@enforcement", "p-0001", "fire", "@")] == [
        "handler@housing",
        "handler@enforcement",
        "p-0001",
        "fire",
        "@",
    ]


def test_new_work_goes_straight_to_the_successor(session: Session) -> None:
    organisation.load(session, reorganised(("fire", "housing", "2026-04-01")))
    given = {"level": "department", "role": "handler", "unit": "fire", "location": {}}
    assert assignments.resolve(session, **given, at=NOW).group == "handler@fire"
    later = assignments.resolve(session, **given, at=MIDNIGHT)
    assert (later.group, later.unit, later.unit_name) == ("handler@housing", "housing", "住建（示例部门）")


@pytest.mark.parametrize("role", ["handler", "department-lead@fire"])
def test_a_rung_reaches_the_successor(session: Session, role: str) -> None:
    organisation.load(session, reorganised(("fire", "housing", "2026-04-01")))
    found = assignments.resolve_role(session, role, None, "handler@fire", MIDNIGHT)
    assert found.group.partition("@")[2] == "housing"


def test_what_was_carried_out_stays_so_until_something_else_is_said(session: Session) -> None:
    steps = ("fire", "housing", "2026-04-01")
    organisation.load(session, reorganised(steps))
    session.execute(update(Succession).values(batch_operation_key=7))
    session.expire_all()
    organisation.load(session, reorganised(steps))
    assert successions.get(session, "fire").batch_operation_key == 7
    organisation.load(session, reorganised(("fire", "enforcement", "2026-04-01")))
    assert successions.get(session, "fire").batch_operation_key is None
    organisation.load(session, reorganised())
    with pytest.raises(NoSuccession):
        successions.get(session, "fire")


@pytest.mark.parametrize(
    "steps",
    [
        [("fire", "no-such", "2026-04-01")],
        [("fire", "fire", "2026-04-01")],
        [("fire", "housing", "2026-04-01"), ("housing", "fire", "2026-05-01")],
        [("fire", "housing", "2026-02-30")],
    ],
)
def test_a_succession_that_leads_nowhere_is_refused(session: Session, steps: list[tuple[str, str, str]]) -> None:
    before = successions.in_force(session, MIDNIGHT)
    with pytest.raises(RegisterMismatch):
        organisation.load(session, reorganised(*steps))
    assert successions.in_force(session, MIDNIGHT) == before
