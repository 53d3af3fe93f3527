"""Verify finds a document that was changed, and a number that is missing."""

from __future__ import annotations

import pytest

from tests.support import papers
from tests.support.databases import database_url, opened
from tests.support.world import World


@pytest.fixture
def world(tmp_path):
    """A world that may end broken."""
    with database_url("sqlite", tmp_path) as url, opened(url) as database:
        world = World(database)
        world.deploy(*papers.pack())
        world.deploy(papers.issuing())
        for _ in range(3):
            world.start(decision=papers.decision())
        assert world.verify() == []
        yield world


@pytest.mark.parametrize(
    ("damage", "rules"),
    [
        (["UPDATE document SET html = replace(html, '不予', '给予') WHERE ordinal = 2"], ["document-changed"]),
        (["UPDATE document SET hash = 'x' WHERE ordinal = 2"], ["document-changed"]),
        (["UPDATE document SET data = json_set(data, '$.date', '2025-01-01') WHERE ordinal = 2"], ["document-changed"]),
        (["UPDATE document SET number = '样〔2026〕第9号' WHERE ordinal = 2"], ["document-changed"]),
        (["UPDATE document SET process_instance_key = 1 WHERE ordinal = 2"], ["document-changed"]),
        (["DELETE FROM document WHERE ordinal = 2"], ["document-missing", "document-number-missing"]),
        (["UPDATE document_number SET last = 4"], ["document-number-missing"]),
        (["UPDATE document SET ordinal = 7 WHERE ordinal = 2"], ["document-number-missing"]),
        (["UPDATE document SET withdrawn_why = 'x'"], []),
    ],
)
def test_damage_is_found(world, damage, rules):
    world.damage(*damage)
    assert sorted(problem.rule for problem in world.verify()) == rules
