"""Article 33 and the list: what comes first, what counts, and that the list only ever helps."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tasks.scenarios import Stage
from tasks.scenarios.reading import read_scenario
from workflows.decisions import parse_decisions
from workflows.governance.drafts import statements
from workflows.governance.violations import Outcome
from workflows.store import read
from workflows.store.tables import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

BPMN = Path(__file__).parents[2] / "bpmn"
PACK = BPMN / "penalty-exemption"
EXEMPTION = parse_decisions((PACK / "exemption.dmn").read_bytes())
LIST = parse_decisions((PACK / "exemption-list.dmn").read_bytes())
PARAMETERS = parse_decisions((PACK / "parameters.dmn").read_bytes())
POWERS = json.loads((BPMN / "enforcement" / "registers" / "powers.json").read_text("utf-8"))

#: An ordinary act: established, corrected in time, without harm, not on the list.
FACTS: dict[str, Any] = {
    "power": {"key": "W-1"},
    "crime": False,
    "officersValid": True,
    "evidenceSufficient": True,
    "act": {"at": "2026-03-02T08:00:00+08:00", "end": None, "discovered": "2026-03-02T08:30:00+08:00"}
    | {"grave": False, "unsafe": False, "emergency": False, "clear": True},
    "party": "P-0001",
    "person": {"organisation": False, "age": 30, "mind": "正常"},
    "permit": None,
    "corrected": "期内改正",
    "harm": "没有",
    "minor": False,
    "noFault": False,
    "priors": {"count": 0},
    "grounds": [],
    "fine": {"warningOnly": False, "most": 5000},
    "list": None,
    "agreed": None,
}
MINOR, FIRST = {"met": True, "type": "轻微不罚"}, {"met": True, "type": "首违免罚"}
HARMLESS = {"EXEMPT_SHALL", "EXEMPT_MAY", "EXEMPT_NO_FAULT"}
NOT_RECORDED = {"NOT_COMPETENT", "NO_VIOLATION", "ADVICE", "PASS", "BARRED", "NONE"}


def decide(decision: str = "exemption", **changes: Any) -> Any:
    return EXEMPTION.evaluate(decision, FACTS | changes).value


def act(**changes: Any) -> dict[str, Any]:
    return {"act": FACTS["act"] | changes}


# Each makes the decision by itself; each comes before all below it.
ORDER: list[tuple[str, dict[str, Any]]] = [
    ("NOT_COMPETENT", {"power": None}),
    ("TRANSFER", {"crime": True}),
    ("NOT_ESTABLISHED", {"officersValid": False}),
    ("NOT_ESTABLISHED", {"evidenceSufficient": False}),
    ("LAPSED", act(at="2024-03-01T08:00:00+08:00")),
    ("EDUCATED", {"party": None}),
    ("NO_CAPACITY", {"person": {"organisation": False, "age": 13, "mind": "正常"}}),
    ("BARRED", act(unsafe=True)),
    ("NO_VIOLATION", {"permit": {"valid": True, "grace": False}}),
    ("EXEMPT_SHALL", {"list": MINOR}),
    ("EXEMPT_NO_FAULT", {"noFault": True}),
    ("EXEMPT_MAY", {"list": FIRST, "priors": {"count": 0}}),
    ("LIGHTEN", {"grounds": ["配合查处有立功表现"], "priors": {"count": 1}}),
    ("SUMMARY", {"fine": {"warningOnly": False, "most": 200}, "priors": {"count": 1}}),
    ("ORDINARY", {"priors": {"count": 1}}),
]


@pytest.mark.parametrize("place", range(len(ORDER)))
def test_what_comes_first_decides(place: int) -> None:
    together: dict[str, Any] = {}
    for _, changes in reversed(ORDER[place:]):
        for name, value in changes.items():
            both = isinstance(value, dict) and isinstance(together.get(name), dict)
            together[name] = together[name] | value if both else value
    if place > 4:  # an act of two years ago is the first of all acts
        together["act"] = (together.get("act") or FACTS["act"]) | {"at": FACTS["act"]["at"]}
    if place > 7:
        together["act"] = together["act"] | {"unsafe": False}
    expected = ORDER[place][0]
    assert decide("gate" if expected == "BARRED" else "exemption", **together)["outcome"] == expected
    if expected == "BARRED":
        assert decide(**together)["outcome"] not in HARMLESS


@pytest.mark.parametrize(
    "changes", [changes for _, changes in ORDER], ids=[f"{i}-{o}" for i, (o, _) in enumerate(ORDER)]
)
def test_every_outcome_says_by_which_article_and_why(changes: dict[str, Any]) -> None:
    decided = decide(**changes)
    assert "行政处罚法" in decided["article"]
    assert decided["reason"]
    assert decided["outcome"] in {outcome.value for outcome in Outcome} | NOT_RECORDED


def test_every_rule_fires_for_some_facts() -> None:
    fired = set()
    persons = [
        {"organisation": organisation, "age": age, "mind": mind}
        for organisation, age, mind in [
            (False, 13, "正常"),
            (False, 14, "正常"),
            (False, 17, "正常"),
            (False, 18, "完全丧失"),
            (False, 30, "部分丧失"),
            (True, None, None),
        ]
    ]
    variants: list[dict[str, Any]] = [changes for _, changes in ORDER]
    variants += [act(emergency=True), act(grave=True) | {"harm": "较重"}, {"permit": {"valid": False, "grace": True}}]
    variants += [{"person": person, "priors": {"count": 1}} for person in persons]
    variants += [{"minor": True}, {"harm": "轻微"}, {"harm": "较重"}, {"corrected": "未改正"}]
    variants += [{"fine": {"warningOnly": True, "most": 0}, "priors": {"count": 1}}]
    variants += [{"fine": {"warningOnly": False, "most": 3000}, "person": persons[-1], "priors": {"count": 1}}]
    for changes in variants:
        outcome = EXEMPTION.evaluate("exemption", FACTS | changes)
        fired |= {rule.rule_id for one in (*outcome.required, outcome) for rule in one.matched}
    assert {rule.id for table in EXEMPTION.tables for rule in table.rules} - fired == set()


@pytest.mark.parametrize(
    ("at", "end", "discovered", "changes", "lapsed"),
    [
        ("2024-03-01T10:00:00+08:00", None, "2026-03-01T10:00:00+08:00", {}, False),
        ("2024-03-01T10:00:00+08:00", None, "2026-03-01T10:00:01+08:00", {}, True),
        ("2020-01-01T10:00:00+08:00", "2024-03-01T10:00:00+08:00", "2026-03-01T10:00:00+08:00", {}, False),
        ("2021-03-02T10:00:00+08:00", None, "2026-03-01T10:00:00+08:00", {"harm": "较重"}, False),
        ("2021-02-28T10:00:00+08:00", None, "2026-03-01T10:00:00+08:00", {"harm": "较重"}, True),
        ("2021-03-02T10:00:00+08:00", None, "2026-03-01T10:00:00+08:00", {"harm": "没有"}, True),
    ],
)
def test_the_limitation_runs_from_the_end_of_the_act(
    at: str, end: str | None, discovered: str, changes: dict[str, Any], lapsed: bool
) -> None:
    given = act(at=at, end=end, discovered=discovered, grave="harm" in changes)
    assert decide("lapsed", **given, **changes) is lapsed


EVERYTHING = {
    "corrected": ["当场改正", "期内改正", "逾期改正", "未改正"],
    "harm": ["没有", "轻微", "较重"],
    "minor": [True, False],
    "noFault": [True, False],
    "priors": [{"count": 0}, {"count": 1}],
}


@pytest.mark.parametrize("harm", EVERYTHING["harm"])
def test_the_list_is_a_floor_and_not_a_ceiling(harm: str) -> None:
    """What the list exempts at discretion is exempted without it as well, after a review; nothing gets heavier by it."""
    names = [name for name in EVERYTHING if name != "harm"]
    for values in product(*(EVERYTHING[name] for name in names)):
        facts = dict(zip(names, values, strict=True)) | {"harm": harm}
        off = decide(**facts, list=None)
        for listed in ({"met": False, "type": "首违免罚"}, {"met": None, "type": "轻微不罚"}):
            assert decide(**facts, list=listed) == off, "a condition that is not met is no reason to punish"
        on = decide(**facts, list=FIRST)
        assert on["weight"] <= off["weight"]
        if on["outcome"] in HARMLESS:
            assert off["outcome"] in HARMLESS
            assert off["review"] is True
        assert decide(**facts, list=MINOR)["weight"] <= on["weight"]


@pytest.mark.parametrize("listed", [None, MINOR, FIRST])
def test_who_is_not_corrected_in_time_is_not_exempted(listed: Any) -> None:
    for corrected, harm in product(("逾期改正", "未改正"), EVERYTHING["harm"]):
        assert decide(corrected=corrected, harm=harm, list=listed, minor=True)["outcome"] not in HARMLESS


def test_discretion_is_never_used_without_a_review_and_what_shall_be_is() -> None:
    assert decide(list=MINOR)["review"] is False
    for changes in ({"list": FIRST}, {"minor": True}, {"noFault": True}, {"harm": "轻微"}):
        assert decide(**changes)["review"] is True
        assert decide(**changes, agreed=True)["outcome"] == decide(**changes)["outcome"]
        assert decide(**changes, agreed=False)["outcome"] not in HARMLESS
    assert decide(list=MINOR, agreed=False)["outcome"] == "EXEMPT_SHALL"


def test_the_list_says_all_that_a_list_has_to_say() -> None:
    [table] = LIST.tables
    assert "示例，不是娄底市的清单" in table.name
    assert len(table.rules) >= 21
    organs = {(power["matter"], power["organ"]) for power in POWERS}
    matters = [json.loads(rule.tests[0].text) for rule in table.rules if rule.tests[0]]
    assert len(set(matters)) == len(table.rules)
    for number, matter in enumerate(matters, start=1):
        item = LIST.evaluate("exemption-list", {"matter": matter, "measures": {}}).value
        assert (item["listed"], item["number"]) == (True, number)
        assert item["type"] in {"轻微不罚", "首违免罚"}
        assert all(item[name] for name in ("name", "basis", "conditions", "source"))
        assert item["unit"] in {"urgent_hour", "work_hour", "work_day", "natural_day"}
        assert item["period"] > 0
        assert item["hold"] >= 0
        assert (matter, "enforcement") in organs
    assert LIST.evaluate("exemption-list", {"matter": "E9999", "measures": {}}).value["listed"] is False


@pytest.mark.parametrize(
    ("measures", "met"),
    [
        ({"area": 5, "days": 2, "damage": False}, True),
        ({"area": 5.1, "days": 2, "damage": False}, False),
        ({"area": 5, "days": 3, "damage": False}, False),
        ({"area": 1, "days": 1, "damage": True}, False),
        ({"area": 1, "damage": False}, None),
        ({}, False),
    ],
)
def test_the_conditions_are_quantities(measures: dict[str, Any], met: bool | None) -> None:
    assert LIST.evaluate("exemption-list", {"matter": "E0403", "measures": measures}).value["met"] is met


def test_first_means_within_a_scope_that_is_a_parameter() -> None:
    usual = PARAMETERS.evaluate("first-offence-scope", {"matter": "E0402"}).value
    assert {name: usual[name] for name in ("lookback", "place", "matter")} == {
        "lookback": "P2Y",
        "place": "city",
        "matter": "same item",
    }
    assert PARAMETERS.evaluate("first-offence-scope", {"matter": "E0406"}).value["lookback"] == "P1Y"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage.set_up(BPMN) as stage:
        yield stage


def issued(stage: Stage, name: str) -> list[dict[str, Any]]:
    """The statements of the document that a scenario ends with."""
    played = stage.play(read_scenario(PACK / "scenarios" / f"{name}.yaml"))
    assert played.differences == []
    with stage.database() as database, read(database) as session:
        return statements(session.scalars(select(Document)).one().data)


def rules(stated: list[dict[str, Any]], part: str) -> set[tuple[str, int, str]]:
    return {
        (source["decisionId"], source["version"], source["ruleId"])
        for each in stated
        if each["part"] == part
        for source in each["sources"]
        if "ruleId" in source
    }


def test_the_document_names_the_rules_that_fired_and_both_versions_of_the_list(stage: Stage) -> None:
    stated = issued(stage, "listed-minor")
    assert all(each["text"] and each["sources"] for each in stated)
    assert rules(stated, "outcome") == {("exemption", 1, "exemption-relief")}
    assert {("relief", 1, "relief-listed-minor"), ("gate", 1, "gate-pass")} <= rules(stated, "legalBasis")
    assert rules(stated, "lists") == {("exemption-list", 1, "item-E0402")}
    assert [each["text"][-5:] for each in stated if each["part"] == "lists"] == ["（行为时）", "（决定时）"]


def test_the_document_says_which_version_was_the_lighter_one(stage: Stage) -> None:
    basis = [each["text"] for each in issued(stage, "lighter-of-two") if each["part"] == "legalBasis"]
    assert "按行为时、决定时的清单各判一次，以较轻的为准，适用决定时的一版" in basis
    assert "行为时没有施行的清单" in basis


def test_what_the_list_does_not_name_is_exempted_all_the_same_and_the_document_says_so(stage: Stage) -> None:
    stated = issued(stage, "unlisted-minor")
    assert [each for each in stated if each["part"] == "lists"] == []
    assert sum("没有列入这一行为" in each["text"] for each in stated) == 2
