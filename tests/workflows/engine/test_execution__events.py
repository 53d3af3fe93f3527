"""Timers, messages and the borders of activities."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.diagrams import (
    boundary,
    bpmn,
    catch,
    end,
    io,
    message,
    on_message,
    parallel,
    properties,
    start,
    sub,
    timer,
    user,
    xor,
    z,
)


def guarded(definition: str, *, interrupting: bool, more: str = "") -> bytes:
    return bpmn(
        start(), user("a"), boundary("b", "a", definition, interrupting=interrupting),
        user("x"), user("after"), end(), more=more, flows="start>a;a>after;after>end;b>x;x>end",
    )  # fmt: skip


def test_an_interrupting_timer_takes_the_task_away(run):
    case = run(guarded(timer("Duration", "PT1H"), interrupting=True))
    assert case.one("b", "Timer").due == case.now + timedelta(hours=1)
    case.move(minutes=59)
    assert case.ids("UserTask") == ["a"]
    case.move(minutes=1)
    assert case.ids() == ["x"]


def test_a_non_interrupting_timer_adds_a_task_once(run):
    case = run(guarded(timer("Duration", "PT1H"), interrupting=False))
    case.move(hours=5)
    assert case.ids() == ["a", "x"]
    case.complete("a")
    assert case.ids() == ["x", "after"]


def test_a_cycle_fires_each_time_and_ends_with_its_task(run):
    case = run(guarded(timer("Cycle", "R3/PT1H"), interrupting=False))
    case.move(hours=2)
    assert case.ids("UserTask") == ["a", "x", "x"]
    case.move(hours=10)
    assert case.ids() == ["a", "x", "x", "x"]
    endless = run(guarded(timer("Cycle", "R/PT1H"), interrupting=False))
    endless.move(hours=4)
    assert endless.ids("UserTask").count("x") == 4
    endless.complete("a")
    assert endless.ids("Timer") == []


def test_after_downtime_a_cycle_is_next_due_by_its_own_beat(run):
    case = run(guarded(timer("Cycle", "R/PT1H"), interrupting=False))
    began = case.now
    case.move(hours=2, minutes=30)
    assert case.one("b", "Timer").due == began + timedelta(hours=3)


@pytest.mark.parametrize(("kind", "text", "seconds"), [
    ("Duration", '=duration("PT90S")', 90),
    ("Duration", "=wait", 120),
    ("Date", "2026-03-02T09:10:00+08:00", 600),
    ("Date", "=at", 600),
    ("Date", '=date and time("2026-03-02T09:10:00+08:00")', 600),
    ("Date", "2026-03-02T09:10:00", 600),
    ("Duration", "-PT1H", -3600),
    ("Duration", "P1M", 31 * 86400),
])  # fmt: skip
def test_a_timer_takes_iso_text_or_feel(run, kind, text, seconds):
    case = run(guarded(timer(kind, text), interrupting=True), wait="PT2M", at="2026-03-02T01:10:00Z")
    assert case.one("b", "Timer").due == case.now + timedelta(seconds=seconds)


def test_a_timer_without_a_value_at_run_time_is_an_incident_and_opens_nothing_twice(run):
    case = run(guarded(timer("Duration", "=missing"), interrupting=True))
    assert case.ids() == ["a"]
    incident = case.one("a", "Incident")
    case.do(lambda ex: ex.set_variables(1 << 20, {"missing": "PT1H"}))
    case.do(lambda ex: ex.resolve(incident.key))
    assert sorted(type(w).__name__ for w in case.open()) == ["TimerWait", "UserTaskWait"]


def test_a_timer_that_has_fired_beside_an_incident_does_not_begin_again_when_that_is_resolved(run):
    source = bpmn(start(), user("a", z("assignmentDefinition", assignee="=who")), user("x"), end(),
                  boundary("b", "a", timer("Duration", "PT1H"), interrupting=False), flows="start>a;a>end;b>x;x>end")  # fmt: skip
    case = run(source, who=1)
    case.move(hours=1)
    assert case.ids() == ["a", "x"]
    case.do(lambda ex: ex.set_variables(1 << 20, {"who": "p1"}))
    case.do(lambda ex: ex.resolve(case.one("a", "Incident").key))
    assert [type(w).__name__ for w in case.open()] == ["UserTaskWait", "UserTaskWait"]


def test_two_timers_of_one_task_have_two_deadlines(run):
    source = bpmn(
        start(), user("a"), boundary("soon", "a", timer("Duration", "PT1M"), interrupting=False),
        boundary("late", "a", timer("Duration", "PT1H"), interrupting=True), user("x"), end(),
        flows="start>a;a>end;soon>x;late>end;x>end",
    )  # fmt: skip
    case = run(source)
    assert [w.due - case.now for w in case.open("Timer")] == [timedelta(minutes=1), timedelta(hours=1)]


def test_an_intermediate_timer_waits_and_goes_on(run):
    case = run(bpmn(start(), catch("t", timer("Duration", "PT5M")), user("a"), end(), flows="start>t;t>a;a>end"))
    assert case.ids() == ["t"]
    case.move(minutes=5)
    assert case.ids() == ["a"]


def test_a_message_reaches_the_one_whose_key_it_has(run):
    source = bpmn(start(), catch("m", on_message("m-paid"), io(outputs={"sum": "=amount"})), user("a"), end(),
                  more=message("paid"), flows="start>m;m>a;a>end")  # fmt: skip
    case = run(source, id=17)
    assert (case.one("m").name, case.one("m").correlation_key) == ("paid", "17")
    case.correlate("paid", "17", amount=5)
    assert (case.ids(), case.variables) == (["a"], {"id": 17, "sum": 5})


@pytest.mark.parametrize("key", [None, True, [1], {"a": 1}, ""])
def test_a_correlation_key_that_is_none_is_an_incident(run, key):
    source = bpmn(start(), catch("m", on_message("m-paid")), end(), more=message("paid"), flows="start>m;m>end")
    assert run(source, id=key).one("m", "Incident").error_type == "EXTRACT_VALUE_ERROR"


def test_a_non_interrupting_message_is_caught_every_time(run):
    case = run(guarded(on_message("m-note"), interrupting=False, more=message("note")), id="1")
    for _ in range(3):
        case.correlate("note", "1")
    assert case.ids("UserTask") == ["a", "x", "x", "x"]


def test_an_interrupting_message_is_caught_once(run):
    case = run(guarded(on_message("m-note"), interrupting=True, more=message("note")), id="1")
    case.correlate("note", "1")
    assert case.ids() == ["x"]


def test_the_border_of_a_sub_process_takes_everything_inside_with_it(run):
    inner = sub("s", start("s1"), parallel("f"), user("a"), user("b"), end("e1"), flows="s1>f;f>a;f>b;a>e1;b>e1")
    case = run(bpmn(start(), inner, boundary("t", "s", timer("Duration", "PT1H")), user("x"), end(),
                    flows="start>s;s>end;t>x;x>end"))  # fmt: skip
    case.complete("a")
    case.move(hours=1)
    assert case.ids() == ["x"]
    assert case.ex.scopes().keys() == {1 << 20}


def test_a_task_that_comes_round_again_has_a_new_timer(run):
    source = bpmn(start(), user("a"), boundary("b", "a", timer("Duration", "PT1H")), xor("g", default="g_a"), user("x"),
                  end(), flows="start>a;a>g;g>end[done];g>a;b>x;x>end")  # fmt: skip
    case = run(source)
    case.move(minutes=50)
    case.complete("a", done=False)
    assert case.one("b", "Timer").due == case.now + timedelta(hours=1)


def test_a_limit_opens_a_clock_that_ends_with_the_activity(run):
    clock = properties(bihuan_stage="处置", bihuan_limit="=limit", bihuan_ladder="escalation")
    inner = sub("s", start("s1"), user("a"), user("b"), end("e1"), flows="s1>a;a>b;b>e1", extensions=clock)
    case = run(bpmn(start(), inner, user("after"), end(), flows="start>s;s>after;after>end"),
               limit={"unit": "work_hour", "number": 4})  # fmt: skip
    opened = case.one("s", "Deadline")
    assert (opened.stage, opened.unit, opened.number, opened.ladder) == ("处置", "work_hour", "4", "escalation")
    case.complete("a")
    assert case.one("s", "Deadline").key == opened.key
    case.complete("b")
    assert case.ids() == ["after"]


@pytest.mark.parametrize(("limit", "opened"), [
    (None, ["UserTaskWait"]),
    ({"unit": "work_hour", "number": 0}, ["IncidentWait"]),
    ({"number": 1}, ["IncidentWait"]),
    ("two hours", ["IncidentWait"]),
    ({"unit": "work_day", "number": "x"}, ["IncidentWait"]),
])  # fmt: skip
def test_a_null_limit_is_no_clock_and_a_wrong_one_an_incident(run, limit, opened):
    clock = properties(bihuan_stage="处置", bihuan_limit="=limit")
    case = run(bpmn(start(), user("a", clock), end(), flows="start>a;a>end"), limit=limit)
    assert [type(w).__name__ for w in case.open()] == opened


def test_a_user_task_says_who_and_when_and_how_urgent(run):
    details = (
        z("assignmentDefinition", assignee="=chief", candidateGroups="=groups", candidateUsers="p1, p2")
        + z("taskSchedule", dueDate='=now() + duration("PT2H")', followUpDate="2026-03-02T10:00:00+08:00")
        + z("priorityDefinition", priority="=10 + 60")
        + z("formDefinition", formId="answer")
        + properties(hint='="for " + chief', plain="words")
    )
    case = run(bpmn(start(), user("a", details), end(), flows="start>a;a>end"), chief="p9", groups=["g1", "g2"])
    task = case.one("a")
    assert (task.assignee, task.candidate_groups, task.candidate_users) == ("p9", ("g1", "g2"), ("p1", "p2"))
    assert (task.due_date, task.follow_up_date) == (case.now + timedelta(hours=2), case.now + timedelta(hours=1))
    assert (task.priority, task.form_id, task.properties) == (70, "answer", {"hint": "for p9", "plain": "words"})
    case.do(lambda ex: ex.update_user_task(task.key, {"assignee": "p1", "due_date": None, "priority": 5}))
    case.reload()
    assert (case.one("a").assignee, case.one("a").due_date, case.one("a").priority) == ("p1", None, 5)
