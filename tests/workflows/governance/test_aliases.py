from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.city import BOTH_CITIES, NOW
from workflows.governance import aliases, entries
from workflows.governance.aliases import AliasTaken, BadAlias, normalised

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "written",
    [
        "湘K12345",
        "湘k12345",
        "湘Ｋ１２３４５",
        " 湘 K 12345 ",
        "湘K·12345",
        "湘K•12345",
        "湘K-12345",
        "湘\u200bK12345",
        "湘K\u300012345",
    ],
)
def test_a_plate_is_the_same_however_it_is_written(written):
    assert normalised(written) == "湘K12345"


@pytest.mark.parametrize("value", ["", "  ", "·-", "\u200b", "湘" * 10_000, "ﷺ" * 200, 7, None, ["湘K12345"]])
def test_what_is_no_name_is_refused(value):
    with pytest.raises(BadAlias):
        normalised(value)


def put(session, key, plate, at=NOW, **more):
    data = {"id": key, "kind": "vehicle", "name": f"样例-{key}", "plate": plate}
    return entries.put(session, "parties", data, reason="登记", actor="p-0001", at=at, **more)


def holder(session, plate, at):
    return aliases.holder(session, "parties", "plate", normalised(plate), at)


@BOTH_CITIES
def test_a_name_leads_to_whose_it_was_at_the_moment(session):
    put(session, "V-1", ["湘K 11111"], NOW)
    put(session, "V-1", [], NOW + 2 * HOUR)
    put(session, "V-2", ["湘K11111"], NOW + 3 * HOUR)
    found = [holder(session, "湘k·11111", NOW + hours * HOUR) for hours in (-1, 1, 2, 4)]
    assert found == ["V-1", "V-1", "V-2", "V-2"]
    assert holder(session, "湘K99999", NOW) is None


@BOTH_CITIES
def test_a_name_belongs_to_one_entry_only(session):
    put(session, "V-1", ["湘K11111"])
    with pytest.raises(AliasTaken, match="V-1"):
        put(session, "V-2", ["湘K·11111"])
    entries.merge(session, "parties", "V-1", put(session, "V-2", []).key, reason="同一辆车", actor="p-0001", at=NOW)
    put(session, "V-2", ["湘K·11111"], NOW + HOUR)
    assert holder(session, "湘K11111", NOW + HOUR) == "V-2"


def test_the_same_name_twice_in_an_entry_is_one(session):
    put(session, "V-1", ["湘K11111", "湘k·11111"])
    assert holder(session, "湘K11111", NOW) == "V-1"
