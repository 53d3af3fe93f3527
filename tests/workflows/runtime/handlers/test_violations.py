from __future__ import annotations

import pytest

from tests.support.city import NOW
from workflows.governance.violations import ViolationDecided
from workflows.runtime.errors import BpmnError, Invalid
from workflows.runtime.handlers import violations
from workflows.runtime.inline import InlineCall

MATTER = {"code": "E0402", "law": "湖南省城市综合管理条例", "bureau": "enforcement"}
ACT = {"at": "2026-02-01T10:00:00+08:00", "place": {"lon": 112.0125, "lat": 27.7352}}
ASKED = {"party": "P-0003", "matter": "E0402", "actAt": "2026-03-02T10:00:00+08:00", "scope": None}


@pytest.fixture
def call(session):
    def make(variables, instance=1):
        return InlineCall(
            session=session,
            now=NOW,
            actor="p-0032",
            process_instance_key=instance << 20,
            case_id=None,
            element_id="task",
            variables=variables,
            headers={},
        )

    return make


@pytest.fixture
def record(call):
    def of(party, outcome="EXEMPT_MAY", instance=1, **act):
        given = {"party": party, "matter": MATTER, "act": ACT | act, "outcome": outcome}
        return violations.record(call(given, instance))["violation"]

    return of


def test_an_act_is_kept_with_who_had_the_shop_and_where_it_lies(record):
    row = record("S-0001")
    assert (row["party"], row["subject"], row["grid"], row["area"]) == ("P-0003", "S-0001", "G07", "east")
    assert (row["matter"], row["law"], row["outcome"]) == ("E0402", MATTER["law"], "EXEMPT_MAY")
    before = record("S-0001", at="2025-12-01", instance=2)
    assert (before["party"], before["actAt"]) == ("P-0002", "2025-11-30T16:00:00+00:00")


def test_the_count_is_evidence_for_the_record(record, call):
    row = record("S-0001")
    priors = violations.count(call(ASKED, 9))["priors"]
    assert (priors["count"], priors["rows"], priors["sameAct"]) == (1, [row], None)
    assert (priors["party"], priors["since"]) == ("P-0003", "2024-03-02T02:00:00+00:00")
    assert priors["scope"] == {"place": "city", "matter": "same item"}


def test_history_stays_with_the_party_when_the_shop_changes_hands(record, call):
    record("S-0001", at="2025-12-01")
    assert violations.count(call(ASKED | {"party": "S-0001"}, 9))["priors"]["count"] == 0
    assert violations.count(call(ASKED | {"party": "P-0002"}, 9))["priors"]["count"] == 1


def test_the_same_act_of_another_case_is_shown(record, call):
    row = record("S-0001", end="2026-02-03T10:00:00+08:00")
    asked = ASKED | {"actAt": "2026-02-02T10:00:00+08:00"}
    assert violations.count(call(asked, 9))["priors"]["sameAct"] == row
    assert violations.count(call(asked, 1))["priors"] | {"since": ""} == {
        "count": 0, "since": "", "party": "P-0003", "scope": {"place": "city", "matter": "same item"}, "rows": [], "sameAct": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        ({"lookback": "P2Y", "place": "grid", "matter": "same bureau"}, 1),
        ({"lookback": "P2M"}, 1),
        ({"lookback": "P20D"}, 0),
        ({"place": "area"}, 1),
    ],
)
def test_the_scope_is_a_parameter(record, call, scope, count):
    record("P-0003")
    asked = ASKED | {"matter": MATTER, "scope": scope, "place": ACT["place"]}
    assert violations.count(call(asked, 9))["priors"]["count"] == count


@pytest.mark.parametrize(
    "change",
    [
        {"scope": {"lookback": "two years"}},
        {"scope": {"lookback": 2}},
        {"scope": {"place": "street"}},
        {"scope": {"matter": "anything"}},
        {"scope": "P2Y"},
        {"matter": None},
        {"matter": {"law": "x"}},
        {"actAt": "yesterday"},
    ],
)
def test_what_cannot_be_counted_is_told(call, change):
    with pytest.raises(Invalid):
        violations.count(call(ASKED | change))


def test_an_outcome_that_changes_is_no_repetition(record):
    assert record("P-0003") == record("P-0003")
    with pytest.raises(ViolationDecided):
        record("P-0003", "ORDINARY")


def test_an_act_that_another_instance_decided_is_a_business_error(record):
    record("S-0001", end="2026-02-03T10:00:00+08:00")
    with pytest.raises(BpmnError) as refused:
        record("P-0003", instance=2, at="2026-02-02T10:00:00+08:00")
    assert (refused.value.code, refused.value.variables["refusal"]["code"]) == ("ALREADY_DECIDED", "ACT_DECIDED")


def test_an_unknown_party_may_be_educated_and_not_punished(record):
    assert record(None)["party"] is None
    with pytest.raises(Invalid, match="身份不明"):
        record(None, "SUMMARY", 2)
