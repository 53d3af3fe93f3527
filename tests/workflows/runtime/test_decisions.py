"""Decisions: every one that is taken is on record, with its version, its rules and what went wrong."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select, update

from tests.support import diagrams as d
from tests.support.graphs import GRAPH
from tests.support.world import LADDER, MONDAY, table
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.decide import evaluate
from workflows.runtime.errors import Invalid, NotFound
from workflows.store import read, transaction
from workflows.store.definitions import find_decision
from workflows.store.json import NotJson
from workflows.store.tables import DecisionDefinition, DecisionEvaluation

if TYPE_CHECKING:
    from typing import Any

    from tests.support.world import World

SUMMER = {"month": 7, "code": "0104"}
TWICE = {"month": 1, "code": "twice"}
E = DecisionEvaluation


def evaluations(world: World, *columns: Any) -> list[Any]:
    return world.rows(select(*(columns or E.__table__.c)).order_by(E.key))


def deciding(decision: str = "advice") -> bytes:
    return d.bpmn(
        d.start(), d.rule("decide", decision, "result"), d.user("a"), d.end(), flows="start>decide; decide>a; a>end"
    )


def test_a_decision_is_taken_with_those_it_requires(world: World) -> None:
    deployed = world.deploy(Resource("limits.dmn", GRAPH))
    keys = {row["decision_id"]: row["key"] for row in deployed.decisions}
    world.pin(MONDAY)
    taken = world.run(runtime.evaluate_decision, SUMMER, decision_id="advice")
    assert (taken.evaluation.value, taken.evaluation.failure) == ("0.3work_hour", None)
    rows = evaluations(world)
    assert [row.id for row in rows] == [f"{taken.key}-{number}" for number in (1, 2, 3)]
    assert [(row.decision_id, row.decision_name, row.kind) for row in rows] == [
        ("season", "季节", "DECISION_TABLE"),
        ("limit", "处置时限", "DECISION_TABLE"),
        ("advice", "建议", "LITERAL_EXPRESSION"),
    ]
    for row in rows:
        assert (row.evaluation_key, row.root_decision_definition_key) == (taken.key, keys["advice"])
        assert (row.decision_definition_key, row.version) == (keys[row.decision_id], 1)
        assert (row.state, row.failure, row.at, row.warnings) == ("EVALUATED", None, MONDAY, [])
        assert (row.process_instance_key, row.element_instance_key) == (None, None)
    limit = rows[1]
    assert [(one["id"], one["value"]) for one in limit.inputs] == [("code", "0104"), ("in-season", "夏")]
    [rule] = limit.matched
    assert (rule["rule_id"], rule["index"]) == ("hot", 1)
    assert [(one["id"], one["name"]) for one in rule["outputs"]] == [("hours-out", "hours"), ("unit-out", "unit")]
    assert limit.output == {"hours": Decimal("0.3"), "unit": "work_hour"}


def test_a_decision_taken_by_itself_is_in_the_log_of_the_engine(world: World) -> None:
    world.deploy(Resource("limits.dmn", GRAPH))
    taken = world.run(runtime.evaluate_decision, SUMMER, decision_id="limit", actor="client:desk")
    said = world.events(0)[-1]
    assert (said.tag, said.actor) == ("decision:evaluate", "client:desk")
    assert said.details == {
        "key": taken.key,
        "variables": SUMMER,
        "decisions": [
            {
                "evaluation": taken.key,
                "id": "season",
                "version": 1,
                "inputs": [7],
                "rules": ["summer"],
                "output": "夏",
            },
            {
                "evaluation": taken.key,
                "id": "limit",
                "version": 1,
                "inputs": ["0104", "夏"],
                "rules": ["hot"],
                "output": {"hours": Decimal("0.3"), "unit": "work_hour"},
            },
        ],
    }


def test_the_last_decision_on_record_is_the_one_that_failed(world: World) -> None:
    world.deploy(Resource("limits.dmn", GRAPH))
    taken = world.run(runtime.evaluate_decision, TWICE, decision_id="advice")
    assert taken.evaluation.failure is not None
    season, limit = evaluations(world)
    assert (season.decision_id, season.state, season.output) == ("season", "EVALUATED", "其他")
    assert (limit.decision_id, limit.kind, limit.state, limit.output) == ("limit", "DECISION_TABLE", "FAILED", None)
    assert "one" in limit.failure
    assert "other" in limit.failure
    assert limit.root_decision_definition_key != limit.decision_definition_key
    assert world.events(0)[-1].details["decisions"][-1] == {
        "evaluation": taken.key, "id": "limit", "version": 1, "failure": limit.failure,
    }  # fmt: skip


def test_an_id_is_the_latest_version_and_a_key_is_its_own(world: World) -> None:
    one, two = (table("limits", ["x"], ["y"], ["-", str(number)]) for number in (1, 2))
    first = world.deploy(Resource("limits.dmn", one)).decisions[0]["key"]
    world.deploy(Resource("limits.dmn", two))
    latest = world.run(runtime.evaluate_decision, {}, decision_id="limits")
    before = world.run(runtime.evaluate_decision, {}, definition_key=first)
    assert (latest.evaluation.value, before.evaluation.value) == (2, 1)
    assert evaluations(world, E.version, E.decision_definition_key) == [(2, latest.evaluation.root.key), (1, first)]


@pytest.mark.parametrize("digits", ["0.1", "12345678901234567890.123456789", "123456789012345678901234567890", "1E+30"])
def test_a_number_alone_keeps_its_digits(world: World, digits: str) -> None:
    number = Decimal(digits)
    world.deploy(Resource("same.dmn", table("same", ["x"], ["y"], ["-", "x"])))
    world.run(runtime.evaluate_decision, {"x": number}, decision_id="same")
    [row] = evaluations(world)
    assert row.output == number
    assert not isinstance(row.output, float)
    assert row.inputs[0]["value"] == row.matched[0]["outputs"][0]["value"] == number


def test_content_that_comes_again_keeps_each_version_by_its_key(world: World) -> None:
    one, two = (table("limits", ["x"], ["y"], ["-", str(number)]) for number in (1, 2))
    keys = [world.deploy(Resource("limits.dmn", content)).decisions[0]["key"] for content in (one, two, one)]
    for key in keys:
        world.run(runtime.evaluate_decision, {}, definition_key=key)
    assert evaluations(world, E.version, E.output) == [(1, 1), (2, 2), (3, 1)]


def test_a_required_decision_that_was_not_deployed_again_is_on_record_with_its_own_version(world: World) -> None:
    """Deployed again from another file, the same content keeps the versions of those that had not changed."""
    world.deploy(Resource("limits.dmn", GRAPH))
    world.deploy(Resource("advice.dmn", table("advice", ["month"], ["advice"], ["-", '"等"'])))
    world.deploy(Resource("limits.dmn", GRAPH))
    world.run(runtime.evaluate_decision, SUMMER, decision_id="advice")
    assert evaluations(world, E.decision_id, E.version) == [("season", 1), ("limit", 1), ("advice", 3)]


def test_what_is_not_deployed_is_not_found(world: World) -> None:
    for wanted in ({"decision_id": "nowhere"}, {"definition_key": 1}):
        with pytest.raises(NotFound):
            world.run(runtime.evaluate_decision, {}, **wanted)
    assert (evaluations(world), world.events(0)) == ([], [])


def test_a_decision_knows_the_moment_of_the_command(world: World) -> None:
    world.deploy(Resource("when.dmn", table("when", ["x"], ["y"], ["-", "string(now())"])))
    world.pin(MONDAY)
    world.run(runtime.evaluate_decision, {}, decision_id="when")
    [(at, output)] = evaluations(world, E.at, E.output)
    assert at == MONDAY
    assert output.startswith("2026-03-02T09:00:00")


def test_a_file_that_can_be_used_no_more_is_said_so(world: World) -> None:
    """It was deployed when more was taken for a decision."""
    world.deploy(Resource("limits.dmn", GRAPH))
    definition = DecisionDefinition.__table__

    def write(xml: bytes, digest: str) -> None:
        with transaction(world.database) as session:
            session.execute(update(definition).values(xml=xml, hash=digest))

    write(b"<x/>", "unusable")
    with pytest.raises(Invalid, match="season"):
        world.run(runtime.evaluate_decision, {}, decision_id="season")
    write(GRAPH, sha256(GRAPH).hexdigest())
    assert evaluations(world) == []


def test_a_decision_of_another_file_is_on_record_without_a_version(world: World) -> None:
    world.deploy(Resource("limits.dmn", GRAPH))
    with read(world.database) as session:
        file = find_decision(session, decision_id="advice")
    assert file is not None
    alone = file._replace(decisions={"advice": file.root})
    for variables in (SUMMER, TWICE):
        *others, last = evaluate(alone, variables, MONDAY).decisions
        assert {(one.definition_key, one.version) for one in others} == {(-1, -1)}
        assert (last.decision_id, last.version) == (("advice", 1) if variables is SUMMER else ("limit", -1))


@pytest.mark.parametrize("value", [float("nan"), "\0", "\ud800", object()])
def test_variables_that_are_no_json_are_refused(world: World, value: object) -> None:
    world.deploy(Resource("limits.dmn", GRAPH))
    with pytest.raises(NotJson):
        world.run(runtime.evaluate_decision, {"month": value}, decision_id="season")
    assert evaluations(world) == []


@pytest.mark.parametrize("expression", ["function(x) x", "[1..2]", "for i in 1..200000 return i"])
def test_a_result_that_cannot_be_kept_is_a_failure(world: World, expression: str) -> None:
    literal = f"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f" name="f" namespace="urn:t">
    <decision id="odd" name="odd"><literalExpression id="x"><text>{expression}</text></literalExpression></decision>
    </definitions>"""
    world.deploy(Resource("odd.dmn", literal.encode()))
    world.run(runtime.evaluate_decision, {}, decision_id="odd")
    [row] = evaluations(world)
    assert (row.decision_id, row.state, row.kind) == ("odd", "FAILED", "LITERAL_EXPRESSION")
    assert row.failure


def test_a_function_that_a_decision_rests_on_is_a_warning_on_record(world: World) -> None:
    functions = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f" name="f" namespace="urn:t">
    <decision id="twice" name="twice"><literalExpression id="x"><text>function(n) n * 2</text></literalExpression></decision>
    <decision id="use" name="use"><informationRequirement id="r"><requiredDecision href="#twice"/></informationRequirement>
    <literalExpression id="y"><text>twice(21)</text></literalExpression></decision></definitions>"""
    world.deploy(Resource("functions.dmn", functions.encode()))
    taken = world.run(runtime.evaluate_decision, {}, decision_id="use")
    assert (taken.evaluation.failure, taken.evaluation.value) == (None, 42)
    twice, use = evaluations(world)
    assert (twice.state, twice.output, use.output) == ("EVALUATED", None, 42)
    [warning] = twice.warnings
    assert warning["element_id"] == "twice"
    assert "function" in warning["text"]


def test_a_long_text_that_many_columns_ask_for_is_not_kept_many_times(world: World) -> None:
    wide = table("wide", ["text"] * 20, ["y"], [*["-"] * 20, "1"])
    world.deploy(Resource("wide.dmn", wide))
    taken = world.run(runtime.evaluate_decision, {"text": "长" * 50_000}, decision_id="wide")
    assert taken.evaluation.failure is not None
    [row] = evaluations(world)
    assert (row.state, row.inputs) == ("FAILED", [])


def test_what_is_nested_too_deep_for_the_log_is_an_incident(world: World) -> None:
    world.deploy(deciding("season"), Resource("limits.dmn", GRAPH))
    deep: Any = 7
    for _ in range(62):
        world.start(month=deep)
        deep = [deep]
    states = [state for [state] in evaluations(world, E.state)]
    assert states == sorted(states)  # EVALUATED, then FAILED
    assert set(states) == {"EVALUATED", "FAILED"}
    assert len(world.incidents()) == states.count("FAILED")


def test_a_business_rule_task_records_the_whole_graph_at_its_element(world: World) -> None:
    world.deploy(deciding(), Resource("limits.dmn", GRAPH))
    instance = world.start(**SUMMER)
    rows = evaluations(world)
    [element] = world.rows("SELECT key FROM element_instance WHERE element_id = 'decide'")[0]
    assert [row.decision_id for row in rows] == ["season", "limit", "advice"]
    assert {(row.process_instance_key, row.element_instance_key) for row in rows} == {(instance, element)}
    [key] = {row.evaluation_key for row in rows}
    assert [row.id for row in rows] == [f"{key}-1", f"{key}-2", f"{key}-3"]
    [start] = world.events(instance)
    assert [(said["evaluation"], said["id"], said["rules"]) for said in start.details["decisions"]] == [
        (key, "season", ["summer"]), (key, "limit", ["hot"]), (key, "advice", []),
    ]  # fmt: skip


def test_a_decision_that_fails_in_a_process_is_an_incident_and_on_record(world: World) -> None:
    world.deploy(deciding(), Resource("limits.dmn", GRAPH))
    instance = world.start(**TWICE)
    [incident] = world.incidents()
    assert (incident.element_id, incident.error_type) == ("decide", "DECISION_EVALUATION_ERROR")
    season, limit = evaluations(world)
    assert (season.state, limit.state, limit.decision_id) == ("EVALUATED", "FAILED", "limit")
    assert limit.failure in incident.message
    assert limit.process_instance_key == instance
    world.run(runtime.set_variables, instance, {"code": "0104", "month": 7}, local=False)
    world.run(runtime.resolve_incident, incident.key)
    assert world.tasks() == ["a"]
    states = evaluations(world, E.evaluation_key, E.state)
    assert [state for _, state in states] == ["EVALUATED", "FAILED", *["EVALUATED"] * 3]
    assert len({key for key, _ in states}) == 2


def test_a_ladder_is_on_record_and_so_is_one_that_fails(world: World) -> None:
    twice = table("twice", ["stage"], ["level"], ['starts with(?, "处")', "1"], ['ends with(?, "置")', "2"])
    for ladder, content in (("ladder", LADDER), ("twice", twice)):
        clock = d.properties(
            bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 4}', bihuan_ladder=ladder
        )
        process = d.bpmn(d.start(), d.user("a", clock), d.end(), flows="start>a; a>end", process_id=ladder)
        world.deploy(process, Resource(f"{ladder}.dmn", content))
        world.start(ladder)
    good, bad = evaluations(world)
    assert (good.decision_id, good.state, len(good.matched)) == ("ladder", "EVALUATED", 3)
    assert (bad.decision_id, bad.state) == ("twice", "FAILED")
    [incident] = world.incidents()
    assert (incident.element_id, incident.error_type) == ("a", "DECISION_EVALUATION_ERROR")
    assert bad.failure in incident.message
    assert bad.process_instance_key is not None


def test_taking_a_decision_in_a_process_costs_two_statements(world: World) -> None:
    """One looks it up with all that stands in its file, one writes it with all that it required."""
    plain = d.bpmn(d.start(), d.script("decide", "1", "result"), d.user("a"), d.end(),
                   flows="start>decide; decide>a; a>end", process_id="plain")  # fmt: skip
    world.deploy(plain, deciding(), Resource("limits.dmn", GRAPH))
    for process_id in ("p", "plain"):  # parsed once
        world.start(process_id, **SUMMER)
    asked: list[str] = []
    event.listen(world.database.engine, "before_cursor_execute", lambda *query: asked.append(query[2]))

    def cost(process_id: str) -> int:
        asked.clear()
        world.start(process_id, **SUMMER)
        return len(asked)

    assert cost("p") - cost("plain") == 2
