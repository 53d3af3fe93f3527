from __future__ import annotations

import pytest

from workflows.governance.places import METRES_PER_DEGREE, bounds, contains, metres, ring

SQUARE = ring([[0, 0], [2, 0], [2, 2], [0, 2]])
NOTCHED = ring([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]])  # an M whose notch reaches down to (2, 1)


@pytest.mark.parametrize("point", [(1, 1), (0, 0), (2, 2), (1, 0), (0, 1.5), (2, 0.1)])
def test_a_square_contains_its_inside_its_edges_and_its_corners(point):
    assert contains(SQUARE, point)


@pytest.mark.parametrize("point", [(-0.01, 1), (2.01, 1), (1, 2.01), (1, -0.01), (3, 0), (-1, 2), (5, 2)])
def test_a_square_does_not_contain_what_is_beside_it(point):
    assert not contains(SQUARE, point)


@pytest.mark.parametrize(("point", "inside"), [((2, 2), False), ((2, 1), True), ((2, 0.9), True), ((0.5, 2), True)])
def test_a_notch_is_outside(point, inside):
    assert contains(NOTCHED, point) is inside


def test_the_direction_of_the_corners_does_not_matter():
    assert contains(SQUARE[::-1], (1, 1))
    assert not contains(SQUARE[::-1], (3, 1))


def test_bounds_are_west_south_east_north():
    assert bounds(ring([[3, 1], [5, 0], [4, 7]])) == (3, 0, 5, 7)


def test_a_degree_of_latitude_is_111_kilometres():
    assert metres((112, 27), (112, 28)) == pytest.approx(METRES_PER_DEGREE, rel=1e-4)


def test_a_degree_of_longitude_shrinks_towards_the_pole():
    assert metres((112, 60), (113, 60)) == pytest.approx(METRES_PER_DEGREE / 2, rel=1e-3)
