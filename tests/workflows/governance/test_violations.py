from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.support.city import BOTH_CITIES, NOW
from workflows.engine.timers import parse_duration
from workflows.governance import entries, violations
from workflows.governance.violations import (
    PUNISHED,
    Act,
    ActDecided,
    FirstOffenceScope,
    Matter,
    Outcome,
    Place,
    ViolationDecided,
    count_violations,
)
from workflows.store.errors import Invalid, NotFound

DAY = timedelta(days=1)
HERE = {"grid": "G07", "area": "east", "law": "条例甲", "bureau": "enforcement"}


def act(at=NOW, party="P-0001", matter="E0402", **more):
    return Act(party=party, matter=matter, at=at, **(HERE | more))


def record(session, one, outcome=Outcome.EXEMPT_MAY, instance=1):
    return violations.record(
        session, one, outcome, process_instance_key=instance << 20, case_key=None, actor="p-0032", at=NOW
    )


def count(session, one, **scope):
    return count_violations(session, one, FirstOffenceScope(**scope)).count


@BOTH_CITIES
@pytest.mark.parametrize("outcome", Outcome)
def test_what_was_exempted_counts_and_what_was_not_established_does_not(session, outcome):
    record(session, act(NOW - DAY), outcome)
    uncounted = {
        Outcome.LAPSED,
        Outcome.NOT_ESTABLISHED,
        Outcome.EXEMPT_NO_FAULT,
        Outcome.NO_CAPACITY,
        Outcome.EDUCATED,
    }
    assert count(session, act()) == (outcome not in uncounted)


@BOTH_CITIES
def test_only_earlier_acts_of_the_party_within_the_scope_count(session):
    record(session, act(NOW - DAY), instance=1)
    record(session, act(NOW - 400 * DAY, grid="G01"), instance=2)
    record(session, act(NOW - 800 * DAY), instance=3)
    record(session, act(NOW - 2 * DAY, area="south", grid="G20"), instance=4)
    record(session, act(NOW - DAY, matter="E0401"), instance=5)
    record(session, act(NOW - DAY, matter="E0406", law="条例乙"), instance=6)
    record(session, act(NOW - DAY, matter="E0408", law="条例乙", bureau="fire"), instance=7)
    record(session, act(NOW - DAY, party="P-0002"), instance=8)
    record(session, act(NOW + DAY), instance=9)
    asked = act()
    assert count(session, asked) == 3
    assert count(session, asked, lookback=parse_duration("P1Y")) == 2
    assert count(session, asked, lookback=parse_duration("P3Y")) == 4
    assert count(session, asked, place=Place.AREA) == 2
    assert count(session, asked, place=Place.GRID) == 1
    assert count(session, asked, matter=Matter.LAW) == 4
    assert count(session, asked, matter=Matter.BUREAU) == 5


def test_two_years_are_two_years_of_the_calendar(session):
    record(session, act(datetime(2024, 2, 29, 4, tzinfo=UTC)))
    assert count(session, act(datetime(2026, 2, 28, 4, tzinfo=UTC))) == 1
    assert count(session, act(datetime(2026, 3, 1, 4, tzinfo=UTC))) == 0


def test_the_count_comes_with_its_rows_the_newest_first(session):
    for number in range(60):
        record(session, act(NOW - (number + 1) * DAY), instance=number + 1)
    counted = count_violations(session, act())
    assert (counted.count, len(counted.rows)) == (60, violations.SHOWN)
    assert [row.act_at for row in counted.rows[:2]] == [NOW - DAY, NOW - 2 * DAY]
    shown = violations.as_variables(counted.rows[0])
    assert (shown["actAt"], shown["outcome"], shown["party"]) == ("2026-03-01T01:00:00+00:00", "EXEMPT_MAY", "P-0001")


@BOTH_CITIES
def test_what_a_party_did_under_its_other_names_counts(session):
    record(session, act(NOW - DAY, party="V-0001"))
    assert count(session, act()) == 0
    entries.merge(session, "parties", "V-0001", "P-0001", reason="车主查明", actor="p-0001", at=NOW)
    assert count(session, act()) == 1
    assert count(session, act(party="V-0001")) == 1


def test_nobody_has_no_history(session):
    record(session, act(NOW - DAY, party=None))
    assert count(session, act(party=None)) == 0


def test_a_scope_needs_what_it_looks_for(session):
    with pytest.raises(Invalid, match="grid"):
        count(session, act(grid=None), place=Place.GRID)
    with pytest.raises(Invalid, match="same law、area"):
        count(session, act(law=None, area=None), matter=Matter.LAW, place=Place.AREA)


@BOTH_CITIES
def test_an_instance_decides_an_act_once_however_often_it_says_so(session):
    first = record(session, act())
    assert record(session, act()).key == first.key
    nobody = record(session, act(party=None))
    assert record(session, act(party=None)).key == nobody.key
    with pytest.raises(ViolationDecided):
        record(session, act(), Outcome.PENALTY)
    assert session.execute(text("SELECT count(*) FROM violation")).scalar() == 2


@BOTH_CITIES
@pytest.mark.parametrize(("begins", "ends"), [(0, None), (-1, 1)])
def test_no_other_instance_decides_the_same_act_again(session, begins, ends):
    record(session, act())
    again = act(NOW + begins * DAY, ended=ends and NOW + ends * DAY)
    with pytest.raises(ActDecided):
        record(session, again, instance=2)
    assert record(session, act(NOW - 2 * DAY), instance=2)
    assert record(session, act(matter="E0401"), instance=2)
    assert record(session, act(party="P-0002"), instance=2)


@BOTH_CITIES
def test_an_act_of_a_party_under_another_name_is_decided_once_too(session):
    record(session, act(party="V-0001"))
    entries.merge(session, "parties", "V-0001", "P-0001", reason="车主查明", actor="p-0001", at=NOW)
    with pytest.raises(ActDecided):
        record(session, act(), instance=2)


def test_what_an_unknown_party_did_is_no_act_of_the_next_unknown_one(session):
    record(session, act(party=None), Outcome.EDUCATED)
    assert record(session, act(party=None), Outcome.EDUCATED, instance=2)


@BOTH_CITIES
def test_an_annulled_decision_counts_no_more_and_another_may_take_its_place(session):
    row = record(session, act(NOW - DAY))
    violations.annul(session, row.key, reason="复议撤销", actor="p-0017", at=NOW)
    assert count(session, act()) == 0
    assert record(session, act(NOW - DAY), Outcome.EXEMPT_SHALL).key != row.key
    again, before = violations.annul(session, row.key, reason="再撤一次", actor="p-0018", at=NOW)
    assert before
    assert (again.annulled, again.annulled_by, again.annulled_why) == (NOW, "p-0017", "复议撤销")
    with pytest.raises(NotFound):
        violations.annul(session, 7, reason="x", actor="x", at=NOW)


@pytest.mark.parametrize("outcome", sorted(PUNISHED))
def test_nobody_is_punished_without_identity(session, outcome):
    with pytest.raises(Invalid, match="身份不明"):
        record(session, act(party=None), outcome)


def test_an_act_ends_after_it_began(session):
    with pytest.raises(Invalid, match="终了"):
        record(session, act(ended=NOW - DAY))


@BOTH_CITIES
@pytest.mark.parametrize(
    ("begins", "ends", "same"),
    [(-3, -2, False), (-3, -1, True), (-3, 3, True), (0, None, True), (1, 2, True), (2, None, False)],
)
def test_an_act_that_was_decided_already_is_found(session, begins, ends, same):
    ended = None if ends is None else NOW + ends * DAY
    row = record(session, act(NOW + begins * DAY, ended=ended))
    asked = act(NOW - DAY, ended=NOW + DAY)
    found = count_violations(session, asked).same_act
    assert (found is not None and found.key == row.key) is same
    assert count_violations(session, asked, besides=1 << 20).same_act is None
    assert count_violations(session, act(NOW - DAY, ended=NOW + DAY, matter="E0401")).same_act is None


@BOTH_CITIES
def test_a_lookup_of_one_plate_among_many_reads_an_index(session):
    plan = "EXPLAIN QUERY PLAN" if session.connection().dialect.name == "sqlite" else "EXPLAIN"
    if plan == "EXPLAIN":
        session.execute(text("SET LOCAL enable_seqscan = off"))
    query = "SELECT * FROM violation WHERE party IN ('V-1') AND act_at >= '2024-01-01' AND act_at < '2026-01-01'"
    assert "ix_violation_party_act_at" in str(session.execute(text(f"{plan} {query}")).all())
