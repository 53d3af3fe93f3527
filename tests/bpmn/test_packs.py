"""What a pack's files say of each other holds: forms, decisions, handlers, groups and the catalogue fit together."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.exemptions.intake import FORM
from tasks.packs import packs, resources
from workflows import runtime
from workflows.calendar import CHINA, Clock, Limit
from workflows.decisions import DecisionError, DecisionModel, parse_decisions
from workflows.engine import Catalogue, Process, check, parse_processes
from workflows.governance.submissions import ORIGIN_LEVELS, PLACE_KINDS
from workflows.runtime import handlers
from workflows.runtime.deadline_rows import moment
from workflows.runtime.inline import HANDLERS
from workflows.runtime.ladder import POWERS, rungs_of
from workflows.store import connect, migrate, transaction

BPMN = Path(__file__).parents[2] / "bpmn"
PACKS = sorted({file.parent for file in BPMN.glob("*/*.bpmn")})
FORMS = sorted(BPMN.glob("*/forms/*.json"))
CASES = BPMN / "case-handling"
GROUP = re.compile(r"([a-z]+(?:-[a-z]+)*)@")
QUOTED = re.compile(r'"([^"]+)"')
CHINESE = re.compile("[\u4e00-\u9fff]")


def decisions_of(pack: Path) -> dict[str, DecisionModel]:
    models = [parse_decisions(file.read_bytes()) for file in sorted(pack.glob("*.dmn"))]
    return {name: model for model in models for name in model.decisions}


def processes_of(pack: Path) -> list[Process]:
    return [process for file in sorted(pack.glob("*.bpmn")) for process in parse_processes(file.read_bytes())]


DECISIONS = decisions_of(CASES)
CATALOGUE: list[dict[str, Any]] = json.loads((CASES / "registers" / "filing-conditions.json").read_text("utf-8"))
ORGANISATION = json.loads((BPMN / "loudi" / "registers" / "organisation.json").read_text("utf-8"))
ROLES = {seat["role"] for seat in ORGANISATION["seats"]}


def ask(decision: str, **variables: Any) -> Any:
    return DECISIONS[decision].evaluate(decision, variables).value


@pytest.fixture(params=PACKS, ids=lambda pack: pack.name)
def pack(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_the_engine_has_nothing_to_say_against_a_diagram(pack: Path) -> None:
    catalogue = Catalogue(
        decisions=set(decisions_of(pack)),
        forms={form.stem for form in pack.glob("forms/*.json")},
        processes={process.id for process in processes_of(pack)},
    )
    assert check(processes_of(pack), catalogue) == []


def test_every_pack_deploys_without_a_warning(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'packs.db'}"
    migrate(url)
    database = connect(url)
    with transaction(database) as session:
        results = [runtime.deploy(session, resources(folder), actor="test") for folder in packs(BPMN)]
    database.engine.dispose()
    assert [result.warnings for result in results] == [[]] * len(results)
    assert {process["process_id"] for result in results for process in result.processes} >= {"case-handling"}


def test_every_service_task_has_a_handler(pack: Path) -> None:
    types = {
        node.settings["taskDefinition"]["type"]
        for process in processes_of(pack)
        for node in process.nodes.values()
        if "taskDefinition" in node.settings
    }
    assert handlers.__all__
    assert types <= set(HANDLERS)


def test_every_ladder_is_a_decision_and_every_clock_has_one(pack: Path) -> None:
    for process in processes_of(pack):
        clocks = [node.properties for node in process.nodes.values() if "bihuan:limit" in node.properties]
        assert {clock["bihuan:ladder"] for clock in clocks} <= set(decisions_of(pack))
        assert all(clock["bihuan:stage"] for clock in clocks)


def test_duties_are_separated_from_tasks_that_exist(pack: Path) -> None:
    for process in processes_of(pack):
        for node in process.nodes.values():
            for other in filter(None, node.properties.get("bihuan:separateFrom", "").split(",")):
                assert process.nodes[other.strip()].type == "userTask"


def test_every_form_and_every_decision_is_used(pack: Path) -> None:
    nodes = [node for process in processes_of(pack) for node in process.nodes.values()]
    given = [node.settings["formDefinition"]["formId"] for node in nodes if "formDefinition" in node.settings]
    forms = {name for text in given for name in (QUOTED.findall(text) if text.startswith("=") else [text])}
    # What comes by the thousand is filled in by machines, and held against its form.
    forms |= {FORM} & {form.stem for form in pack.glob("forms/*.json")}
    assert forms == {form.stem for form in pack.glob("forms/*.json")}
    named = {node.settings["calledDecision"]["decisionId"] for node in nodes if "calledDecision" in node.settings}
    named |= {node.properties["bihuan:ladder"] for node in nodes if "bihuan:ladder" in node.properties}
    models = decisions_of(pack)
    required = {each.element.id for name, model in models.items() for each in model.decisions[name].requires}
    assert named | required == set(models)


def test_every_candidate_role_is_a_seat_of_the_organisation(pack: Path) -> None:
    nodes = [node for process in processes_of(pack) for node in process.nodes.values()]
    groups = [node.settings["assignmentDefinition"]["candidateGroups"] for node in nodes if node.type == "userTask"]
    assert groups
    assert {role for text in groups for role in GROUP.findall(text)} <= ROLES


@pytest.mark.parametrize("file", FORMS, ids=lambda file: f"{file.parents[1].name}/{file.stem}")
def test_a_form_is_a_closed_schema_in_chinese(file: Path) -> None:
    form = json.loads(file.read_text("utf-8"))
    Draft202012Validator.check_schema(form)
    assert form["$id"] == file.stem
    assert form["additionalProperties"] is False
    assert set(form["required"]) <= set(form["properties"])
    for field in [form, *form["properties"].values()]:
        assert CHINESE.search(field["title"])
    for field in form["properties"].values():
        assert BOUNDED[field["type"]](field), field


#: The types of fields, and what each must say so that it is filled in from a list or within bounds.
BOUNDED = {
    "object": lambda field: field["additionalProperties"] is False,
    "string": lambda field: "maxLength" in field or chosen(field),
    "integer": lambda field: {"minimum", "maximum"} <= set(field),
    "number": lambda field: {"minimum", "maximum"} <= set(field),
    "array": lambda field: field["uniqueItems"] and chosen(field["items"]),
}


def chosen(field: dict[str, Any]) -> bool:
    return all(CHINESE.search(each["title"]) for each in field["oneOf"])


@pytest.mark.parametrize("condition", CATALOGUE, ids=lambda condition: condition["code"])
def test_the_tables_know_every_filing_condition_as_the_catalogue_has_it(condition: dict[str, Any]) -> None:
    code = condition["code"]
    for season in ("planting", "ordinary"):
        limit = condition.get("limitBySeason", {}).get(season, condition["limit"])
        assert ask("limits", conditionCode=code, season=season, areaClass=None) == {"milestones": None, **limit}
    assert ask("responsibility", conditionCode=code) == {key: condition[key] for key in ("trade", "department")}
    for place in PLACE_KINDS:
        priority = ask("priority", conditionCode=code, placeKind=place)
        assert abs(priority["number"] - condition["priority"]) <= 15
        assert priority["label"] == ask("urgency", conditionCode=code)


def test_more_urgent_conditions_never_rank_lower() -> None:
    ranked = sorted(CATALOGUE, key=lambda condition: condition["priority"])
    numbers = [ask("priority", conditionCode=each["code"], placeKind="street")["number"] for each in ranked]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("decision", ["limits", "responsibility", "urgency"])
def test_a_condition_that_is_not_in_the_catalogue_is_an_error(decision: str) -> None:
    with pytest.raises(DecisionError, match="E9999-01"):
        ask(decision, conditionCode="E9999-01", season="ordinary", areaClass=None)


def test_the_tables_allow_the_conditions_of_the_catalogue_and_no_other() -> None:
    codes = {condition["code"] for condition in CATALOGUE}
    allowed = [
        set(re.findall(r'"([^"]+)"', clause.tests.text))
        for model in decisions_of(CASES).values()
        for table in model.tables
        for clause in (each.clause for each in table.inputs if each.text == "conditionCode")
        if clause.tests
    ]
    assert allowed
    assert all(each == codes for each in allowed)


@pytest.mark.parametrize("situation", ["初派", "退回", "上交", "堵点"])
@pytest.mark.parametrize("place", PLACE_KINDS)
@pytest.mark.parametrize("level", ORIGIN_LEVELS)
def test_dispatch_always_proposes_someone_the_organisation_has(situation: str, place: str, level: str) -> None:
    for condition in CATALOGUE:
        proposal = ask(
            "dispatch",
            situation=situation,
            priority=condition["priority"],
            placeKind=place,
            originLevel=level,
            conditionCode=condition["code"],
        )
        assert proposal["role"] in ROLES
        assert proposal["unit"] == (condition["department"] if proposal["level"] == "department" else None)
        if situation != "初派":
            assert proposal["level"] == "department"


def ladder(stage: str, number: int = 50, limit: dict[str, Any] | None = None, milestone: str | None = None) -> Any:
    return ask("escalation", stage=stage, priority={"number": number}, limit=limit, milestone=milestone)


def test_every_clock_of_the_case_reminds_first_and_then_tells_ever_higher_seats() -> None:
    stages = {
        node.properties["bihuan:stage"]
        for process in processes_of(CASES)
        for node in process.nodes.values()
        if "bihuan:limit" in node.properties
    }
    assert stages == {"核实", "受理", "派遣", "处置", "联合整治", "核查", "回访"}
    for stage in stages:
        for number in (0, 50, 89, 90, 100):
            reminder, overdue, *higher = ladder(stage, number)
            assert (reminder["level"], overdue["level"]) == (0, 1)
            assert 0 < reminder["at"] < overdue["at"] == 1
            assert [rung["level"] for rung in higher] == list(range(2, 2 + len(higher)))
            assert higher
            assert {rung["role"] for rung in (reminder, overdue, *higher)} <= ROLES | {"handler"}


SHORT = [{"unit": "work_hour", "number": 4}, {"unit": "work_day", "number": 5}, {"unit": "natural_day", "number": 5}]
LONG = [{"unit": "work_day", "number": 20}, {"unit": "natural_day", "number": 15}]


@pytest.mark.parametrize("limit", SHORT + LONG, ids=str)
@pytest.mark.parametrize("number", [0, 89, 90, 100])
def test_handling_climbs_to_the_joint_meeting(limit: dict[str, Any], number: int) -> None:
    rungs = ladder("处置", number, limit)
    assert [rung["role"] for rung in rungs] == ["handler", "grid-lead", "area-lead", "duty-lead", "bureau-leads"]
    assert rungs_of(rungs)
    supervised = rungs[2:]
    assert all((rung["process"], rung["message"]) == ("supervision", "case-escalated") for rung in supervised)
    assert all(rung["reply"] and set(rung["powers"]) <= set(POWERS) for rung in supervised)
    if limit in LONG:
        assert [rung["after"] for rung in supervised] == [{"unit": "natural_day", "number": n} for n in (10, 20, 30)]
    else:
        assert [rung["at"] for rung in supervised] == [2, 3, 4]


@pytest.mark.parametrize("limit", SHORT + LONG, ids=str)
def test_no_rung_of_a_ladder_comes_before_a_lower_one(limit: dict[str, Any]) -> None:
    clock = Clock(CHINA, datetime(2026, 3, 2, 1, tzinfo=UTC), Limit.of(limit))
    moments = [moment(clock, rung) for rung in rungs_of(ladder("处置", 50, limit))]
    assert moments == sorted(moments)
    assert moments[-1] - clock.due().at <= timedelta(days=31)


def test_a_milestone_of_a_long_stage_climbs_as_a_short_one_does() -> None:
    assert [rung["at"] for rung in ladder("处置", 50, LONG[0], "停工")][2:] == [2, 3, 4]


def test_limits_may_differ_by_the_class_of_the_area() -> None:
    given = {"conditionCode": "E0102-01", "season": "ordinary"}
    numbers = [ask("limits", **given, areaClass=each)["number"] for each in (None, "A", "B", "C")]
    assert numbers == [2, 2, 2, 5]


def test_who_reviews_first_has_a_seat_in_every_kind_of_unit() -> None:
    model = decisions_of(BPMN / "clocks")["first-review"]
    seats = {(seat["unit"], seat["role"]) for seat in ORGANISATION["seats"]}
    for unit in ORGANISATION["units"]:
        role = model.evaluate("first-review", {"unitKind": unit["kind"]}).value
        if unit["kind"] != "building":  # some are vacant
            assert (unit["id"], role) in seats


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"withdrawn": True, "inCity": True}, "withdrawn"),
        ({"withdrawn": False, "inCity": False}, "outside"),
        ({"withdrawn": False, "inCity": True, "duplicateOf": "2026-000001"}, "duplicate"),
        ({"withdrawn": False, "inCity": True, "verification": {"result": "不属实", "reason": "没有"}}, "untrue"),
        ({"withdrawn": False, "inCity": True, "filing": {"result": "不予受理", "reason": "不归城管"}}, "unqualified"),
    ],
)
def test_every_refusal_gives_a_reason(given: dict[str, Any], code: str) -> None:
    nothing = {"duplicateOf": None, "verification": None, "filing": None}
    refusal = ask("refusal", **(nothing | given))
    assert refusal["code"] == code
    assert CHINESE.search(refusal["reason"])


def test_no_two_packs_have_a_form_a_decision_or_a_process_of_one_name() -> None:
    """Names are those of the whole engine: what is deployed last would take the place of the other."""
    names = [("form", json.loads(file.read_text("utf-8"))["$id"]) for file in FORMS]
    for pack in sorted({file.parent for kind in ("bpmn", "dmn") for file in BPMN.glob(f"*/*.{kind}")}):
        names += [("decision", name) for name in decisions_of(pack)]
        names += [("process", process.id) for process in processes_of(pack)]
    assert sorted({name for name in names if names.count(name) > 1}) == []
