"""Migration plans: what is proposed, what is refused for two definitions, and that every reason can be met."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from tests.support.diagrams import (
    begin_on,
    boundary,
    bpmn,
    call,
    catch,
    each,
    end,
    event_gateway,
    event_sub,
    loop,
    message,
    on_message,
    on_signal,
    parallel,
    rule,
    service,
    signal,
    start,
    sub,
    timer,
    user,
)
from workflows.engine import parse_processes
from workflows.engine.migration_findings import REASONS
from workflows.engine.migration_plan import problems, propose


def model(*parts, flows, more=""):
    return parse_processes(bpmn(*parts, flows=flows, more=more))[0]


def straight(*parts):
    """These elements, one after the other."""
    names = ["start", *(re.search(r'id="([^"]+)"', part)[1] for part in parts), "end"]
    return model(start(), *parts, end(), flows=";".join(map(">".join, itertools.pairwise(names))))


HOUR = timer("Duration", "PT1H")
A = straight(user("a"))


def test_elements_with_the_same_id_and_type_are_mapped_and_nothing_else():
    old = straight(user("a"), service("b"), user("gone"))
    new = straight(user("new"), user("a"), user("b"))
    plan = propose(old, new)
    assert plan.pairs == [("start", "start"), ("a", "a"), ("end", "end")]
    assert [(one.rule, one.severity, one.element_id) for one in plan.findings] == [
        ("left-out", "warning", "b"), ("left-out", "warning", "gone"),
    ]  # fmt: skip
    assert "serviceTask → userTask" in plan.findings[0].message


def test_what_is_chosen_comes_first_and_its_target_is_not_given_twice():
    plan = propose(straight(user("a"), user("b")), straight(user("b"), user("c")), [("a", "b"), ("b", "c")])
    assert plan.pairs == [("a", "b"), ("b", "c"), ("start", "start"), ("end", "end")]
    assert propose(straight(user("a"), user("b")), straight(user("b")), [("a", "b")]).pairs[:2] == [
        ("a", "b"), ("start", "start"),
    ]  # fmt: skip


def test_what_is_inside_follows_its_sub_process():
    def inside(name, task):
        return sub(name, start(f"i{task}"), user(task), end(f"e{task}"), flows=f"i{task}>{task};{task}>e{task}")

    old, new = straight(inside("s", "a")), straight(inside("t", "a"))
    assert [source for source, _ in propose(old, new).pairs] == ["start", "end"]
    assert dict(propose(old, new, [("s", "t")]).pairs)["a"] == "a"


def test_events_that_close_and_open_are_told():
    watch = event_sub("w", begin_on("ws", on_signal("s")), end("we"), flows="ws>we")
    old = model(start(), user("a"), boundary("t", "a", HOUR), end(), flows="start>a;a>end;t>end")
    new = model(
        start(), user("a"), watch, event_gateway("g"), catch("m", on_message("m-x")), catch("u", HOUR), catch("alone", HOUR),
        end(), flows="start>g;g>m;g>u;m>a;u>alone;alone>a;a>end", more=signal("s") + message("x"),
    )  # fmt: skip
    plan = propose(old, new)
    assert (plan.closes, plan.opens) == (["t"], ["ws", "m", "u"])


def test_nothing_is_said_of_a_plan_that_maps_a_process_onto_itself():
    everything = model(
        start(), user("a", inner=each("xs")), boundary("t", "a", HOUR), parallel("f"), user("b"), call("c", "p"),
        sub("s", start("i"), user("x"), end("e"), flows="i>x;x>e"), parallel("j"), end(),
        flows="start>a;t>f;a>f;f>b;f>c;f>s;b>j;c>j;s>j;j>end",
    )  # fmt: skip
    plan = propose(everything, everything)
    assert (plan.findings, plan.closes, plan.opens) == ([], [], [])
    assert {source for source, _ in plan.pairs} == set(everything.nodes)


BORDERS = model(
    start(), user("a"), user("b"), boundary("t", "a", HOUR), boundary("u", "b", HOUR), boundary("s", "b", on_signal("s")), end(),
    flows="start>a;a>b;b>end;t>end;u>end;s>end", more=signal("s"),
)  # fmt: skip
INSIDE = straight(sub("s", start("i"), user("a"), end("e"), flows="i>a;a>e"))

REFUSED = [
    ("source-unknown", A, A, [("nobody", "a")]),
    ("target-unknown", A, A, [("a", "nobody")]),
    ("source-twice", A, straight(user("a"), user("b")), [("a", "a"), ("a", "b")]),
    ("target-twice", BORDERS, BORDERS, [("a", "b"), ("b", "b"), ("t", "u"), ("u", "u")]),
    ("target-twice", A, A, [("start_a", "start_a"), ("a_end", "start_a")]),
    ("type-differs", A, straight(service("a")), [("a", "a")]),
    ("type-differs", A, A, [("a", "a_end")]),
    ("type-differs", INSIDE, A, [("s", "a")]),
    ("event-differs", BORDERS, BORDERS, [("b", "b"), ("u", "s")]),
    ("loop-differs", A, straight(user("a", inner=each("xs"))), [("a", "a")]),
    ("loop-differs", straight(user("a", inner=loop("x"))), A, [("a", "a")]),
    ("loop-differs", straight(user("a", inner=each("xs"))), straight(user("a", inner=each("xs", sequential=True))), [("a", "a")]),
    ("work-differs", straight(rule("r", "d", "x")), straight(service("r", tag="businessRuleTask")), [("r", "r")]),
    ("scope-differs", A, INSIDE, [("a", "a")]),
    ("scope-differs", INSIDE, A, [("a", "a")]),
    ("detached", BORDERS, BORDERS, [("a", "a"), ("t", "u")]),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "old", "new", "pairs"), REFUSED)
def test_a_plan_is_refused_with_the_element_and_the_reason(rule_id, old, new, pairs):
    found = problems(old, new, pairs)
    assert {finding.rule for finding in found} == {rule_id}
    for finding in found:
        assert finding.element_id in {source for source, _ in pairs}
        assert finding.severity == "error"
        assert finding.message.startswith("「")
        assert finding.hint


def test_several_activities_may_become_one():
    assert problems(straight(user("a"), user("b")), straight(user("c")), [("a", "c"), ("b", "c")]) == []


def test_every_reason_is_met_by_some_test():
    met = {rule_id for rule_id, *_ in REFUSED}
    others = Path(__file__).with_name("test_migration.py").read_text(encoding="utf-8") + Path(__file__).read_text(
        encoding="utf-8"
    )
    met |= {name for name in REASONS if f'"{name}"' in others}
    assert REASONS.keys() == met
