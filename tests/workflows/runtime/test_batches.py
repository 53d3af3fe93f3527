"""Batch operations: what they are made of, each item done once, and who they hold up: nobody."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select, true
from sqlalchemy.exc import OperationalError

from tests.support import diagrams as d
from workflows import runtime
from workflows.runtime import batch_work
from workflows.runtime.claims import LEASE, claim
from workflows.runtime.errors import AlreadyClosed, Conflict, Invalid, NotFound
from workflows.runtime.instances import start_process
from workflows.store.base import table
from workflows.store.tables import BatchOperation, BatchOperationItem, Event, ProcessDefinition, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.world import World

A, B = (d.bpmn(d.start(), d.user(name), d.end(), flows=f"start>{name};{name}>end") for name in "ab")
GATE = d.bpmn(d.start(), d.xor("g"), d.end(), flows="start>g;g>end[ready]", process_id="gate")
EVERY = {"filter": {"state": "ACTIVE"}}
OF_P = [ProcessInstance.process_id == "p"]


def create(world: World, type: str, conditions: Any = (), **more: Any) -> int:
    return int(world.run(runtime.create_batch_operation, type, conditions, **{**EVERY, **more}))


def work(world: World, limit: int = 100) -> int:
    return runtime.run_batches(world.database, limit, lease=timedelta(0))


def batch(world: World, key: int) -> Any:
    return world.rows(select(*BatchOperation.__table__.c).where(BatchOperation.key == key))[0]


def items(world: World, key: int) -> list[Any]:
    columns = BatchOperationItem
    query = select(columns.item_key, columns.state, columns.message).where(columns.batch_operation_key == key)
    return world.rows(query.order_by(columns.key))


def log(world: World) -> list[str]:
    query = select(Event.tag).where(Event.process_instance_key == 0, Event.tag.like("batch%"))
    return [row[0] for row in world.rows(query.order_by(Event.seq))]


def target(world: World) -> int:
    return int(world.rows(select(ProcessDefinition.key).order_by(ProcessDefinition.key))[-1][0])


def test_a_batch_is_made_of_what_its_filter_finds_when_it_is_created(world: World) -> None:
    world.deploy(A, GATE)
    keys = [world.start() for _ in range(3)]
    other, ended = world.start("gate", ready=False), world.start()
    world.run(runtime.cancel_process_instance, ended)
    key = create(world, "CANCEL_PROCESS_INSTANCE", OF_P, reason="误报")
    late = world.start()
    assert [(row.item_key, row.state) for row in items(world, key)] == [(one, "ACTIVE") for one in keys]
    assert (batch(world, key).state, batch(world, key).total) == ("CREATED", 3)
    assert work(world) == 3
    assert [world.state(one) for one in (*keys, other, late)] == ["TERMINATED"] * 3 + ["ACTIVE"] * 2
    assert [world.events(one)[-1].details["reason"] for one in keys] == ["误报"] * 3
    done = batch(world, key)
    assert (done.state, done.completed, done.failed, done.skipped) == ("COMPLETED", 3, 0, 0)
    assert done.started <= done.ended
    assert log(world) == ["batch-operation:create", "batch-operation:complete"]
    event = world.events(keys[0])[-1]
    assert (event.tag, event.actor, event.details["batch"]) == ("process-instance:cancel", "someone", key)
    assert work(world) == 0


def test_the_log_keeps_the_filter_and_the_counts(world: World) -> None:
    world.deploy(A)
    world.start()
    key = create(world, "CANCEL_PROCESS_INSTANCE", OF_P, filter={"processDefinitionId": "p"}, reason="演练")
    work(world)
    made, over = world.events(0)[-2:]
    assert made.details == {
        "key": key, "type": "CANCEL_PROCESS_INSTANCE", "items": 1, "filter": {"processDefinitionId": "p"}, "reason": "演练",
    }  # fmt: skip
    assert over.details == {"key": key, "type": "CANCEL_PROCESS_INSTANCE", "completed": 1, "failed": 0, "skipped": 0}


def test_a_batch_without_items_is_over_at_once_and_one_without_a_filter_is_none(world: World) -> None:
    key = create(world, "CANCEL_PROCESS_INSTANCE", OF_P)
    assert (batch(world, key).state, batch(world, key).total) == ("COMPLETED", 0)
    with pytest.raises(Invalid):
        create(world, "CANCEL_PROCESS_INSTANCE", OF_P, filter={})


def test_called_instances_are_cancelled_by_those_that_called_them(world: World) -> None:
    world.deploy(A, d.bpmn(d.start(), d.call("c", "p"), d.end(), flows="start>c;c>end", process_id="parent"))
    parent = world.start("parent")
    key = create(world, "CANCEL_PROCESS_INSTANCE")
    assert [row.item_key for row in items(world, key)] == [parent]
    work(world)
    assert world.rows(select(ProcessInstance.state).distinct()) == [("TERMINATED",)]


def test_each_open_incident_is_an_item_and_what_fails_again_is_a_new_one(world: World) -> None:
    world.deploy(GATE)
    bad, good = world.start("gate"), world.start("gate")
    world.run(runtime.set_variables, good, {"ready": True})
    before = [row.key for row in world.incidents()]
    key = create(world, "RESOLVE_INCIDENT")
    work(world)
    assert [(row.item_key, row.state) for row in items(world, key)] == [(one, "COMPLETED") for one in before]
    assert (world.state(bad), world.state(good)) == ("ACTIVE", "COMPLETED")
    assert [row.key in before for row in world.incidents()] == [False]


def test_a_filter_may_ask_for_incidents_itself(world: World) -> None:
    from workflows.store.queries.listings import INSTANCE_HAS_INCIDENT  # noqa: PLC0415

    world.deploy(GATE, A)
    world.start("gate")
    world.start()
    key = create(world, "RESOLVE_INCIDENT", [INSTANCE_HAS_INCIDENT])
    assert len(items(world, key)) == 1
    assert len(items(world, create(world, "CANCEL_PROCESS_INSTANCE", [INSTANCE_HAS_INCIDENT]))) == 1


def test_what_is_refused_has_failed_with_its_reason_and_holds_up_nobody(world: World) -> None:
    both = d.bpmn(d.start(), d.user("a"), d.user("b"), d.end(), flows="start>a;a>b;b>end")
    world.deploy(both)
    first, second, third = (world.start() for _ in range(3))
    world.complete("a")
    world.deploy(A)
    key = world.run(runtime.create_migration_batch, target(world), None, OF_P, **EVERY, reason="改版")
    world.run(runtime.cancel_process_instance, second)
    work(world)
    result = {row.item_key: row for row in items(world, key)}
    assert [result[one].state for one in (first, second, third)] == ["COMPLETED", "SKIPPED", "FAILED"]
    assert "「b」正在进行" in result[third].message
    assert (batch(world, key).completed, batch(world, key).failed, batch(world, key).skipped) == (1, 1, 1)
    event = world.events(first)[-1]
    assert (event.tag, event.details["reason"], event.details["batch"]) == ("process-instance:migrate", "改版", key)
    assert world.instance(third).process_definition_key != target(world)


def test_a_migration_batch_needs_its_target(world: World) -> None:
    with pytest.raises(NotFound):
        world.run(runtime.create_migration_batch, 1, None, OF_P, **EVERY)


def test_a_batch_can_be_suspended_resumed_and_cancelled(world: World) -> None:
    world.deploy(A)
    keys = [world.start() for _ in range(5)]
    key = create(world, "CANCEL_PROCESS_INSTANCE", OF_P)
    with pytest.raises(Conflict):
        world.run(runtime.resume_batch_operation, key)
    world.run(runtime.suspend_batch_operation, key)
    with pytest.raises(Conflict):
        world.run(runtime.suspend_batch_operation, key)
    assert (work(world), batch(world, key).state) == (0, "SUSPENDED")
    world.run(runtime.resume_batch_operation, key)
    assert batch(world, key).state == "CREATED"
    assert work(world, limit=2) == 2
    world.run(runtime.suspend_batch_operation, key)
    world.run(runtime.resume_batch_operation, key)
    assert (batch(world, key).state, batch(world, key).completed) == ("ACTIVE", 2)
    world.run(runtime.cancel_batch_operation, key)
    assert (work(world), batch(world, key).state) == (0, "CANCELED")
    assert [row.state for row in items(world, key)] == ["COMPLETED"] * 2 + ["CANCELED"] * 3
    assert [world.state(one) for one in keys] == ["TERMINATED"] * 2 + ["ACTIVE"] * 3
    for command in (runtime.suspend_batch_operation, runtime.resume_batch_operation, runtime.cancel_batch_operation):
        with pytest.raises(AlreadyClosed):
            world.run(command, key)
        with pytest.raises(NotFound):
            world.run(command, 1)
    assert log(world) == [
        f"batch-operation:{what}" for what in ("create", "suspend", "resume", "suspend", "resume", "cancel")
    ]


def test_what_a_worker_had_claimed_is_done_at_once_after_resuming(world: World) -> None:
    world.deploy(A)
    world.start()
    key = create(world, "CANCEL_PROCESS_INSTANCE", OF_P)
    items = table(BatchOperationItem)
    assert len(claim(world.database, items, true(), items.c.key, limit=10, lease=LEASE)) == 1
    assert runtime.run_batches(world.database) == 0
    world.run(runtime.suspend_batch_operation, key)
    world.run(runtime.resume_batch_operation, key)
    assert runtime.run_batches(world.database) == 1


def test_several_batches_get_on_side_by_side(world: World) -> None:
    world.deploy(A, GATE)
    for _ in range(30):
        world.start()
    world.start("gate", ready=False)
    large = create(world, "CANCEL_PROCESS_INSTANCE", OF_P)
    small = create(world, "CANCEL_PROCESS_INSTANCE", [ProcessInstance.process_id == "gate"])
    work(world, limit=10)
    assert (batch(world, large).completed, batch(world, small).state) == (5, "COMPLETED")


def test_an_item_that_breaks_has_failed_and_the_rest_is_done(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.deploy(A)
    broken, fine = world.start(), world.start()
    key = create(world, "CANCEL_PROCESS_INSTANCE", OF_P)
    world.damage(f"DELETE FROM user_task WHERE process_instance_key = {broken}")  # noqa: S608
    work(world)
    assert [row.state for row in items(world, key)] == ["FAILED", "COMPLETED"]
    assert "RowsDiffer" in items(world, key)[0].message
    assert (world.state(broken), world.state(fine)) == ("ACTIVE", "TERMINATED")
    assert "failed" in caplog.text
    world.damage(
        f"DELETE FROM batch_operation_item WHERE process_instance_key = {broken}",  # noqa: S608
        f"DELETE FROM element_instance WHERE process_instance_key = {broken}",  # noqa: S608
        f"DELETE FROM event WHERE process_instance_key = {broken}",  # noqa: S608
        f"DELETE FROM process_instance WHERE key = {broken}",  # noqa: S608
        "UPDATE batch_operation SET total = 1, failed = 0",
    )


def test_elements_are_moved_in_all_that_have_them_and_the_others_say_why_not(world: World) -> None:
    two = d.bpmn(d.start(), d.user("a"), d.user("b"), d.end(), flows="start>a;a>b;b>end")
    world.deploy(two)
    keys = [world.start() for _ in range(3)]
    world.complete("a")  # the newest: it has no a any more
    conditions = [ProcessInstance.key.in_(keys)]
    made = world.run(
        runtime.create_batch_operation, "MODIFY_PROCESS_INSTANCE", conditions, filter={"x": 1},
        details={"moves": [["a", "b"]]}, reason="改派",
    )  # fmt: skip
    assert runtime.run_batches(world.database) == 3
    counts = world.rows(f"SELECT state, completed, failed FROM batch_operation WHERE key = {made}")  # noqa: S608
    assert counts == [("COMPLETED", 2, 1)]
    assert world.tasks() == ["b", "b", "b"]
    assert world.verify() == []


@pytest.mark.slow
def test_hundreds_of_instances_are_migrated_in_rounds_that_let_others_have_their_turn(
    world: World, record_testsuite_property: Callable[[str, object], None]
) -> None:
    def case(*more: str, flows: str = "") -> bytes:
        return d.bpmn(
            d.start(), d.user("a"), d.service("b"), d.boundary("t", "a", d.timer("Duration", "P3D")), d.parallel("f"),
            d.parallel("j"), d.end(), *more, flows=f"start>f; f>a; f>b; a>j; b>j; t>end{flows}",
        )  # fmt: skip

    world.deploy(case(flows="; j>end"))
    for _ in range(600):
        world.start(case={"number": "2026-000001", "text": "井盖" * 200, "photos": ["x" * 40] * 5})
    world.deploy(case(d.user("c"), flows="; j>c; c>end"))
    key = world.run(runtime.create_migration_batch, target(world), None, OF_P, **EVERY)
    rounds: list[float] = []
    while batch(world, key).state != "COMPLETED":
        began = perf_counter()
        assert runtime.run_batches(world.database) <= 100
        rounds.append(perf_counter() - began)
    name = world.database.engine.dialect.name
    record_testsuite_property(f"migrations per second on {name}", round(600 / sum(rounds)))
    record_testsuite_property(f"seconds of the longest round on {name}", round(max(rounds), 2))
    assert (batch(world, key).completed, batch(world, key).failed) == (600, 0)
    on_target = ProcessInstance.process_definition_key == target(world)
    assert len(world.rows(select(ProcessInstance.key).where(on_target))) == 600


def test_instances_are_suspended_and_resumed_with_those_they_called(world: World) -> None:
    world.deploy(A, d.bpmn(d.start(), d.call("c", "p"), d.end(), flows="start>c;c>end", process_id="parent"))
    caller, alone = world.start("parent"), world.start()
    suspended = create(world, "SUSPEND_PROCESS_INSTANCE", reason="台风停工")
    assert [row.item_key for row in items(world, suspended)] == [caller, alone]
    work(world)
    assert world.rows(select(ProcessInstance.state).distinct()) == [("SUSPENDED",)]
    assert world.events(alone)[-1].details["reason"] == "台风停工"
    world.deploy(B)
    stopped = world.run(runtime.create_migration_batch, target(world), None, OF_P, **EVERY)
    assert batch(world, stopped).total == 0, "a suspended instance is no item of a migration"
    resumed = create(world, "RESUME_PROCESS_INSTANCE")
    assert [row.item_key for row in items(world, resumed)] == [caller, alone]
    work(world)
    assert world.rows(select(ProcessInstance.state).distinct()) == [("ACTIVE",)]


def start_each(world: World, *lines: Any, process_id: str = "p") -> int:
    return int(world.run(runtime.create_start_batch, process_id, enumerate(lines, 1)))


def test_each_line_starts_an_instance_with_its_variables_and_a_bad_one_holds_up_nobody(world: World) -> None:
    world.deploy(A)
    key = start_each(world, {"plate": "湘K1"}, "第 2 行不是 JSON", {"plate": "湘K3"})
    assert (batch(world, key).total, batch(world, key).failed) == (3, 1)
    assert work(world, 1) == 1
    assert work(world) == 1
    assert work(world) == 0
    assert [(row.item_key, row.state, row.message) for row in items(world, key)] == [
        (1, "COMPLETED", None),
        (2, "FAILED", "第 2 行不是 JSON"),
        (3, "COMPLETED", None),
    ]
    columns = BatchOperationItem
    started = world.rows(select(columns.process_instance_key).where(columns.state == "COMPLETED").order_by(columns.key))
    assert [world.events(row[0])[0].details["variables"]["plate"] for row in started] == ["湘K1", "湘K3"]
    done = batch(world, key)
    assert (done.state, done.completed, done.failed) == ("COMPLETED", 2, 1)


def test_lines_that_do_not_fit_in_the_time_of_one_transaction_are_started_in_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_work, "AT_ONCE_FOR", 0)
    world.deploy(A)
    key = start_each(world, *({"n": n} for n in range(4)))
    with commits(world) as made:
        assert work(world) == 4
    alone = len(made)
    monkeypatch.setattr(batch_work, "AT_ONCE_FOR", 60)
    start_each(world, *({"n": n} for n in range(4)))
    with commits(world) as made:
        assert work(world) == 4
    assert alone - len(made) == 3
    assert [row.state for row in items(world, key)] == ["COMPLETED"] * 4
    assert world.rows(select(func.count()).select_from(ProcessInstance)) == [(8,)]


@pytest.mark.parametrize("error", [RuntimeError, lambda: OperationalError("", {}, ValueError("locked"))])
def test_a_line_that_breaks_the_transaction_takes_no_other_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception]
) -> None:
    world.deploy(A)
    key = start_each(world, *({"n": n} for n in range(5)))
    tried = []

    def start(*args: Any, **more: Any) -> int:
        tried.append(more["variables"]["n"])
        started = start_process(*args, **more)
        if tried[-1] == 2:
            raise error()
        return started

    monkeypatch.setattr(batch_work, "AT_ONCE_FOR", 60)
    monkeypatch.setattr(batch_work, "start_process", start)
    work(world)
    assert tried == [0, 1, 2, 0, 1, 2, 3, 4]
    refused = "FAILED" if error is RuntimeError else "ACTIVE"
    assert [row.state for row in items(world, key)] == ["COMPLETED", "COMPLETED", refused, "COMPLETED", "COMPLETED"]
    columns = BatchOperationItem
    started = world.rows(select(columns.process_instance_key).where(columns.state == "COMPLETED").order_by(columns.key))
    assert [world.events(row[0])[0].details["variables"]["n"] for row in started] == [0, 1, 3, 4]
    assert world.rows(select(func.count()).select_from(ProcessInstance)) == [(4,)]


@contextmanager
def commits(world: World) -> Iterator[list[int]]:
    made: list[int] = []

    def note(_connection: Any) -> None:
        made.append(1)

    event.listen(world.database.engine, "commit", note)
    yield made
    event.remove(world.database.engine, "commit", note)


def test_lines_start_the_version_that_was_the_latest_when_they_were_given(world: World) -> None:
    world.deploy(A)
    first = target(world)
    start_each(world, {})
    world.deploy(B)
    work(world)
    assert world.rows(select(ProcessInstance.process_definition_key)) == [(first,)]


def test_lines_for_a_process_that_is_not_there_are_refused_and_no_lines_are_done_at_once(world: World) -> None:
    with pytest.raises(NotFound, match="没有部署流程「nothing」"):
        start_each(world, {}, process_id="nothing")
    world.deploy(A)
    assert batch(world, start_each(world)).state == "COMPLETED"
    assert batch(world, start_each(world, "坏")).state == "COMPLETED"


def test_starting_can_be_stopped_gone_on_with_and_given_up(world: World) -> None:
    world.deploy(A)
    key = start_each(world, *({"n": n} for n in range(5)))
    other = start_each(world, {})
    assert runtime.run_batches(world.database, 2, only=key) == 2
    world.run(runtime.suspend_batch_operation, key)
    assert runtime.run_batches(world.database, only=key) == 0
    world.run(runtime.resume_batch_operation, key)
    assert runtime.run_batches(world.database, 1, only=key) == 1
    world.run(runtime.cancel_batch_operation, key)
    assert [row.state for row in items(world, key)] == ["COMPLETED"] * 3 + ["CANCELED"] * 2
    assert batch(world, other).state == "CREATED", "only the one that was named"
    assert len(world.rows(select(ProcessInstance.key))) == 3
