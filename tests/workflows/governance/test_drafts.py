"""A decision put in order: what is mandatory is there or named, and every statement says what it rests on."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support import papers
from workflows.governance import templates
from workflows.governance.drafts import draft, statements

TODAY = date(2026, 3, 2)
MANIFEST = papers.manifest()


def lacking(**changes):
    return list(draft(MANIFEST, papers.decision(**changes), TODAY).missing)


def said(part, **changes):
    made = draft(MANIFEST, papers.decision(**changes), TODAY).data
    return [one for one in statements(made) if one["part"] == part]


@pytest.mark.parametrize("name", papers.TEMPLATES)
def test_every_sample_has_a_manifest_that_fits_and_an_example_that_lacks_nothing(name):
    manifest = papers.manifest(name)
    assert templates.unfit(manifest) == []
    assert draft(manifest, manifest["example"], TODAY).missing == {}
    assert "示例" in papers.body(name)


@pytest.mark.parametrize("name", [name for name in MANIFEST["mandatory"] if name != "remedies"])
def test_each_of_the_mandatory_contents_is_missed(name):
    assert lacking(**{name: None}) == [name]
    assert lacking(**{name: ""}) == [name]
    assert lacking(**{name: {}}) == [name]


def test_remedies_come_from_the_manifest_unless_the_decision_has_its_own():
    assert [(one["article"], one["limit"]) for one in MANIFEST["remedies"]] == [
        ("行政复议法第二十条", "P60D"),
        ("行政诉讼法第四十六条", "P6M"),
    ]
    assert [one["sources"] for one in said("remedies")] == [
        [{"parameter": f"manifest.remedies[{place}]"}, {"article": remedy["article"]}]
        for place, remedy in enumerate(MANIFEST["remedies"])
    ]
    [own] = said("remedies", remedies=["先申请复议"])
    assert own == {"part": "remedies", "text": "先申请复议", "sources": [{"variable": "decision.remedies[0]"}]}
    assert lacking(remedies=[]) == ["remedies"]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"facts": [{"text": "有"}, {"text": " "}]}, ["facts"]),
        ({"facts": ["有", {"sources": ["actAt"]}]}, ["facts"]),
        ({"evidence": [{"kind": "documentary"}]}, ["evidence"]),
        ({"legalBasis": [{"article": "行政处罚法第三十三条"}]}, []),
        ({"facts": "一件事", "evidence": "一张照片", "outcome": "不予处罚"}, []),
        ({"party": "某人"}, []),
        ({"party": {"kind": "person"}}, ["party"]),
        ({"organ": "fire"}, ["organ"]),
        ({"organ": {"key": "enforcement"}}, []),
        ({"organ": {"name": MANIFEST["organs"]["enforcement"]["name"]}}, []),
        ({"organ": ["enforcement"]}, ["organ"]),
        ({"date": "2026-03-03"}, ["date"]),
        ({"date": "2026-03-02T23:30:00+08:00"}, []),
        ({"date": "2026-03-02T17:00:00Z"}, ["date"]),
        ({"date": "yesterday"}, ["date"]),
        ({"date": 20260302}, ["date"]),
    ],
)
def test_what_says_nothing_is_missing_and_what_says_it_shortly_is_not(changes, missing):
    assert lacking(**changes) == missing


def test_a_member_of_a_member_can_be_mandatory():
    manifest = papers.manifest("correction-order")
    example = manifest["example"]
    assert list(draft(manifest, example | {"correction": "移回店内"}, TODAY).missing) == ["correction.due"]
    assert list(draft(manifest, example | {"correction": {"due": "2026-03-04"}}, TODAY).missing) == ["correction"]


def test_every_statement_has_its_sources():
    made = statements(draft(MANIFEST, papers.decision(), TODAY).data)
    assert {one["part"] for one in made} == {*MANIFEST["mandatory"], "education", "lists"}
    assert all(one["text"] and one["sources"] for one in made)
    fact = made[1]
    assert fact["sources"] == [{"variable": "decision.facts[0]"}, {"variable": "actAt"}, {"variable": "place"}]


@pytest.mark.parametrize(
    ("outcome", "rule"),
    [
        ({"rule": "r-1"}, {"ruleId": "r-1"}),
        ({"rule": "r-1", "decisionId": "exemption", "version": 2}, {"decisionId": "exemption", "version": 2, "ruleId": "r-1"}),
        ({"rule": {"decisionId": "exemption", "version": 2, "ruleId": "r-1", "more": 1}}, {"decisionId": "exemption", "version": 2, "ruleId": "r-1"}),
    ],
)  # fmt: skip
def test_the_outcome_names_the_rule_that_gave_it(outcome, rule):
    [one] = said("outcome", outcome={"text": "不予行政处罚"} | outcome)
    assert one["sources"] == [{"variable": "decision.outcome"}, rule]


def test_both_versions_of_a_list_are_named_with_their_rule():
    versions = [
        {"id": "exemption-list", "version": 1, "at": "act", "rule": "a"},
        {"id": "exemption-list", "title": "清单", "version": 2, "at": "decision", "rule": "b"},
    ]
    first, second = said("lists", lists=versions)
    assert (first["text"], second["text"]) == ("exemption-list 第 1 版（行为时）", "清单 第 2 版（决定时）")
    assert second["sources"][1] == {"decisionId": "exemption-list", "version": 2, "ruleId": "b"}
    assert said("lists", lists=[{"id": "exemption-list"}]) == []
