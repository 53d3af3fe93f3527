from __future__ import annotations

import pytest
from sqlalchemy import delete

from tests.support.city import NOW, REPORT
from workflows.governance import assignments, cases, organisation
from workflows.governance.assignments import UnknownUnit
from workflows.store.errors import Invalid
from workflows.store.tables.governance import Seat

HERE = {
    "building": "building-01-1",
    "compound": "compound-01",
    "community": "community-02",
    "grid": "G02",
    "area": "east",
}


def resolve(session, level, role, unit=None, location=HERE):
    return assignments.resolve(session, level=level, role=role, unit=unit, location=location, at=NOW)


def vacate(session, *groups):
    for group in groups:
        role, unit = group.split("@")
        session.execute(delete(Seat).where(Seat.role == role, Seat.unit_id == unit))


@pytest.fixture
def case(session):
    made = cases.report(session, REPORT, now=NOW)
    cases.place(session, made.key, organisation.locate(session, made.lon, made.lat))
    return made


@pytest.mark.parametrize(
    ("level", "role", "unit", "group"),
    [
        ("grid", "grid-worker-lighting", None, "grid-worker-lighting@G02"),
        ("building", "building-head", None, "building-head@building-01-1"),
        ("area", "area-lead", None, "area-lead@east"),
        ("department", "handler", "fire", "handler@fire"),
        ("centre", "callback-desk", None, "callback-desk@centre"),
        ("grid", "grid-lead", "G63", "grid-lead@G63"),
    ],
)
def test_a_decision_becomes_a_group_at_the_place(session, level, role, unit, group):
    assert resolve(session, level, role, unit).group == group


def test_the_variables_name_the_unit_for_people(session):
    assert resolve(session, "grid", "grid-worker-street").as_variables() == {
        "level": "grid",
        "role": "grid-worker-street",
        "unit": "G02",
        "unitName": "02号网格",
        "group": "grid-worker-street@G02",
    }


def test_where_there_is_no_building_the_next_level_that_is_there_takes_it(session):
    street = HERE | {"building": None, "compound": None}
    assert resolve(session, "building", "building-head", location=street).group == "community-secretary@community-02"
    assert resolve(session, "building", "building-head", location={}).group == "dispatch-desk@centre"


def test_a_vacant_seat_goes_to_who_answers_for_the_unit_and_then_up(session):
    vacate(session, "grid-worker-lighting@G02")
    assert resolve(session, "grid", "grid-worker-lighting").group == "coordination-group@G02"
    vacate(session, "coordination-group@G02")
    assert resolve(session, "grid", "grid-worker-lighting").group == "area-lead@east"
    vacate(session, "area-lead@east", "dispatch-desk@centre")
    assert resolve(session, "grid", "grid-worker-lighting").group == "dispatch-desk@centre"


def test_a_vacant_department_goes_to_the_centre(session):
    vacate(session, "handler@fire")
    assert resolve(session, "department", "handler", "fire").group == "dispatch-desk@centre"


def test_a_department_that_was_not_named_goes_to_the_centre(session):
    assert resolve(session, "department", "handler").group == "dispatch-desk@centre"


def test_an_unknown_level_or_unit_is_refused(session):
    with pytest.raises(Invalid, match="galaxy"):
        resolve(session, "galaxy", "handler")
    with pytest.raises(UnknownUnit, match="G99"):
        resolve(session, "grid", "grid-lead", "G99")


def test_handing_up_climbs_from_the_building_to_the_centre_and_no_further(session):
    climbed, unit = [], "building-01-1"
    while (following := assignments.next_level(session, unit, NOW)) is not None:
        climbed.append(following.group)
        unit = following.unit
    assert climbed == [
        "compound-committee@compound-01",
        "community-secretary@community-02",
        "coordination-group@G02",
        "area-lead@east",
        "dispatch-desk@centre",
    ]


def test_handing_up_passes_over_vacant_levels(session):
    vacate(session, "compound-committee@compound-01", "community-secretary@community-02")
    assert assignments.next_level(session, "building-01-1", NOW).group == "coordination-group@G02"


def test_a_department_hands_up_to_the_centre(session):
    assert assignments.next_level(session, "fire", NOW).group == "dispatch-desk@centre"


def test_handing_up_from_an_unknown_unit_is_refused(session):
    with pytest.raises(UnknownUnit, match="G99"):
        assignments.next_level(session, "G99", NOW)


@pytest.mark.parametrize(
    ("role", "seat"),
    [
        ("grid-lead", "grid-lead@{grid}"),
        ("grid-worker-street", "grid-worker-street@{grid}"),
        ("area-lead", "area-lead@{area}"),
        ("community-secretary", "community-secretary@{community}"),
        ("duty-lead", "duty-lead@centre"),
        ("handler", "dispatch-desk@centre"),
        ("nobody-has-heard-of", "dispatch-desk@centre"),
    ],
)
def test_a_rung_means_the_seat_of_the_cases_place(session, case, role, seat):
    wanted = seat.format(grid=case.grid, area=case.area, community=case.community)
    assert assignments.resolve_role(session, role, case.key, None, NOW).group == wanted


def test_the_handler_of_a_case_is_who_has_it_now(session, case):
    cases.hand_to(session, case.key, "handler@fire")
    assert assignments.resolve_role(session, "handler", case.key, None, NOW)[:2] == ("handler@fire", False)


def test_a_rung_for_a_grid_that_was_dissolved_goes_to_the_centre(session, case):
    case.grid = "G99"
    assert assignments.resolve_role(session, "grid-lead", case.key, None, NOW)[:2] == ("dispatch-desk@centre", True)


def test_a_rung_without_a_case_goes_to_the_centre(session):
    assert assignments.resolve_role(session, "grid-lead", None, None, NOW)[:2] == ("dispatch-desk@centre", True)
    assert assignments.resolve_role(session, "acceptance-desk", None, None, NOW)[:2] == (
        "acceptance-desk@centre",
        False,
    )


def test_a_rung_without_a_case_is_seen_from_who_has_the_clock(session):
    assert assignments.resolve_role(session, "grid-lead", None, "grid-worker-street@G07", NOW).group == "grid-lead@G07"
    assert (
        assignments.resolve_role(session, "area-lead", None, "building-head@building-01-1", NOW).group
        == "area-lead@east"
    )
    assert assignments.resolve_role(session, "handler", None, "handler@fire", NOW).group == "handler@fire"


def test_a_rung_may_name_a_seat(session):
    assert assignments.resolve_role(session, "duty-lead@centre", None, None, NOW)[:2] == ("duty-lead@centre", False)


def test_a_seat_that_nobody_holds_goes_up_and_is_said(session, case):
    vacate(session, f"grid-lead@{case.grid}")
    found = assignments.resolve_role(session, "grid-lead", case.key, None, NOW)
    assert found[:2] == (f"coordination-group@{case.grid}", True)
    assert found.persons == organisation.members(session, found.group, NOW) != []
