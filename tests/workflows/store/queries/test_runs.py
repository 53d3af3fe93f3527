from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from tests.support.databases import KINDS, database_url, opened
from tests.support.world import MONDAY, World, table
from workflows.runtime import Resource
from workflows.store import read
from workflows.store.queries import runs
from workflows.store.queries.runs import Again, Kept, Period

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CLOCK = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 1}')
RULES = table(
    "sort", ["size"], ["kind"], ["&gt; 10", '"large"'], ["&lt;= 10", '"small"'], ["&gt; 99", '"never"'], policy="FIRST"
)


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A decision, work under a clock, a check that may send it back, and a list that everyone reads in."""
    with database_url(request.param, tmp_path) as url, opened(url) as database:
        world = World(database)
        parts = (
            d.start(),
            d.rule("sort", "sort", "kind"),
            d.user("handle", CLOCK),
            d.user("check"),
            d.xor("good", "good_read"),
            d.user("read", inner=d.each("readers")),
            d.end(),
        )
        flows = "start>sort; sort>handle; handle>check; check>good; good>handle[again]; good>read; read>end"
        world.deploy(d.bpmn(*parts, flows=flows), Resource("sort.dmn", RULES))
        world.pin(MONDAY)
        yield world


def finish(world: World, *minutes: int, size: int = 1, readers: int = 2) -> int:
    """A run whose work took so long, round by round."""
    key = world.start(size=size, readers=list(range(readers)))
    for number, taken in enumerate(minutes, 1):
        world.move(taken * MINUTE)
        world.complete("handle")
        world.complete("check", again=number < len(minutes))
    for _ in range(readers):
        world.complete("read")
    return key


def version(world: World) -> int:
    return int(world.rows("SELECT max(key) FROM process_definition")[0][0])


def test_what_runs_took_is_told_by_the_middle_and_by_the_slowest_tenth(world: World):
    for taken in range(1, 11):
        finish(world, taken)
    with read(world.database) as session:
        keys = runs.sample(session, version(world)).keys
        of = runs.times(session, keys, {"read"})
        assert runs.passes(session, keys, {"read"}) == dict.fromkeys(
            ("p", "start", "sort", "handle", "check", "good", "read", "end"), 10
        )
    assert (of["handle"].median, of["handle"].p90, of["handle"].total) == pytest.approx((330, 540, 3300), abs=0.01)
    assert of["p"].total == pytest.approx(3300, abs=0.01)
    assert "good" not in of


def test_an_odd_number_has_a_middle(world: World):
    for taken in (7, 1, 3):
        finish(world, taken)
    with read(world.database) as session:
        of = runs.times(session, runs.sample(session, version(world)).keys, ())
    assert (of["handle"].median, of["handle"].p90) == pytest.approx((180, 420), abs=0.01)


def test_a_sample_is_the_last_runs_of_a_version_that_ended_in_a_period(world: World):
    first, second, third = (finish(world, 60) for _ in range(3))
    world.start(size=1, readers=[])
    with read(world.database) as session:
        of = version(world)
        assert list(runs.sample(session, of).keys) == [third, second, first]
        assert list(runs.sample(session, of, limit=2).keys) == [third, second]
        within = Period(MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)
        assert runs.sample(session, of, within) == ([second], MONDAY + 2 * HOUR, MONDAY + 2 * HOUR)
        assert list(runs.sample(session, of, Period(until=MONDAY + 2 * HOUR)).keys) == [first]
        assert runs.sample(session, of, Period(since=MONDAY + 9 * HOUR)) == ([], None, None)
        assert runs.sample(session, -1).keys == []
        assert runs.times(session, [], ()) == {}
        assert runs.running(session) == {of: 1}
        assert runs.standing(session, of) == {"p": 1, "handle": 1}


def test_clocks_that_ended_are_counted_with_what_they_used(world: World):
    for taken in (30, 45, 90, 30):
        finish(world, taken)
    world.damage("UPDATE deadline SET exempted = due WHERE key = (SELECT max(key) FROM deadline)")
    with read(world.database) as session:
        kept = runs.kept(session, runs.sample(session, version(world)).keys)
    assert kept == {"handle": Kept("handle", "urgent_hour", 3, 1, 0.75, 1.5)}
    assert kept["handle"].share == pytest.approx(1 / 3)


def test_what_was_done_again_is_counted_by_run_and_so_are_the_flows_that_led_back(world: World):
    finish(world, 1)
    thrice = finish(world, 1, 1, 1)
    with read(world.database) as session:
        keys = runs.sample(session, version(world)).keys
        again = runs.again(session, keys, {"read"})
        taken = runs.flows_taken(session, keys, ["good_handle"])
    assert sorted(again) == [Again(thrice, "check", 3), Again(thrice, "handle", 3)]
    assert taken == {(thrice, "good_handle"): 2}


def test_rules_that_matched_are_counted(world: World):
    for size in (1, 5, 50):
        finish(world, 1, size=size)
    with read(world.database) as session:
        keys = runs.sample(session, version(world)).keys
        [decided] = runs.decided(session, keys)
        hits = runs.rules_hit(session, keys, decided.key)
        assert runs.rules_hit(session, keys[:1], decided.key) == {"sort-0": 1}
    assert (decided.times, decided.failed) == (3, 0)
    assert hits == {"sort-0": 1, "sort-1": 2}
