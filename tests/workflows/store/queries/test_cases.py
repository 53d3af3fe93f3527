"""The filters of cases, each alone and together, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, update

from tests.support import diagrams as d
from tests.support.city import NOW, REPORT, settle
from tests.support.databases import KINDS, database_url, opened
from tests.support.world import World
from workflows.governance import cases
from workflows.governance.involved import involve
from workflows.store import read, transaction
from workflows.store.queries.cases import COUNTED, Filter, NoSuchFilter, block_of_cases, count_cases, list_cases
from workflows.store.queries.seen import Within
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = timedelta(hours=1)
CLOCK = d.user("handle", d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 10}'))
CHECK = d.user("check", d.properties(bihuan_stage="核查", bihuan_limit='={unit: "urgent_hour", number: 2}'))


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Five cases: four are handled, two of them in the second version; the last has no process."""
    with database_url(request.param, tmp_path_factory.mktemp("cases")) as url, opened(url) as database:
        world = World(database)
        with transaction(database) as session:
            settle(session)
        world.pin(NOW)
        world.process(d.start(), CLOCK, d.end(), flows="start>handle; handle>end")
        keys = [report(world, text) for text in ("井盖不见了", "路灯不亮", "50%_已坏\\半", "井盖破了", "乱停车")]
        for key, nested in zip(keys[:2], ({"name": "甲", "n": 1}, {"name": "乙", "n": 12}), strict=True):
            world.start(case_id=key, about=nested, urgent=True)
        world.process(d.start(), CHECK, d.end(), flows="start>check; check>end")
        for key in keys[2:4]:
            world.start(case_id=key, urgent=False)
        with transaction(database) as session:
            session.execute(update(Case).where(Case.key == keys[0]).values(handler_group="handler@traffic-police"))
            session.execute(update(Case).where(Case.key == keys[1]).values(handler_group="handler@police"))
            cases.close(session, keys[4], NOW)
        yield world


def report(world: World, text: str) -> int:
    with transaction(world.database) as session:
        return int(cases.report(session, REPORT | {"text": text}, now=NOW).key)


def numbers(world: World, later: timedelta = timedelta(), **wanted: Any) -> list[int]:
    """The numbers of the cases found, as the list, the count and all blocks have them."""
    with read(world.database) as session:
        of, at = Filter(**wanted), NOW + later
        found = [case.number for case in list_cases(session, of, at)]
        assert count_cases(session, of, at) == len(found)
        blocks, before = [], None
        while block := block_of_cases(session, of, at, limit=2, before=before):
            blocks += [case.number for case in block]
            before = blocks[-1]
        assert blocks == found
    return [int(number[-6:]) for number in found]


def test_the_newest_come_first_and_a_page_reads_on_from_the_last(world: World):
    assert numbers(world) == [5, 4, 3, 2, 1]
    with read(world.database) as session:
        page = list_cases(session, Filter(), NOW, limit=2, before="2026-000004")
        assert [case.number[-1] for case in page] == ["3", "2"]
        assert count_cases(session, Filter(), NOW, most=3) == 4, "one more than counted stands for all that are more"
    assert COUNTED >= 1_000


def test_what_the_case_says_of_itself(world: World):
    assert numbers(world, state="closed") == [5]
    assert numbers(world, open=False) == [5]
    assert numbers(world, open=True) == [4, 3, 2, 1]
    assert numbers(world, channel="qr", state="reported") == [4, 3, 2, 1]
    assert numbers(world, class_code="C0101") == [5, 4, 3, 2, 1]
    assert numbers(world, class_code="E0101") == []
    assert numbers(world, unit="police") == [2], "the end of another unit's name is not the unit"
    assert numbers(world, reported_from=NOW) == [5, 4, 3, 2, 1]
    assert numbers(world, reported_before=NOW) == []
    assert numbers(world, ended_from=NOW) == [5]
    assert numbers(world, ended_before=NOW) == []
    assert numbers(world, ended_from=NOW) + numbers(world, ended_before=NOW) == numbers(world, open=False)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("井盖", [4, 1]),
        ("长青中街", [5, 4, 3, 2, 1]),
        ("000002", [2]),
        ("2026-000002", [2]),
        ("2026-0", [5, 4, 3, 2, 1]),
        ("2026-1", []),
        ("%_", [3]),
        ("*", []),
        ("\\半", [3]),
        (" 路灯 ", [2]),
    ],
)
def test_a_text_is_found_as_it_is_written(world: World, text: str, found: list[int]):
    assert numbers(world, text=text) == found


def test_a_process_and_its_version_are_those_of_one_instance(world: World):
    assert numbers(world, process="p") == [4, 3, 2, 1]
    assert numbers(world, process="p", version=2) == [4, 3]
    assert numbers(world, version=1) == [2, 1]
    assert numbers(world, process="q") == []


def test_stage_light_and_hours_are_those_of_one_clock(world: World):
    assert numbers(world, stage="核查") == [4, 3]
    assert numbers(world, light="RED") == []
    assert numbers(world, 3 * HOUR, light="RED") == [4, 3]
    assert numbers(world, 3 * HOUR, light="RED", stage="处置") == []
    assert numbers(world, 3 * HOUR, overdue_hours=0) == [4, 3]
    assert numbers(world, 3 * HOUR, overdue_hours=1) == [4, 3]
    assert numbers(world, 3 * HOUR, overdue_hours=2) == []
    assert numbers(world, light="PAUSED") == []
    for wrong in ({"light": "MAUVE"}, {"overdue_hours": -1}, {"overdue_hours": 10**12}):
        with pytest.raises(NoSuchFilter):
            numbers(world, **wrong)


@pytest.mark.parametrize(
    ("variable", "found"),
    [
        ("name=甲", [1]),
        ("urgent=true", [2, 1]),
        ("urgent=false", [4, 3]),
        ("n=1", [1]),
        ("n=12", [2]),
        ("n=2", []),
        (" name = 乙 ", [2]),
        ('name="甲"', []),
        ("x=", []),
    ],
)
def test_a_variable_is_found_by_its_name_and_its_whole_value(world: World, variable: str, found: list[int]):
    assert numbers(world, variable=variable) == found
    assert numbers(world, variable=variable, version=1) == [one for one in found if one <= 2]


def test_variables_are_looked_for_in_the_newest_of_those_that_are_meant_whoever_asks(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    with transaction(world.database) as session:
        for key in session.scalars(select(Case.key)):
            involve(session, key, ["@everywhere"])
    everywhere, nowhere = frozenset({"@everywhere"}), frozenset({"@nowhere"})
    for most, found, of_the_first_version in ((4, [2], [2, 1]), (3, [], [2, 1]), (1, [], [2])):
        monkeypatch.setattr("workflows.store.queries.cases.LOOKED_THROUGH", most)
        for seen in (None, Within(everywhere), Within(everywhere, many=True)):
            assert numbers(world, variable="urgent=true", within=seen) == found
            assert numbers(world, variable="urgent=true", version=1, within=seen) == of_the_first_version
        for many in (False, True):
            assert numbers(world, variable="urgent=true", version=1, within=Within(nowhere, many)) == []


@pytest.mark.parametrize("wrong", ["name", "=甲", ""])
def test_a_variable_without_a_name_or_value_is_refused(world: World, wrong: str):
    with pytest.raises(NoSuchFilter):
        numbers(world, variable=wrong)


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"state": "closed"},
        {"open": False},
        {"open": True},
        {"grid": "G07"},
        {"reported_from": NOW, "reported_before": NOW + HOUR},
    ],
    ids=lambda wanted: "+".join(wanted) or "all",
)
def test_each_is_counted_from_an_index_and_no_case_is_read(world: World, wanted: dict[str, Any]):
    if world.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL decides by how many rows there are")
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.extend(row[-1] for row in cursor.fetchall())

    with read(world.database) as session:
        event.listen(session.connection(), "before_cursor_execute", explain)
        count_cases(session, Filter(**wanted), NOW, most=None)
    [plan] = plans
    assert " INDEX ix_case_" in plan
    assert "COVERING" in plan or wanted == {"open": True}, "of what is open there is little"


def test_all_are_counted_where_nothing_bounds_it(world: World):
    with read(world.database) as session:
        assert count_cases(session, Filter(), NOW, most=3) == 4
        assert count_cases(session, Filter(), NOW, most=None) == 5
        assert count_cases(session, Filter(variable="urgent=true"), NOW, most=None) == 2
