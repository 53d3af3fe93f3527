from __future__ import annotations

from tests.support import diagrams as d
from workflows.engine import parse_processes
from workflows.engine.differences import ADDED, CHANGED, REMOVED, Change, differences


def process(*parts: str, flows: str):
    [found] = parse_processes(d.bpmn(d.start(), *parts, d.end(), flows=flows))
    return found


A = (d.user("a"), d.user("b"))
ONE = process(*A, flows="start>a; a>b; b>end")


def test_the_same_has_no_differences():
    assert differences(ONE, process(*A, flows="start>a; a>b; b>end")) == []


def test_what_is_only_in_one_of_them_is_added_or_removed_with_its_flows():
    other = process(d.user("a"), d.user("c"), flows="start>a; a>c; c>end")
    assert {(one.kind, one.id) for one in differences(ONE, other)} == {
        *((ADDED, id) for id in ("c", "a_c", "c_end")),
        *((REMOVED, id) for id in ("b", "a_b", "b_end")),
    }


def test_a_changed_setting_is_told_before_and_after():
    before, after = (
        process(d.user("a", d.z("assignmentDefinition", candidateGroups=who)), flows="start>a; a>end")
        for who in ("desk@centre", "desk@north")
    )
    [one] = differences(before, after)
    assert (one.id, one.kind) == ("a", CHANGED)
    [change] = one.changes
    assert change.what == "settings"
    assert change.before["assignmentDefinition"] == {"candidateGroups": "desk@centre"}
    assert change.after["assignmentDefinition"] == {"candidateGroups": "desk@north"}


def test_another_condition_changes_the_flow_and_not_what_it_joins():
    before, after = (
        process(d.xor("x", "x_end"), d.user("a"), flows=f"start>x; x>a[{text}]; x>end; a>end")
        for text in ("n = 1", "n = 2")
    )
    [one] = differences(before, after)
    assert one.type == "sequenceFlow"
    assert one.changes == (Change("condition", "=n = 1", "=n = 2"),)


def test_a_task_that_becomes_another_kind_of_task_is_changed():
    before, after = (process(part, flows="start>a; a>end") for part in (d.user("a"), d.service("a")))
    [one] = differences(before, after)
    assert Change("type", "userTask", "serviceTask") in one.changes
