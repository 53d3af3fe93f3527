from __future__ import annotations

import pytest

from workflows.governance.extents import Extent, Where

STALLS = {"lon": 112.0130, "lat": 27.7360}
SQUARE = Extent.of({"boundary": [[112.0, 27.7], [112.01, 27.7], [112.01, 27.71], [112.0, 27.71]]})


def test_a_point_lies_in_its_grid_its_area_and_the_city(session):
    where = Where.of(session, STALLS)
    assert {"G07", "east", "centre"} <= where.units.keys()
    assert (where.unit("grid"), where.unit("area"), where.unit("station")) == ("G07", "east", None)


def test_a_unit_is_enough_to_know_those_above_it(session):
    for asked in ({"unit": "G07"}, {"grid": "G07", "area": None}):
        where = Where.of(session, asked)
        assert where.units == {"G07": "grid", "east": "area", "centre": "centre"}
        assert where.point is None
    assert Where.of(session, None).units == {}
    assert Where.of(session, {"unit": "nowhere"}).units == {"nowhere": None}


def test_a_unit_covers_what_lies_in_it(session):
    east = Extent.of({"unit": "east"})
    assert east.covers(Where.of(session, STALLS))
    assert not east.covers(Where.of(session, {"unit": "south"}))
    assert east.box is None
    assert east.distance((112.0, 27.7)) is None


@pytest.mark.parametrize(("radius", "covered"), [(0, False), (50, False), (200, True)])
def test_a_circle_covers_what_is_near(session, radius, covered):
    circle = Extent.of({"lon": 112.0140, "lat": 27.7360, "radius": radius})
    assert circle.covers(Where.of(session, STALLS)) is covered
    assert not circle.covers(Where.of(session, {"unit": "G07"}))


def test_a_boundary_covers_what_is_inside(session):
    assert SQUARE.covers(Where.of(session, {"lon": 112.005, "lat": 27.705}))
    assert not SQUARE.covers(Where.of(session, {"lon": 112.02, "lat": 27.705}))
    assert SQUARE.box == (112.0, 27.7, 112.01, 27.71)
    assert SQUARE.distance((112.005, 27.705)) == 0
    assert SQUARE.distance((112.011, 27.7)) == pytest.approx(98.5, abs=1)


def test_a_circle_is_as_far_as_its_edge():
    circle = Extent.of({"lon": 112.0, "lat": 27.7, "radius": 50})
    assert circle.distance((112.001, 27.7)) == pytest.approx(48.5, abs=1)
    assert circle.distance((112.0001, 27.7)) == 0


@pytest.mark.parametrize(
    "asked", [{"lon": 1}, {"lon": "x", "lat": 1}, {"lon": 200, "lat": 1}, {"lon": 1, "lat": float("nan")}]
)
def test_what_is_no_point_is_refused(session, asked):
    with pytest.raises((KeyError, ValueError)):
        Where.of(session, asked)
