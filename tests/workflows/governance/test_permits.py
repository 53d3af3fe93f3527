from __future__ import annotations

from datetime import datetime

import pytest

from tests.support.city import BOTH_CITIES, NOW
from workflows.governance import entries, parties, permits
from workflows.governance.extents import Where

MARKET = {"lon": 112.0130, "lat": 27.7360}
SHOP = {"lon": 112.0125, "lat": 27.7352}
FAR = {"lon": 112.0300, "lat": 27.7600}


def check(session, at, place=MARKET, matter="E0401", party=None):
    moment = datetime.fromisoformat(f"{at}+08:00")
    holder = parties.named(session, party, moment)
    found = permits.check(session, matter=matter, where=Where.of(session, place), at=moment, party=holder)
    return found and (found.entry.key, "grace" if found.grace else "valid")


@BOTH_CITIES
@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-03-02T16:59:59", None),
        ("2026-03-02T17:00:00", ("X-STALL-01", "valid")),
        ("2026-03-02T23:29:59", ("X-STALL-01", "valid")),
        ("2026-03-02T23:30:00", ("X-STALL-01", "grace")),
        ("2026-03-03T00:29:59", ("X-STALL-01", "grace")),
        ("2026-03-03T00:30:00", None),
        ("2026-12-31T20:00:00", ("X-STALL-01", "valid")),
        ("2027-01-01T00:15:00", ("X-STALL-01", "grace")),
        ("2027-01-01T20:00:00", None),
        ("2025-12-31T20:00:00", None),
    ],
)
def test_a_tidal_stall_is_allowed_in_its_hours_and_advised_shortly_after(session, at, found):
    assert check(session, at) == found


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-02-10T00:00:00", ("X-FEST-01", "valid")),
        ("2026-02-24T23:59:59", ("X-FEST-01", "valid")),
        ("2026-02-25T00:00:00", ("X-FEST-01", "grace")),
        ("2026-02-25T00:59:59", ("X-FEST-01", "grace")),
        ("2026-02-25T01:00:00", None),
        ("2026-02-09T23:59:59", None),
    ],
)
def test_a_festival_ends_at_midnight_everywhere(session, at, found):
    for place in (FAR, {"unit": "south"}, None):
        assert check(session, at, place) == found


def test_a_market_is_held_on_some_days_of_the_week(session):
    saturday, monday = "2026-03-07T06:00:00", "2026-03-02T06:00:00"
    assert check(session, saturday, {"unit": "G01"}) == ("X-STALL-02", "valid")
    assert check(session, monday, {"unit": "G01"}) is None


@pytest.mark.parametrize(
    ("place", "matter", "party", "found"),
    [
        (SHOP, "E0402", "S-0001", "X-FRONT-01"),
        (SHOP, "E0402", "P-0003", None),  # the permit is the shop's
        (SHOP, "E0402", "P-0001", None),
        (SHOP, "E0402", None, None),
        (FAR, "E0402", "S-0001", None),
        (SHOP, "E0404", "S-0001", None),
    ],
)
def test_a_permit_holds_for_its_holder_in_its_place_for_its_matters(session, place, matter, party, found):
    answer = check(session, "2026-03-02T10:00:00", place, matter, party)
    assert (answer and answer[0]) == found


def test_a_permit_of_the_owner_holds_for_the_shop(session):
    owned = entries.find(session, "permits", "X-FRONT-01").data | {"party": "P-0003"}
    entries.put(session, "permits", owned, reason="换发", actor="p-0001", at=NOW)
    assert check(session, "2026-03-02T10:00:00", SHOP, "E0402", "S-0001") == ("X-FRONT-01", "valid")


@pytest.mark.parametrize(("at", "state"), [("2026-03-03T01:59:00", "valid"), ("2026-03-03T02:10:00", "grace")])
def test_a_window_may_go_past_midnight(session, at, state):
    late = entries.find(session, "permits", "X-STALL-01").data | {"windows": [{"from": "22:00", "to": "02:00"}]}
    entries.put(session, "permits", late, reason="延长", actor="p-0001", at=NOW)
    assert check(session, at) == ("X-STALL-01", state)


def test_what_is_valid_goes_before_what_is_in_its_grace(session):
    later = entries.find(session, "permits", "X-STALL-01").data | {
        "id": "X-STALL-09",
        "windows": [{"from": "23:30", "to": "24:00"}],
    }
    entries.put(session, "permits", later, reason="夜宵", actor="p-0001", at=NOW)
    assert check(session, "2026-03-02T23:45:00") == ("X-STALL-09", "valid")
