"""The ways of a token, told by small diagrams."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.diagrams import (
    boundary,
    bpmn,
    end,
    error,
    error_end,
    inclusive,
    io,
    on_error,
    parallel,
    script,
    service,
    start,
    sub,
    terminate,
    user,
    xor,
)
from workflows.engine import Environment, Execution, NotWaiting


def test_a_straight_case_waits_at_each_task_and_completes(run):
    case = run(bpmn(start(), user("a"), service("b"), end(), flows="start>a;a>b;b>end"))
    assert case.ids() == ["a"]
    case.complete("a")
    assert [type(w).__name__ for w in case.open()] == ["JobWait"]
    case.complete("b")
    assert case.ex.state == "COMPLETED"
    assert case.open() == []
    assert case.path == ["start", "a", "b", "end"]
    assert case.flows == ["start_a", "a_b", "b_end"]


def test_variables_of_a_task_reach_the_conditions_of_a_gateway(run):
    source = bpmn(
        start(), user("a"), xor("g", default="g_no"), user("yes"), user("no"), end(),
        flows="start>a;a>g;g>yes[amount > 10];g>no;yes>end;no>end",
    )  # fmt: skip
    rich, poor = run(source), run(source)
    rich.complete("a", amount=11)
    poor.complete("a", amount=Decimal("9.99"))
    assert (rich.ids(), poor.ids()) == (["yes"], ["no"])


def test_a_parallel_join_waits_for_every_branch_and_both_keep_what_they_wrote(run):
    source = bpmn(
        start(), parallel("f"), user("a"), user("b"), parallel("j"), user("c"), end(),
        flows="start>f;f>a;f>b;a>j;b>j;j>c;c>end",
    )  # fmt: skip
    case = run(source, items=[1])
    assert case.ids() == ["a", "b"]
    case.complete("a", items=[1, "A"], left=1)
    assert case.ids() == ["b"]
    case.complete("b", right=2)
    assert case.ids() == ["c"]
    assert case.variables == {"items": [1, "A"], "left": 1, "right": 2}


def test_a_parallel_join_keeps_excess_tokens_for_its_next_round(run):
    source = bpmn(
        start(), parallel("f"), user("a"), user("b"), xor("m"), parallel("j"), user("c"), end(),
        flows="start>f;f>a;f>m;f>b;a>m;m>j;b>j;j>c;c>end",
    )  # fmt: skip
    case = run(source)
    case.complete("a")  # two tokens have now come by m, none by b
    assert case.ids() == ["b"]
    case.complete("b")
    assert case.ids() == ["c"]
    case.complete("c")
    assert case.ex.state == "ACTIVE", "one token still waits at the join and is not lost"


def test_a_branch_that_finishes_twice_does_not_stand_in_for_its_sibling(run):
    source = bpmn(
        start(), parallel("f"), user("a"), user("b"), xor("again", default="again_j"), parallel("j"), end(),
        flows="start>f;f>a;f>b;a>again;again>a[redo];again>j;b>j;j>end",
    )  # fmt: skip
    case = run(source)
    for _ in range(3):
        case.complete("a", redo=True)
    case.complete("a", redo=False)
    assert case.ids() == ["b"]
    case.complete("b")
    assert case.ex.state == "COMPLETED"


def test_a_token_that_only_waited_at_a_join_leaves_no_trace_when_cancelled(run):
    source = bpmn(
        start(), parallel("f"), user("a"), user("b"), parallel("j"), end(),
        flows="start>f;f>a;f>b;a>j;b>j;j>end",
    )  # fmt: skip
    case = run(source)
    case.complete("a")
    case.do(lambda ex: ex.terminate())
    assert {r.element_id for r in case.ex.records()} == {"b", "p"}


def test_an_inclusive_join_waits_only_for_the_branches_that_were_taken(run):
    source = bpmn(
        start(), inclusive("f"), user("a"), user("b"), user("c"), inclusive("j"), user("d"), end(),
        flows="start>f;f>a[x > 0];f>b[x > 1];f>c[x > 2];a>j;b>j;c>j;j>d;d>end",
    )  # fmt: skip
    case = run(source, x=2)
    assert case.ids() == ["a", "b"]
    case.complete("a")
    assert case.ids() == ["b"]
    case.complete("b")
    assert case.ids() == ["d"]
    assert run(source, x=1).ids() == ["a"]


def test_an_inclusive_join_goes_on_when_the_branch_it_waited_for_goes_elsewhere(run):
    source = bpmn(
        start(), inclusive("f"), user("a"), user("b"), xor("g", default="g_j"), inclusive("j"), user("d"), end(),
        end("other"), flows="start>f;f>a[true];f>b[true];a>j;b>g;g>other[away];g>j;j>d;d>end",
    )  # fmt: skip
    case = run(source)
    case.complete("a")
    assert case.ids() == ["b"]
    case.complete("b", away=True)
    assert case.ids() == ["d"]


def test_a_gateway_without_a_true_condition_is_an_incident_that_can_be_resolved(run):
    source = bpmn(start(), xor("g"), user("a"), user("b"), end(), flows="start>g;g>a[x = 1];g>b[x = 2];a>end;b>end")
    case = run(source, x=3)
    incident = case.one("g", "Incident")
    assert incident.error_type == "CONDITION_ERROR"
    case.do(lambda ex: ex.set_variables(1 << 20, {"x": 2}))
    case.do(lambda ex: ex.resolve(incident.key))
    assert case.ids() == ["b"]


def test_a_condition_that_is_not_a_boolean_is_an_incident_and_not_false(run):
    case = run(bpmn(start(), xor("g", default="g_b"), user("a"), user("b"), end(),
                    flows="start>g;g>a[missing > 1];g>b;a>end;b>end"))  # fmt: skip
    assert case.one("g", "Incident").error_type == "CONDITION_ERROR"


def test_other_branches_go_on_beside_an_incident(run):
    source = bpmn(
        start(), parallel("f"), xor("g"), user("a"), user("b"), end(),
        flows="start>f;f>g;f>a;g>b[nothing];g>end[nothing];a>end;b>end",
    )  # fmt: skip
    case = run(source)
    assert {w.element_id for w in case.open()} == {"g", "a"}
    case.complete("a")
    assert case.ids() == ["g"]
    assert case.ex.state == "ACTIVE"


def test_terminate_ends_the_process_with_everything_in_it(run):
    source = bpmn(
        start(), parallel("f"), user("a"), user("b"), terminate(), end(), flows="start>f;f>a;f>b;a>stop;b>end"
    )
    case = run(source)
    case.complete("a")
    assert (case.ex.state, case.open()) == ("COMPLETED", [])
    assert [r.state for r in case.ex.records() if r.element_id == "b"] == ["TERMINATED"]


def test_terminate_inside_a_sub_process_ends_only_that(run):
    inner = sub("s", start("s1"), parallel("f"), user("a"), user("b"), terminate(), end("e1"),
                flows="s1>f;f>a;f>b;a>stop;b>e1")  # fmt: skip
    case = run(bpmn(start(), inner, user("after"), end(), flows="start>s;s>after;after>end"))
    case.complete("a")
    assert case.ids() == ["after"]


def test_a_sub_process_has_variables_of_its_own_and_hands_out_what_is_mapped(run):
    inner = sub(
        "s", start("s1"), script("t", "secret * 2", "doubled"), end("e1"), flows="s1>t;t>e1",
        extensions=io(inputs={"secret": "=base + 1"}, outputs={"result": "=doubled + secret"}),
    )  # fmt: skip
    case = run(bpmn(start(), inner, user("after"), end(), flows="start>s;s>after;after>end"), base=20)
    assert case.variables == {"base": 20, "doubled": 42, "result": 63}


def test_output_mappings_keep_the_rest_of_a_context(run):
    source = bpmn(
        start(), user("a", io(outputs={"case.grade": "=answer"})), end(), user("b"), flows="start>a;a>b;b>end"
    )
    case = run(source, case={"number": "1"})
    case.complete("a", answer="good")
    assert case.variables == {"case": {"number": "1", "grade": "good"}}


def test_a_variable_is_updated_in_the_scope_where_it_is_defined(run):
    inner = sub("s", start("s1"), user("a"), user("b"), end("e1"), flows="s1>a;a>b;b>e1",
                extensions=io(inputs={"mine": "=1"}))  # fmt: skip
    case = run(bpmn(start(), inner, end(), flows="start>s;s>end"))
    case.complete("a", mine=2, yours=3)
    assert case.variables == {"yours": 3}
    assert case.ex.variables(case.one("b").key) == {"mine": 2, "yours": 3}


def test_an_error_end_event_goes_to_the_boundary_event_that_names_its_code(run):
    inner = sub("s", start("s1"), error_end("boom", "e-A"), flows="s1>boom")
    source = bpmn(
        start(), inner, boundary("any", "s", on_error()), boundary("exact", "s", on_error("e-A")),
        user("caught"), user("other"), end(), more=error("A"),
        flows="start>s;s>end;any>other;exact>caught;caught>end;other>end",
    )  # fmt: skip
    assert run(source).ids() == ["caught"]


def test_an_uncaught_error_is_an_incident_and_the_case_does_not_walk_on(run):
    inner = sub("s", start("s1"), error_end("boom", "e-A"), flows="s1>boom")
    case = run(bpmn(start(), inner, user("after"), end(), more=error("A"), flows="start>s;s>after;after>end"))
    assert case.one("boom", "Incident").error_type == "UNHANDLED_ERROR_EVENT"
    assert case.ids() == ["boom"]
    assert case.ex.thrown == []


def test_a_worker_throws_an_error_that_the_border_of_its_task_catches(run):
    source = bpmn(
        start(), service("a"), boundary("b", "a", on_error("e-X"), extensions=io(outputs={"why": "=reason"})),
        user("fix"), end(), more=error("X"), flows="start>a;a>end;b>fix;fix>end",
    )  # fmt: skip
    case = run(source)
    assert case.do(lambda ex: ex.throw_error(case.one("a").key, "X", "no", {"reason": "broken"})) is True
    assert (case.ids(), case.variables) == (["fix"], {"why": "broken"})


def test_an_error_nobody_catches_leaves_the_job_with_an_incident_and_can_be_retried(run):
    case = run(bpmn(start(), service("a"), end(), flows="start>a;a>end"))
    key = case.one("a").key
    assert case.do(lambda ex: ex.throw_error(key, "X", "no", {})) is False
    incident = case.one("a", "Incident")
    assert {type(w).__name__ for w in case.open()} == {"IncidentWait", "JobWait"}
    case.do(lambda ex: ex.resolve(incident.key))
    assert [type(w).__name__ for w in case.open()] == ["JobWait"]
    case.complete("a")
    assert case.ex.state == "COMPLETED"


def test_an_incident_can_be_put_on_whatever_is_there_and_taken_off_again(run):
    inner = sub("s", start("s1"), user("a"), end("e1"), flows="s1>a;a>e1")
    case = run(bpmn(start(), inner, end(), flows="start>s;s>end"))
    scope = case.ex.records()[-2].scope_key
    case.do(lambda ex: ex.fail(scope, "UNKNOWN", "no clock"))
    assert case.one("s", "Incident").message == "no clock"
    case.do(lambda ex: ex.resolve(case.one("s", "Incident").key))
    case.complete("a")
    assert case.ex.state == "COMPLETED"


def test_a_failing_output_mapping_keeps_the_answer_and_can_be_resolved(run):
    loop = "for i in 1..1000000 return i"
    case = run(bpmn(start(), user("a", io(outputs={"x": f"=if broken then count({loop}) else answer"})), user("b"), end(),
                    flows="start>a;a>b;b>end"), broken=True)  # fmt: skip
    case.complete("a", answer=7)
    incident = case.one("a", "Incident")
    assert incident.error_type == "IO_MAPPING_ERROR"
    case.do(lambda ex: ex.set_variables(1 << 20, {"broken": False}))
    case.do(lambda ex: ex.resolve(incident.key))
    assert case.ids() == ["b"]
    assert case.variables["x"] == 7


def test_a_loop_without_a_wait_is_stopped_as_an_incident(run):
    source = bpmn(start(), xor("a"), xor("b", default="b_a"), end(), flows="start>a;a>b;b>end[false];b>a")
    case = run(source, {"budget": 100})
    assert [type(w).__name__ for w in case.open()] == ["IncidentWait"]
    assert "endless" in case.open()[0].message


def test_the_state_is_as_small_in_the_300th_round_as_in_the_first(run):
    source = bpmn(start(), user("a"), xor("g", default="g_a"), end(), flows="start>a;a>g;g>end[done];g>a")
    case = run(source, done=False)
    sizes = []
    for _ in range(300):
        case.complete("a", done=False)
        sizes.append(len(str(case.ex.dump())))
    assert max(sizes[1:]) - min(sizes[1:]) < 10  # the counter's digits


def test_a_chain_of_two_thousand_elements_runs_through(run):
    names = [f"t{i}" for i in range(2000)]
    chain = ";".join(f"{a}>{b}" for a, b in zip(["start", *names], [*names, "end"], strict=True))
    case = run(bpmn(start(), *(script(n, "n + 1", "n") for n in names), end(), flows=chain), n=0)
    assert (case.ex.state, case.variables) == ("COMPLETED", {"n": 2000})


@pytest.mark.parametrize("name", ["typename", "__proto__", "__class__", "len", "self", "now"])
def test_a_variable_of_any_name_is_only_a_variable(run, name):
    source = bpmn(start(), user("a"), xor("g", default="g_no"), end("yes"), end("no"),
                  flows=f"start>a;a>g;g>yes[`{name}` = 1];g>no")  # fmt: skip
    case = run(source)
    case.complete("a", **{name: 1})
    assert case.path[-1] == "yes"
    assert case.variables == {name: 1}


def test_numbers_stay_exact_through_dump_and_load(run):
    case = run(bpmn(start(), script("s", "0.1 + 0.2", "x"), user("a"), end(), flows="start>s;s>a;a>end"))
    case.reload()
    assert case.variables == {"x": Decimal("0.3")}


def test_instances_share_a_definition_and_never_write_to_it(run):
    source = bpmn(start(), user("a"), end(), flows="start>a;a>end")
    first = run(source)
    before = repr({n: (s.inputs, s.outputs, s.__dict__.keys()) for n, s in first.definition.spec.task_specs.items()})
    second = Execution.start(first.definition, key=2 << 20, variables={}, env=Environment(first.now))
    second.complete(second.waits()[0].key, {})
    assert first.ids() == ["a"]
    assert before == repr(
        {n: (s.inputs, s.outputs, s.__dict__.keys()) for n, s in first.definition.spec.task_specs.items()}
    )


@pytest.mark.parametrize("command", [
    lambda ex: ex.complete(1, {}),
    lambda ex: ex.fire(ex.waits()[0].key),
    lambda ex: ex.correlate(ex.waits()[0].key, {}),
    lambda ex: ex.throw_error(ex.waits()[0].key, "X", "", {}),
    lambda ex: ex.resolve(5),
    lambda ex: ex.set_variables(5, {}),
    lambda ex: ex.variables(5),
])  # fmt: skip
def test_a_wrong_key_is_said_and_changes_nothing(run, command):
    case = run(bpmn(start(), user("a"), end(), flows="start>a;a>end"))
    before = case.ex.dump()
    with pytest.raises(NotWaiting):
        command(case.ex)
    assert case.ex.dump() == before


def test_terminating_closes_everything(run):
    inner = sub("s", start("s1"), user("a"), end("e1"), flows="s1>a;a>e1")
    case = run(bpmn(start(), inner, end(), flows="start>s;s>end"))
    case.do(lambda ex: ex.terminate())
    assert (case.ex.state, case.open()) == ("TERMINATED", [])
    assert {r.element_id: r.state for r in case.ex.records()} == {
        "a": "TERMINATED",
        "s": "TERMINATED",
        "p": "TERMINATED",
    }
