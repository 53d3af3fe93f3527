from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.city import BOTH_CITIES, NOW
from workflows.governance import entries, lookups, register_schemas
from workflows.governance.aliases import BadAlias
from workflows.governance.lookups import LookupInvalid


def keys(session, register, asked, **more):
    schema = register_schemas.find(session, register)
    found = lookups.every(session, schema, lookups.read(session, schema, asked), now=NOW, most=100, **more)
    return [entry.key for entry in found]


@BOTH_CITIES
@pytest.mark.parametrize(
    ("register", "asked", "found"),
    [
        ("parties", {"key": "P-0002"}, ["P-0002"]),
        ("parties", {"key": "P-9999"}, []),
        ("parties", {"key": "P-0002", "where": {"kind": "shop"}}, []),
        ("parties", {"alias": {"kind": "plate", "value": "湘ka0001"}}, ["P-0001"]),
        ("parties", {"alias": {"kind": "plate", "value": "湘K00000"}}, []),
        ("parties", {"key": "P-0002", "alias": {"kind": "plate", "value": "湘ka0001"}}, []),
        ("parties", {"where": {"kind": "organisation"}}, ["P-0002", "P-0003"]),
        ("parties", {"where": {"kind": "organ%"}}, []),
        ("parties", {"where": {"kind": "organisatio_"}}, []),
        ("parties", {"where": {"name": 'a"b\\'}}, []),
        ("permits", {"where": {"matters": "E0402"}}, ["X-FEST-01", "X-FRONT-01"]),
        ("permits", {"where": {"matters": "E040"}}, []),
        ("permits", {"where": {"stalls": 62}}, ["X-STALL-01"]),
        ("permits", {"where": {"stalls": Decimal("62.0")}}, ["X-STALL-01"]),
        ("permits", {"where": {"stalls": True}}, []),
        ("permits", {"where": {"document": None, "kind": "cross-frontage"}}, ["X-FRONT-01"]),
        ("permits", {"at": "2026-02-17T08:00:00+08:00", "where": {"kind": "festival"}}, ["X-FEST-01"]),
        ("permits", {"at": "2026-02-25T00:00:00+08:00", "where": {"kind": "festival"}}, []),
        ("permits", {"place": {"lon": 112.0125, "lat": 27.7352}}, ["X-FRONT-01", "X-STALL-01"]),
        ("permits", {"place": {"lon": 112.0135, "lat": 27.7352}}, ["X-STALL-01"]),
        ("permits", {"place": {"lon": 112.0135, "lat": 27.7352, "within": 100}}, ["X-FRONT-01", "X-STALL-01"]),
        ("permits", {"place": {"unit": "G01"}}, ["X-STALL-02"]),
        ("permits", {"place": {"unit": "east"}}, []),
        ("powers", {"where": {"matter": "E0410"}, "at": "2025-06-01T00:00:00Z"}, ["W-E0410-1"]),
        ("powers", {"where": {"matter": "E0410"}, "at": "2026-06-01T00:00:00Z"}, ["W-E0410-2"]),
        ("powers", {"key": "W-E0410-1", "at": "2026-06-01T00:00:00Z"}, []),
    ],
)  # fmt: skip
def test_entries_are_found(session, register, asked, found):
    assert keys(session, register, asked) == found


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        (None, ""),
        ("P-1", ""),
        ({"name": "x"}, "/name"),
        ({"key": 7}, "/key"),
        ({"where": [1]}, "/where"),
        ({"where": {"nothing": 1}}, "/where/nothing"),
        ({"where": {"owners": []}}, "/where/owners"),
        ({"where": {"owners": {}}}, "/where/owners"),
        ({"alias": "x"}, "/alias"),
        ({"alias": {"kind": "nothing", "value": "x"}}, "/alias"),
        ({"at": "today"}, "/at"),
        ({"at": "2026-03-02T08:00:00"}, "/at"),
        ({"at": 7}, "/at"),
        ({"place": "here"}, "/place"),
        ({"place": {"lon": 1}}, "/place"),
        ({"place": {"lon": 1, "lat": 1, "within": -1}}, "/place"),
        ({"place": {"lon": 1, "lat": 1, "within": "far"}}, "/place"),
    ],
)
def test_what_cannot_be_asked_is_told(session, asked, pointer):
    with pytest.raises(LookupInvalid) as refused:
        keys(session, "parties", asked)
    assert refused.value.details[0]["pointer"] == pointer


def test_a_name_that_is_none_is_told(session):
    with pytest.raises(BadAlias):
        keys(session, "parties", {"alias": {"kind": "plate", "value": "x" * 10_000}})


def test_whoever_asks_for_one_that_was_merged_is_given_the_one_that_stays(session):
    entries.merge(session, "parties", "V-0001", "P-0001", reason="车主查明", actor="p-0001", at=NOW)
    for asked in ({"key": "V-0001"}, {"alias": {"kind": "plate", "value": "湘KA0002"}}):
        assert keys(session, "parties", asked) == ["P-0001"]
    assert "V-0001" not in keys(session, "parties", {})


@BOTH_CITIES
def test_pages_follow_each_other(session, monkeypatch):
    monkeypatch.setattr(lookups, "BATCH", 3)
    schema = register_schemas.find(session, "powers")
    lookup = lookups.read(session, schema, {})
    everything = keys(session, "powers", {})
    found, after = [], None
    while True:
        page = lookups.search(session, schema, lookup, now=NOW, limit=4, after=after)
        found += [entry.key for entry in page.entries]
        if (after := page.after) is None:
            break
    assert found == everything
    assert everything == sorted(everything)
    assert len(everything) > 2 * 4, "more than two pages"


def test_a_page_looks_at_so_many_and_goes_on_from_there(session, monkeypatch):
    monkeypatch.setattr(lookups, "MOST_LOOKED_AT", 5)
    assert keys(session, "powers", {"where": {"to": "2025-12-31"}}) == ["W-E0410-1"]


def test_part_of_an_answer_is_none(session):
    schema = register_schemas.find(session, "powers")
    with pytest.raises(LookupInvalid, match="超过 5 个"):
        lookups.every(session, schema, lookups.read(session, schema, {}), now=NOW, most=5)


def test_a_name_leads_to_whose_it_was_then(session):
    put = {"reason": "过户", "actor": "p-0001"}
    later = NOW + timedelta(days=1)
    entries.put(session, "parties", {"id": "V-0001", "kind": "vehicle", "name": "样例-小型汽车"}, at=later, **put)
    given = {"id": "V-0002", "kind": "vehicle", "name": "样例-小型汽车", "plate": ["湘KA0002"]}
    entries.put(session, "parties", given, at=later, **put)
    asked = {"alias": {"kind": "plate", "value": "湘KA0002"}}
    assert keys(session, "parties", asked | {"at": "2026-03-02T09:00:00+08:00"}) == ["V-0001"]
    assert keys(session, "parties", asked | {"at": "2026-03-09T09:00:00+08:00"}) == ["V-0002"]
