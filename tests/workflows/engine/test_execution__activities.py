"""Decisions, called processes and work for each item."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.support.diagrams import (
    boundary,
    bpmn,
    call,
    each,
    end,
    error,
    io,
    on_error,
    rule,
    script,
    service,
    start,
    sub,
    timer,
    user,
)


def decide(decision_id, variables):
    if decision_id != "limits":
        raise LookupError(f"no decision {decision_id}")
    return SimpleNamespace(value={"unit": "work_hour", "number": variables["n"] * 2}, failure=None)


def test_a_decision_is_evaluated_and_remembered(run):
    case = run(bpmn(start(), rule("d", "limits", "limit"), user("a"), end(), flows="start>d;d>a;a>end"),
               {"decide": decide}, n=Decimal(2))  # fmt: skip
    assert case.variables["limit"] == {"unit": "work_hour", "number": 4}
    assert [(d.element_id, d.decision_id) for d in case.ex.decisions] == [("d", "limits")]


def test_an_unknown_decision_is_an_incident(run):
    case = run(bpmn(start(), rule("d", "none", "x"), end(), flows="start>d;d>end"), {"decide": decide})
    assert case.one("d", "Incident").error_type == "CALLED_DECISION_ERROR"


def test_a_called_process_gets_the_variables_and_gives_back_its_own(run):
    case = run(bpmn(start(), call("c", "child"), user("a"), end(), flows="start>c;c>a;a>end"), x=1)
    wait = case.one("c", "Call")
    assert (wait.process_id, wait.variables) == ("child", {"x": 1})
    case.complete("c", y=2)
    assert case.variables == {"x": 1, "y": 2}


def test_a_called_process_gets_only_what_is_mapped_when_asked(run):
    source = bpmn(
        start(),
        call("c", "child", io(inputs={"given": "=x + 1"}, outputs={"taken": "=y"}),
             propagateAllParentVariables="false", propagateAllChildVariables="false"),
        user("a"), end(), flows="start>c;c>a;a>end",
    )  # fmt: skip
    case = run(source, x=1)
    assert case.one("c", "Call").variables == {"given": 2}
    case.complete("c", y=5, z=6)
    assert case.variables == {"x": 1, "taken": 5}


def test_a_called_process_gives_nothing_back_when_nothing_is_propagated(run):
    source = bpmn(start(), call("c", "child", propagateAllChildVariables="false"), user("a"), end(),
                  flows="start>c;c>a;a>end")  # fmt: skip
    case = run(source)
    case.complete("c", y=5)
    assert case.variables == {}


def test_the_error_of_a_called_process_is_caught_on_its_border(run):
    source = bpmn(start(), call("c", "child"), boundary("b", "c", on_error("e-E")), user("x"), end(), more=error("E"),
                  flows="start>c;c>end;b>x;x>end")  # fmt: skip
    case = run(source)
    key = case.one("c").key
    assert case.ex.catches(key, "error", "E") == "interrupting"
    assert case.ex.catches(key, "error", "F") is None
    case.do(lambda ex: ex.throw_error(key, "E", "", {}))
    assert case.ids() == ["x"]


@pytest.mark.parametrize("sequential", [False, True])
def test_every_item_is_worked_and_the_outputs_keep_their_places(run, sequential):
    loop = each("items", sequential=sequential, outputCollection="results", outputElement="=answer + item")
    case = run(bpmn(start(), user("a", io(outputs={"answer": "=given"}), loop), user("after"), end(),
                    flows="start>a;a>after;after>end"), items=[10, 20, 30])  # fmt: skip
    assert len(case.ids()) == (1 if sequential else 3)
    if not sequential:  # out of order: the last first
        case.do(lambda ex: ex.complete(case.open()[-1].key, {"given": 3}))
    while "a" in case.ids():
        counter = case.ex.variables(case.open()[0].key)["loopCounter"]
        case.complete("a", given=counter)
    assert case.ids() == ["after"]
    assert case.variables["results"] == [11, 22, 33]
    assert "item" not in case.variables


def test_an_empty_collection_goes_straight_on(run):
    loop = each("items", outputCollection="results", outputElement="=item")
    case = run(
        bpmn(start(), service("a", inner=loop), user("after"), end(), flows="start>a;a>after;after>end"), items=[]
    )
    assert (case.ids(), case.variables["results"]) == (["after"], [])


def test_null_items_are_items(run):
    case = run(
        bpmn(start(), user("a", inner=each("items", sequential=True)), end(), flows="start>a;a>end"), items=[None, 1]
    )
    case.complete("a")
    case.complete("a")
    assert case.ex.state == "COMPLETED"


def test_a_collection_that_is_no_list_is_an_incident(run):
    case = run(bpmn(start(), user("a", inner=each("items")), end(), flows="start>a;a>end"))
    assert case.one("a", "Incident").error_type == "EXTRACT_VALUE_ERROR"


def test_the_completion_condition_ends_the_rest(run):
    loop = each("[1,2,3,4]", until="numberOfCompletedInstances >= 2", outputCollection="r", outputElement="=item")
    case = run(bpmn(start(), user("a", inner=loop), user("after"), end(), flows="start>a;a>after;after>end"))
    case.complete("a")
    assert case.ids() == ["a", "a", "a"]
    case.complete("a")
    assert case.ids() == ["after"]
    assert case.variables["r"] == [1, 2, None, None]


def test_the_border_of_a_multi_instance_is_one_border_around_all(run):
    source = bpmn(
        start(), service("a", inner=each("[1,2,3]")), boundary("t", "a", timer("Duration", "PT1H")),
        boundary("e", "a", on_error()), user("x"), user("y"), end(), flows="start>a;a>end;t>x;e>y;x>end;y>end",
    )  # fmt: skip
    case = run(source)
    assert len(case.open("Timer")) == 1
    late = run(source)
    late.move(hours=1)
    assert late.ids() == ["x"]
    case.do(lambda ex: ex.throw_error(case.open("Job")[1].key, "ANY", "", {}))
    assert case.ids() == ["y"]


def test_sub_processes_run_side_by_side_each_with_its_item(run):
    inner = sub("s", start("s1"), script("t", "item * 10", "own"), user("a"), end("e1"), flows="s1>t;t>a;a>e1",
                inner=each("items", outputCollection="r", outputElement="=own"), extensions=io(inputs={"own": "=0"}))  # fmt: skip
    case = run(bpmn(start(), inner, user("after"), end(), flows="start>s;s>after;after>end"), items=[1, 2])
    case.complete("a")
    case.complete("a")
    assert case.ids() == ["after"]
    assert case.variables["r"] == [10, 20]


def test_ten_thousand_items_run_through_in_one_command(run):
    source = bpmn(start(), script("a", "item + 1", "x", inner=each("for i in 1..n return i", outputCollection="r", outputElement="=x")),
                  end(), flows="start>a;a>end")  # fmt: skip
    case = run(source, {"budget": 100_000}, n=10_000)
    assert case.ex.state == "COMPLETED"
    assert case.variables["r"][-1] == 10_001
