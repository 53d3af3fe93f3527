from __future__ import annotations

import pytest
from sqlalchemy import event, select

from tests.support import diagrams as d
from tests.support.world import World, table
from workflows import runtime
from workflows.runtime import InlineCall, Resource
from workflows.runtime.errors import AlreadyClosed, BpmnError, Conflict, NotFound, Refused
from workflows.runtime.inline import HANDLERS
from workflows.store import transaction
from workflows.store.tables import ElementInstance, Person

TWO = (d.start(), d.user("a"), d.user("b"), d.end())
TWO_FLOWS = "start>a;a>b;b>end"


@pytest.fixture
def handler():
    """Register inline handlers for one test."""
    added = []

    def register(type, function):
        HANDLERS[type] = function
        added.append(type)

    yield register
    for type in added:
        del HANDLERS[type]


def test_an_instance_runs_from_start_to_end(world: World) -> None:
    world.process(*TWO, flows=TWO_FLOWS)
    key = world.start(x=1)
    assert world.tasks() == ["a"]
    world.complete("a", y=2)
    assert world.tasks() == ["b"]
    world.complete("b")
    assert world.tasks() == []
    instance = world.instance(key)
    assert (instance.state, instance.revision) == ("COMPLETED", 3)
    assert instance.ended is not None


def test_each_command_is_one_event_with_what_it_said_and_did(world: World) -> None:
    world.process(*TWO, flows=TWO_FLOWS)
    key = world.start(x=1)
    world.complete("a", "p-0007", y=2)
    started, completed = world.events(key)
    assert (started.seq, started.tag, started.actor) == (1, "process-instance:start", "starter")
    assert started.details["variables"] == {"x": 1}
    assert (completed.seq, completed.tag, completed.actor) == (2, "user-task:complete", "p-0007")
    assert completed.details == {
        "element": "a",
        "key": key + 2,
        "variables": {"y": 2},
        "process": {"id": "p", "version": 1},
        "flows": ["a_b"],
    }


def test_the_path_is_kept_as_element_instances(world: World) -> None:
    world.process(*TWO, flows=TWO_FLOWS)
    world.start()
    world.complete("a")
    path = world.rows(select(ElementInstance.element_id, ElementInstance.state).order_by(ElementInstance.key))
    assert path == [("p", "ACTIVE"), ("start", "COMPLETED"), ("a", "COMPLETED"), ("b", "ACTIVE")]


def test_a_step_costs_the_same_few_statements_whatever_the_age(world: World) -> None:
    again = (d.start(), d.user("a"), d.xor("more", default="more_end"), d.end())
    world.process(*again, flows="start>a; a>more; more>a[again]; more>end")
    world.start()
    counts = []
    seen: list[str] = []
    event.listen(
        world.database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: seen.append(statement)
    )
    for _ in range(5):
        key = world.task("a")
        seen.clear()
        world.run(runtime.complete_user_task, key, {"again": True})
        counts.append(len([statement for statement in seen if not statement.startswith("BEGIN")]))
    # lock and load, save the instance, end the task, open the next, elements, event
    assert counts == [6] * 5


def test_a_command_on_what_is_not_there_is_not_found(world: World) -> None:
    world.process(*TWO, flows=TWO_FLOWS)
    with pytest.raises(NotFound):
        world.run(runtime.complete_user_task, 99 << 20, {})
    key = world.start()
    with pytest.raises(NotFound):
        world.run(runtime.complete_user_task, key + 500, {})
    with pytest.raises(NotFound):
        world.run(runtime.cancel_process_instance, 98 << 20)
    with pytest.raises(NotFound):
        world.start("unknown")


def test_an_inline_handler_runs_inside_the_step(world: World, handler) -> None:
    calls: list[InlineCall] = []

    def locate(call: InlineCall) -> dict[str, str]:
        calls.append(call)
        return {"grid": "G07"}

    handler("test/locate", locate)
    world.process(
        d.start(), d.service("locate", "test/locate"), d.user("a"), d.end(), flows="start>locate; locate>a; a>end"
    )
    key = world.start(address="长青中街")
    assert world.tasks() == ["a"]
    assert world.jobs() == []
    assert [(call.process_instance_key, call.element_id, call.actor) for call in calls] == [(key, "locate", "starter")]
    assert calls[0].variables == {"address": "长青中街"}
    assert world.count("event") == 2  # the deployment and the start: one command, one event


def test_a_failing_handler_is_an_incident_and_its_writes_are_undone(world: World, handler) -> None:
    broken = [True]

    def write(call: InlineCall) -> None:
        call.session.add(Person(id="half", name="n"))
        call.session.flush()
        if broken[0]:
            raise RuntimeError("boom")

    handler("test/write", write)
    world.process(
        d.start(), d.user("a"), d.service("write", "test/write"), d.end(), flows="start>a; a>write; write>end"
    )
    key = world.start()
    world.complete("a", "p-0001", answer=42)
    [incident] = world.incidents()
    assert (incident.element_id, incident.error_type) == ("write", "JOB_NO_RETRIES")
    assert "boom" in incident.message
    assert world.count("person") == 0
    assert world.events(key)[-1].details["variables"] == {"answer": 42}  # the click is kept
    broken[0] = False
    world.run(runtime.resolve_incident, incident.key)
    assert world.state(key) == "COMPLETED"
    assert world.count("person") == 1


def test_a_business_error_of_a_handler_goes_to_its_boundary_event(world: World, handler) -> None:
    def top(_call: InlineCall) -> None:
        raise BpmnError("TOP_LEVEL", "no level above")

    handler("test/top", top)
    world.process(
        d.start(), d.service("up", "test/top"), d.boundary("caught", "up", d.on_error("e-TOP_LEVEL")), d.user("centre"), d.end(),
        flows="start>up; up>end; caught>centre; centre>end", more=d.error("TOP_LEVEL"),
    )  # fmt: skip
    world.start()
    assert world.tasks() == ["centre"]
    assert world.incidents() == []


def test_an_endless_loop_of_handlers_ends_as_an_incident(world: World, handler) -> None:
    handler("test/spin", lambda _call: {})
    world.process(
        d.start(), d.xor("again"), d.service("spin", "test/spin"), d.xor("done", default="done_again"), d.end(),
        flows="start>again; again>spin; spin>done; done>end[stop]; done>again",
    )  # fmt: skip
    world.start(stop=False)
    [incident] = world.incidents()
    assert incident.element_id == "spin"


PARENT = d.bpmn(
    d.start(),
    d.call("call", "child"),
    d.user("after"),
    d.end(),
    flows="start>call; call>after; after>end",
    process_id="parent",
)


def test_a_called_process_is_an_instance_of_its_own_in_the_same_step(world: World) -> None:
    child = d.bpmn(d.start(), d.user("inner"), d.end(), flows="start>inner; inner>end", process_id="child")
    world.deploy(PARENT, child)
    key = world.start("parent", x=1)
    called = world.rows(
        "SELECT key, process_id, parent_process_instance_key, root_process_instance_key FROM process_instance WHERE depth = 1"
    )
    assert [(row.process_id, row.parent_process_instance_key, row.root_process_instance_key) for row in called] == [
        ("child", key, key)
    ]
    world.complete("inner", y=2)
    assert world.tasks() == ["after"]
    assert world.state(called[0].key) == "COMPLETED"
    assert [row.tag for row in world.events(key)] == ["process-instance:start", "called-process:complete"]


def test_a_called_process_that_needs_nobody_is_done_in_the_same_step(world: World) -> None:
    child = d.bpmn(
        d.start(), d.script("double", "x * 2", "y"), d.end(), flows="start>double; double>end", process_id="child"
    )
    world.deploy(PARENT, child)
    key = world.start("parent", x=21)
    assert world.tasks() == ["after"]
    [start] = world.events(key)
    assert [also["tag"] for also in start.details["also"]] == ["called-process:complete"]
    assert world.rows(
        select(ElementInstance.element_id)
        .where(ElementInstance.state == "ACTIVE", ElementInstance.process_instance_key == key)
        .order_by(ElementInstance.key)
    ) == [("parent",), ("after",)]


def test_cancelling_takes_the_called_instances_along(world: World) -> None:
    child = d.bpmn(d.start(), d.user("inner"), d.end(), flows="start>inner; inner>end", process_id="child")
    world.deploy(PARENT, child)
    key = world.start("parent")
    [[called]] = world.rows("SELECT key FROM process_instance WHERE depth = 1")
    with pytest.raises(Conflict):
        world.run(runtime.cancel_process_instance, called)
    world.run(runtime.cancel_process_instance, key)
    assert (world.state(key), world.state(called)) == ("TERMINATED", "TERMINATED")
    assert [row[0] for row in world.rows("SELECT state FROM user_task")] == ["CANCELED"]
    with pytest.raises(AlreadyClosed):
        world.run(runtime.cancel_process_instance, key)


def test_an_interrupted_call_activity_cancels_its_instance(world: World) -> None:
    child = d.bpmn(d.start(), d.user("inner"), d.end(), flows="start>inner; inner>end", process_id="child")
    parent = d.bpmn(
        d.start(), d.call("call", "child"), d.boundary("stop", "call", d.on_message("m-stop")), d.end(), d.user("stopped"),
        flows="start>call; call>end; stop>stopped; stopped>end", process_id="parent", more=d.message("stop", "=id"),
    )  # fmt: skip
    world.deploy(parent, child)
    world.start("parent", id="1")
    world.run(runtime.correlate_message, "stop", "1", {})
    assert world.tasks() == ["stopped"]
    assert [row[0] for row in world.rows("SELECT state FROM process_instance ORDER BY key")] == ["ACTIVE", "TERMINATED"]


def test_an_error_nobody_catches_inside_goes_to_the_caller(world: World) -> None:
    child = d.bpmn(
        d.start(),
        d.user("inner"),
        d.error_end("bad", "e-BAD"),
        flows="start>inner; inner>bad",
        process_id="child",
        more=d.error("BAD"),
    )
    middle = d.bpmn(d.start(), d.call("call", "child"), d.end(), flows="start>call; call>end", process_id="middle")
    outer = d.bpmn(
        d.start(), d.call("call", "middle"), d.boundary("caught", "call", d.on_error("e-BAD")), d.user("repair"), d.end(),
        flows="start>call; call>end; caught>repair; repair>end", process_id="outer", more=d.error("BAD"),
    )  # fmt: skip
    world.deploy(child, middle, outer)
    world.start("outer")
    world.complete("inner")
    assert world.tasks() == ["repair"]
    assert world.incidents() == []
    assert [row[0] for row in world.rows("SELECT state FROM process_instance ORDER BY key")] == [
        "ACTIVE",
        "TERMINATED",
        "TERMINATED",
    ]


def test_an_error_nobody_catches_at_all_is_an_incident_where_it_was_thrown(world: World) -> None:
    child = d.bpmn(
        d.start(),
        d.user("inner"),
        d.error_end("bad", "e-BAD"),
        flows="start>inner; inner>bad",
        process_id="child",
        more=d.error("BAD"),
    )
    world.deploy(PARENT, child)
    key = world.start("parent")
    world.complete("inner")
    [incident] = world.incidents()
    assert (incident.element_id, incident.error_type) == ("bad", "UNHANDLED_ERROR_EVENT")
    assert world.state(key) == "ACTIVE"


def test_calls_in_circles_over_two_deployments_are_refused(world: World) -> None:
    world.process(d.start(), d.user("a"), d.end(), flows="start>a; a>end", process_id="one")
    world.process(d.start(), d.call("call", "one"), d.end(), flows="start>call; call>end", process_id="two")
    with pytest.raises(Refused, match="one → two → one"):
        world.process(d.start(), d.call("call", "two"), d.end(), flows="start>call; call>end", process_id="one")


def test_calls_in_circles_that_nobody_could_foresee_end_as_an_incident(world: World) -> None:
    world.process(d.start(), d.call("call", "=next"), d.end(), flows="start>call; call>end", process_id="one")
    key = world.start("one", next="one")
    [incident] = world.incidents()
    assert incident.error_type == "CALLED_ELEMENT_ERROR"
    assert world.count("process_instance") == 51
    world.run(runtime.cancel_process_instance, key)
    assert world.rows("SELECT DISTINCT state FROM process_instance") == [("TERMINATED",)]


def test_a_call_starts_when_its_process_is_there_at_last(world: World) -> None:
    world.process(d.start(), d.call("call", "=name"), d.end(), flows="start>call; call>end")
    key = world.start(name="later")
    [incident] = world.incidents()
    world.process(d.start(), d.user("a"), d.end(), flows="start>a; a>end", process_id="later")
    world.run(runtime.resolve_incident, incident.key)
    assert world.tasks() == ["a"]
    world.complete("a")
    assert world.state(key) == "COMPLETED"


def test_a_decision_leaves_its_reasons(world: World) -> None:
    limits = table("limits", ["code"], ["hours"], ['"0104-02"', "4"], ["-", "8"], policy="FIRST")
    process = d.bpmn(
        d.start(), d.rule("decide", "limits", "hours"), d.user("a"), d.end(), flows="start>decide; decide>a; a>end"
    )
    world.deploy(process, Resource("limits.dmn", limits))
    key = world.start(code="0104-02")
    [row] = world.rows(
        "SELECT element_instance_key, decision_id, decision_definition_key, output FROM decision_evaluation"
    )
    assert (row.decision_id, int(row.output)) == ("limits", 4)
    [start] = world.events(key)
    [said] = start.details["decisions"]
    assert said.pop("evaluation") > key
    assert said == {"id": "limits", "version": 1, "inputs": ["0104-02"], "rules": ["limits-0"], "output": 4}


def test_a_decision_without_an_answer_is_an_incident(world: World) -> None:
    twice = table("twice", ["x", "x * 1"], ["y"], ["1", "-", "1"], ["-", "1", "2"])
    process = d.bpmn(
        d.start(), d.rule("decide", "=name", "y"), d.user("a"), d.end(), flows="start>decide; decide>a; a>end"
    )
    world.deploy(process, Resource("twice.dmn", twice))
    world.start(name="twice", x=1)
    world.start(name="nowhere", x=1)
    assert [row.error_type for row in world.incidents()] == ["DECISION_EVALUATION_ERROR", "CALLED_DECISION_ERROR"]


def test_nothing_is_written_when_a_command_is_refused(world: World) -> None:
    world.process(*TWO, flows=TWO_FLOWS)
    key = world.start()
    world.complete("a")
    before = world.instance(key)
    with pytest.raises(AlreadyClosed):
        world.run(runtime.complete_user_task, key + 2, {})
    assert world.instance(key) == before


def test_a_rolled_back_transaction_leaves_no_trace(world: World) -> None:
    world.process(*TWO, flows=TWO_FLOWS)
    key = world.start()

    def fail() -> None:
        with transaction(world.database) as session:
            runtime.complete_user_task(session, key + 2, {}, actor="p-0001")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert world.tasks() == ["a"]
    assert len(world.events(key)) == 1


def test_many_rows_of_a_kind_open_and_close_in_one_step(world: World) -> None:
    each = d.each("items", "item")
    waits = d.sub("body", d.start("begin"), d.parallel("split"), d.user("a"), d.service("work"), d.catch("told", d.on_message("m-told")), d.catch("later", d.timer("Duration", "PT1H")), d.parallel("join"), d.end("done"),
                  flows="begin>split; split>a; split>work; split>told; split>later; a>join; work>join; told>join; later>join; join>done", inner=each)  # fmt: skip
    world.process(d.start(), waits, d.end(), flows="start>body; body>end", more=d.message("told", "=item"))
    key = world.start(items=["1", "2", "3"])
    assert (len(world.tasks()), len(world.jobs()), len(world.timers()), world.count("message_subscription")) == (
        3,
        3,
        3,
        3,
    )
    assert world.verify() == []
    world.run(runtime.cancel_process_instance, key)
    assert (world.tasks(), world.jobs(), world.timers(), world.count("message_subscription")) == ([], [], [], 0)
    assert world.rows("SELECT DISTINCT state FROM element_instance WHERE ended IS NULL") == []
