"""Verify finds each kind of damage; every other test ends with a database in which it finds none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from tests.support import diagrams as d
from tests.support.databases import database_url, opened
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.runtime import Resource, sweep_deadlines
from workflows.store.tables import ProcessInstance

CLOCKED = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 4}', bihuan_ladder="ladder")


@pytest.fixture
def world(tmp_path):
    """A world that may end broken."""
    with database_url("sqlite", tmp_path) as url, opened(url) as database:
        world = World(database)
        process = d.bpmn(
            d.start(), d.user("a", CLOCKED), d.boundary("late", "a", d.timer("Duration", "PT1H"), interrupting=False),
            d.user("b"), d.call("call", "child"), d.end(), d.boundary("told", "a", d.on_message("m-told"), interrupting=False),
            flows="start>a; a>call; call>end; late>b; b>end; told>b", more=d.message("told", "=string(x)"),
        )  # fmt: skip
        child = d.bpmn(d.start(), d.service("work"), d.end(), flows="start>work; work>end", process_id="child")
        quick = d.bpmn(d.start(), d.end("left"), flows="start>left", process_id="quick")
        heard = d.bpmn(
            d.start("heard", d.on_message("m-told")), d.end(), flows="heard>end", more=d.message("told"), process_id="heard"
        )  # fmt: skip
        form = Resource("forms/f.json", b'{"type": "object"}')
        many = d.bpmn(d.start(), d.user("m", inner=d.each("items")), d.end(), flows="start>m; m>end", process_id="many")
        world.deploy(process, child, quick, heard, many, form, Resource("ladder.dmn", LADDER))
        world.pin(MONDAY)
        world.start("quick")
        world.start(x=1)
        world.start(x=2)
        world.complete("a")
        world.start("many", items=list(range(101)))
        one = ProcessInstance.key == world.start("many", items=[1])
        world.run(runtime.create_batch_operation, "CANCEL_PROCESS_INSTANCE", [one], filter={"x": 1})
        runtime.run_batches(world.database)
        sweep_deadlines(world.database, MONDAY + timedelta(hours=3))
        assert world.verify() == []
        yield world


def rules(world: World, damage: str) -> set[str]:
    with closing(sqlite3.connect(str(world.database.engine.url.database))) as connection:  # checks no references
        connection.execute(damage)
        connection.commit()
    return {problem.rule for problem in world.verify()}


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("DELETE FROM user_task WHERE state = 'CREATED'", "row-missing"),
        ("DELETE FROM timer", "row-missing"),
        ("DELETE FROM job", "row-missing"),
        ("UPDATE deadline SET ended = started WHERE ended IS NULL", "row-missing"),
        ("UPDATE process_instance SET state = 'COMPLETED' WHERE depth = 1", "row-missing"),
        ("UPDATE user_task SET state = 'CREATED'", "row-without-wait"),
        ("UPDATE user_task SET priority = 99 WHERE state = 'CREATED'", "row-differs"),
        ("UPDATE timer SET due = '2026-01-01 00:00:00.000000'", "row-differs"),
        ("UPDATE process_instance SET state = 'COMPLETED' WHERE depth = 0", "ended-but-open"),
        ("UPDATE process_instance SET snapshot = 'x'", "state-unreadable"),
        ("UPDATE event SET actor = 'someone else' WHERE seq = 2", "event-changed"),
        ("UPDATE event SET details = '{}' WHERE tag = 'deployment:create'", "event-changed"),
        ("UPDATE event SET at = '2026-03-02 02:00:00.000000' WHERE seq = 1", "event-changed"),
        ("DELETE FROM event WHERE seq = 1", "event-missing"),
        ("DELETE FROM event WHERE seq = 2", "revision-differs"),
        ("UPDATE process_instance SET revision = 7", "revision-differs"),
        ("UPDATE deadline SET next_level = 2 WHERE ended IS NULL", "rung-missing"),
        ("UPDATE user_task SET process_instance_key = 1 WHERE state = 'COMPLETED'", "reference-broken"),
        ("UPDATE process_instance SET case_id = 5 WHERE process_id = 'child'", "case-without-clock"),
        ("UPDATE user_task SET name = 'x' WHERE state = 'CREATED'", "row-differs"),
        ("UPDATE user_task SET element_id = 'b' WHERE state = 'CREATED'", "row-differs"),
        ("UPDATE job SET type = 'x'", "row-differs"),
        ("UPDATE job SET state = 'FAILED'", "row-differs"),
        ("UPDATE message_subscription SET correlation_key = 'x' WHERE element_id = 'told'", "row-differs"),
        ("UPDATE message_subscription SET name = 'x' WHERE element_id = 'told'", "row-differs"),
        ("UPDATE deadline SET unit = 'work_day' WHERE ended IS NULL", "row-differs"),
        ("UPDATE deadline SET next_at = NULL WHERE ended IS NULL", "rung-missing"),
        ("DELETE FROM escalation", "rung-missing"),
        ("UPDATE escalation SET level = 2", "rung-missing"),
        ("DELETE FROM element_instance WHERE element_id = 'a'", "element-missing"),
        ("UPDATE element_instance SET state = 'COMPLETED' WHERE element_id = 'work'", "element-missing"),
        ("UPDATE element_instance SET state = 'ACTIVE' WHERE element_id = 'left'", "ended-but-open"),
        ("UPDATE process_definition SET xml = CAST('<x/>' AS BLOB) WHERE process_id = 'quick'", "definition-changed"),
        ("UPDATE decision_definition SET xml = CAST('<x/>' AS BLOB)", "definition-changed"),
        ("UPDATE form SET hash = 'x'", "definition-changed"),
        ("DELETE FROM form", "definition-changed"),
        ("DELETE FROM message_subscription WHERE process_id = 'heard'", "start-differs"),
        ("UPDATE decision_evaluation SET output = '[]'", "decision-changed"),
        ("UPDATE decision_evaluation SET version = 2", "decision-changed"),
        ("UPDATE decision_evaluation SET decision_id = 'x'", "decision-changed"),
        ("UPDATE decision_evaluation SET inputs = '[]'", "decision-changed"),
        ("UPDATE decision_evaluation SET matched = '[]'", "decision-changed"),
        ("UPDATE decision_evaluation SET failure = 'x'", "decision-changed"),
        ("DELETE FROM decision_evaluation", "decision-changed"),
        ("UPDATE decision_evaluation SET evaluation_key = element_instance_key", "decision-changed"),
        ("UPDATE message_subscription SET element_id = 'x' WHERE process_id = 'heard'", "start-differs"),
        ("DELETE FROM instance_part WHERE key = (SELECT min(key) FROM instance_part)", "row-without-wait"),
        ("UPDATE instance_part SET body_key = 1 WHERE key = (SELECT min(key) FROM instance_part)", "part-differs"),
        ("UPDATE instance_part SET process_instance_key = 1", "part-differs"),
        ("UPDATE batch_operation SET failed = 7", "batch-differs"),
        ("UPDATE batch_operation_item SET state = 'ACTIVE'", "batch-differs"),
        ("DELETE FROM batch_operation_item", "batch-differs"),
    ],
)
def test_damage_is_found(world: World, damage: str, rule: str) -> None:
    assert rule in rules(world, damage)


def test_an_instance_that_waits_for_nothing_is_found(world: World) -> None:
    empty = '{"key":1,"state":32,"count":3,"tokens":[],"scopes":{"1":{}}}'
    assert "waits-for-nothing" in rules(world, f"UPDATE process_instance SET snapshot = CAST('{empty}' AS BLOB)")  # noqa: S608
