"""Cases that grow old, long or wide: what they cost does not grow with what is behind them."""

from __future__ import annotations

import json

from tests.support.diagrams import bpmn, each, end, script, start, sub, user, xor

ROUNDS = 5_000


def test_five_thousand_rounds_of_rework_leave_a_state_of_one_round(run):
    source = bpmn(start(), user("a"), user("b"), xor("again", default="again_a"), end(),
                  flows="start>a;a>b;b>again;again>a;again>end[passed]")  # fmt: skip
    case = run(source, passed=False)
    sizes = []
    for _ in range(ROUNDS):
        case.complete("a")
        case.complete("b")
        sizes.append(len(json.dumps(case.ex.dump())))
        case.path.clear()
        case.flows.clear()
    assert max(sizes) - min(sizes) < 20, "only the digits of the keys grow"
    case.complete("a")
    case.complete("b", passed=True)
    assert case.ex.state == "COMPLETED"


def test_a_chain_of_two_thousand_elements_is_read_checked_and_run_in_one_step(run):
    names = [f"t{i}" for i in range(2_000)]
    flows = ";".join(f"{a}>{b}" for a, b in zip(["start", *names], [*names, "end"], strict=True))
    case = run(bpmn(start(), *(script(name, "n + 1", "n") for name in names), end(), flows=flows), n=0)
    assert (case.ex.state, case.variables) == ("COMPLETED", {"n": 2_000})


def test_ten_thousand_items_are_done_in_one_step_and_collected_in_order(run):
    for sequential in (False, True):
        loop = each("items", sequential=sequential, outputCollection="out", outputElement="=x")
        case = run(
            bpmn(start(), script("a", "item * 2", "x", inner=loop), end(), flows="start>a;a>end"),
            items=[*range(10_000)],
        )
        assert case.ex.state == "COMPLETED"
        assert case.variables["out"] == [2 * n for n in range(10_000)]


def test_ten_thousand_items_can_wait_at_the_same_time_each_in_a_scope_of_its_own(run):
    inner = sub("s", start("s1"), user("a"), end("e1"), flows="s1>a;a>e1", inner=each("items"))
    case = run(bpmn(start(), inner, end(), flows="start>s;s>end"), items=[*range(10_000)])
    waiting = case.open("User")
    assert len(waiting) == 10_000
    case.do(lambda ex: ex.complete(waiting[-1].key, {}))
    assert len(case.open("User")) == 9_999


def test_a_case_with_a_megabyte_of_variables_goes_on(run):
    case = run(bpmn(start(), user("a"), user("b"), end(), flows="start>a;a>b;b>end"), text="字" * 350_000)
    case.complete("a")
    case.complete("b", more=["x" * 1_000] * 100)
    assert case.ex.state == "COMPLETED"
    assert len(case.variables["text"]) == 350_000
