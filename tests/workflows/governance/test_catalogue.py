from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.city import PACKS
from workflows.calendar import Limit
from workflows.calendar import Unit as LimitUnit
from workflows.governance import catalogue, registers
from workflows.governance.catalogue import UnknownCondition

ROWS = registers.read_pack(PACKS / "case-handling")["filing-conditions"]


def test_a_condition_tells_its_class_trade_and_department(session):
    manhole = catalogue.find(session, "C0101-01")
    assert (manhole.class_code, manhole.trade, manhole.department) == ("C0101", "street", "municipal-maintenance")
    assert "井盖" in manhole.name


def test_an_unknown_condition_is_named(session):
    with pytest.raises(UnknownCondition, match="C9999-01") as refused:
        catalogue.find(session, "C9999-01")
    assert refused.value.details[0]["pointer"] == "/conditionCode"


def test_the_catalogue_covers_every_major_class_of_components_and_events():
    assert len(ROWS) >= 40
    assert {row["major"] for row in ROWS if row["kind"] == "component"} == {f"0{n}" for n in range(1, 6)}
    assert {row["major"] for row in ROWS if row["kind"] == "event"} == {f"0{n}" for n in range(1, 7)}


def test_codes_are_unique_and_say_kind_major_and_class():
    assert len({row["code"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row["code"][0] == {"component": "C", "event": "E"}[row["kind"]]
        assert row["code"][1:3] == row["major"]
        assert row["code"][:5] == row["classCode"]


def test_a_class_has_one_name():
    names = {(row["classCode"], row["className"]) for row in ROWS}
    assert len(names) == len({code for code, _ in names})


def test_what_follows_a_condition_is_a_condition():
    codes = {row["code"] for row in ROWS}
    followed = [row["followedBy"] for row in ROWS if "followedBy" in row]
    assert followed
    assert set(followed) <= codes


def test_every_limit_is_one_the_calendar_counts_in_and_all_four_units_occur():
    units = {Limit(LimitUnit(row["limit"]["unit"]), Decimal(row["limit"]["number"])).unit for row in ROWS}
    assert units == set(LimitUnit)


def test_a_missing_tree_has_a_limit_for_each_season():
    tree = next(row for row in ROWS if row["code"] == "C0401-02")
    assert tree["limitBySeason"]["planting"] == {"unit": "work_day", "number": 15}
    assert set(tree["limitBySeason"]) == {"planting", "ordinary"}
