from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import diagrams as d
from workflows.engine import NotModifiable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workflows.engine.conftest import Case

    Run = Callable[..., Case]


def skip(case: Case, element_id: str, *flows: str, **variables: Any) -> None:
    key = case.one(element_id, "Incident").key
    case.do(lambda ex: ex.skip(key, variables, flows))


def fail(case: Case, element_id: str) -> None:
    key = next(wait.key for wait in case.open("Job") if wait.element_id == element_id)
    case.do(lambda ex: ex.fail(key, "JOB_NO_RETRIES", "no line"))


def test_its_flow_is_taken_with_the_variables_that_are_given(run: Run) -> None:
    late = d.boundary("late", "send", d.timer("Duration", "PT1H"))
    case = run(
        d.bpmn(d.start(), d.service("send", "send", d.io(outputs={"receipt": "=answer"})), late, d.user("b"), d.end(),
               flows="start>send; send>b; late>end; b>end")
    )  # fmt: skip
    fail(case, "send")
    skip(case, "send", receipt="手工回执")
    assert case.ids() == ["b"]
    assert case.variables == {"receipt": "手工回执"}
    assert [(r.element_id, r.state) for r in case.ex.records() if r.element_id == "send"] == [("send", "COMPLETED")]


def test_what_never_began_is_left_too(run: Run) -> None:
    drawn = d.z("assignmentDefinition", candidateGroups="=[1]")
    case = run(d.bpmn(d.start(), d.user("a", drawn), d.user("b"), d.end(), flows="start>a; a>b; b>end"))
    skip(case, "a", x=1)
    assert (case.ids(), case.variables) == (["b"], {"x": 1})


@pytest.mark.parametrize(
    ("flows", "says"),
    [((), "请指定"), (("choose_x", "choose_y"), "只能走一个"), (("start_choose",), "不是它的出口"), (("none",), "不是它的出口")],
)  # fmt: skip
def test_at_a_gateway_the_way_must_be_named(run: Run, flows: tuple[str, ...], says: str) -> None:
    case = run(
        d.bpmn(d.start(), d.xor("choose"), d.user("x"), d.user("y"), d.end(),
               flows="start>choose; choose>x[flag]; choose>y[not(flag)]; x>end; y>end")
    )  # fmt: skip
    with pytest.raises(NotModifiable, match=says):
        skip(case, "choose", *flows)
    skip(case, "choose", "choose_y")
    assert case.ids() == ["y"]
    assert case.flows[-1] == "choose_y"


def test_an_inclusive_gateway_may_take_several(run: Run) -> None:
    case = run(
        d.bpmn(d.start(), d.inclusive("choose"), d.user("x"), d.user("y"), d.inclusive("join"), d.user("z"), d.end(),
               flows="start>choose; choose>x[flag]; choose>y[flag]; x>join; y>join; join>z; z>end")
    )  # fmt: skip
    skip(case, "choose", "choose_x", "choose_y")
    case.complete("x")
    assert case.ids() == ["y"]
    case.complete("y")
    assert case.ids() == ["z"]


def test_a_way_out_of_an_activity_with_conditions_is_named_too(run: Run) -> None:
    case = run(
        d.bpmn(d.start(), d.user("a"), d.user("x"), d.user("y"), d.end(),
               flows="start>a; a>x[flag]; a>y[flag]; x>end; y>end")
    )  # fmt: skip
    case.complete("a")
    with pytest.raises(NotModifiable, match="请指定"):
        skip(case, "a")
    skip(case, "a", "a_x")
    assert case.ids() == ["x"]


def test_a_join_is_not_skipped(run: Run) -> None:
    case = run(
        d.bpmn(d.start(), d.parallel("split"), d.user("a"), d.xor("b", default="b_end"), d.parallel("join"), d.end(),
               flows="start>split; split>a; split>b; a>join; b>join[false]; b>end; join>end")
    )  # fmt: skip
    case.complete("a")
    assert case.ids("Incident") == ["join"]
    with pytest.raises(NotModifiable, match="汇合"):
        skip(case, "join")


def test_an_error_that_nobody_catches_ends_its_path(run: Run) -> None:
    case = run(
        d.bpmn(d.start(), d.parallel("split"), d.error_end("bad", "e-BAD"), d.user("a"), d.end(),
               flows="start>split; split>bad; split>a; a>end", more=d.error("BAD"))
    )  # fmt: skip
    skip(case, "bad")
    assert case.ids() == ["a"]
    case.complete("a")
    assert case.ex.state == "COMPLETED"


def test_one_item_is_skipped_and_its_output_collected(run: Run) -> None:
    each = d.each("[1, 2, 3]", outputCollection="out", outputElement="=answer")
    case = run(
        d.bpmn(d.start(), d.service("work", inner=each), d.user("b"), d.end(), flows="start>work; work>b; b>end")
    )
    case.complete("work", answer="一")
    fail(case, "work")
    skip(case, "work", answer="二")
    case.complete("work", answer="三")
    assert (case.ids(), case.variables) == (["b"], {"out": ["一", "二", "三"]})


def test_the_next_of_a_sequence_follows_one_that_is_skipped(run: Run) -> None:
    each = d.each("[1, 2]", sequential=True)
    case = run(
        d.bpmn(d.start(), d.service("work", inner=each), d.user("b"), d.end(), flows="start>work; work>b; b>end")
    )
    for _ in range(2):
        fail(case, "work")
        skip(case, "work")
    assert case.ids() == ["b"]


def test_a_multi_instance_that_could_not_begin_is_skipped_as_a_whole(run: Run) -> None:
    each = d.each("nothing", outputCollection="out", outputElement="=item")
    case = run(d.bpmn(d.start(), d.user("a", inner=each), d.user("b"), d.end(), flows="start>a; a>b; b>end"))
    skip(case, "a", out=[])
    assert (case.ids(), case.variables) == (["b"], {"out": []})


def test_what_was_not_done_is_not_compensated(run: Run) -> None:
    source = d.bpmn(
        d.start(), d.service("pay"), d.boundary("undone", "pay", d.compensate()), d.undo("refund"),
        d.throw("back", d.compensate()), d.user("b"), d.end(), d.associate("undone", "refund"),
        flows="start>pay; pay>back; back>b; b>end",
    )  # fmt: skip
    case = run(source)
    fail(case, "pay")
    skip(case, "pay")
    assert case.ids() == ["b"]
    case = run(source)
    case.complete("pay")
    assert case.ids() == ["refund"]


def test_a_sub_process_is_skipped_with_what_runs_inside(run: Run) -> None:
    inner = d.sub("s", d.start("s0"), d.user("x"), d.end("s9"), flows="s0>x; x>s9")
    case = run(d.bpmn(d.start(), inner, d.user("b"), d.end(), flows="start>s; s>b; b>end"))
    scope = next(token[0] for token in case.ex.dump()["tokens"] if token[2] == "s")
    case.do(lambda ex: ex.fail(scope, "DECISION_EVALUATION_ERROR", "no ladder"))
    skip(case, "s")
    assert case.ids() == ["b"]
