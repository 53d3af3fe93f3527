from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import diagrams as d
from tests.workflows.engine.conftest import NOW
from workflows.engine import (
    Activate,
    Definition,
    Environment,
    Execution,
    Given,
    Modification,
    Move,
    NotModifiable,
    Terminate,
    parse_processes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workflows.engine.conftest import Case

    Run = Callable[..., Case]

NESTED = d.bpmn(
    d.start(), d.user("before"),
    d.sub("outer", d.start("o0"), d.user("o1"),
          d.sub("inner", d.start("i0"), d.user("i1"), d.user("i2"), d.end("i9"), flows="i0>i1; i1>i2; i2>i9",
                extensions=d.io(inputs={"x": "=n + 1"})),
          d.event_sub("onnews", d.begin_on("news", d.on_message("m-news"), interrupting=False), d.user("e1"), d.end("e9"),
                      flows="news>e1; e1>e9"),
          d.end("o9"), flows="o0>o1; o1>inner; inner>o9"),
    d.boundary("late", "outer", d.timer("Duration", "PT1H"), interrupting=False), d.user("remind"), d.end("reminded"),
    d.user("after"), d.end(),
    flows="start>before; before>outer; outer>after; after>end; late>remind; remind>reminded",
    more=d.message("news", "=id"),
)  # fmt: skip
FORK = d.bpmn(
    d.start(), d.parallel("split"), d.user("a"), d.user("b"), d.parallel("join"), d.user("after"), d.end(),
    flows="start>split; split>a; split>b; a>join; b>join; join>after; after>end",
)  # fmt: skip
ITEMS = d.bpmn(
    d.start(), d.sub("each", d.start("s0"), d.user("x"), d.user("y"), d.end("s9"), flows="s0>x; x>y; y>s9",
                     inner=d.each("items", outputCollection="out", outputElement="=item")),
    d.user("after"), d.end(), flows="start>each; each>after; after>end",
)  # fmt: skip


def activate(element_id: str, *given: Given, ancestor: int | None = None) -> Activate:
    return Activate(element_id, given, ancestor)


def modify(case: Case, *instructions: Any) -> None:
    kinds = {kind: tuple(one for one in instructions if isinstance(one, kind)) for kind in (Activate, Move, Terminate)}
    case.do(lambda ex: ex.modify(Modification(kinds[Activate], kinds[Move], kinds[Terminate])))


def refused(case: Case, *instructions: Any, says: str) -> None:
    case.reload()
    before = deepcopy(case.ex.dump())
    case.reload()
    with pytest.raises(NotModifiable, match=says):
        modify(case, *instructions)
    assert case.ex.dump() == before


def key_of(case: Case, element_id: str, number: int = 0) -> int:
    tokens = [token for token in case.ex.dump()["tokens"] if token[2] == element_id]
    return int(tokens[number][0])


# Activate


def test_an_element_is_activated_beside_what_runs(run: Run) -> None:
    case = run(NESTED, n=1, id="7")
    modify(case, activate("after"))
    assert case.ids("User") == ["before", "after"]
    case.complete("after")
    case.complete("before")
    assert case.ids("User") == ["o1"]


def test_the_scopes_around_it_are_made_without_their_start_events(run: Run) -> None:
    case = run(NESTED, n=1, id="7")
    modify(case, activate("i2"), Terminate("before"))
    assert case.ids("User") == ["i2"]
    assert case.ids("Timer") == ["late"]
    assert case.ids("Message") == ["news"]
    assert case.ex.variables(case.one("i2").key)["x"] == 2
    case.complete("i2")
    assert case.ids("User") == ["after"]
    assert "o0" not in case.path
    assert "i0" not in case.path


def test_two_elements_share_the_scopes_that_are_made_for_them(run: Run) -> None:
    case = run(NESTED, n=1, id="7")
    modify(case, activate("i1"), activate("i2"), activate("o1"), Terminate("before"))
    tokens = [token[2] for token in case.ex.dump()["tokens"]]
    assert (tokens.count("outer"), tokens.count("inner")) == (1, 1)


def test_it_is_activated_in_the_one_instance_of_its_scope(run: Run) -> None:
    case = run(NESTED, n=1, id="7")
    case.complete("before")
    outer = key_of(case, "outer")
    modify(case, activate("i1"))
    assert case.ids("User") == ["o1", "i1"]
    assert key_of(case, "outer") == outer
    case.complete("o1")  # leads to another instance of the inner scope
    refused(case, activate("i2"), says="2 个实例")
    inner = key_of(case, "inner", 1)
    modify(case, activate("i2", ancestor=inner))
    assert [token[1] for token in case.ex.dump()["tokens"] if token[2] == "i2"] == [inner]


def test_with_an_ancestor_the_scopes_inside_it_are_new(run: Run) -> None:
    case = run(NESTED, n=1, id="7")
    case.complete("before")
    case.complete("o1")
    modify(case, activate("i2", ancestor=key_of(case, "outer")))
    assert [token[2] for token in case.ex.dump()["tokens"]].count("inner") == 2


def test_what_fails_in_a_scope_that_is_made_is_an_incident_and_goes_on_when_resolved(run: Run) -> None:
    case = run(NESTED, n=4)  # the correlation key is missing
    modify(case, activate("i2", Given({"local": 1}, "i2")), Terminate("before"))
    incident = case.one("outer", "Incident")
    assert case.ids() == ["outer", "late"]
    case.do(lambda ex: ex.set_variables(1 << 20, {"id": "7"}))
    case.do(lambda ex: ex.resolve(incident.key))
    assert case.ids("User") == ["i2"]
    assert case.ex.variables(case.one("i2").key) == {"n": 4, "x": 5, "local": 1, "id": "7"}


def test_variables_are_set_first_in_the_scope_that_is_named(run: Run) -> None:
    case = run(NESTED, id="7")
    modify(
        case,
        activate("i1", Given({"n": 1}), Given({"p": 1}, "p"), Given({"o": 2}, "outer"), Given({"i": 3}, "inner"),
                 Given({"own": 4}, "i1")),
        Terminate("before"),
    )  # fmt: skip
    assert case.variables == {"id": "7", "n": 1, "p": 1}
    seen = case.ex.variables(case.one("i1").key)
    assert seen == {"id": "7", "n": 1, "p": 1, "o": 2, "i": 3, "x": 2, "own": 4}
    case.complete("i1")
    assert "own" not in case.ex.variables(case.one("i2").key)


def test_variables_of_a_scope_that_runs_are_local_to_it(run: Run) -> None:
    case = run(NESTED, n=1, id="7")
    case.complete("before")
    modify(case, activate("e1", Given({"o": 2}, "outer"), Given({"e": 3}, "onnews")))
    assert case.ids("User") == ["o1", "e1"]
    assert case.variables == {"id": "7", "n": 1}
    assert case.ex.variables(case.one("e1").key) == {"id": "7", "n": 1, "o": 2, "e": 3}


def test_an_event_sub_process_begins_without_interrupting(run: Run) -> None:
    source = d.bpmn(
        d.start(), d.user("a"), d.event_sub("es", d.begin_on("news", d.on_message("m-news")), d.user("e1"), d.end("e9"),
        flows="news>e1; e1>e9"), d.end(), flows="start>a; a>end", more=d.message("news", "=id"),
    )  # fmt: skip
    case = run(source, id="7")
    modify(case, activate("es"))
    assert case.ids("User") == ["a", "e1"]
    assert case.ids("Message") == ["news"]


def test_a_multi_instance_is_activated_as_a_whole(run: Run) -> None:
    case = run(ITEMS, items=[1, 2])
    modify(case, Terminate("each"), activate("each", Given({"items": [1, 2, 3]})))
    assert case.ids("User") == ["x", "x", "x"]


def test_a_gateway_does_not_wait_for_others(run: Run) -> None:
    case = run(FORK)
    modify(case, activate("join"))
    assert case.ids("User") == ["a", "b", "after"]
    case.complete("a")
    case.complete("b")
    assert case.ids("User") == ["after", "after"]


@pytest.mark.parametrize(
    ("element_id", "says"),
    [("nothing", "没有这个元素"), ("start", "开始事件"), ("i0", "开始事件"), ("news", "开始事件"), ("late", "边界事件"),
     ("before_outer", "没有这个元素"), ("p", "没有这个元素")],
)  # fmt: skip
def test_what_is_never_activated(run: Run, element_id: str, says: str) -> None:
    refused(run(NESTED, n=1), activate("after"), activate(element_id), says=says)


def test_what_belongs_to_an_event_gateway_or_a_compensation_is_not_activated(run: Run) -> None:
    source = d.bpmn(
        d.start(), d.user("a"), d.boundary("undone", "a", d.compensate()), d.undo("undo"), d.event_gateway("which"),
        d.catch("m", d.on_message("m-news")), d.catch("t", d.timer("Duration", "PT1H")), d.throw("back", d.compensate()),
        d.end(), d.associate("undone", "undo"),
        flows="start>a; a>which; which>m; which>t; m>back; t>back; back>end", more=d.message("news", "=id"),
    )  # fmt: skip
    case = run(source, id="7")
    refused(case, activate("m"), says="事件网关")
    refused(case, activate("undo"), says="补偿")
    modify(case, activate("which"), Terminate("a"))
    assert case.ids() == ["m", "t"]


@pytest.mark.parametrize(
    ("instruction", "says"),
    [
        (activate("i1", Given({"a": 1}, "onnews")), "变量的范围"),
        (activate("i1", Given({"a": 1}, "o1")), "变量的范围"),
        (activate("i1", ancestor=12345), "没有元素实例"),
        (Terminate("after"), "没有进行中"),
        (Terminate("nothing"), "没有这个元素"),
        (Terminate(key=12345), "没有元素实例"),
        (Terminate(key=1 << 20), "请取消它"),
        (Move(Terminate("after"), "before"), "没有进行中"),
        (Move(Terminate("before"), "nothing"), "没有这个元素"),
    ],
)
def test_a_wrong_instruction_changes_nothing(run: Run, instruction: Any, says: str) -> None:
    refused(run(NESTED, n=1), activate("after", Given({"a": 1})), instruction, says=says)


def test_an_ancestor_must_be_around_it_and_open(run: Run) -> None:
    case = run(NESTED, n=1, id="7")
    case.complete("before")
    for element_id, says in (("o1", "不在它外围"), ("late", "没有元素实例")):
        refused(case, activate("i1", ancestor=key_of(case, element_id)), says=says)
    case = run(NESTED, n=1)  # the correlation key is missing
    case.complete("before")
    assert case.ids("Incident") == ["outer"]
    refused(case, activate("i2"), says="不在进行中")
    refused(case, activate("i2", ancestor=key_of(case, "outer")), says="不在进行中")


# Terminate


def test_what_is_inside_is_terminated_too_and_scopes_left_empty(run: Run) -> None:
    case = run(NESTED, n=1, id="7")
    case.complete("before")
    case.complete("o1")
    modify(case, activate("after"), Terminate(key=case.one("i1").key))
    assert case.ids() == ["after"]
    ended = {record.element_id: record.state for record in case.ex.records()}
    assert [ended[name] for name in ("i1", "inner", "outer")] == ["TERMINATED"] * 3
    case.complete("after")
    assert case.ex.state == "COMPLETED"


def test_an_instance_with_nothing_left_is_terminated(run: Run) -> None:
    case = run(NESTED, n=1)
    modify(case, Terminate("before"))
    assert (case.ex.state, case.open()) == ("TERMINATED", [])


def test_an_incident_goes_with_its_element(run: Run) -> None:
    case = run(d.bpmn(d.start(), d.xor("s"), d.user("b"), d.end(), flows="start>s; s>b[flag]; b>end"))
    assert case.ids("Incident") == ["s"]
    modify(case, Move(Terminate("s"), "b"))
    assert case.ids() == ["b"]


def test_one_item_of_a_multi_instance_is_terminated_and_the_others_go_on(run: Run) -> None:
    case = run(ITEMS, items=[1, 2])
    modify(case, Terminate(key=key_of(case, "each", 1)))
    assert case.ids("User") == ["x"]
    case.complete("x")
    case.complete("y")
    assert case.ids("User") == ["after"]
    assert case.variables["out"] == [None, 2]


def test_the_last_item_takes_the_multi_instance_with_it(run: Run) -> None:
    case = run(ITEMS, items=[1, 2])
    modify(case, activate("after"), Terminate("x"))
    assert case.ids() == ["after"]


def test_a_join_whose_branch_is_terminated_says_that_it_waits_in_vain(run: Run) -> None:
    case = run(FORK)
    case.complete("a")
    modify(case, Terminate("b"))
    assert case.ids("Incident") == ["join"]
    modify(case, activate("b"))
    case.complete("b")
    assert case.ids() == ["after"]


def test_an_inclusive_join_does_not_wait_for_what_was_terminated(run: Run) -> None:
    source = d.bpmn(
        d.start(), d.inclusive("split"), d.user("a"), d.user("b"), d.inclusive("join"), d.user("after"), d.end(),
        flows="start>split; split>a[true]; split>b[true]; a>join; b>join; join>after; after>end",
    )  # fmt: skip
    case = run(source)
    case.complete("a")
    modify(case, Terminate("b"))
    assert case.ids() == ["after"]


# Move


def test_each_instance_is_moved_to_one_of_the_target(run: Run) -> None:
    case = run(FORK)
    modify(case, activate("a"))
    modify(case, Move(Terminate("a"), "after"))
    assert case.ids() == ["b", "after", "after"]


def test_what_waits_at_a_join_is_moved_from_it(run: Run) -> None:
    case = run(FORK)
    case.complete("a")
    modify(case, Move(Terminate("join"), "a"))
    assert case.ids() == ["b", "a"]
    case.complete("a")
    case.complete("b")
    assert case.ids() == ["after"]


@pytest.mark.parametrize("ancestor", ["inferred", "sourceParent"])
def test_each_stays_in_its_item_of_a_multi_instance(run: Run, ancestor: str) -> None:
    case = run(ITEMS, items=[1, 2])
    refused(case, Move(Terminate("x"), "y"), says="2 个实例")
    modify(case, Move(Terminate("x"), "y", ancestor))
    assert case.ids() == ["y", "y"]
    assert sorted(case.ex.variables(wait.key)["item"] for wait in case.open()) == [1, 2]
    case.complete("y")
    case.complete("y")
    assert case.variables["out"] == [1, 2]


def test_the_scope_in_common_is_inferred(run: Run) -> None:
    case = run(NESTED, n=1, id="7")
    case.complete("before")
    case.complete("o1")
    modify(case, Move(Terminate("i1"), "o1", "inferred"))
    assert case.ids("User") == ["o1"]
    refused(case, Move(Terminate("o1"), "before", "sourceParent"), says="不在它外围")
    modify(case, Move(Terminate("o1"), "before", "inferred"))
    assert case.ids() == ["before"]


def test_a_multi_instance_is_moved_as_a_whole(run: Run) -> None:
    case = run(ITEMS, items=[1, 2])
    refused(case, Move(Terminate(key=key_of(case, "each", 1)), "after"), says="多实例的一项")
    modify(case, Move(Terminate("each"), "after", None, (Given({"why": "…"}),)))
    assert (case.ids(), case.variables["why"]) == (["after"], "…")


def test_inside_a_multi_instance_only_an_item_that_is_named_is_modified(run: Run) -> None:
    case = run(ITEMS, items=[1, 2])
    refused(case, activate("y"), says="2 个实例")
    refused(case, activate("y", ancestor=key_of(case, "each")), says="多实例的整体")
    modify(case, activate("y", ancestor=key_of(case, "each", 2)))
    assert case.ids() == ["x", "x", "y"]
    assert case.ex.variables(case.one("y").key)["item"] == 2
    case = run(ITEMS, items=[1])
    case.complete("x")
    case.complete("y")
    refused(case, activate("y"), says="请指定其中一项")


# Where it stops


def stopping(source: bytes, *elements: str) -> Execution:
    definition = Definition(parse_processes(source)[0])
    return Execution.start(
        definition, key=1 << 20, variables={"items": [1, 2]}, env=Environment(NOW), stops_after=elements
    )


@pytest.mark.parametrize(
    ("source", "element"), [(FORK, "a"), (FORK, "b"), (ITEMS, "x"), (FORK, "split"), (ITEMS, "start")]
)
def test_it_is_terminated_after_the_first_element_that_is_named(source: bytes, element: str) -> None:
    ex = stopping(source, element, "after")
    if element in {"split", "start"}:
        assert (ex.state, ex.waits()) == ("TERMINATED", [])
        return
    ex = Execution.load(Definition(parse_processes(source)[0]), ex.dump(), Environment(NOW))
    assert ex.state == "ACTIVE"
    ex.complete(next(wait.key for wait in ex.waits() if wait.element_id == element), {})
    assert (ex.state, ex.waits()) == ("TERMINATED", [])
    assert (element, "COMPLETED") in {(record.element_id, record.state) for record in ex.records()}


def test_a_multi_instance_counts_as_a_whole() -> None:
    each = d.bpmn(
        d.start(), d.user("a", inner=d.each("items")), d.user("after"), d.end(), flows="start>a; a>after; after>end"
    )
    ex = stopping(each, "a")
    for wait in ex.waits():
        assert ex.state == "ACTIVE"
        ex.complete(wait.key, {})
    assert (ex.state, ex.waits()) == ("TERMINATED", [])


def test_what_is_terminated_counts_as_well_and_the_end_stays_the_end() -> None:
    ex = stopping(FORK, "a")
    ex.modify(Modification(terminate=(Terminate("a"),)))
    assert ex.state == "TERMINATED"
    ex = stopping(d.bpmn(d.start(), d.end(), flows="start>end"), "end")
    assert ex.state == "COMPLETED"
    with pytest.raises(NotModifiable, match="nothing"):
        stopping(FORK, "nothing")
