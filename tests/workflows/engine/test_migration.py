"""Migration of one instance: what it keeps, what closes and opens, what is refused."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from functools import partial

import pytest

from tests.support.diagrams import (
    associate,
    begin_on,
    boundary,
    bpmn,
    call,
    catch,
    compensate,
    each,
    end,
    event_gateway,
    event_sub,
    inclusive,
    message,
    on_error,
    on_message,
    on_signal,
    parallel,
    properties,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    undo,
    user,
    xor,
    z,
)
from tests.workflows.engine.conftest import NOW
from workflows.engine import Activate, Definition, Environment, Execution, parse_processes
from workflows.engine.markings import can_finish
from workflows.engine.migration import migrate
from workflows.engine.migration_plan import propose
from workflows.engine.parking import PARKED_ABOVE

STRAIGHT = bpmn(start(), user("a"), end(), flows="start>a;a>end")


def definition(source):
    return Definition(parse_processes(source)[0])


def attempt(case, source, *pairs):
    """With these pairs exactly, or by the proposed plan."""
    new = definition(source)
    case.reload()
    return migrate(case.ex, new, pairs or propose(case.definition.model, new.model).pairs)


def to(case, source, *pairs):
    """Migrate a case that can be; what changed is in the answer, the case goes on in the new process."""
    done = attempt(case, source, *pairs)
    assert done.execution is not None, done.findings
    case.definition = done.execution._instance.definition
    saved = deepcopy(done.execution.dump())
    case.ex = done.execution
    case.reload()
    assert case.ex.dump() == saved, "what was migrated can be saved and loaded"
    return done


def refusal(case, source, *pairs):
    before = deepcopy(case.ex.dump())
    done = attempt(case, source, *pairs)
    assert done.execution is None
    assert case.ex.dump() == before, "a refusal changes nothing"
    return [(finding.rule, finding.element_id) for finding in done.findings if finding.severity == "error"]


# What comes before and after


def test_an_element_inserted_after_the_active_one_is_come_to(run):
    case = run(STRAIGHT)
    key = case.one("a").key
    to(case, bpmn(start(), user("a"), user("b"), end(), flows="start>a;a>b;b>end"))
    assert case.one("a").key == key
    case.complete("a")
    assert case.ids() == ["b"]


def test_an_element_inserted_before_the_active_one_is_not_gone_back_to(run):
    case = run(STRAIGHT)
    to(case, bpmn(start(), user("b"), user("a"), end(), flows="start>b;b>a;a>end"))
    assert case.ids() == ["a"]
    case.complete("a")
    assert case.ex.state == "COMPLETED"


def test_a_renamed_element_is_followed_when_the_plan_says_so(run):
    case = run(STRAIGHT)
    renamed = bpmn(start(), user("c"), end(), flows="start>c;c>end")
    assert refusal(case, renamed) == [("unmapped", "a")]
    key = case.one("a").key
    done = to(case, renamed, ("a", "c"))
    assert (case.one("c").key, done.moved[0][:2]) == (key, (key, "c"))
    case.complete("c")
    assert case.ex.state == "COMPLETED"


def test_a_deleted_element_never_becomes_another_that_was_added_in_its_place(run):
    case = run(bpmn(start(), user("x"), user("a"), end(), flows="start>x;x>a;a>end"))
    case.complete("x")
    added = bpmn(start(), user("x"), user("new"), end(), flows="start>x;x>new;new>end")
    assert refusal(case, added) == [("unmapped", "a")]


def test_wrapping_the_active_task_in_a_fork_and_a_join_is_refused(run):
    case = run(STRAIGHT)
    wrapped = bpmn(
        start(), parallel("f"), user("a"), user("z"), parallel("j"), end(),
        flows="start>f;f>a;f>z;a>j;z>j;j>end",
    )  # fmt: skip
    assert refusal(case, wrapped) == [("cannot-finish", "p")]


def test_work_in_parallel_may_get_another_branch_only_where_no_join_waits_for_it(run):
    fork = "start>f;f>a;f>b;a>j;b>j;j>end"
    parts = [start(), parallel("f"), user("a"), user("b"), parallel("j"), end()]
    case = run(bpmn(*parts, flows=fork))
    assert refusal(case, bpmn(*parts, user("c"), flows=f"{fork};f>c;c>j")) == [("cannot-finish", "p")]
    to(case, bpmn(*parts, user("c"), end("end2"), flows=f"{fork};f>c;c>end2"))
    case.complete("a")
    case.complete("b")
    assert case.ex.state == "COMPLETED"


# What is kept


def test_tasks_jobs_clocks_and_variables_stay_as_they_are_however_they_are_drawn_now(run):
    parts = "start>f;f>a;f>b;a>end;b>end"
    clock = {"bihuan_stage": "处置", "bihuan_limit": "={unit: &quot;work_day&quot;, number: 3}".replace("&quot;", '"')}
    before = bpmn(
        start(), parallel("f"), user("a", z("assignmentDefinition", assignee="=boss") + properties(**clock)),
        service("b", "old"), end(), flows=parts,
    )  # fmt: skip
    after = bpmn(
        start(), parallel("f"), user("a", z("assignmentDefinition", assignee="=nobody") + z("priorityDefinition", priority="90")),
        service("b", "new"), end(), flows=parts,
    )  # fmt: skip
    case = run(before, boss="p-1", extra=[1, {"deep": "值"}])
    case.do(lambda ex: ex.update_user_task(case.one("a", "User").key, {"priority": 7, "candidate_groups": ["g"]}))
    waits, variables = case.open(), case.variables
    to(case, after)
    assert (case.open(), case.variables) == (waits, variables)


def test_a_boundary_timer_keeps_its_due_moment_and_unmapped_begins_anew(run):
    parts = [start(), user("a"), end(), end("late")]

    def drawn(duration):
        return bpmn(*parts, boundary("t", "a", timer("Duration", duration)), flows="start>a;a>end;t>late")

    kept, begun = run(drawn("P7D")), run(drawn("P7D"))
    for case in (kept, begun):
        case.move(days=5)
    done = to(kept, drawn("P14D"))
    assert (kept.one("t").due, done.closed, done.opened) == (NOW + timedelta(days=7), [], [])
    done = to(begun, drawn("P14D"), ("a", "a"))
    assert (begun.one("t").due, done.closed, done.opened) == (NOW + timedelta(days=19), ["t"], ["t"])
    kept.move(days=2)
    assert kept.path[-2:] == ["t", "late"]


def test_a_boundary_event_can_be_added_to_the_active_task_and_taken_from_it(run):
    case = run(STRAIGHT)
    timed = bpmn(
        start(), user("a"), boundary("t", "a", timer("Duration", "PT1H")), end(), end("late"), flows="start>a;a>end;t>late",
    )  # fmt: skip
    assert to(case, timed).opened == ["t"]
    assert case.one("t").due == NOW + timedelta(hours=1)
    assert to(case, STRAIGHT).closed == ["t"]
    assert case.ids() == ["a"]
    to(case, timed)
    case.move(hours=1)
    assert case.ex.state == "COMPLETED"


def test_a_reminder_that_has_fired_does_not_fire_again_after_migration(run):
    source = bpmn(
        start(), user("a"), boundary("t", "a", timer("Duration", "PT1H"), interrupting=False), end(), end("told"),
        flows="start>a;a>end;t>told",
    )  # fmt: skip
    case = run(source)
    case.move(hours=1)
    assert to(case, source).opened == []
    assert case.ids() == ["a"]


def test_a_message_keeps_its_name_and_key_and_may_interrupt_where_it_did_not(run):
    def drawn(name, *, interrupting):
        return bpmn(
            start(), user("a"), boundary("b", "a", on_message(f"m-{name}"), interrupting=interrupting), end(), user("x"),
            flows="start>a;a>end;b>x;x>end", more=message(name),
        )  # fmt: skip

    case = run(drawn("old", interrupting=False), id=5)
    to(case, drawn("new", interrupting=True))
    assert (case.one("b").name, case.one("b").correlation_key) == ("old", "5")
    case.correlate("old", "5")
    assert case.ids() == ["x"]


def test_a_catch_event_in_the_flow_waits_on_under_its_new_id(run):
    def drawn(name):
        return bpmn(start(), catch(name, timer("Duration", "PT1H")), end(), flows=f"start>{name};{name}>end")

    case = run(drawn("t"))
    case.move(minutes=30)
    to(case, drawn("u"), ("t", "u"))
    assert case.one("u").due == NOW + timedelta(hours=1)
    case.move(minutes=30)
    assert case.ex.state == "COMPLETED"


def test_an_incident_stays_and_is_resolved_by_what_is_drawn_now(run):
    def drawn(condition):
        return bpmn(
            start(), user("a"), xor("g", default="g_no"), user("yes"), user("no"), end(),
            flows=f"start>a;a>g;g>yes[{condition}];g>no;yes>end;no>end",
        )  # fmt: skip

    case = run(drawn("wrong"))
    case.complete("a", flag=True)
    incident = case.one("g", "Incident")
    to(case, drawn("flag"))
    assert case.one("g", "Incident") == incident
    case.do(lambda ex: ex.resolve(incident.key))
    assert case.ids() == ["yes"]


def test_an_activity_that_failed_to_begin_listens_once_when_it_begins(run):
    def drawn(expression, *more, flows=""):
        return bpmn(
            start(), user("a", z("assignmentDefinition", assignee=expression)), end(), *more, flows=f"start>a;a>end{flows}",
        )  # fmt: skip

    case = run(drawn("=1"))
    incident = case.one("a", "Incident").key
    border = boundary("t", "a", timer("Duration", "PT1H"))
    assert to(case, drawn('="p"', border, flows=";t>end")).opened == []
    case.do(lambda ex: ex.resolve(incident))
    assert case.ids("Timer") == ["t"]


# Joins

FORK = [start(), parallel("f"), user("a"), user("b"), parallel("j"), end()]
FORK_FLOWS = "start>f;f>a;f>b;a>j;b>j;j>end"


def test_a_token_at_a_join_takes_the_flow_of_its_plan(run):
    case = run(bpmn(*FORK, flows=FORK_FLOWS))
    case.complete("a")
    longer = bpmn(*FORK, user("c"), flows="start>f;f>a;f>b;a>c;c>j;b>j;j>end")
    assert refusal(case, longer) == [("flow-unmapped", "j")]
    pairs = [("b", "b"), ("j", "j"), ("a_j", "c_j")]
    to(case, longer, *pairs)
    case.complete("b")
    assert case.ex.state == "COMPLETED"


def test_a_join_in_use_needs_its_mapping_and_loses_no_entry(run):
    wide = [*FORK, user("c")]
    case = run(bpmn(*wide, flows=f"{FORK_FLOWS};f>c;c>j"))
    case.complete("a")
    case.complete("c")
    narrow = refusal(case, bpmn(*FORK, flows=FORK_FLOWS), ("b", "b"), ("j", "j"), ("c_j", "b_j"), ("a_j", "a_j"))
    assert narrow == [("join-narrower", "j")]
    assert refusal(case, bpmn(*wide, flows=f"{FORK_FLOWS};f>c;c>j"), ("b", "b")) == [("unmapped", "j")]


def test_an_inclusive_join_that_nothing_can_come_to_any_more_goes_on_at_once(run):
    parts = [
        start(),
        inclusive("f", default="f_z"),
        user("a"),
        user("b"),
        user("z"),
        inclusive("j"),
        user("after"),
        end(),
    ]
    flows = "start>f;f>a[true];f>b[true];f>z;a>j;z>j;j>after;after>end"
    case = run(bpmn(*parts, flows=f"{flows};b>j"))
    case.complete("a")
    assert case.ids() == ["b"]
    to(case, bpmn(*parts, user("w"), end("end2"), flows=f"{flows};b>end2;f>w[false];w>j"))
    assert case.ids() == ["b", "after"]


# What has elements inside


def test_work_inside_a_sub_process_goes_on_inside_another(run):
    def inner(name, task):
        return sub(name, start(f"{name}s"), user(task), end(f"{name}e"), flows=f"{name}s>{task};{task}>{name}e")

    def around(name, task):
        return bpmn(start(), inner(name, task), user("after"), end(), flows=f"start>{name};{name}>after;after>end")

    case = run(around("s", "a"))
    to(case, around("t", "b"), ("s", "t"), ("a", "b"))
    case.complete("b")
    assert case.ids() == ["after"]


def test_nothing_moves_into_or_out_of_a_sub_process(run):
    inside = bpmn(start(), sub("s", start("i"), user("a"), end("e"), flows="i>a;a>e"), end(), flows="start>s;s>end")
    case, other = run(inside), run(STRAIGHT)
    assert ("scope-differs", "a") in refusal(case, STRAIGHT, ("a", "a"))
    assert refusal(case, STRAIGHT) == [("unmapped", "s"), ("unmapped", "a")]
    assert refusal(other, inside, ("a", "a")) == [("scope-differs", "a")]


def test_items_of_a_multi_instance_go_on_each_with_its_own_variables(run):
    def drawn(*more, flows="", **loop):
        return bpmn(
            start(), user("a", inner=each("xs", outputCollection="out", outputElement="=r", **loop)), end(), *more,
            flows=f"start>a;a>end{flows}",
        )  # fmt: skip

    case = run(drawn(), xs=["x", "y", "z"])
    case.complete("a", r=1)
    to(case, drawn(boundary("t", "a", timer("Duration", "PT1H")), end("late"), flows=";t>late"))
    assert case.ids() == ["a", "a", "t"]
    case.complete("a", r=2)
    case.complete("a", r=3)
    assert case.variables["out"] == [1, 2, 3]
    again = run(drawn(), xs=["x", "y"])
    assert refusal(again, drawn(sequential=True), ("a", "a")) == [("loop-differs", "a")]


def test_a_multi_instance_keeps_the_name_of_what_it_collects(run):
    def drawn(name):
        return bpmn(
            start(),
            user("a", inner=each("xs", outputCollection=name, outputElement="=r")),
            end(),
            flows="start>a;a>end",
        )

    assert refusal(run(drawn("out"), xs=[1]), drawn("other")) == [("collection-differs", "a")]


def test_items_that_are_kept_apart_are_migrated_too(run):
    many = PARKED_ABOVE + 20

    def drawn(name):
        return bpmn(start(), user(name, inner=each("xs")), end(), flows=f"start>{name};{name}>end")

    case = run(drawn("a"), xs=list(range(many)))
    parts = {}
    saved = case.ex.dump(parts)
    kept = {key: part for key, part in parts.items() if part is not None}
    assert len(kept) == many

    class Kept:
        def holding(self, key):
            return (key, deepcopy(kept[key])) if key in kept else None

        def inside(self, _body):
            return deepcopy(kept)

    case.environment["parts"] = Kept()
    old = Execution.load(case.definition, saved, case.env())
    done = migrate(old, definition(drawn("b")), [("a", "b")])
    assert done.execution is not None
    assert [wait.element_id for wait in done.execution.waits()] == ["b"] * many
    again = {}
    done.execution.dump(again)
    assert again.keys() == kept.keys()
    assert {token[2] for part in again.values() for token in part["tokens"]} == {"b"}


def test_event_sub_processes_are_opened_kept_and_closed_with_the_scope_they_watch(run):
    def watch(name, due):
        return event_sub(name, begin_on(f"{name}s", timer("Duration", due)), end(f"{name}e"), flows=f"{name}s>{name}e")

    def drawn(*more):
        return bpmn(start(), user("a"), end(), *more, flows="start>a;a>end")

    case = run(STRAIGHT)
    assert to(case, drawn(watch("w", "PT2H"))).opened == ["ws"]
    case.move(hours=1)
    assert to(case, drawn(watch("w", "PT9H"))).opened == []
    assert case.one("ws").due == NOW + timedelta(hours=2)
    assert to(case, drawn(watch("v", "PT5H"))).closed == ["ws"]
    assert case.one("vs").due == NOW + timedelta(hours=6)
    case.move(hours=5)
    assert case.ex.state == "COMPLETED"


def test_a_running_event_sub_process_goes_on_and_what_it_interrupted_listens_no_more(run):
    def drawn(*tasks):
        return bpmn(
            start(), user("a"), end(),
            event_sub("w", begin_on("ws", on_signal("s")), *map(user, tasks), end("we"),
                      flows=f"ws>{tasks[0]};" + ";".join(f"{one}>{two}" for one, two in zip(tasks, [*tasks[1:], "we"], strict=True))),
            event_sub("v", begin_on("vs", timer("Duration", "PT1H")), end("ve"), flows="vs>ve"),
            flows="start>a;a>end", more=signal("s"),
        )  # fmt: skip

    case = run(drawn("x"))
    case.do(lambda ex: ex.receive(case.one("ws").key, {}))
    assert case.ids() == ["x"]
    assert to(case, drawn("x", "y"), ("w", "w"), ("x", "x")).opened == []
    case.complete("x")
    case.complete("y")
    assert case.ex.state == "COMPLETED"


def test_a_call_activity_waits_on_for_what_it_called(run):
    case = run(bpmn(start(), call("c", "child"), end(), flows="start>c;c>end"))
    to(case, bpmn(start(), call("d", "other"), user("after"), end(), flows="start>d;d>after;after>end"), ("c", "d"))
    assert case.one("d").process_id == "child"
    case.complete("d")
    assert case.ids() == ["after"]


def test_events_behind_a_gateway_are_kept_added_and_never_parted_from_it(run):
    def drawn(*events, flows="", after="end"):
        return bpmn(
            start(), event_gateway("g"), catch("t", timer("Duration", "PT1H")), catch("m", on_message("m-go")), *events, end(),
            flows=f"start>g;g>t;g>m;t>end;m>{after}{flows}", more=message("go") + signal("s"),
        )  # fmt: skip

    case = run(drawn(), id=1)
    case.move(minutes=30)
    assert to(case, drawn(catch("s", on_signal("s")), flows=";g>s;s>end")).opened == ["s"]
    assert case.one("t").due == NOW + timedelta(hours=1)
    assert to(case, drawn()).closed == ["s"]
    elsewhere = drawn(catch("u", timer("Duration", "PT1H")), flows=";u>end", after="u")
    assert refusal(case, elsewhere, ("g", "g"), ("t", "u"), ("m", "m")) == [("detached", "t")]
    case.correlate("go", "1")
    assert case.ex.state == "COMPLETED"


# Compensation


def paid(handler, *more, flows="pay>later;later>oops;oops>end"):
    return bpmn(
        start(), script("pay", "1", "x"), boundary("c", "pay", compensate()), undo(handler), user("later"),
        throw("oops", compensate()), end(), associate("c", handler), *more, flows=f"start>pay;{flows}",
    )  # fmt: skip


def test_what_was_completed_is_undone_by_the_handler_that_is_drawn_now(run):
    case = run(paid("refund"))
    to(case, paid("give-back"), ("pay", "pay"), ("later", "later"))
    case.complete("later")
    assert case.ids() == ["give-back"]


def test_completed_work_without_mapping_or_handler_is_told_as_closed(run):
    case = run(paid("refund"))
    assert to(case, paid("refund"), ("later", "later")).closed == ["pay"]
    case.complete("later")
    assert case.ex.state == "COMPLETED"


def test_a_compensation_that_runs_needs_the_mapping_of_what_it_still_undoes(run):
    both = bpmn(
        start(), *[part for name in ("p1", "p2") for part in (
            script(name, "1", "x"), boundary(f"c{name}", name, compensate()), undo(f"u{name}"), associate(f"c{name}", f"u{name}"),
        )], throw("oops", compensate()), user("later"), end(), flows="start>p1;p1>p2;p2>oops;oops>later;later>end",
    )  # fmt: skip
    case = run(both)
    assert case.ids() == ["up2"]
    assert refusal(case, both, ("oops", "oops"), ("up2", "up2")) == [("unmapped", "p1")]
    to(case, both)
    case.complete("up2")
    case.complete("up1")
    assert case.ids() == ["later"]


# What is refused


def test_a_new_event_that_cannot_be_subscribed_to_refuses_the_migration(run):
    heard = bpmn(
        start(), user("a"), boundary("m", "a", on_message("m-go")), end(), flows="start>a;a>end;m>end", more=message("go", "=missing"),
    )  # fmt: skip
    assert refusal(run(STRAIGHT), heard) == [("subscription-failed", "m")]
    assert to(run(STRAIGHT, missing="now there"), heard).opened == ["m"]


def test_an_error_boundary_needs_no_subscription_and_counts_from_now_on(run):
    case = run(bpmn(start(), service("a"), end(), flows="start>a;a>end"))
    caught = bpmn(
        start(),
        service("a"),
        boundary("e", "a", on_error()),
        user("mend"),
        end(),
        flows="start>a;a>end;e>mend;mend>end",
    )
    assert to(case, caught).opened == []
    case.do(lambda ex: ex.throw_error(case.one("a").key, "X", "", {}))
    assert case.ids() == ["mend"]


def test_what_cannot_be_decided_within_the_bound_is_told_and_done(run):
    case = run(bpmn(*FORK, flows=FORK_FLOWS))
    new = definition(bpmn(*FORK, flows=FORK_FLOWS))
    new.can_finish = partial(can_finish, new.model, bound=1)
    done = migrate(case.ex, new, [("a", "a"), ("b", "b")])
    assert done.execution is not None
    assert [(finding.rule, finding.severity) for finding in done.findings] == [("finish-unsure", "warning")]


@pytest.mark.parametrize("rounds", [1, 5])
def test_migrating_to_the_same_definition_changes_nothing(run, rounds):
    case = run(paid("refund"))
    before = case.ex.dump()
    for _ in range(rounds):
        done = to(case, paid("refund"))
        assert (done.closed, done.opened, done.moved, done.findings) == ([], [], [], [])
    assert case.ex.dump() == before


# What a supervisor has asked for


def started(source, **more):
    new = definition(source)
    return Execution.start(new, key=1 << 20, variables={}, env=Environment(NOW), **more), new


def test_where_an_instance_is_to_stop_follows_its_element():
    two = bpmn(start(), user("a"), user("b"), end(), flows="start>a;a>b;b>end")
    renamed = definition(bpmn(start(), user("a"), user("c"), end(), flows="start>a;a>c;c>end"))
    execution, _ = started(two, stops_after=("b",))
    assert [finding.rule for finding in migrate(execution, renamed, [("a", "a")]).findings] == ["stop-unmapped"]
    done = migrate(execution, renamed, [("a", "a"), ("b", "c")]).execution
    for _ in range(2):
        assert done.state == "ACTIVE"
        done.complete(done.waits()[0].key, {})
    assert done.state == "TERMINATED"


def test_a_sub_process_that_failed_before_it_began_where_it_was_told_to_begins_there():
    def drawn(outer, task, *border, flows=""):
        inner = sub(outer, start("i"), user("first"), user(task), end("e"), flows=f"i>first;first>{task};{task}>e")
        return bpmn(
            start(), inner, end(), *border, flows=f"start>{outer};{outer}>end{flows}", more=message("go", "=missing")
        )

    execution, _ = started(drawn("s", "a", boundary("m", "s", on_message("m-go")), flows=";m>end"), at=(Activate("a"),))
    [incident] = execution.waits()
    mended = definition(drawn("t", "b"))
    assert [finding.rule for finding in migrate(execution, mended, [("s", "t")]).findings] == ["unmapped"]
    done = migrate(execution, mended, [("s", "t"), ("a", "b")]).execution
    done.resolve(incident.key)
    assert [wait.element_id for wait in done.waits()] == ["b"]
