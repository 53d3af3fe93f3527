from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from tests.support.city import NOW, PACKS
from workflows.governance import organisation, registers
from workflows.governance.organisation import Location, OrganisationMissing
from workflows.governance.places import contains, ring
from workflows.governance.registers import RegisterMismatch
from workflows.store import transaction
from workflows.store.tables.governance import Person, Seat, Unit

LOUDI = registers.read_pack(PACKS / "loudi")["organisation"]


@pytest.fixture
def register():
    return deepcopy(LOUDI)


def units(kind):
    return [unit for unit in LOUDI["units"] if unit["kind"] == kind]


def seats(role, unit):
    return [seat for seat in LOUDI["seats"] if seat["role"] == role and seat["unit"] == unit]


def middle(unit):
    corners = ring(unit["boundary"])
    return sum(lon for lon, _ in corners) / len(corners), sum(lat for _, lat in corners) / len(corners)


# What the seed says of 娄底


def test_four_areas_have_three_leads_each():
    assert [len(seats("area-lead", area["id"])) for area in units("area")] == [3, 3, 3, 3]


def test_sixty_three_grids_have_a_lead_a_group_of_three_and_five_trades():
    assert [unit["id"] for unit in units("grid")] == [f"G{n:02d}" for n in range(1, 64)]
    for grid in units("grid"):
        assert len(seats("grid-lead", grid["id"])) == 1
        assert len(seats("coordination-group", grid["id"])) == 3
        for trade in ("enforcement", "sanitation", "landscaping", "lighting", "street"):
            assert len(seats(f"grid-worker-{trade}", grid["id"])) == 1


def test_there_are_seven_stations_two_with_approval_windows_and_five_departments():
    assert [unit["approvalWindow"] for unit in units("station")].count(True) == 2
    assert len(units("station")) == 7
    departments = {unit["id"] for unit in units("department")}
    assert departments == {"enforcement", "housing", "traffic-police", "municipal-maintenance", "fire"}
    assert all(seats("handler", department) for department in departments)


def test_every_name_is_plainly_invented():
    assert LOUDI["city"]["source"] == "sample"
    assert all(person["name"].startswith("样例-") for person in LOUDI["persons"])
    assert len({person["name"] for person in LOUDI["persons"]}) == len(LOUDI["persons"])


# Places


@pytest.mark.parametrize("grid", units("grid"), ids=lambda grid: grid["id"])
def test_the_middle_of_a_grid_lies_in_no_other(grid):
    around = [other["id"] for other in units("grid") if contains(ring(other["boundary"]), middle(grid))]
    assert around == [grid["id"]]


def test_the_grids_leave_no_gap_between_them():
    for step in range(50):
        point = (111.9701 + step * 0.0698 / 50, 27.7001 + (step * 37 % 50) * 0.0698 / 50)
        assert any(contains(ring(grid["boundary"]), point) for grid in units("grid")), point


def test_a_point_finds_its_grid_its_area_and_its_community(session):
    found = organisation.locate(session, *middle(units("grid")[6]))
    assert (found.grid, found.area, found.community) == ("G07", "east", "community-07")


def test_a_point_in_a_building_finds_the_building_and_its_compound(session):
    building = units("building")[0]
    found = organisation.locate(session, *middle(building))
    assert (found.building, found.compound) == (building["id"], building["parent"])


def test_a_point_outside_finds_nothing(session):
    assert organisation.locate(session, 112.97, 28.19) == Location()
    assert organisation.locate(session, 112.97, 28.19).as_variables()["inCity"] is False


def test_a_point_on_a_common_edge_belongs_to_the_grid_with_the_smaller_id(session):
    first, second = units("grid")[0], units("grid")[1]
    shared = [corner for corner in first["boundary"] if corner in second["boundary"]]
    (lon1, lat1), (lon2, lat2) = ring(shared)
    assert organisation.locate(session, (lon1 + lon2) / 2, (lat1 + lat2) / 2).grid == first["id"]
    assert organisation.locate(session, lon1, lat1).grid == first["id"]


# Seats


def test_members_are_the_holders_and_then_who_stands_in(session):
    seat = seats("grid-worker-lighting", "G07")[0]
    assert organisation.members(session, "grid-worker-lighting@G07", NOW) == [seat["person"], seat["deputy"]]
    assert organisation.members(session, "grid-worker-lighting@G99", NOW) == []
    assert organisation.members(session, "no group at all", NOW) == []


def test_a_person_is_in_their_own_groups_and_then_in_those_they_stand_in_for(session):
    seat = seats("grid-worker-street", "G07")[0]
    assert organisation.groups_of(session, seat["person"], NOW) == [
        "grid-worker-street@G07",
        "grid-worker-enforcement@G07",
        "grid-worker-sanitation@G07",
        "grid-worker-landscaping@G07",
        "grid-worker-lighting@G07",
    ]


def test_a_seat_is_held_from_its_first_to_its_last_day_in_chinese_time(session, register):
    seat = next(seat for seat in register["seats"] if seat["role"] == "grid-lead" and seat["unit"] == "G07")
    seat |= {"from": "2026-03-02", "to": "2026-03-31"}
    del seat["deputy"]
    organisation.load(session, register)

    def holders(*at):
        return organisation.members(session, "grid-lead@G07", datetime(*at, tzinfo=UTC))

    assert holders(2026, 3, 1, 15, 59) == []  # 23:59 on the day before
    assert holders(2026, 3, 1, 16, 0) == [seat["person"]]
    assert holders(2026, 3, 31, 15, 59) == [seat["person"]]
    assert holders(2026, 3, 31, 16, 0) == []


# Loading


def test_loading_again_changes_nothing(session, register):
    counted = select(func.count())

    def counts():
        return [session.scalar(counted.select_from(model)) for model in (Unit, Person, Seat)]

    before = counts()
    organisation.load(session, register)
    assert counts() == before == [len(register["units"]), len(register["persons"]), len(register["seats"])]


def test_a_person_who_left_stays_known_and_a_name_can_change(session, register):
    gone = register["persons"].pop()
    register["seats"] = [seat for seat in register["seats"] if gone["id"] not in (seat["person"], seat.get("deputy"))]
    register["persons"][0]["name"] = "样例-改名"
    organisation.load(session, register)
    session.expire_all()
    assert session.get(Person, gone["id"]).name == gone["name"]
    assert session.get(Person, register["persons"][0]["id"]).name == "样例-改名"
    assert organisation.groups_of(session, gone["id"], NOW) == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda register: register["seats"][0].update(person="p-9999"), "p-9999"),
        (lambda register: register["seats"][0].update(deputy="p-9999"), "p-9999"),
        (lambda register: register["seats"][0].update(unit="G99"), "G99"),
        (lambda register: register["units"][1].update(parent="nowhere"), "上级单位"),
        (lambda register: register["units"][1].update(parent="G01"), "循环"),
        (lambda register: register["units"].append(dict(register["units"][1])), "同一个 id"),
        (lambda register: register["units"][5].update(parent=None), "都要有上级"),
        (lambda register: register["persons"].append(dict(register["persons"][0])), "同一个 id"),
        (
            lambda register: register["units"].append({"id": "second", "kind": "centre", "name": "二", "parent": None}),
            "只有一个中心",
        ),
    ],
)
def test_an_organisation_that_contradicts_itself_is_refused_and_the_old_one_stays(session, register, spoil, message):
    spoil(register)
    with pytest.raises(RegisterMismatch, match=message):
        organisation.load(session, register)
    assert session.scalar(select(func.count()).select_from(Unit)) == len(LOUDI["units"])


def test_a_city_without_an_organisation_says_so(database):
    with transaction(database) as session, pytest.raises(OrganisationMissing):
        organisation.season(session, NOW)


@pytest.mark.parametrize(("month", "season"), [(3, "planting"), (12, "planting"), (4, "ordinary"), (8, "ordinary")])
def test_trees_are_planted_from_november_to_march(session, month, season):
    assert organisation.season(session, datetime(2026, month, 15, tzinfo=UTC)) == season


def test_the_season_changes_at_chinese_midnight(session):
    assert organisation.season(session, datetime(2026, 3, 31, 16, 0, tzinfo=UTC)) == "ordinary"


# A group in words


def test_a_group_is_named_by_its_unit_and_the_titles_of_those_who_hold_its_seats(session):
    assert organisation.named(session, "grid-lead@G07", NOW) == "07号网格网格牵头人"
    assert organisation.named(session, "dispatch-desk@centre", NOW) == "人民城市共治共享指挥调度中心派遣席"
    assert (
        organisation.named(session, "area-lead@east", NOW)
        == "东片区市城管执法局班子成员、区城管部门班子成员、街道主要负责人"
    )


def test_a_seat_that_nobody_holds_is_named_by_its_role_and_no_unit_by_itself(session):
    assert organisation.named(session, "duty-lead@east", NOW) == "东片区duty-lead"
    assert organisation.named(session, "handler@dissolved", NOW) == "handler@dissolved"
    assert organisation.named(session, "p-0019", NOW) == "p-0019"


# Who is on duty

NIGHT = {
    "role": "duty-lead",
    "unit": "centre",
    "person": "p-0100",
    "from": "2026-10-01T18:00:00+08:00",
    "to": "2026-10-02T08:00:00+08:00",
}


def in_shanghai(text):
    return datetime.fromisoformat(f"{text}+08:00")


def test_at_night_and_on_holidays_who_is_on_duty_comes_first(session, register):
    register["duties"] = [NIGHT]
    organisation.load(session, register)
    held = organisation.members(session, "duty-lead@centre", in_shanghai("2026-10-01T17:59:00"))
    assert "p-0100" not in held
    assert organisation.members(session, "duty-lead@centre", in_shanghai("2026-10-01T18:00:00")) == ["p-0100", *held]
    assert organisation.members(session, "duty-lead@centre", in_shanghai("2026-10-02T08:00:00")) == held


def test_who_is_on_duty_belongs_to_the_group_as_long(session, register):
    register["duties"] = [NIGHT]
    organisation.load(session, register)
    assert "duty-lead@centre" in organisation.groups_of(session, "p-0100", in_shanghai("2026-10-01T23:00:00"))
    assert "duty-lead@centre" not in organisation.groups_of(session, "p-0100", in_shanghai("2026-10-02T09:00:00"))


def test_a_new_register_brings_a_new_roster(session, register):
    organisation.load(session, register | {"duties": [NIGHT]})
    organisation.load(session, register)
    assert "p-0100" not in organisation.members(session, "duty-lead@centre", in_shanghai("2026-10-01T20:00:00"))


@pytest.mark.parametrize(
    "wrong",
    [{"to": NIGHT["from"]}, {"to": "2026-09-01T08:00:00+08:00"}, {"from": "2026-10-01T18:00:00"}, {"from": "tonight"},
     {"person": "p-9999"}, {"unit": "nowhere"}],
)  # fmt: skip
def test_a_roster_that_cannot_be_is_refused(register, wrong):
    register["duties"] = [NIGHT | wrong]
    with pytest.raises(RegisterMismatch):
        organisation.check(register)
