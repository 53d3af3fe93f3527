from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.city import BOTH_DATABASES, NOW, database
from tests.support.world import World, table
from workflows.governance import publications
from workflows.governance.publications import PublicationTooLate
from workflows.runtime import Resource
from workflows.store import Database, read, transaction
from workflows.store.errors import Invalid, NotFound
from workflows.store.publications import in_force

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["database"]

DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)  # NOW in 娄底


def rules(*codes: str) -> bytes:
    return table("list", ["code"], ["met"], *([f'"{code}"', "true"] for code in codes))


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    world = World(database)
    for codes in ("A", "AB", "ABC"):
        world.deploy(Resource("list.dmn", rules(*codes)))
    yield world
    assert world.verify() == []


def publish(world: World, **given: Any) -> None:
    with transaction(world.database) as session:
        what = publications.draft(session, {"decision": "list", **given}, at=NOW)
        publications.publish(session, what, actor="p-0031", at=NOW)


def version(world: World, day: date) -> int | None:
    with read(world.database) as session:
        found = in_force(session, "list", day)
    return found and found.version


@BOTH_DATABASES
def test_a_version_holds_from_its_day_until_the_next_one_does(world: World) -> None:
    publish(world, version=1, validFrom="2026-03-02")
    publish(world, version=3, validFrom="2026-05-01")
    publish(world, version=2, validFrom="2026-04-01")
    days = ["2026-03-01", "2026-03-02", "2026-03-31", "2026-04-01", "2026-04-30", "2026-05-01", "2030-01-01"]
    assert [version(world, date.fromisoformat(day)) for day in days] == [None, 1, 1, 2, 2, 3, 3]


def test_what_was_published_last_for_a_day_counts(world: World) -> None:
    publish(world, version=3, validFrom="2026-03-02")
    publish(world, version=1, validFrom="2026-03-02")
    assert version(world, TODAY) == 1


def test_a_version_that_has_run_out_does_not_bring_back_the_one_before(world: World) -> None:
    publish(world, version=1, validFrom="2026-03-02")
    publish(world, version=2, validFrom="2026-04-01", validTo="2026-06-30")
    days = ["2026-03-31", "2026-06-30", "2026-07-01"]
    assert [version(world, date.fromisoformat(day)) for day in days] == [1, 2, None]


def test_no_act_before_the_publication_is_judged_by_it(world: World) -> None:
    with pytest.raises(PublicationTooLate):
        publish(world, validFrom="2026-03-01")
    with pytest.raises(PublicationTooLate):
        publish(world, validFrom="2023-12-31", publishedOn="2024-01-01", reference="娄城管发〔2024〕1号")
    publish(world, validFrom="2024-01-01", publishedOn="2024-01-01", reference="娄城管发〔2024〕1号")
    assert [version(world, date(2023, 12, 31)), version(world, date(2024, 1, 1))] == [None, 3]


def test_without_a_version_the_latest_is_meant(world: World) -> None:
    publish(world, validFrom="2026-03-02")
    assert version(world, TODAY) == 3


def test_what_takes_the_place_of_another_shows_the_rules_that_differ(world: World) -> None:
    publish(world, version=2, validFrom="2026-03-02", reference=" 第 1 号 ")
    world.deploy(Resource("list.dmn", rules("A", "X", "C")))
    with read(world.database) as session:
        what = publications.draft(session, {"decision": "list", "validFrom": "2026-04-01"}, at=NOW)
        shown = publications.as_variables(session, what)
        first = publications.as_variables(
            session, publications.draft(session, {"decision": "list", "version": 1, "validFrom": "2026-03-02"}, at=NOW)
        )
    assert (shown["version"], shown["replaces"], shown["rules"]) == (4, {"version": 2, "validFrom": "2026-03-02"}, 3)
    assert (shown["added"], shown["removed"], shown["changed"]) == (["list-2"], [], ["list-1"])
    assert (first["added"], first["removed"], first["changed"]) == ([], ["list-1"], [])
    assert (shown["publishedOn"], shown["validTo"]) == (None, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "validFrom"),
        ({"validFrom": "1. April"}, "validFrom"),
        ({"validFrom": "2026-04-01", "publishedOn": "2026-03-03"}, "晚于今天"),
        ({"validFrom": "2026-04-01", "publishedOn": "2026-03-01"}, "文号"),
        ({"validFrom": "2026-04-01", "publishedOn": "2026-03-01", "reference": "  "}, "文号"),
        ({"validFrom": "2026-04-01", "validTo": "2026-03-31"}, "失效日期"),
        ({"validFrom": "2026-04-01", "version": True}, "version"),
        ({"validFrom": "2026-04-01", "version": 1 << 70}, "version"),
        ({"validFrom": "2026-04-01", "version": "1"}, "version"),
    ],
)
def test_a_publication_that_is_not_in_order_is_refused(world: World, given: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        publish(world, **given)
    assert version(world, date(2030, 1, 1)) is None


@pytest.mark.parametrize("given", [{"decision": "nothing"}, {"decision": None}, {"version": 9}])
def test_only_what_is_deployed_is_published(world: World, given: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        publish(world, validFrom="2026-04-01", **given)
