"""DMN files at deployment: what they import stays with them, and what their tables hide is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.libraries import IMPORTING, faulty, library
from workflows.runtime import Resource, evaluate_decision
from workflows.runtime.errors import Refused
from workflows.store import transaction
from workflows.store.definitions import _parsed

if TYPE_CHECKING:
    from tests.support.world import World


def fee(world: World, key: int | None = None) -> object:
    _parsed.clear()  # as another process would read it
    with transaction(world.database) as session:
        named = {"decision_id": "fee"} if key is None else {"definition_key": key}
        return evaluate_decision(session, {"n": 5}, actor="test", **named).evaluation.value


def deploy(world: World, factor: int) -> tuple[int, int]:
    """The key and the version of the decision."""
    result = world.deploy(Resource("lib.dmn", library(factor)), Resource("fees.dmn", IMPORTING))
    (row,) = result.decisions
    return row["key"], row["version"]


def test_an_imported_file_stays_with_the_version_that_imports_it(world: World) -> None:
    first, _ = deploy(world, 2)
    second, version = deploy(world, 3)
    assert version == 2  # another library is another version
    assert (fee(world, first), fee(world, second), fee(world)) == (10, 15, 15)


def test_the_same_files_are_the_same_version_and_an_old_library_may_come_back(world: World) -> None:
    assert deploy(world, 2) == deploy(world, 2)
    deploy(world, 3)
    _, version = deploy(world, 2)
    assert version == 3
    assert fee(world) == 10
    assert world.count("decision_import") == 2


def test_an_import_that_is_not_deployed_with_it_is_refused(world: World) -> None:
    with pytest.raises(Refused) as error:
        world.deploy(Resource("fees.dmn", IMPORTING))
    assert any("urn:lib" in finding.message for _, finding in error.value.findings)


def test_overlapping_rules_of_a_unique_table_are_refused_with_an_example(world: World) -> None:
    with pytest.raises(Refused) as error:
        world.deploy(Resource("levels.dmn", faulty()))
    (overlap,) = [finding for _, finding in error.value.findings if finding.severity == "error"]
    assert (overlap.rule, overlap.element_id) == ("decision-overlap", "r2")
    assert "分数 = 5" in overlap.message


def test_a_gap_is_a_warning(world: World) -> None:
    result = world.deploy(Resource("levels.dmn", faulty("FIRST")))
    assert {warning["rule"] for warning in result.warnings} == {"decision-gap"}
    assert [row["decision_id"] for row in result.decisions] == ["level"]
