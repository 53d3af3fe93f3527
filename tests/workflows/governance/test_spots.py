from __future__ import annotations

import pytest

from tests.support.city import BOTH_CITIES, NOW
from workflows.governance import spots
from workflows.governance.spots import BadSpot, Place, SpotMissing

SQUARE = Place("万豪广场", "乐坪大道 1 号", 111.9982, 27.7332)


@BOTH_CITIES
def test_a_spot_lies_in_a_grid_and_has_a_code_that_is_easily_read_out(session):
    [spot] = spots.add(session, [SQUARE], NOW)
    assert spot.grid
    assert len(spot.code) == spots.CODE_LENGTH
    assert not set(spot.code) & set("01IO")
    assert spots.find(session, f" {spot.code.lower()} ") is spot


@BOTH_CITIES
def test_what_is_imported_again_is_not_there_twice(session):
    spots.add(session, [SQUARE], NOW)
    other = Place("中心汽车站", "长青中街", 111.9982, 27.7332)
    assert [spot.name for spot in spots.add(session, [SQUARE, other, other], NOW)] == [other.name]
    assert len(spots.listed(session)) == 2


@BOTH_CITIES
def test_outside_every_grid_nobody_would_come(session):
    with pytest.raises(BadSpot, match="不在任何网格里"):
        spots.add(session, [Place("长沙", "五一广场", 112.97, 28.19)], NOW)


@BOTH_CITIES
def test_a_retired_spot_is_found_no_more(session):
    [spot] = spots.add(session, [SQUARE], NOW)
    spots.retire(session, spot.code, NOW)
    with pytest.raises(SpotMissing):
        spots.find(session, spot.code)
    assert spots.listed(session) == []


@BOTH_CITIES
def test_spots_are_listed_grid_by_grid_and_page_by_page(session):
    added = spots.add(session, [Place(f"点位 {n}", "", 111.9982, 27.7332) for n in range(3)], NOW)
    first, second, third = spots.listed(session, grid=added[0].grid or "")
    assert spots.listed(session, after=first.code, limit=1) == [second]
    assert spots.listed(session, grid="G00") == []
    [(grid, name, number)] = spots.by_grid(session)
    assert (grid, number) == (third.grid, 3)
    assert name


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "x", "address": "", "lon": "1"}, "缺少"),
        ({"name": "x", "address": "", "lon": "东", "lat": "1"}, "经纬度"),
        ({"name": "", "address": "", "lon": "1", "lat": "1"}, "名称"),
        ({"name": "x", "address": "", "lon": "1", "lat": "1", "place_kind": "moon"}, "场所"),
    ],
)
def test_a_line_that_is_wrong_says_which_and_where(row, said):
    with pytest.raises(BadSpot, match=f"第 7 行.*{said}"):
        spots.read(row, 7)


@pytest.mark.parametrize("line", ["万豪广场,乐坪大道 1 号,111.9", f"{'万' * 140_000},乐坪大道 1 号,111.9,27.7"])
def test_a_table_that_breaks_off_or_is_none_says_which_line(line):
    with pytest.raises(BadSpot, match=r"第 [12] 行"):
        spots.read_table(f"name,address,lon,lat\n{line}\n")
