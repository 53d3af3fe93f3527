"""What each element does by itself, and inside sub-processes, multi-instances and event sub-processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.diagrams import (
    associate,
    begin_on,
    boundary,
    bpmn,
    catch,
    compensate,
    each,
    element,
    end,
    error,
    error_end,
    escalation,
    event_gateway,
    event_sub,
    inclusive,
    io,
    loop,
    message,
    on_error,
    on_escalation,
    on_link,
    on_message,
    on_signal,
    parallel,
    script,
    service,
    signal,
    start,
    sub,
    terminate,
    throw,
    timer,
    undo,
    user,
    xor,
    z,
)
from tests.workflows.engine.conftest import NOW, Case
from workflows.engine import Definition, Environment, Execution, parse_processes

if TYPE_CHECKING:
    from collections.abc import Callable

MORE = signal("s") + escalation("E") + escalation("F") + error("E") + error("F") + message("m")


def plainly(*parts: str, flows: str) -> bytes:
    """The fragment is the process: ``i`` is its start, ``o`` its end."""
    return bpmn(start("i"), *parts, end("o"), flows=flows, more=MORE)


def in_sub(*parts: str, flows: str) -> bytes:
    return bpmn(start(), sub("s", start("i"), *parts, end("o"), flows=flows), end(), flows="start>s;s>end", more=MORE)


def in_items(*parts: str, flows: str) -> bytes:
    inner = sub("s", start("i"), *parts, end("o"), flows=flows, inner=each("[1]"))
    return bpmn(start(), inner, end(), flows="start>s;s>end", more=MORE)


def in_event_sub(*parts: str, flows: str) -> bytes:
    late = event_sub("s", begin_on("i", timer("Duration", "PT0S")), *parts, end("o"), flows=flows)
    return bpmn(start(), late, user("host"), end(), flows="start>host;host>end", more=MORE)


def deep(*parts: str, flows: str) -> bytes:
    inner = sub("s", start("i"), *parts, end("o"), flows=flows)
    outer = sub("t", start("u"), inner, end("v"), flows="u>s;s>v", inner=each("[1]", sequential=True))
    return bpmn(start(), outer, end(), flows="start>t;t>end", more=MORE)


everywhere = pytest.mark.parametrize("around", [plainly, in_sub, in_items, in_event_sub, deep])


@pytest.fixture
def go(run) -> Callable[..., object]:
    """Starts a case; what begins with a timer has begun."""

    def started(source: bytes, **variables):
        case = run(source, id="1", **variables)
        if case.ids("Timer") == ["i"]:
            case.move(seconds=1)
        return case

    return started


def over(case) -> bool:
    return case.ex.state == "COMPLETED" and case.open() == []


# Signals


@everywhere
def test_a_signal_that_is_thrown_reaches_who_waits_for_it_and_the_thrower_goes_on(go, around):
    case = go(around(parallel("f"), catch("c", on_signal("s")), user("heard"), user("b"), throw("loud", on_signal("s")),
                     user("after"), flows="i>f;f>c;c>heard;heard>o;f>b;b>loud;loud>after;after>o"))  # fmt: skip
    assert case.ids("Signal") == ["c"]
    case.complete("b")
    assert sorted(case.ids("User")) == ["after", "heard"]
    assert [signal.name for signal in case.ex.signals] == ["s"]


@everywhere
@pytest.mark.parametrize("interrupting", [True, False])
def test_a_signal_at_a_border_interrupts_or_does_not_and_comes_again(go, around, interrupting):
    case = go(around(user("a"), boundary("b", "a", on_signal("s"), interrupting=interrupting), user("x"),
                     flows="i>a;a>o;b>x;x>o"))  # fmt: skip
    key = case.one("b", "Signal").key
    case.do(lambda ex: ex.receive(key, {"told": 1}))
    assert sorted(case.ids("User")) == (["x"] if interrupting else ["a", "x"])
    assert case.ids("Signal") == ([] if interrupting else ["b"])
    assert case.ex.variables(case.one("x").key)["told"] == 1
    if not interrupting:
        case.do(lambda ex: ex.receive(key, {}))
        assert sorted(case.ids("User")) == ["a", "x", "x"]


def test_an_end_event_throws_its_signal_with_its_own_variables(go):
    case = go(bpmn(start(), user("a"), end("loud", on_signal("s"), io(inputs={"what": "=x + 1"})), more=MORE,
                   flows="start>a;a>loud"), x=1)  # fmt: skip
    case.complete("a")
    assert case.ex.signals == [("s", {"what": 2})]
    assert over(case)


def test_a_signal_that_ends_the_scope_of_its_thrower_takes_the_thrower_away(go):
    inner = sub(
        "s", start("i"), throw("loud", on_signal("s")), user("never"), end("o"), flows="i>loud;loud>never;never>o"
    )
    case = go(bpmn(start(), inner, boundary("b", "s", on_signal("s")), user("x"), end(), more=MORE,
                   flows="start>s;s>end;b>x;x>end"))  # fmt: skip
    assert case.ids() == ["x"]


def test_a_process_begins_with_a_signal(run):
    source = bpmn(start("s1", on_signal("s")), user("a"), end(), more=MORE, flows="s1>a;a>end")
    ex = Execution.start(Definition(parse_processes(source)[0]), key=1 << 20, variables={"x": 1}, env=Environment(NOW),
                         start_event="s1")  # fmt: skip
    assert [wait.element_id for wait in ex.waits()] == ["a"]
    assert ex.variables() == {"x": 1}


# Errors and escalations


@everywhere
def test_an_escalation_nobody_catches_changes_nothing(go, around):
    case = go(around(throw("up", on_escalation("E")), user("after"), flows="i>up;up>after;after>o"))
    assert "after" in case.ids("User")
    assert case.ids("Incident") == []


@everywhere
@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("code", ["E", ""])
def test_an_escalation_is_caught_at_the_border_by_its_code_or_by_one_without(go, around, interrupting, code):
    inner = sub("w", start("wi"), throw("up", on_escalation("E"), io(inputs={"level": "=2"})), user("after"), end("wo"),
                flows="wi>up;up>after;after>wo")  # fmt: skip
    case = go(around(inner, boundary("b", "w", on_escalation(code), interrupting=interrupting), user("x"),
                     flows="i>w;w>o;b>x;x>o"))  # fmt: skip
    assert sorted(set(case.ids("User")) - {"host"}) == (["x"] if interrupting else ["after", "x"])
    assert case.ex.variables(case.one("x").key)["level"] == 2


def test_an_escalation_of_another_code_passes_by_to_the_outside(go):
    inner = sub("w", start("wi"), end("up", on_escalation("E")), flows="wi>up")
    outer = sub("t", start("ti"), inner, boundary("wrong", "w", on_escalation("F")), user("no"), end("to"),
                flows="ti>w;w>to;wrong>no;no>to")  # fmt: skip
    case = go(bpmn(start(), outer, boundary("right", "t", on_escalation("E")), user("yes"), end(), more=MORE,
                   flows="start>t;t>end;right>yes;yes>end"))  # fmt: skip
    assert case.ids() == ["yes"]


@everywhere
def test_an_error_is_caught_at_the_border_by_its_code_before_the_one_that_catches_all(go, around):
    inner = sub("w", start("wi"), error_end("boom", "e-E"), flows="wi>boom")
    case = go(around(inner, boundary("all", "w", on_error()), boundary("exact", "w", on_error("e-E")), user("x"), user("y"),
                     flows="i>w;w>o;all>x;exact>y;x>o;y>o"))  # fmt: skip
    assert [name for name in case.ids("User") if name != "host"] == ["y"]


@everywhere
def test_an_error_nobody_catches_is_an_incident_where_it_was_thrown(go, around):
    case = go(around(error_end("boom", "e-E"), xor("g", default="g_boom"), flows="i>g;g>boom;g>o[false]"))
    assert case.ids("Incident") == ["boom"]
    assert case.ex.state == "ACTIVE"


def test_an_error_of_an_item_is_caught_once_for_all_items(go):
    source = bpmn(start(), service("a", inner=each("[1,2,3]")), boundary("b", "a", on_error("e-E")), user("x"), end(),
                  more=MORE, flows="start>a;a>end;b>x;x>end")  # fmt: skip
    case = go(source)
    key = case.open("Job")[1].key
    case.do(lambda ex: ex.throw_error(key, "E", "", {"why": "no"}))
    assert case.ids() == ["x"]
    assert case.variables["why"] == "no"


def test_what_the_caller_catches_ends_there_and_is_no_incident(run):
    source = bpmn(start(), error_end("boom", "e-E"), more=MORE, flows="start>boom")
    case = Case(
        source, {}, caught_outside=lambda kind, code: "interrupting" if (kind, code) == ("error", "E") else None
    )
    assert [(one.kind, one.code) for one in case.ex.thrown] == [("error", "E")]
    assert case.open() == []
    assert case.ex.state == "ACTIVE"


# Event sub-processes

TRIGGERS = {
    "message": (on_message("m-m"), lambda case: case.correlate("m", "1", got=1)),
    "signal": (on_signal("s"), lambda case: case.do(lambda ex: ex.receive(case.open("Signal")[-1].key, {"got": 1}))),
    "timer": (timer("Duration", "PT1H"), lambda case: case.move(hours=1)),
    "escalation": (on_escalation("E"), lambda case: case.complete("a")),
}


@everywhere
@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("kind", TRIGGERS)
def test_an_event_sub_process_waits_and_interrupts_or_runs_beside(go, around, kind, interrupting):
    definition, happen = TRIGGERS[kind]
    reaction = event_sub(
        "ev", begin_on("e1", definition, interrupting=interrupting), user("x"), end("e2"), flows="e1>x;x>e2"
    )
    case = go(around(reaction, user("a"), throw("up", on_escalation("E")), user("b"), flows="i>a;a>up;up>b;b>o"))
    assert "x" not in case.ids("User"), "it starts with its event, not with the case"
    happen(case)
    left = "b" if kind == "escalation" else "a"
    assert [name for name in sorted(case.ids("User")) if name != "host"] == (["x"] if interrupting else [left, "x"])
    case.complete("x")
    if not interrupting:
        assert case.ids("User")[-1:] == [left]
        if kind != "escalation":
            case.complete("a")
        case.complete("b")
    while "host" in case.ids("User"):
        case.complete("host")
    assert over(case)


@everywhere
def test_an_error_inside_starts_the_event_sub_process_and_ends_the_rest(go, around):
    reaction = event_sub("ev", begin_on("e1", on_error("e-E")), user("x"), end("e2"), flows="e1>x;x>e2")
    case = go(around(reaction, parallel("f"), user("other"), service("a"), flows="i>f;f>a;a>o;f>other;other>o"))
    case.do(lambda ex: ex.throw_error(case.one("a").key, "E", "", {}))
    assert [name for name in case.ids("User") if name != "host"] == ["x"]


def test_an_error_in_an_event_sub_process_is_not_caught_by_itself_but_outside(go):
    reaction = event_sub("ev", begin_on("e1", on_error()), error_end("again", "e-F"), flows="e1>again")
    inner = sub("w", start("wi"), reaction, error_end("boom", "e-E"), flows="wi>boom")
    case = go(bpmn(start(), inner, boundary("b", "w", on_error("e-F")), user("x"), end(), more=MORE,
                   flows="start>w;w>end;b>x;x>end"))  # fmt: skip
    assert case.ids() == ["x"]


def test_event_sub_processes_can_be_nested(go):
    innermost = event_sub(
        "n", begin_on("n1", on_signal("s"), interrupting=False), user("y"), end("n2"), flows="n1>y;y>n2"
    )
    reaction = event_sub(
        "ev", begin_on("e1", timer("Duration", "PT1H")), innermost, user("x"), end("e2"), flows="e1>x;x>e2"
    )
    case = go(bpmn(start(), reaction, user("a"), end(), more=MORE, flows="start>a;a>end"))
    assert case.ids("Signal") == [], "nobody waits inside what has not begun"
    case.move(hours=1)
    assert case.ids() == ["n1", "x"]
    case.do(lambda ex: ex.receive(case.one("n1").key, {}))
    assert sorted(case.ids("User")) == ["x", "y"]
    case.complete("x")
    case.complete("y")
    assert over(case)


def test_a_case_is_over_when_only_its_event_sub_processes_wait(go):
    reaction = event_sub(
        "ev", begin_on("e1", on_message("m-m"), interrupting=False), user("x"), end("e2"), flows="e1>x;x>e2"
    )
    case = go(bpmn(start(), reaction, user("a"), end(), more=MORE, flows="start>a;a>end"))
    case.complete("a")
    assert over(case)


def test_a_case_with_a_running_event_sub_process_is_not_over(go):
    reaction = event_sub(
        "ev", begin_on("e1", on_message("m-m"), interrupting=False), user("x"), end("e2"), flows="e1>x;x>e2"
    )
    case = go(bpmn(start(), reaction, user("a"), end(), more=MORE, flows="start>a;a>end"))
    case.correlate("m", "1")
    case.correlate("m", "1")
    case.complete("a")
    assert case.ids("User") == ["x", "x"]
    case.complete("x")
    case.complete("x")
    assert over(case)


def test_a_message_that_cannot_be_waited_for_is_an_incident_of_the_process_and_then_waited_for(run):
    reaction = event_sub("ev", begin_on("e1", on_message("m-m")), user("x"), end("e2"), flows="e1>x;x>e2")
    case = run(bpmn(start(), reaction, user("a"), end(), more=MORE, flows="start>a;a>end"))
    assert case.ids() == ["p"]
    case.do(lambda ex: ex.set_variables(1 << 20, {"id": "7"}))
    case.do(lambda ex: ex.resolve(case.one("p").key))
    assert sorted(case.ids()) == ["a", "e1"]


# Event-based gateways


@everywhere
def test_the_first_event_behind_a_gateway_is_taken_and_the_others_forgotten(go, around):
    source = around(event_gateway("g"), catch("t1", timer("Duration", "PT1H")), catch("t2", timer("Duration", "PT2H")),
                    catch("c", on_message("m-m")), catch("s1", on_signal("s")), user("a"), user("b"), user("x"), user("y"),
                    flows="i>g;g>t1;g>t2;g>c;g>s1;t1>a;t2>b;c>x;s1>y;a>o;b>o;x>o;y>o")  # fmt: skip
    case = go(source)
    dues = [wait.due - case.now for wait in case.open("Timer")]
    assert len(set(dues)) == 2
    case.move(minutes=61)
    assert [name for name in case.ids() if name != "host"] == ["a"]
    other = go(source)
    other.correlate("m", "1", got=5)
    assert [name for name in other.ids() if name != "host"] == ["x"]
    assert other.ex.variables(other.one("x").key)["got"] == 5


# Links


@everywhere
def test_a_link_leads_on_in_its_own_scope_from_each_that_throws_it(go, around):
    case = go(around(parallel("f"), throw("l1", on_link("x")), throw("l2", on_link("x")), catch("c", on_link("x")), user("a"),
                     flows="i>f;f>l1;f>l2;c>a;a>o"))  # fmt: skip
    assert [name for name in case.ids("User") if name != "host"] == ["a", "a"]


def test_an_inclusive_join_waits_for_what_comes_by_a_link(go):
    gateway = '<bpmn:inclusiveGateway id="o1" />'
    join = '<bpmn:inclusiveGateway id="j" />'
    case = go(bpmn(start(), gateway, user("a"), user("b"), throw("l", on_link("x")), catch("c", on_link("x")), join, user("z"),
                   end(), more=MORE, flows="start>o1;o1>a[true];o1>b[true];a>j;b>l;c>j;j>z;z>end"))  # fmt: skip
    case.complete("a")
    assert case.ids("User") == ["b"]
    case.complete("b")
    assert case.ids("User") == ["z"]


# Compensation


def undoing(name: str) -> str:
    """A task with its handler: ``a`` is undone by ``undo-a``."""
    border = f"{name}-b"
    return user(name) + boundary(border, name, compensate()) + undo(f"undo-{name}") + associate(border, f"undo-{name}")


@everywhere
def test_what_was_done_is_undone_the_last_first_and_only_then_it_goes_on(go, around):
    case = go(around(undoing("a"), undoing("b"), undoing("c"), throw("back", compensate()), user("after"),
                     flows="i>a;a>b;b>back;back>after;after>c;c>o"))  # fmt: skip
    case.complete("a")
    case.complete("b")
    assert [name for name in case.ids("User") if name != "host"] == ["undo-b"]
    case.complete("undo-b")
    assert [name for name in case.ids("User") if name != "host"] == ["undo-a"]
    case.complete("undo-a")
    assert [name for name in case.ids("User") if name != "host"] == ["after"]


def test_each_time_an_activity_was_done_is_undone(go):
    case = go(bpmn(start(), undoing("a"), xor("g", default="g_a"), end("back", compensate()),
                   flows="start>a;a>g;g>a;g>back[enough]"), enough=False)  # fmt: skip
    case.complete("a")
    case.complete("a", enough=True)
    case.complete("undo-a")
    assert case.ids() == ["undo-a"]
    case.complete("undo-a")
    assert over(case)


def test_one_activity_alone_can_be_undone(go):
    case = go(bpmn(start(), undoing("a"), undoing("b"), throw("back", compensate("a")), user("c"), end("rest", compensate()),
                   flows="start>a;a>b;b>back;back>c;c>rest"))  # fmt: skip
    case.complete("a")
    case.complete("b")
    assert case.ids() == ["undo-a"]
    case.complete("undo-a")
    case.complete("c")
    assert case.ids() == ["undo-b"], "a is undone already"


def test_what_was_not_done_is_not_undone(go):
    case = go(bpmn(start(), parallel("f"), undoing("a"), user("b"), end("back", compensate()), end(),
                   flows="start>f;f>a;f>b;a>end;b>back"))  # fmt: skip
    case.complete("b")
    assert case.ids("User") == ["a"]


def test_a_finished_sub_process_is_undone_from_inside_with_the_variables_it_had(go):
    inner = sub(
        "s", start("i"), undoing("a"), undoing("b"), end("o"), flows="i>a;a>b;b>o", extensions=io(inputs={"own": "=5"})
    )
    case = go(bpmn(start(), inner, user("c"), end("back", compensate()), flows="start>s;s>c;c>back"))
    for name in ("a", "b", "c"):
        case.complete(name)
    assert case.ids() == ["undo-b"]
    assert case.ex.variables(case.one("undo-b").key)["own"] == 5
    case.complete("undo-b")
    case.complete("undo-a")
    assert over(case)


def test_a_sub_process_with_a_handler_of_its_own_is_undone_by_that_alone(go):
    inner = sub("s", start("i"), undoing("a"), end("o"), flows="i>a;a>o")
    case = go(bpmn(start(), inner, boundary("sb", "s", compensate()), undo("undo-s"), associate("sb", "undo-s"),
                   end("back", compensate()), flows="start>s;s>back"))  # fmt: skip
    case.complete("a")
    assert case.ids() == ["undo-s"]


def test_an_activity_for_each_item_is_undone_once(go):
    border = boundary("ab", "a", compensate()) + undo("undo-a") + associate("ab", "undo-a")
    case = go(bpmn(start(), user("a", inner=each("[1,2]")), border, end("back", compensate()), flows="start>a;a>back"))
    case.complete("a")
    case.complete("a")
    assert case.ids() == ["undo-a"]
    case.complete("undo-a")
    assert over(case)


def test_every_item_of_a_sub_process_is_undone(go):
    inner = sub("s", start("i"), undoing("a"), end("o"), flows="i>a;a>o", inner=each("[1,2]"))
    case = go(bpmn(start(), inner, end("back", compensate()), flows="start>s;s>back"))
    case.complete("a")
    case.complete("a")
    seen = []
    while case.open():
        seen.append(case.ex.variables(case.one("undo-a").key)["item"])
        case.complete("undo-a")
    assert seen == [2, 1]
    assert over(case)


def test_an_event_sub_process_undoes_what_it_interrupted(go):
    reaction = event_sub("ev", begin_on("e1", on_error()), end("back", compensate()), flows="e1>back")
    inner = sub("s", start("i"), reaction, undoing("a"), error_end("boom", "e-E"), flows="i>a;a>boom")
    case = go(bpmn(start(), inner, end(), flows="start>s;s>end", more=MORE))
    case.complete("a")
    assert case.ids() == ["undo-a"]
    case.complete("undo-a")
    assert over(case)


# Loops and flows


def test_a_standard_loop_goes_on_while_its_condition_holds(go):
    case = go(bpmn(start(), script("a", "n + 1", "n", inner=loop("n < 5")), end(), flows="start>a;a>end"), n=0)
    assert case.variables["n"] == 5
    assert over(case)


def test_a_standard_loop_does_its_work_at_least_once_or_tests_before(go):
    for test_before, times in ((False, 1), (True, 0)):
        case = go(bpmn(start(), script("a", "n + 1", "n", inner=loop("false", test_before=test_before)), end(),
                       flows="start>a;a>end"), n=0)  # fmt: skip
        assert case.variables["n"] == times


def test_a_standard_loop_ends_at_its_maximum(go):
    case = go(bpmn(start(), user("a", inner=loop("true", "2")), end(), flows="start>a;a>end"))
    assert case.ex.variables(case.one("a").key)["loopCounter"] == 1
    case.complete("a")
    assert case.ex.variables(case.one("a").key)["loopCounter"] == 2
    case.complete("a")
    assert over(case)


@everywhere
def test_all_flows_out_of_an_activity_whose_condition_holds_are_taken_or_the_default(go, around):
    source = around(user("a"), user("b"), user("c"), user("d"),
                    flows="i>a;a>b[n > 1];a>c[n > 2];a>d;b>o;c>o;d>o").replace(b'id="a"', b'id="a" default="a_d"')  # fmt: skip
    for n, expected in ((3, ["b", "c"]), (2, ["b"]), (0, ["d"])):
        case = go(source, n=0)
        case.complete("a", n=n)
        assert [name for name in case.ids("User") if name != "host"] == expected


def test_an_activity_that_finds_no_way_out_is_an_incident_and_gives_its_result_once(go):
    case = go(
        bpmn(start(), user("a", io(outputs={"n": "=n + 1"})), user("b"), end(), flows="start>a;a>b[n > 5];b>end"), n=0
    )
    case.complete("a")
    assert case.ids() == ["a"]
    case.do(lambda ex: ex.set_variables(1 << 20, {"n": 9}))
    case.do(lambda ex: ex.resolve(case.one("a", "Incident").key))
    assert case.ids() == ["b"]
    assert case.variables["n"] == 9


@everywhere
def test_undefined_and_manual_tasks_let_pass_and_a_receive_task_waits(go, around):
    receive = element("receiveTask", "r", messageRef="m-m")
    case = go(around(element("task", "t0"), element("manualTask", "t1"), receive, flows="i>t0;t0>t1;t1>r;r>o"))
    assert [name for name in case.ids() if name != "host"] == ["r"]
    case.correlate("m", "1")
    while "host" in case.ids():
        case.complete("host")
    assert over(case)


@everywhere
def test_a_message_is_thrown_by_a_job(go, around):
    case = go(around(throw("send", on_message("m-m"), z("taskDefinition", type="mail") + io(inputs={"to": "=1"})), user("a"),
                     flows="i>send;send>a;a>o"))  # fmt: skip
    job = case.one("send", "Job")
    assert (job.type, case.ex.variables(job.key)["to"]) == ("mail", 1)
    case.complete("send", sent=True)
    assert "a" in case.ids("User")


def test_a_message_end_event_ends_when_its_job_is_done(go):
    case = go(
        bpmn(start(), end("send", on_message("m-m"), z("taskDefinition", type="mail")), more=MORE, flows="start>send")
    )
    assert case.ids() == ["send"]
    case.complete("send", sent=True)
    assert over(case)
    assert case.variables["sent"] is True


@everywhere
def test_terminate_ends_its_own_scope_only(go, around):
    inner = sub("w", start("wi"), parallel("f"), user("a"), user("b"), terminate("stop"), end("wo"),
                flows="wi>f;f>a;f>b;a>stop;b>wo")  # fmt: skip
    case = go(around(inner, user("after"), flows="i>w;w>after;after>o"))
    case.complete("a")
    assert [name for name in case.ids() if name != "host"] == ["after"]


def test_terminate_in_the_process_ends_everything_also_what_reacts_to_events(go):
    reaction = event_sub(
        "ev", begin_on("e1", on_message("m-m"), interrupting=False), user("x"), end("e2"), flows="e1>x;x>e2"
    )
    case = go(bpmn(start(), reaction, parallel("f"), user("a"), user("b"), terminate("stop"), end(), more=MORE,
                   flows="start>f;f>a;f>b;a>stop;b>end"))  # fmt: skip
    case.correlate("m", "1")
    case.complete("a")
    assert over(case)


def test_what_an_event_sub_process_of_an_item_throws_is_caught_at_the_border_and_not_by_itself(go):
    reaction = event_sub("ev", begin_on("e1", on_error()), user("y"), error_end("again", "e-F"), flows="e1>y;y>again")
    inner = sub("w", start("wi"), reaction, error_end("boom", "e-E"), flows="wi>boom", inner=each("[1,2]"))
    case = go(bpmn(start(), inner, boundary("b", "w", on_error()), user("x"), end(), more=MORE,
                   flows="start>w;w>end;b>x;x>end"))  # fmt: skip
    assert case.ids() == ["y", "y"]
    case.complete("y")
    assert case.ids() == ["x"]


def test_an_inclusive_join_leaves_a_second_token_of_the_same_flow_for_the_next_time(go):
    source = bpmn(start(), user("a"), user("b"), inclusive("j"), user("z"), end(), more=MORE,
                  flows="start>a;start>b;a>j;b>j;j>z;z>end;start>a2;a2>a")  # fmt: skip
    case = go(source.replace(b'<bpmn:userTask id="a">', element("task", "a2").encode() + b'<bpmn:userTask id="a">'))
    case.complete("a")
    case.complete("a")
    case.complete("b")
    assert case.ids("User") == ["z", "z"]
    case.complete("z")
    case.complete("z")
    assert over(case)


def test_an_inclusive_join_waits_for_a_branch_that_may_be_sent_back(go):
    source = bpmn(start(), xor("m"), inclusive("o"), user("a"), user("b"), xor("g", default="g_j"), inclusive("j"), user("z"), end(),
                  flows="start>m;m>o;o>a[true];o>b[true];a>g;g>m[back];g>j;b>j;j>z;z>end")  # fmt: skip
    case = go(source, back=True)
    case.complete("b")
    assert case.ids() == ["a"]
    case.complete("a", back=True)
    assert sorted(case.ids()) == ["a", "b"]
    case.complete("a", back=False)
    case.complete("b")
    assert case.ids("User") == ["z", "z"], "b was done twice: once for each time it was begun"
