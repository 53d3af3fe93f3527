"""Values, texts and calls that mean no good: incidents, never exceptions, and what is resolved goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.support.diagrams import (
    begin_on,
    boundary,
    bpmn,
    call,
    catch,
    each,
    element,
    end,
    event_sub,
    inclusive,
    io,
    message,
    on_message,
    parallel,
    properties,
    rule,
    script,
    service,
    start,
    sub,
    timer,
    user,
    xor,
    z,
)
from workflows.engine import Definition, Environment, Execution, NotWaiting, parse_processes

LINE = "start>a;a>end"
COSTLY = "=if cheap then good else count(for i in 1..1000000 return i)"

PLACES = {
    "condition": (bpmn(start(), xor("a", default="a_end"), end(), end("e2"),
                       flows=f"start>a;a>e2[{COSTLY[1:]}];a>end"), True),
    "or condition": (bpmn(start(), inclusive("a", default="a_end"), end(), end("e2"),
                          flows=f"start>a;a>e2[{COSTLY[1:]}];a>end"), True),
    "input": (bpmn(start(), user("a", io(inputs={"x": COSTLY})), end(), flows=LINE), 1),
    "output": (bpmn(start(), script("a", "1", "y", io(outputs={"x": COSTLY})), end(), flows=LINE), 1),
    "output of an end": (bpmn(start(), end("a", extensions=io(outputs={"x": COSTLY})), flows="start>a"), 1),
    "script": (bpmn(start(), script("a", COSTLY[1:], "x"), end(), flows=LINE), 1),
    "timer": (bpmn(start(), catch("a", timer("Duration", COSTLY)), end(), flows=LINE), "PT1H"),
    "border": (bpmn(start(), user("a"), boundary("b", "a", timer("Cycle", COSTLY), interrupting=False), end(),
                    flows=LINE + ";b>end"), "R/PT1H"),
    "message name": (bpmn(start(), catch("a", on_message("m-x")), end(), flows=LINE,
                          more=message("x", '="k"').replace('name="x"', f'name="{COSTLY}"')), "x"),
    "correlation key": (bpmn(start(), catch("a", on_message("m-x")), end(), more=message("x", COSTLY), flows=LINE), "k"),
    "collection": (bpmn(start(), user("a", inner=each(COSTLY[1:])), end(), flows=LINE), [1]),
    "output element": (bpmn(start(), script("a", "1", "x", inner=each("[1]", outputCollection="r", outputElement=COSTLY)),
                            end(), flows=LINE), 1),
    "completion": (bpmn(start(), script("a", "1", "x", inner=each("[1]", until=COSTLY[1:])), end(), flows=LINE), True),
    "assignee": (bpmn(start(), user("a", z("assignmentDefinition", assignee=COSTLY)), end(), flows=LINE), "p"),
    "groups": (bpmn(start(), user("a", z("assignmentDefinition", candidateGroups=COSTLY)), end(), flows=LINE), ["g"]),
    "due": (bpmn(start(), user("a", z("taskSchedule", dueDate=COSTLY)), end(), flows=LINE), "2026-01-01T00:00:00Z"),
    "priority": (bpmn(start(), user("a", z("priorityDefinition", priority=COSTLY)), end(), flows=LINE), 7),
    "form": (bpmn(start(), user("a", z("formDefinition", formId=COSTLY)), end(), flows=LINE), "f"),
    "property": (bpmn(start(), user("a", properties(hint=COSTLY)), end(), flows=LINE), "h"),
    "limit": (bpmn(start(), user("a", properties(bihuan_stage="s", bihuan_limit=COSTLY)), end(), flows=LINE),
              {"unit": "work_day", "number": 1}),
    "job type": (bpmn(start(), service("a", COSTLY), end(), flows=LINE), "t"),
    "retries": (bpmn(start(), element("serviceTask", "a", z("taskDefinition", type="t", retries=COSTLY)), end(), flows=LINE), 1),
    "called process": (bpmn(start(), call("a", COSTLY), end(), flows=LINE), "child"),
    "decision": (bpmn(start(), rule("a", COSTLY, "x"), end(), flows=LINE), "d"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "good"), PLACES.values(), ids=PLACES)
def test_an_expression_that_never_ends_is_an_incident_wherever_it_stands_and_can_be_resolved(run, source, good):
    case = run(
        source, {"decide": lambda _id, _variables: SimpleNamespace(value=1, failure=None)}, cheap=False, good=good
    )
    assert case.ids("Incident") == ["a"]
    case.do(lambda ex: ex.set_variables(1 << 20, {"cheap": True}))
    case.do(lambda ex: ex.resolve(case.one("a", "Incident").key))
    assert case.ids("Incident") == []


HUGE = Decimal("1E+6000")
LONG = "x" * 100_000
WRONG = {
    "priority": [HUGE, -1, 101, Decimal("0.5"), True, "x", "NaN", None, [1], LONG],
    "retries": [HUGE, -1, Decimal("0.5"), True, "x", "Infinity", None],
    "limit": [{"unit": "work_day", "number": n} for n in ("NaN", "Infinity", HUGE, -1, "x", None, LONG)]
    + [{"unit": u, "number": 1} for u in ("", "week", None, [LONG])],
    "due": [5, "0001-01-01", "2026-01-01T00:00:00@Asia", "2026-01-01T00:00:00@" + LONG],
    "timer": [HUGE, None, "P9999Y", f"PT{'9' * 5000}S", LONG],
    "border": ["R/P9999Y", f"R{'9' * 5000}/PT1H", "R/2026-01-01T00:00:00@Asia/PT1H"],
    "correlation key": [HUGE, None, True, [LONG]],
    "collection": [None, LONG, {"a": LONG}],
    "condition": [None, "true", HUGE, [1] * 100_000],
    "called process": [None, "", 5, [LONG]],
    "decision": [None, "", 5, [LONG]],
}


@pytest.mark.parametrize(("place", "value"), [(place, value) for place, values in WRONG.items() for value in values],
                         ids=lambda value: str(value)[:20])  # fmt: skip
def test_a_value_of_the_wrong_kind_is_an_incident_with_a_short_message(run, place, value):
    case = run(PLACES[place][0], cheap=True, good=value)
    assert case.ids("Incident") == ["a"]
    assert len(case.one("a", "Incident").message) <= 2001


@pytest.mark.parametrize(
    "problem", [LookupError(), LookupError("no table"), ValueError("two rules"), RuntimeError("deep"), RecursionError()]
)
def test_a_decision_that_fails_in_any_way_is_an_incident(run, problem):
    def decide(_id, _variables):
        if fails:
            raise problem
        return SimpleNamespace(value=1, failure=None)

    fails = True
    case = run(bpmn(start(), rule("a", "d", "x"), user("b"), end(), flows="start>a;a>b;b>end"), {"decide": decide})
    assert case.ids("Incident") == ["a"]
    fails = False
    case.do(lambda ex: ex.resolve(case.one("a", "Incident").key))
    assert (case.ids(), case.variables) == (["b"], {"x": 1})


@pytest.mark.parametrize("code", [None, 5, ""])
def test_an_error_code_that_is_no_text_is_an_incident_and_not_an_error_of_that_name(run, code):
    source = bpmn(start(), sub("s", start("s1"), end("boom", '<bpmn:errorEventDefinition errorRef="e" />'), flows="s1>boom"),
                  boundary("b", "s", "<bpmn:errorEventDefinition />"), end(), flows="start>s;s>end;b>end",
                  more='<bpmn:error id="e" errorCode="=code" />')  # fmt: skip
    case = run(source, code=code)
    assert case.one("boom", "Incident").error_type == "EXTRACT_VALUE_ERROR"


def test_the_beat_of_a_cycle_ends_with_the_calendar(run):
    source = bpmn(start(), user("a"), boundary("b", "a", timer("Cycle", "R/P5000Y"), interrupting=False), end(),
                  flows="start>a;a>end;b>end")  # fmt: skip
    case = run(source)
    case.do(lambda ex: ex.fire(case.one("b").key))
    assert case.ids() == ["a"]


def test_a_join_whose_other_branch_cannot_come_any_more_is_an_incident(run):
    source = bpmn(start(), parallel("f"), user("a"), user("b"), xor("g", default="g_end"), parallel("j"), end(),
                  flows="start>f;f>a;f>b;a>g;g>j[both];g>end;b>j;j>end")  # fmt: skip
    case = run(source, both=False)
    case.complete("b")
    assert case.ids() == ["a"]
    case.complete("a")
    stuck = case.one("j", "Incident")
    case.do(lambda ex: ex.resolve(stuck.key))
    assert case.one("j", "Incident").key > stuck.key
    case.do(lambda ex: ex.terminate())
    assert (case.ex.state, case.open()) == ("TERMINATED", [])


def test_a_join_that_waits_for_what_cannot_come_is_an_incident_while_an_event_sub_process_runs(run):
    source = bpmn(start(), parallel("f"), user("a"), user("b"), xor("g", default="g_end"), parallel("j"), end(),
                  event_sub("s", begin_on("s1", on_message("m-x"), interrupting=False), user("c"), flows="s1>c"),
                  flows="start>f;f>a;f>b;a>g;g>j[both];g>end;b>j;j>end", more=message("x", '="k"'))  # fmt: skip
    case = run(source, both=False)
    case.complete("b")
    case.do(lambda ex: ex.correlate(case.one("s1").key, {}))
    case.complete("a")
    assert case.ids("User") == ["c"]
    stuck = case.one("j", "Incident")
    case.do(lambda ex: ex.resolve(stuck.key))
    assert case.one("j", "Incident").key > stuck.key


def test_two_joins_that_wait_for_each_other_are_incidents(run):
    source = bpmn(start(), parallel("f"), inclusive("j1"), inclusive("j2"), xor("g1", default="g1_e1"), xor("g2", default="g2_e2"),
                  end("e1"), end("e2"), flows="start>f;f>j1;f>j2;j1>g1;j2>g2;g1>e1;g2>e2;g1>j2[x];g2>j1[x]")  # fmt: skip
    assert run(source, x=False).ids("Incident") == ["j1", "j2"]


def nearly_used_up(case, left: int) -> Execution:
    """The same execution when so many keys are left to it."""
    return Execution.load(case.definition, {**case.ex.dump(), "count": (1 << 20) - left}, case.env())


@pytest.mark.parametrize(("left", "stopped"), [(19_999, "a"), (20_002, "b")])
def test_an_instance_with_few_keys_left_runs_no_more_elements_and_opens_no_more_items(run, left, stopped):
    source = bpmn(start(), user("a"), script("b", "1", "x", inner=each("[1,2,3]")), end(), flows="start>a;a>b;b>end")
    case = run(source)
    ex = nearly_used_up(case, left)
    ex.complete(case.one("a").key, {})
    assert [(wait.element_id, "too many" in wait.message) for wait in ex.waits()] == [(stopped, True)]


def test_an_instance_never_takes_the_keys_of_the_next(run):
    source = bpmn(start(), user("a"), boundary("b", "a", on_message("m-note"), interrupting=False), end(),
                  more=message("note", '="k"'), flows="start>a;a>end;b>end")  # fmt: skip
    case = run(source)
    ex = nearly_used_up(case, 2)
    with pytest.raises(NotWaiting):
        ex.correlate(case.one("b").key, {})
    assert {wait.key >> 20 for wait in ex.waits()} == {1}


def test_what_has_ended_cannot_be_ended_or_written_again(run):
    source = bpmn(start(), user("a"), end(), flows=LINE)
    ended = run(source, kept=1)
    ended.complete("a")
    ended.reload()
    before = ended.ex.dump()
    for command in (
        lambda ex: ex.terminate(),
        lambda ex: ex.set_variables(1 << 20, {"kept": 2}),
        lambda ex: ex.fail(1 << 20, "UNKNOWN", "late"),
    ):
        with pytest.raises(NotWaiting):
            command(ended.ex)
    assert (ended.ex.state, ended.ex.dump(), ended.ex.records()) == ("COMPLETED", before, [])


def test_a_process_instance_itself_takes_no_incident_that_would_be_lost(run):
    case = run(bpmn(start(), user("a"), end(), flows=LINE))
    with pytest.raises(NotWaiting):
        case.ex.fail(1 << 20, "UNKNOWN", "nowhere to stand")


@pytest.mark.parametrize("start_event", [None, "nowhere", "a"])
def test_a_start_event_that_is_not_there_is_said(start_event):
    source = bpmn(start("m", on_message("m-go")), user("a"), end(), more=message("go"), flows="m>a;a>end")
    definition, env = Definition(parse_processes(source)[0]), Environment(datetime(2026, 3, 2, tzinfo=UTC))
    with pytest.raises(NotWaiting):
        Execution.start(definition, key=1 << 20, variables={}, env=env, start_event=start_event)


@pytest.mark.parametrize("name", ["kind", "form_id", "properties", "nothing"])
def test_of_a_user_task_only_what_is_meant_to_can_be_changed(run, name):
    case = run(bpmn(start(), user("a"), end(), flows=LINE))
    before = case.one("a")
    with pytest.raises(KeyError):
        case.ex.update_user_task(before.key, {"assignee": "p1", name: "x"})
    assert case.one("a") == before


def test_a_property_is_written_as_feel_writes_it(run):
    values = {"yes": "=true", "list": '=[1, 0.5, "a"]', "none": "=null", "day": '=date("2026-03-02")'}
    case = run(bpmn(start(), user("a", properties(**values)), end(), flows=LINE))
    assert case.one("a").properties == {"yes": "true", "list": '[1, 0.5, "a"]', "none": "", "day": "2026-03-02"}


@pytest.mark.parametrize("identity", ["Start", "End", "Root", "root", "__init__", "案件", "typename"])
def test_an_element_of_any_name_is_only_an_element(run, identity):
    case = run(bpmn(start(), user(identity), end(), flows=f"start>{identity};{identity}>end"))
    case.complete(identity)
    assert case.ex.state == "COMPLETED"


def test_expressions_share_what_one_command_may_cost(run):
    dear = "count(for i in 1..30000 return i) + item"
    loop = each("for i in 1..200 return i", outputCollection="r", outputElement="=x")
    case = run(bpmn(start(), script("a", dear, "x", inner=loop), end(), flows="start>a;a>end"))
    failed = case.open("Incident")
    assert 0 < len(failed) < 200, "the first ones are done, the last ones wait for a command of their own"
    case.do(lambda ex: ex.resolve(failed[0].key))
    assert len(case.open("Incident")) == len(failed) - 1


def test_text_that_no_database_can_hold_is_an_incident(run):
    case = run(bpmn(start(), script("a", '"x\\u0000y"', "x"), end(), flows="start>a;a>end"))
    assert "NUL" in case.one("a", "Incident").message


def test_today_is_the_day_in_the_city(run):
    source = bpmn(start(), script("a", "string(date(now()))", "x"), user("b"), end(), flows="start>a;a>b;b>end")
    night = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # four in the morning of 3 March in 娄底
    models = parse_processes(source)
    ex = Execution.start(Definition(models[0]), key=1 << 20, variables={}, env=Environment(night))
    assert ex.variables()["x"] == "2026-03-03"
