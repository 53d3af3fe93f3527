from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

import pytest

from tests.support.city import PACKS
from workflows.governance import catalogue, organisation, submissions
from workflows.governance.places import metres

LINES = (PACKS / "case-handling" / "samples" / "reports.jsonl").read_text(encoding="utf-8").splitlines()
SAMPLES = [json.loads(line) for line in LINES]
REPORTS = [sample["report"] for sample in SAMPLES]


def test_there_are_three_hundred_in_order_of_time():
    assert [sample["id"] for sample in SAMPLES] == [f"r-{n:03d}" for n in range(1, 301)]
    moments = [datetime.fromisoformat(sample["at"]) for sample in SAMPLES]
    assert moments == sorted(moments)
    assert all(moment.tzinfo for moment in moments)


def test_every_report_can_be_submitted_as_it_stands(session):
    known = catalogue.conditions(session)
    for sample in SAMPLES:
        given = submissions.read(sample["report"] | {"photos": sample["photos"]})
        assert known[given.condition_code].class_code == given.class_code
        assert given.text == sample["report"]["text"]


def test_every_condition_channel_place_and_level_occurs(session):
    assert {report["conditionCode"] for report in REPORTS} == set(catalogue.conditions(session))
    assert {report["channel"] for report in REPORTS} == set(submissions.CHANNELS)
    assert {report["placeKind"] for report in REPORTS} == set(submissions.PLACE_KINDS)
    assert {report["originLevel"] for report in REPORTS} >= {"building", "compound", "grid", "centre"}


def test_no_two_texts_are_the_same():
    assert len({report["text"] for report in REPORTS}) == len(REPORTS)


def test_some_are_anonymous_without_evidence_or_outside_the_city(session):
    outside = [report for report in REPORTS if not organisation.locate(session, report["lon"], report["lat"]).grid]
    assert len([report for report in REPORTS if report["anonymous"]]) >= 20
    assert len([sample for sample in SAMPLES if sample["photos"] == 0]) >= 20
    assert len(outside) == 12
    assert {organisation.locate(session, r["lon"], r["lat"]).area for r in REPORTS} == {
        "east",
        "south",
        "west",
        "north",
        None,
    }


def test_an_anonymous_report_carries_no_reporter():
    assert not [report for report in REPORTS if report["anonymous"] and "reporter" in report]


def test_several_repeat_an_earlier_one_at_the_same_spot():
    repeated = Counter()
    for later, report in enumerate(REPORTS):
        here = (report["lon"], report["lat"])
        for earlier in REPORTS[:later]:
            same = earlier["classCode"] == report["classCode"]
            repeated[same and metres((earlier["lon"], earlier["lat"]), here) <= 50] += 1
    assert repeated[True] == 18


@pytest.mark.parametrize("needle", ["<script>", "DROP TABLE", "\u202e", "🕳", "{{", "\u3000", "../", "__proto__", "𠮷"])
def test_hostile_and_odd_text_is_among_them(needle):
    assert any(needle in report["text"] + report["address"] for report in REPORTS)


def test_the_longest_text_is_near_the_limit():
    assert submissions.MAX_TEXT - 10 < max(len(report["text"]) for report in REPORTS) <= submissions.MAX_TEXT
