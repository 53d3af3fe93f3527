"""The search for a way to the end: what it finds possible the engine can do, what it finds impossible nobody can."""

from __future__ import annotations

import pytest

from tests.support.diagrams import (
    begin_on,
    boundary,
    bpmn,
    catch,
    each,
    end,
    error,
    error_end,
    event_sub,
    inclusive,
    message,
    on_error,
    on_link,
    on_message,
    parallel,
    service,
    start,
    sub,
    terminate,
    throw,
    timer,
    user,
    xor,
)
from workflows.engine import parse_processes
from workflows.engine.markings import At, Search, can_finish, marking_of

MORE = message("m") + error("E") + error("F")


def model(*parts, flows):
    return parse_processes(bpmn(*parts, flows=flows, more=MORE))[0]


AND_AFTER_XOR = (start(), xor("x", default="x_a"), user("a"), user("b"), parallel("j"), end())
AND_FLOWS = "start>x;x>a;x>b[c];a>j;b>j;j>end"


@pytest.mark.parametrize(("parts", "flows", "ends"), [
    ((start(), user("a"), end()), "start>a;a>end", True),
    ((start(), user("a")), "start>a", True),
    ((start(), parallel("f"), user("a"), user("b"), parallel("j"), end()), "start>f;f>a;f>b;a>j;b>j;j>end", True),
    (AND_AFTER_XOR, AND_FLOWS, False),
    ((start(), xor("x", default="x_a"), user("a"), user("b"), inclusive("j"), end()), AND_FLOWS, True),
    ((start(), user("a"), xor("x", default="x_a"), end()), "start>a;a>x;x>a;x>end[c]", True),
    ((start(), user("a"), xor("x", default="x_a")), "start>a;a>x;x>a", True),
    ((*AND_AFTER_XOR, boundary("b1", "a", timer("Duration", "PT1H"))), AND_FLOWS + ";b1>end", True),
    ((*AND_AFTER_XOR, boundary("b1", "a", on_message("m"), interrupting=False)), AND_FLOWS + ";b1>end", False),
    ((*AND_AFTER_XOR, boundary("b1", "a", on_message("m"), interrupting=False)), AND_FLOWS + ";b1>j", None),
    ((start(), parallel("f"), user("a"), user("b"), parallel("j"), terminate()), "start>f;f>a;f>stop;f>b;a>j;b>j;j>b", True),
    ((start(), sub("s", *AND_AFTER_XOR[1:-1], start("s1"), end("e1"), flows="s1>x;x>a;x>b[c];a>j;b>j;j>e1"), end()),
     "start>s;s>end", False),
    ((start(), sub("s", *AND_AFTER_XOR[1:-1], start("s1"), end("e1"), flows="s1>x;x>a;x>b[c];a>j;b>j;j>e1"), end(),
      boundary("b1", "s", timer("Duration", "PT1H"))), "start>s;s>end;b1>end", True),
    ((start(), sub("s", start("s1"), error_end("boom", "e-E"), flows="s1>boom"), boundary("b1", "s", on_error("e-E")),
      user("z"), end()), "start>s;s>end;b1>z;z>end", True),
    ((start(), sub("s", start("s1"), error_end("boom", "e-E"), flows="s1>boom"), boundary("b1", "s", on_error("e-E")),
      parallel("f"), parallel("j"), user("z"), end()), "start>f;f>s;f>j;s>j;b1>z;z>end;j>end", False),
    ((*AND_AFTER_XOR, event_sub("v", begin_on("v1", timer("Duration", "PT1H")), end("v2"), flows="v1>v2")), AND_FLOWS, True),
    ((start(), throw("l", on_link("x")), catch("c", on_link("x")), user("a"), end()), "start>l;c>a;a>end", True),
])  # fmt: skip
def test_whether_a_process_can_come_to_its_end(parts, flows, ends):
    assert can_finish(model(*parts, flows=flows)) is ends


def test_an_error_that_leaves_the_process_is_an_end_of_it():
    assert can_finish(model(start(), error_end("boom", "e-E"), flows="start>boom")) is True


def test_from_one_branch_of_a_fork_the_join_cannot_be_reached():
    forked = model(
        start(), parallel("f"), user("a"), user("b"), parallel("j"), end(), flows="start>f;f>a;f>b;a>j;b>j;j>end"
    )
    assert can_finish(forked, (At("a"),)) is False
    assert can_finish(forked, (At("a"), At("j", "b_j"))) is True
    assert can_finish(forked, (At("a"), At("a"))) is False


def test_the_marking_of_a_running_case_is_where_its_tokens_are(run):
    inner = sub("s", start("s1"), user("i"), end("e1"), flows="s1>i;i>e1", inner=each("[1,2]"))
    case = run(bpmn(start(), parallel("f"), inner, user("b"), boundary("late", "b", timer("Duration", "PT1H")), parallel("j"),
                    end(), flows="start>f;f>s;f>b;s>j;b>j;j>end;late>end"))  # fmt: skip
    case.complete("b")
    assert set(marking_of(case.ex._instance.task_tree)) == {
        At("s", None, ((At("i"),), (At("i"),))),
        At("j", "b_j"),
    }


def test_what_is_too_large_to_search_is_left_open():
    many = model(start(), inclusive("o"), *[user(f"u{i}") for i in range(9)], parallel("j"), end(),
                 flows="start>o;j>end;" + ";".join(f"o>u{i}[c{i}];u{i}>j" for i in range(9)))  # fmt: skip
    assert can_finish(many) is True
    assert can_finish(many, bound=20) is None


def test_a_join_that_can_be_left_waiting_is_known():
    some = model(start(), inclusive("o", default="o_a"), user("a"), user("b"), parallel("j"), end(),
                 flows="start>o;o>a;o>b[x];o>a[y];a>j;b>j;j>end")  # fmt: skip
    assert Search(some).outcome(None).left == {"j"}


def test_a_long_chain_is_searched_through():
    names = [f"t{i}" for i in range(2_000)]
    flows = ";".join(f"{a}>{b}" for a, b in zip(["start", *names], [*names, "end"], strict=True))
    assert can_finish(model(start(), *map(user, names), end(), flows=flows)) is True


def test_what_goes_round_for_ever_keeps_nobody_from_ending_it_all():
    source = bpmn(
        start(), parallel("f"), user("a"), xor("m"), user("b"), terminate(), flows="start>f;f>m;m>a;a>m;f>b;b>stop"
    )
    assert can_finish(parse_processes(source)[0]) is True


@pytest.mark.parametrize("last", [terminate("c"), error_end("c", "e-E")])
@pytest.mark.parametrize("names", ["ab", "pq", "xy", "uv", "mn"])  # their order in a set is as good as random
def test_a_join_that_can_fire_before_all_is_ended_is_not_one_that_never_does(names, last):
    one, other = names
    source = bpmn(start(), parallel("f"), user(one), user(other), last, parallel("j"), end(), more=MORE,
                  flows=f"start>f;f>{one};f>c;f>{other};{one}>j;{other}>j;j>end")  # fmt: skip
    assert Search(parse_processes(source)[0]).outcome(None).fired == {"j"}


STUCK = "x>a;x>b[c];a>j;b>j"


@pytest.mark.parametrize(
    ("inside", "around", "flows"),
    [
        ((service("b"), end("o")), boundary("bad", "s", on_error()), "j>o"),
        (
            (
                user("b"),
                throw("o"),
                event_sub(
                    "v",
                    begin_on("v1", timer("Duration", "PT1H"), interrupting=False),
                    error_end("v2", "e-E"),
                    flows="v1>v2",
                ),
            ),
            boundary("bad", "s", on_error("e-E")),
            "j>o",
        ),
        ((service("b"), end("o"), event_sub("v", begin_on("v1", on_error()), end("v2"), flows="v1>v2")), "", "j>o"),
        (
            (user("b"), end("o"), boundary("b1", "b", on_message("m-m"), interrupting=False), terminate()),
            "",
            "j>o;b1>stop",
        ),
    ],
    ids=["error of a worker", "error of an event sub-process", "error of a worker inside", "terminated from a border"],
)
def test_what_is_stuck_inside_can_still_be_ended_by_what_happens_there(inside, around, flows):
    inner = sub(
        "s", start("i"), xor("x", default="x_a"), user("a"), parallel("j"), *inside, flows=f"i>x;{STUCK};{flows}"
    )
    whole = model(start(), inner, around, end(), flows="start>s;s>end" + (";bad>end" if around else ""))
    assert can_finish(whole) is not False
