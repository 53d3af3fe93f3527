"""What a dry run foresees is what the import then does, to every single count, whatever clocks there are."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import diagrams as d
from tests.support.city import PACKS, settle
from tests.support.notices import OF_2027, entry, notice
from tests.support.world import World, table
from tests.workflows.runtime.test_holiday_notices import at
from workflows import runtime
from workflows.governance import organisation, registers
from workflows.runtime import Resource, forecast
from workflows.runtime.errors import Refusal
from workflows.runtime.recounting import Recount
from workflows.store import read, transaction

if TYPE_CHECKING:
    from workflows.runtime.holiday_notices import NoticeImported

NOTICE = notice(2027, OF_2027)
#: Announced anew in January: a bridge day less, another made up, and the first working day free.
CORRECTED = notice(
    2027,
    [
        *(each for each in OF_2027 if each["date"] not in {"2027-01-31", "2027-05-05"}),
        entry("春节", at("2027-01-30").date(), off=False),
    ],
)
NIGHT = [["00:00", "08:00"], ["16:00", "24:00"]]
HOLDERS = ("handler@fire", "grid-worker-street@G07", "nobody@nowhere")
LADDERS = {
    "shares": [("1", "0.7", "null"), ("2", "1", "null"), ("3", "4", "null")],
    "after": [("1", "1", '{unit: "work_day", number: 1}'), ("2", "1", '{unit: "natural_day", number: 6}')],
    "none": [],
}


@pytest.fixture
def city(world: World) -> World:
    """Where one department works at night."""
    with transaction(world.database) as session:
        settle(session)
        register = deepcopy(registers.read_pack(PACKS / "loudi")["organisation"])
        for unit in register["units"]:
            if unit["id"] == "fire":
                unit["hours"] = NIGHT
        organisation.load(session, register)
    ladders = [
        Resource(
            f"{name}.dmn",
            table(
                name,
                ["stage"],
                ["level", "at", "after", "role"],
                *(["-", *rung, '"handler"'] for rung in rungs or [("9", "99", "null")]),
                policy="COLLECT",
            ),
        )
        for name, rungs in LADDERS.items()
    ]
    processes = [
        d.bpmn(
            d.start(),
            d.user(
                "handle",
                d.properties(
                    bihuan_stage="处置",
                    bihuan_limit="=limit",
                    bihuan_holder="=holder",
                    **({"bihuan_ladder": name} if LADDERS[name] else {}),
                ),
            ),
            d.end(),
            flows="start>handle; handle>end",
            process_id=name,
        )
        for name in LADDERS
    ]
    world.deploy(*ladders, *(Resource(f"{n}.bpmn", one) for n, one in enumerate(processes)))
    return world


def fill(world: World, random: Random, begun: str, number: int) -> None:
    """Clocks of all kinds that begin over a month; some stand still, or have stood still, or are extended."""
    moments = sorted(at(begun) + timedelta(minutes=random.randrange(40_000)) for _ in range(number))
    open_ones: list[int] = []
    for moment in moments:
        world.pin(moment)
        unit = random.choice(["work_day", "work_day", "work_hour", "natural_day", "urgent_hour"])
        limit = {
            "unit": unit,
            "number": random.choice([1, 3, 5, 10, 20, 60]) * (1 if unit.endswith("day") else 8),
            "legal": random.random() < 0.3,
        }
        open_ones.append(world.start(random.choice(list(LADDERS)), limit=limit, holder=random.choice(HOLDERS)))
        one = random.choice(open_ones)
        command = random.choice([runtime.suspend_process_instance, runtime.resume_process_instance, None, None])
        try:
            if command:
                world.run(command, one)
            elif random.random() < 0.2:
                [clock] = [row for row in world.deadlines() if row.process_instance_key == one]
                world.run(runtime.extend_deadline, clock.key, reason="等配件")
        except Refusal:
            pass
    runtime.sweep_deadlines(world.database, limit=1_000)


def foresee(world: World, content: bytes, **more: Any) -> NoticeImported:
    with read(world.database) as session:
        return runtime.import_notice(session, content, actor="someone", dry_run=True, **more)


def shown(imported: NoticeImported) -> list[Any]:
    """Those that move by the same may come in any order."""
    return sorted(imported.first, key=lambda moved: (-moved.by, moved.key))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("earlier", [False, True])
def test_each_count_and_each_deadline_that_is_shown_is_what_the_import_makes_of_it(
    city: World, seed: int, earlier: bool
) -> None:
    random = Random(seed)  # noqa: S311
    fill(city, random, "2026-11-20 07:00", 40)
    for content in (NOTICE, CORRECTED):
        foreseen = foresee(city, content, earlier=earlier, reason="局长办公会决定")
        done = city.run(runtime.import_notice, content, earlier=earlier, reason="局长办公会决定")
        assert foreseen.counts == done.counts
        assert shown(foreseen) == shown(done)
        assert foreseen.counts["crossing"] > 5, "or there was nothing to foresee"
        fill(city, random, "2027-01-04 07:00", 20)


def test_what_is_worked_until_midnight_is_due_on_the_day_that_ends(city: World) -> None:
    city.pin(at("2026-12-30 16:00"))
    for hours in (24, 40):
        city.start("shares", limit={"unit": "work_hour", "number": hours}, holder="handler@fire")
    assert [row.due for row in city.deadlines()] == [at("2027-01-01 00:00"), at("2027-01-02 00:00")]
    foreseen, done = foresee(city, NOTICE), city.run(runtime.import_notice, NOTICE)
    assert foreseen.counts == done.counts
    assert [row.due for row in city.deadlines()] == [at("2027-01-01 00:00"), at("2027-01-05 00:00")]


def test_those_that_move_most_are_shown_and_no_more_than_a_hundred(
    city: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "MOST", 5)
    monkeypatch.setattr("workflows.runtime.recounting.MOST", 5)
    city.pin(at("2026-12-28 09:00"))
    for number in (2, 5, 5, 8, 27, 28, 29, 80, 81, 200, 201, 201):
        city.start("shares", limit={"unit": "work_day", "number": number}, holder="x@y")
    foreseen, done = foresee(city, NOTICE), city.run(runtime.import_notice, NOTICE)
    assert foreseen.counts == done.counts
    assert [moved.by for moved in foreseen.first] == [moved.by for moved in done.first]
    assert len(foreseen.first) == 5


def test_clocks_of_which_only_the_day_moves_are_not_counted_one_by_one(
    city: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "MOST", 5)
    monkeypatch.setattr("workflows.runtime.recounting.MOST", 5)
    city.pin(at("2026-12-28 09:00"))
    for _ in range(3):
        for number in range(1, 120, 4):
            city.start("none", limit={"unit": "work_day", "number": number}, holder="x@y")
    counted, count = [], Recount.counted
    monkeypatch.setattr(Recount, "counted", lambda self, row: counted.append(row.key) or count(self, row))
    assert foresee(city, NOTICE).counts["crossing"] == 87
    assert len(counted) < 10
