"""A holiday notice comes: what it would change is shown, then the year and the open deadlines are taken over."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.support import diagrams as d
from tests.support.notices import OF_2027, entry, notice
from tests.support.world import LADDER, World, table
from workflows import runtime
from workflows.calendar import CHINA, Status
from workflows.runtime import Resource, holiday_notices
from workflows.runtime.calendars import calendar_for, calendar_of, current
from workflows.runtime.deadline_rows import recounted
from workflows.runtime.errors import Conflict
from workflows.runtime.holiday_notices import NoticeInvalid, RecountRunning
from workflows.runtime.reasons import ReasonMissing
from workflows.store import read
from workflows.store.queries.variables import variables

NOTICE = notice(2027, OF_2027)
KEYS = ("crossing", "later", "earlier", "kept", "kept_legal", "official", "provisional", "left")
#: The clerks count the same, with a made-up day less.
CORRECTED = notice(2027, [each for each in OF_2027 if each["date"] != "2027-01-31"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA.zone)


def prepare(world: World, begun: str, ladder: bytes = LADDER) -> None:
    drawn = d.properties(bihuan_stage="处置", bihuan_limit="=limit", bihuan_ladder="ladder")
    task = d.user("handle", d.z("assignmentDefinition", candidateGroups="grid-worker@G07") + drawn)
    process = d.bpmn(d.start(), task, d.end(), flows="start>handle; handle>end")
    world.deploy(process, Resource("ladder.dmn", ladder))
    world.pin(at(begun))


def start(world: World, number: float, unit: str = "work_day", *, legal: bool = False) -> int:
    return world.start(limit={"unit": unit, "number": number, "legal": legal})


def bring(world: World, content: bytes = NOTICE, **more):
    return world.run(runtime.import_notice, content, **more)


def counts(imported) -> dict[str, int]:
    return {name: count for name, count in imported.counts.items() if count}


def due(world: World, key: int) -> datetime:
    return next(row.due for row in world.deadlines() if row.process_instance_key == key).astimezone(CHINA.zone)


def recounts(world: World, key: int):
    return [event.details for event in world.events(key) if event.tag == "deadline:recount"]


def test_a_deadline_over_new_year_is_later_and_official_and_on_record(world: World) -> None:
    prepare(world, "2026-12-28 09:00")
    key, short = start(world, 5), start(world, 1)
    assert (due(world, key), world.deadlines()[0].provisional) == (at("2027-01-04 09:00"), True)
    done = bring(world)
    assert (done.year, done.version, done.status, done.finished) == (2027, 1, Status.PROVISIONAL, True)
    assert counts(done) == {"crossing": 1, "later": 1, "official": 1}
    row = world.deadlines()[0]
    assert (due(world, key), row.provisional) == (at("2027-01-05 09:00"), False)
    # Its rungs and lights move with it.
    assert [datetime.fromisoformat(rung["due"]) for rung in row.rungs][1] == row.due
    assert row.purple_at == at("2027-01-12 09:00")
    [moved] = done.first
    assert (moved.key, moved.before, moved.after, moved.by) == (
        row.key, at("2027-01-04 09:00"), at("2027-01-05 09:00"), timedelta(days=1)
    )  # fmt: skip
    [said] = recounts(world, key)
    assert (said["notice"], said["provisional"]) == ("2027.1", [True, False])
    assert [datetime.fromisoformat(moment) for moment in said["due"]] == [moved.before, moved.after]
    assert due(world, short) == at("2026-12-29 09:00")
    imported, recounted = world.events(0)[-2:]
    assert (imported.tag, recounted.tag) == ("calendar:import", "calendar:recount")
    assert (imported.details["year"], imported.details["version"]) == (2027, 1)
    assert "2027-01-01" in imported.details["days"]
    assert {name: recounted.details[name] for name in KEYS} == done.counts


def test_what_starts_afterwards_is_counted_by_it_too(world: World) -> None:
    prepare(world, "2026-12-28 09:00")
    bring(world)
    key = start(world, 5)
    assert (due(world, key), world.deadlines()[0].provisional) == (at("2027-01-05 09:00"), False)


def test_a_dry_run_tells_the_same_and_changes_nothing(world: World) -> None:
    prepare(world, "2026-12-28 09:00")
    start(world, 5)
    start(world, 300)
    before = (world.deadlines(), world.events(0))
    with read(world.database) as session:
        foreseen = runtime.import_notice(session, NOTICE, actor="someone", dry_run=True)
    assert (world.deadlines(), world.events(0)) == before
    done = bring(world)
    assert (foreseen.counts, foreseen.first, foreseen.days) == (done.counts, done.first, done.days)
    assert (foreseen.finished, done.finished) == (False, True)
    assert [moved.before for moved in done.first] == sorted((moved.before for moved in done.first), reverse=True)


def test_no_deadline_comes_earlier_by_itself(world: World) -> None:
    prepare(world, "2027-01-29 09:00")
    key = start(world, 1)
    assert due(world, key) == at("2027-02-01 09:00")
    done = bring(world)
    assert counts(done) == {"crossing": 1, "kept": 1, "official": 1}
    assert (done.first[0].kept, done.first[0].counted) == (True, at("2027-01-31 09:00"))
    assert due(world, key) == at("2027-02-01 09:00")
    [said] = recounts(world, key)
    assert datetime.fromisoformat(said["counted"]) == at("2027-01-31 09:00")
    # What is counted later goes on from the moment that was kept.
    world.pin(at("2027-01-29 10:00"))
    world.run(runtime.suspend_process_instance, key)
    world.pin(at("2027-01-29 11:00"))
    world.run(runtime.resume_process_instance, key)
    assert due(world, key) == at("2027-02-01 10:00")


def test_a_moment_that_is_kept_and_is_a_holiday_now_is_when_work_begins_again(world: World) -> None:
    prepare(world, "2027-01-29 09:00")
    key = start(world, 5)
    assert due(world, key) == at("2027-02-05 09:00")
    assert counts(bring(world)) == {"crossing": 1, "later": 1, "kept": 1, "official": 1}
    assert due(world, key).replace(second=0) == at("2027-02-15 08:00")  # by the notice alone: 4 February


def test_it_comes_earlier_where_that_is_asked_for_with_a_reason_but_never_one_of_the_law(world: World) -> None:
    prepare(world, "2027-01-29 09:00")
    plain, legal = start(world, 1), start(world, 1, legal=True)
    with pytest.raises(ReasonMissing):
        bring(world, earlier=True)
    done = bring(world, earlier=True, reason="局长办公会决定")
    assert counts(done) == {"crossing": 2, "earlier": 1, "kept": 1, "kept_legal": 1, "official": 2}
    assert due(world, plain) == at("2027-01-31 09:00")
    assert due(world, legal) == at("2027-02-01 09:00")
    assert world.events(0)[-2].details["reason"] == "局长办公会决定"


def test_a_year_may_be_imported_again_and_the_latest_counts(world: World) -> None:
    prepare(world, "2026-12-28 09:00")
    bring(world)
    again = bring(world)
    assert (again.version, again.known, again.days, again.finished) == (1, True, [], True)
    corrected = bring(world, CORRECTED)
    assert (corrected.version, corrected.status, corrected.days) == (2, Status.OFFICIAL, [date(2027, 1, 31)])
    with read(world.database) as session:
        days = current(session).days
        assert not days.is_working(date(2027, 1, 31).toordinal())
        status = runtime.calendar_status(session)
    assert world.rows("SELECT count(*) FROM holiday_notice")[0][0] == 2
    [year] = [each for each in status.years if each.year == 2027]
    assert (year.version, year.actor, year.status) == (2, "someone", Status.OFFICIAL)
    assert bring(world).version == 3


def test_a_deadline_that_does_not_cross_what_changed_is_left_alone(world: World) -> None:
    prepare(world, "2026-12-28 09:00")
    continuous, early = start(world, 30, "natural_day"), start(world, 8, "work_hour")
    bring(world)
    key = start(world, 8)
    before = world.deadlines()
    done = bring(world, CORRECTED)  # only 31 January differs
    assert counts(done) == {}
    assert world.deadlines() == before
    assert [recounts(world, one) for one in (continuous, early, key)] == [[], [], []]


def test_an_ended_deadline_stays_what_it_was(world: World) -> None:
    prepare(world, "2026-12-28 09:00")
    start(world, 5)
    world.complete("handle")
    before = world.deadlines()
    assert counts(bring(world)) == {}
    assert world.deadlines() == before


def test_what_has_fired_stays_and_a_clock_that_stands_still_goes_on_by_the_new_calendar(world: World) -> None:
    prepare(world, "2026-12-28 09:00")
    key = start(world, 5)
    runtime.sweep_deadlines(world.database, at("2026-12-31 09:00"))
    world.pin(at("2026-12-31 09:00"))
    world.run(runtime.suspend_process_instance, key)
    fired = world.deadlines()[0].rungs[0]
    assert counts(bring(world)) == {"crossing": 1, "later": 1, "official": 1}
    row = world.deadlines()[0]
    assert (row.rungs[0], row.fired_level, row.next_level, row.next_at) == (fired, 0, 1, None)
    world.pin(at("2027-01-04 10:00"))
    world.run(runtime.resume_process_instance, key)
    assert due(world, key) == at("2027-01-06 10:00")


def test_every_row_is_afterwards_what_its_clock_gives(world: World) -> None:
    prepare(world, "2027-01-20 09:30")
    for number in range(1, 40, 3):
        start(world, number)
        start(world, number * 5, "work_hour", legal=True)
    bring(world)
    with read(world.database) as session:
        for row in world.deadlines():
            new = recounted(row, calendar_of(session, row.holder))
            assert {name: getattr(row, name) for name in new} == new


def test_many_are_counted_anew_bit_by_bit_each_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holiday_notices, "AT_ONCE", 3)
    prepare(world, "2026-12-28 09:00")
    keys = [start(world, 5) for _ in range(8)]
    done = bring(world)
    assert (done.finished, counts(done)) == (False, {"crossing": 3, "later": 3, "official": 3})
    with pytest.raises(RecountRunning):
        bring(world, CORRECTED)
    assert [runtime.recount_deadlines(world.database, 3) for _ in range(4)] == [3, 2, 0, 0]
    assert {due(world, key) for key in keys} == {at("2027-01-05 09:00")}
    assert [len(recounts(world, key)) for key in keys] == [1] * 8
    assert world.events(0)[-1].details["later"] == 8
    assert issubclass(RecountRunning, Conflict)


def test_a_ladder_whose_rungs_would_change_places_is_left_as_it_is(world: World) -> None:
    ladder = table(
        "ladder", ["stage"], ["level", "at", "after", "role"],
        ['"处置"', "0", "1", '{unit: "work_day", number: 1}', '"handler"'],
        ['"处置"', "1", "1", '{unit: "natural_day", number: 4}', '"handler"'],
        policy="COLLECT",
    )  # fmt: skip
    prepare(world, "2027-02-01 09:00", ladder)
    key = start(world, 3)
    assert due(world, key) == at("2027-02-04 09:00")
    before = world.deadlines()
    assert counts(bring(world)) == {"crossing": 1, "left": 1}
    assert world.deadlines() == before


@pytest.mark.parametrize(
    "content",
    [b"{}", notice(2027, []), notice(2027, [*OF_2027, entry("元旦", date(2027, 1, 1), off=True)])],
)
def test_a_notice_that_cannot_be_is_refused_whole(world: World, content: bytes) -> None:
    with pytest.raises(NoticeInvalid):
        bring(world, content)
    assert world.rows("SELECT count(*) FROM holiday_notice")[0][0] == 0


def test_the_status_says_how_many_deadlines_run_into_a_year_nobody_announced(world: World) -> None:
    prepare(world, "2026-12-28 09:00")
    for number in (1, 5, 300):
        start(world, number)
    start(world, 400, "natural_day")
    with read(world.database) as session:
        status = runtime.calendar_status(session)
    assert status.official_until == date(2026, 12, 31)
    assert [(each.year, each.crossing) for each in status.years if each.status is Status.PROVISIONAL] == [
        (2027, 2),
        (2028, 1),
    ]
    assert status.version == CHINA.days.version
    bring(world)
    with read(world.database) as session:
        status = runtime.calendar_status(session)
    assert (status.official_until, status.recounting) == (date(2027, 12, 31), False)
    assert [(each.year, each.crossing) for each in status.years if each.status is Status.PROVISIONAL] == [(2028, 1)]


TELLS = 'string(is working day(@"2027-10-01")) + string(add working days(@"2027-09-30", 1))'


def test_a_diagram_and_a_decision_count_by_what_was_imported(world: World) -> None:
    script = d.script("count", TELLS, "counted")
    process = d.bpmn(
        d.start(), script, d.rule("ask", "asked", "answer"), d.user("a"), d.end(),
        flows="start>count; count>ask; ask>a; a>end",
    )  # fmt: skip
    world.deploy(process, Resource("asked.dmn", table("asked", ["counted"], ["answer"], ["-", TELLS])))
    world.pin(at("2026-12-28 09:00"))
    before = world.start()
    bring(world)
    after = world.start()
    told = []
    with read(world.database) as session:
        for key in (before, after):
            told += [each.value for each in variables(session, key)]
    assert told == ["true2027-10-01"] * 2 + ["false2027-10-08"] * 2
    assert (
        world.run(runtime.evaluate_decision, {"counted": ""}, decision_id="asked").evaluation.value == "false2027-10-08"
    )


def test_a_calendar_is_built_once_for_each_notice(world: World) -> None:
    bring(world)
    with read(world.database) as one, read(world.database) as other:
        assert current(one).days is current(other).days
        assert calendar_for(one, "nowhere") == current(one)
