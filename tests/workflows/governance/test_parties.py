from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.city import NOW
from workflows.governance import entries, parties
from workflows.governance.entries import EntryMissing
from workflows.store.errors import Invalid


@pytest.mark.parametrize("party", ["V-0001", {"key": "V-0001"}, {"kind": "plate", "value": "湘k·a0002"}])
def test_a_party_is_named_by_its_key_an_entry_or_a_name(session, party):
    assert parties.named(session, party, NOW).key == "V-0001"


def test_nobody_is_nobody(session):
    assert parties.named(session, None, NOW) is None


@pytest.mark.parametrize("party", ["P-9999", {"key": "P-9999"}, {"kind": "plate", "value": "湘K00000"}])
def test_an_unknown_party_is_told(session, party):
    with pytest.raises(EntryMissing):
        parties.named(session, party, NOW)


@pytest.mark.parametrize("party", [7, {}, {"key": 7}, []])
def test_what_names_nobody_is_refused(session, party):
    with pytest.raises(Invalid):
        parties.named(session, party, NOW)


@pytest.mark.parametrize(
    ("at", "owner"),
    [
        (datetime(2025, 12, 31, 15, 59, tzinfo=UTC), "P-0002"),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "P-0003"),
    ],
)
def test_who_had_the_shop_then_answers_for_it(session, at, owner):
    assert parties.responsible(session, entries.find(session, "parties", "S-0001"), at) == owner


def test_without_an_owner_the_vehicle_stands_for_itself(session):
    assert parties.responsible(session, entries.find(session, "parties", "V-0001"), NOW) == "V-0001"


def test_an_owner_who_was_merged_answers_under_the_name_that_stays(session):
    entries.merge(session, "parties", "P-0003", "P-0001", reason="同一人", actor="p-0001", at=NOW)
    assert parties.responsible(session, entries.find(session, "parties", "S-0001"), NOW) == "P-0001"
