"""Every rule that a deployment adds to those of a diagram: what it refuses, and a neighbour that it accepts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import diagrams as d
from tests.support import papers
from tests.support.world import table
from workflows.intake import reading
from workflows.intake.rules import RULES
from workflows.runtime import Resource
from workflows.runtime.errors import Refused

if TYPE_CHECKING:
    from tests.support.world import World

Files = list[Resource]


def diagram(*parts: str, name: str = "a.bpmn", process_id: str = "p", flows: str = "start>a;a>end") -> Resource:
    return Resource(name, d.bpmn(d.start(), *parts, d.end(), flows=flows, process_id=process_id))


def asked(extensions: str) -> Files:
    return [diagram(d.user("a", extensions))]


def job(type: str) -> Files:
    return [diagram(d.service("a", type))]


def rungs(*stages: str) -> Files:
    """A ladder with a rung of level 1 for each test of the stage."""
    rules = [[stage, "1", "1", '"grid-lead"'] for stage in stages]
    return [Resource("t.dmn", table("t", ["stage"], ["level", "at", "role"], *rules, policy="COLLECT"))]


TABLE = table("t", ["x"], ["y"], ["1", "1"], policy="FIRST")
SCHEMA = Resource("p/registers/list.schema.json", b'{"type": "array"}')
STALLS = Resource(
    "p/registers/stalls.schema.json",
    b'{"x-register": {"key": "id"}, "type": "array", "items": {"properties": {"id": {"type": "string"}}}}',
)
MANIFEST = papers.manifest()
PAPER = Resource("p/documents/a.html.j2", papers.body().encode())
BESIDE = Resource("p/documents/a.json", papers.dumps(MANIFEST))
CITY = Path(__file__).parents[3] / "bpmn" / "loudi" / "registers"

CASES: dict[str, tuple[Files, Files]] = {
    "diagram-unreadable": ([Resource("a.bpmn", b"<x")], [diagram(d.user("a"))]),
    "process-missing": (
        [Resource("a.bpmn", diagram(d.user("a")).content.replace(b'isExecutable="true"', b""))],
        [diagram(d.user("a"))],
    ),
    "decision-invalid": ([Resource("t.dmn", TABLE.replace(b"<text>x<", b"<text>x +<"))], [Resource("t.dmn", TABLE)]),
    "json-unreadable": ([Resource("f.json", b"{")], [Resource("f.json", b"{}")]),
    "form-invalid": ([Resource("f.json", b'{"type": 5}')], [Resource("f.json", b'{"type": "object"}')]),
    "schema-invalid": (
        [Resource("p/registers/list.json", b"[]"), Resource(SCHEMA.name, b'{"type": 5}')],
        [Resource("p/registers/list.json", b"[]"), SCHEMA],
    ),
    "register-without-schema": (
        [Resource("p/registers/list.json", b"[]")],
        [Resource("p/registers/list.json", b"[]"), SCHEMA],
    ),
    "register-invalid": (
        [Resource("p/registers/list.json", b"{}"), SCHEMA],
        [Resource("p/registers/list.json", b"[1]"), SCHEMA],
    ),
    "register-elsewhere": (
        [STALLS, Resource("q/registers/stalls.schema.json", STALLS.content)],
        [STALLS, Resource("q/registers/other-stalls.schema.json", STALLS.content)],
    ),
    "template-invalid": ([Resource(PAPER.name, b"{{ nothing }}"), BESIDE], [PAPER, BESIDE]),
    "template-without-manifest": ([PAPER], [PAPER, BESIDE]),
    "manifest-invalid": ([PAPER, Resource(BESIDE.name, papers.dumps(MANIFEST | {"mark": "no"}))], [PAPER, BESIDE]),
    "manifest-without-template": ([BESIDE], [PAPER, BESIDE]),
    "id-deployed-twice": (
        [diagram(d.user("a")), diagram(d.user("a"), name="b.bpmn")],
        [diagram(d.user("a")), diagram(d.user("a"), name="b.bpmn", process_id="q")],
    ),
    "calls-in-circles": (
        [diagram(d.call("a", "q")), diagram(d.call("a", "p"), name="b.bpmn", process_id="q")],
        [diagram(d.call("a", "q")), diagram(d.user("a"), name="b.bpmn", process_id="q")],
    ),
    "called-without-start": (
        [
            diagram(d.call("a", "q")),
            Resource("b.bpmn", d.bpmn(d.start(inner=d.on_message("m-m")), d.end(), flows="start>end", process_id="q", more=d.message("m"))),
        ],
        [diagram(d.call("a", "q")), diagram(d.user("a"), name="b.bpmn", process_id="q")],
    ),
    "rungs-overlap": (rungs('"处置"', "-"), rungs('"处置"', 'not("处置")')),
    "handler-unknown": (job("case/forget"), job("mail/send")),
    "step-unknown": (asked(d.properties(bihuan_step="睡觉")), asked(d.properties(bihuan_step="问题处置"))),
}  # fmt: skip
ELSEWHERE = {
    "reading-too-long": "below",
    "reading-failed": "tests/workflows/intake/test_room.py",
    "group-unknown": "below: it is a warning",
    "role-unknown": "below: it is a warning",
    "started-unknown": "below: it is a warning",
    "register-unknown": "below: it is a warning",
    "template-unknown": "tests/workflows/runtime/test_documents.py: it is a warning",
}


def refusals(world: World, files: Files) -> set[str]:
    try:
        world.deploy(*files)
    except Refused as error:
        findings = [finding for _, finding in error.findings]
        return {f.rule if f.message and f.message_en and f.hint else f"{f.rule} says too little" for f in findings}
    return set()


@pytest.mark.parametrize(("rule", "files"), [(name, of[0]) for name, of in CASES.items()], ids=CASES)
def test_what_a_rule_is_for_is_refused(world: World, rule: str, files: Files) -> None:
    assert refusals(world, files) == {rule}


@pytest.mark.parametrize("files", [of[1] for of in CASES.values()], ids=CASES)
def test_its_neighbour_is_accepted(world: World, files: Files) -> None:
    assert refusals(world, files) == set()


def test_every_rule_has_both() -> None:
    assert set(RULES) == {*CASES, *ELSEWHERE}


def test_what_takes_long_to_read_is_refused_and_what_does_not_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    file = diagram(d.user("a"))
    assert reading.read([file], lambda _file: None).findings == []
    monkeypatch.setattr(reading, "MAX_FILE_SECONDS", 0.0)
    assert [each.rule for _, each in reading.read([file], lambda _file: None).findings] == ["reading-too-long"]


@pytest.mark.parametrize(
    ("group", "said"), [("acceptance-desk@nowhere", ["group-unknown"]), ("acceptance-desk@centre", [])]
)
def test_a_group_that_the_organisation_does_not_have_is_a_warning(world: World, group: str, said: list[str]) -> None:
    city = [Resource(f"loudi/registers/{file.name}", file.read_bytes()) for file in sorted(CITY.glob("*.json"))]
    task = diagram(d.user("a", d.z("assignmentDefinition", candidateGroups=group)))
    assert [warning["rule"] for warning in world.deploy(*city, task).warnings] == said


@pytest.mark.parametrize(("register", "said"), [("stalls", []), ("market", ["register-unknown"])])
def test_a_register_that_nobody_deployed_is_a_warning(world: World, register: str, said: list[str]) -> None:
    header = f"<zeebe:taskHeaders>{d.z('header', key='register', value=register)}</zeebe:taskHeaders>"
    diagrams = [
        diagram(d.service("a", type, header), process_id=id)
        for type, id in (("register/lookup", "p"), ("elsewhere/lookup", "q"))
    ]
    named = [Resource(f"{place}.bpmn", each.content) for place, each in enumerate(diagrams)]
    assert [warning["rule"] for warning in world.deploy(STALLS, *named).warnings] == said
    assert [warning["rule"] for warning in world.deploy(*named).warnings] == said


def test_a_manifest_whose_example_is_incomplete_is_refused(world: World) -> None:
    lacking = MANIFEST | {"example": papers.decision(organ="fire")}
    assert refusals(world, [PAPER, Resource(BESIDE.name, papers.dumps(lacking))]) == {"manifest-invalid"}


def ladder(role: str, process: str) -> Resource:
    return Resource(
        "ladder.dmn",
        table(
            "ladder", ["stage"], ["level", "at", "role", "process"], ["-", "1", "1", role, process], policy="COLLECT"
        ),
    )


@pytest.mark.parametrize(
    ("role", "process", "said"),
    [
        ('"grid-lead"', "null", []),
        ('"handler"', "null", []),
        ('"duty-lead@centre"', "null", []),
        ('if stage = "a" then "x" else "y"', "null", []),  # known when it fires
        ('"grid-leader"', "null", ["role-unknown"]),
        ('"duty-lead@nowhere"', "null", ["role-unknown"]),
        ('"grid-lead"', '"p"', []),
        ('"grid-lead"', '"nothing"', ["started-unknown"]),
    ],
)
def test_a_ladder_that_names_what_is_not_there_is_a_warning(
    world: World, role: str, process: str, said: list[str]
) -> None:
    city = [Resource(f"loudi/registers/{file.name}", file.read_bytes()) for file in sorted(CITY.glob("*.json"))]
    warnings = world.deploy(*city, diagram(d.user("a")), ladder(role, process)).warnings
    assert [warning["rule"] for warning in warnings if warning["rule"].endswith("unknown")] == said


def test_rungs_that_come_together_are_named_with_their_level_and_rules(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.deploy(*rungs('"处置"', '"核查"', '"处置", "回访"'))
    [(file, finding)] = refused.value.findings
    assert (file, finding.element_id, finding.element_name) == ("t.dmn", "t-2", "t")
    assert "第 1 级" in finding.message
    assert "规则 1 与规则 3" in finding.message


def test_of_rungs_whose_level_is_computed_nothing_is_said(world: World) -> None:
    rule = ["-", "count([1])", "1", '"grid-lead"']
    world.deploy(Resource("t.dmn", table("t", ["stage"], ["level", "at", "role"], rule, rule, policy="COLLECT")))
