from __future__ import annotations

from copy import deepcopy

import pytest

from tests.support.city import PACKS
from tests.support.databases import KINDS
from workflows.calendar import CHINA, OfficeHours
from workflows.governance import organisation, registers
from workflows.governance.hours import office_hours
from workflows.governance.registers import RegisterMismatch
from workflows.governance.schemas import problems
from workflows.governance.validating import UNBOUNDED
from workflows.store import transaction
from workflows.store.json import loads

SUMMER = [["08:00", "12:00"], ["14:30", "17:30"]]
NIGHT = [["00:00", "08:00"], ["16:00", "24:00"]]


@pytest.fixture
def loudi():
    return deepcopy(registers.read_pack(PACKS / "loudi")["organisation"])


def with_hours(content, **hours):
    for unit in content["units"]:
        if unit["id"] in hours:
            unit["hours"] = hours[unit["id"]]
    return content


@pytest.mark.parametrize("session", KINDS, indirect=True)
def test_a_unit_works_as_the_nearest_above_that_has_hours(session, loudi):
    organisation.load(session, with_hours(loudi, east=SUMMER, G01=NIGHT))
    below = [unit["id"] for unit in loudi["units"] if unit["parent"] == "G01"]
    assert office_hours(session, "east") == OfficeHours.of(SUMMER)
    assert office_hours(session, "G02") == OfficeHours.of(SUMMER)
    assert {office_hours(session, unit) for unit in ("G01", *below)} == {OfficeHours.of(NIGHT)}
    assert office_hours(session, "west") == CHINA.hours
    assert office_hours(session, "centre") == CHINA.hours


@pytest.mark.parametrize("session", KINDS, indirect=True)
@pytest.mark.parametrize("unit", ["dissolved", None])
def test_where_there_is_no_unit_any_more_it_works_as_the_city_does(session, loudi, unit):
    assert office_hours(session, unit) == CHINA.hours
    organisation.load(session, with_hours(loudi, centre=SUMMER, east=NIGHT))
    assert office_hours(session, unit) == OfficeHours.of(SUMMER)
    assert office_hours(session, "west") == OfficeHours.of(SUMMER)


def test_without_an_organisation_it_works_as_the_country_does(database):
    with transaction(database) as session:
        assert office_hours(session, "G01") == CHINA.hours


@pytest.mark.parametrize("hours", [[], [["12:00", "08:00"]], [["8", "12"]], "08:00-12:00"])
def test_a_register_with_hours_in_disorder_is_refused(loudi, hours):
    with pytest.raises(RegisterMismatch, match="办公时段"):
        organisation.check(with_hours(loudi, east=hours))


@pytest.mark.parametrize(
    ("hours", "fits"),
    [(NIGHT, True), ([["8:00", "12:00"]], False), ([["08:00", "25:00"]], False), ([["08:00"]], False)],
)
def test_the_schema_of_the_register_knows_hours(loudi, hours, fits):
    schema = loads((PACKS / "loudi" / "registers" / "organisation.schema.json").read_bytes())
    assert (problems(schema, with_hours(loudi, east=hours), UNBOUNDED) == []) is fits
