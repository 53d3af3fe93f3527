from __future__ import annotations

import json

import pytest

from tests.support import diagrams as d
from tests.support.world import World, table
from workflows.intake.room import ROOM, ReadingFailed, ReadingTooLong
from workflows.runtime import Resource, look_through
from workflows.runtime.errors import Invalid, Refused, TooLarge

ONE = d.bpmn(d.start(), d.user("a"), d.end(), flows="start>a; a>end")
OTHER = d.bpmn(d.start(), d.user("b"), d.end(), flows="start>b; b>end")
FORM = b'{"$id": "verify", "title": "\xe6\xa0\xb8\xe5\xae\x9e", "type": "object"}'
SCHEMA = b'{"type": "array", "items": {"type": "object", "required": ["code"]}}'


def rules(refused: Refused) -> list[tuple[str, str, str]]:
    return [
        (name, finding.element_id, finding.rule) for name, finding in refused.findings if finding.severity == "error"
    ]


def refused(world: World, *resources: Resource | bytes) -> Refused:
    before = [
        world.count(name) for name in ("deployment", "process_definition", "decision_definition", "form", "event")
    ]
    with pytest.raises(Refused) as caught:
        world.deploy(*resources)
    after = [world.count(name) for name in ("deployment", "process_definition", "decision_definition", "form", "event")]
    assert after == before
    return caught.value


def test_each_kind_of_file_becomes_a_version(world: World) -> None:
    result = world.deploy(
        Resource("pack/a.bpmn", ONE),
        Resource("pack/limits.dmn", table("limits", ["x"], ["y"], ["-", "1"])),
        Resource("pack/forms/verify.json", FORM),
        Resource("pack/registers/conditions.json", b'[{"code": "1"}]'),
        Resource("pack/registers/conditions.schema.json", SCHEMA),
    )
    assert [(row["process_id"], row["version"]) for row in result.processes] == [("p", 1)]
    assert [(row["decision_id"], row["version"], row["requirements_id"]) for row in result.decisions] == [
        ("limits", 1, "limits-file")
    ]
    assert [(row["form_id"], row["name"]) for row in result.forms] == [("verify", "核实")]
    assert [(row["pack"], row["name"]) for row in result.registers] == [("pack", "conditions")]
    assert "xml" not in result.processes[0]
    assert result.warnings == []


def test_the_same_content_is_the_same_version(world: World) -> None:
    first = world.deploy(Resource("a.bpmn", ONE), Resource("verify.form", FORM))
    again = world.deploy(Resource("a.bpmn", ONE), Resource("verify.form", FORM))
    assert again == first
    assert world.count("deployment") == 1
    assert world.count("event") == 1


def test_new_content_is_the_next_version_and_the_rest_stays(world: World) -> None:
    first = world.deploy(Resource("a.bpmn", ONE), Resource("verify.form", FORM))
    second = world.deploy(Resource("a.bpmn", OTHER), Resource("verify.form", FORM))
    assert [(row["version"]) for row in second.processes] == [2]
    assert second.forms == first.forms
    assert second.deployment_key > first.deployment_key


def test_running_instances_stay_on_their_version(world: World) -> None:
    world.deploy(d.bpmn(d.start(), d.user("a"), d.user("b"), d.end(), flows="start>a; a>b; b>end"))
    old = world.start()
    world.deploy(ONE)
    world.complete("a")
    assert world.tasks() == ["b"]
    world.start()
    assert world.tasks() == ["b", "a"]
    assert world.instance(old).revision == 2


def test_all_findings_of_all_files_come_at_once_and_nothing_is_written(world: World) -> None:
    signal = d.bpmn(
        d.start(), d.element("receiveTask", "wait"), d.user("a"), d.end(), flows="start>wait; wait>a; a>end"
    )
    task = d.bpmn(
        d.start(), d.user("a", d.z("formDefinition", formId="nowhere")), d.end(), flows="start>a; a>end", process_id="q"
    )
    error = refused(world, Resource("x.bpmn", signal), Resource("y.bpmn", task), Resource("z.json", b'{"type": 5}'))
    assert ("x.bpmn", "wait", "reference-missing") in rules(error)
    assert ("y.bpmn", "a", "form-unknown") in rules(error)
    assert ("z.json", "", "form-invalid") in rules(error)
    assert {detail["resource"] for detail in error.details} == {"x.bpmn", "y.bpmn", "z.json"}
    assert all(detail["message"] and detail["messageEn"] for detail in error.details)


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("a.bpmn", b"<bpmn", "diagram-unreadable"),
        ("a.bpmn", b"", "diagram-unreadable"),
        ("a.bpmn", b'<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>', "diagram-unreadable"),
        ("a.bpmn", b"<a>" * 20_000, "diagram-unreadable"),
        ("a.dmn", b"<dmn/>", "decision-invalid"),
        ("a.json", b"{", "json-unreadable"),
        ("a.json", b"\xff", "json-unreadable"),
        ("a.json", b"[" * 100_000, "json-unreadable"),
        ("a.json", b'{"x": NaN}', "json-unreadable"),
        ("a.json", b'{"title": "\\u0000"}', "json-unreadable"),
        ("a.json", b"[]", "form-invalid"),
        ("p/registers/a.json", b"[]", "register-without-schema"),
    ],
)
def test_what_cannot_be_read_is_refused(world: World, name: str, content: bytes, rule: str) -> None:
    assert rule in {found for _, _, found in rules(refused(world, Resource(name, content)))}


def test_a_register_that_does_not_fit_its_schema_is_refused(world: World) -> None:
    error = refused(world, Resource("p/registers/a.json", b"[{}]"), Resource("p/registers/a.schema.json", SCHEMA))
    assert rules(error) == [("p/registers/a.json", "", "register-invalid")]


def test_too_large_too_many_and_unknown_files_are_refused(world: World) -> None:
    with pytest.raises(TooLarge):
        world.deploy(Resource("a.bpmn", b" " * 50_000_000))
    with pytest.raises(TooLarge):
        world.deploy(*[Resource(f"{n}.json", FORM) for n in range(501)])
    with pytest.raises(Invalid):
        world.deploy(Resource("a.exe", b""))
    with pytest.raises(Invalid):
        world.deploy(Resource("a\0.bpmn", ONE))
    with pytest.raises(Invalid):
        world.deploy()
    with pytest.raises(Invalid):
        world.deploy(Resource("p/registers/a.schema.json", SCHEMA))
    with pytest.raises(TooLarge):
        world.deploy(Resource("forms/a.json", b" " * 300_000 + FORM))
    assert world.count("deployment") == 0


def test_the_same_id_twice_in_one_deployment_is_refused(world: World) -> None:
    error = refused(world, Resource("a.bpmn", ONE), Resource("b.bpmn", OTHER))
    assert rules(error) == [("b.bpmn", "p", "id-deployed-twice")]


def test_processes_that_call_each_other_in_a_circle_are_refused(world: World) -> None:
    def calling(process_id: str, called: str) -> bytes:
        return d.bpmn(d.start(), d.call("call", called), d.end(), flows="start>call; call>end", process_id=process_id)

    error = refused(
        world,
        Resource("a.bpmn", calling("a", "b")),
        Resource("b.bpmn", calling("b", "c")),
        Resource("c.bpmn", calling("c", "a")),
    )
    assert {rule for _, _, rule in rules(error)} == {"calls-in-circles"}
    assert [rule for _, _, rule in rules(refused(world, calling("self", "self")))] == ["calls-in-circles"]


@pytest.mark.parametrize(
    ("property", "value", "rule"),
    [
        ("bihuan_ladder", "nowhere", "decision-unknown"),
        ("bihuan_step", "问题搁置", "step-unknown"),
        ("bihuan_separateFrom", "handle, b", "reference-missing"),
    ],
)
def test_what_our_own_properties_refer_to_must_exist(world: World, property: str, value: str, rule: str) -> None:
    task = d.user("a", d.properties(**{property: value}))
    error = refused(world, d.bpmn(d.start(), task, d.user("b"), d.end(), flows="start>a; a>b; b>end"))
    assert [(element, found) for _, element, found in rules(error)] == [("a", rule)]


@pytest.mark.parametrize("cycle", ["=1 + 1", "R3000000000/PT1H", "R99999999999999999999/PT1H"])
def test_a_start_by_the_clock_that_cannot_be_counted_is_refused(world: World, cycle: str) -> None:
    broken = d.bpmn(d.start("daily", d.timer("Cycle", cycle)), d.user("a"), d.end(), flows="daily>a; a>end")
    assert [rule for _, _, rule in rules(refused(world, broken))] == ["timer-invalid"]


def test_a_deployment_is_on_record(world: World) -> None:
    result = world.deploy(Resource("a.bpmn", ONE), actor="p-0042")
    [event] = world.events(0)
    assert (event.seq, event.tag, event.actor) == (1, "deployment:create", "p-0042")
    assert event.details["key"] == result.deployment_key
    assert [one["name"] for one in event.details["resources"]] == ["a.bpmn"]


def test_a_form_may_name_itself_or_be_named_by_its_file(world: World) -> None:
    plain = json.dumps({"type": "object"}).encode()
    camunda = json.dumps({"id": "camunda", "type": "object"}).encode()
    result = world.deploy(Resource("forms/plain.json", plain), Resource("x.form", camunda), Resource("y.json", FORM))
    assert [row["form_id"] for row in result.forms] == ["plain", "camunda", "verify"]


def test_a_circle_through_what_is_deployed_already_is_refused(world: World) -> None:
    def calling(process_id: str, called: str, **binding: str) -> bytes:
        call = d.call("call", called, **binding)
        return d.bpmn(d.start(), call, d.end(), flows="start>call;call>end", process_id=process_id)

    world.deploy(d.bpmn(d.start(), d.user("a"), d.end(), flows="start>a;a>end", process_id="a"))
    world.deploy(calling("b", "a"))
    assert [rule for _, _, rule in rules(refused(world, calling("a", "b")))] == ["calls-in-circles"]
    # A tagged version is another one than the latest: there is an end to it.
    world.deploy(calling("a", "b", bindingType="versionTag", versionTag="1"))
    unknown = calling("c", "nowhere", bindingType="versionTag", versionTag="1")
    assert [rule for _, _, rule in rules(refused(world, unknown))] == ["process-unknown"]


def test_a_deployed_process_that_only_a_message_starts_cannot_be_called(world: World) -> None:
    begun = d.bpmn(d.start(inner=d.on_message("m-m")), d.end(), flows="start>end", process_id="q", more=d.message("m"))
    world.deploy(begun)
    caller = d.bpmn(d.start(), d.call("a", "q"), d.end(), flows="start>a;a>end")
    assert [rule for _, _, rule in rules(refused(world, caller))] == ["called-without-start"]


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"city": {}, "units": [{}], "persons": [], "seats": []}', b'"x"'])
def test_an_organisation_that_is_none_is_refused_beside_all_else(world: World, content: bytes) -> None:
    error = refused(
        world,
        Resource("p/registers/organisation.json", content),
        Resource("p/registers/organisation.schema.json", b"{}"),
        Resource("a.bpmn", b"<bpmn"),
    )
    assert {rule for _, _, rule in rules(error)} == {"register-invalid", "diagram-unreadable"}


@pytest.mark.parametrize(("failure", "rule"), [(ReadingTooLong, "reading-too-long"), (ReadingFailed, "reading-failed")])
def test_files_that_cannot_be_read_in_time_are_refused_by_name(
    world: World, monkeypatch: pytest.MonkeyPatch, failure: type[ReadingFailed], rule: str
) -> None:
    def ask(*_: object) -> None:
        raise failure("b.bpmn")

    monkeypatch.setattr(ROOM, "ask", ask)
    error = refused(world, Resource("a.bpmn", ONE), Resource("b.bpmn", OTHER))
    assert rules(error) == [("b.bpmn", "", rule)]
    assert error.details[0]["messageEn"]
    (shown,) = look_through([Resource("a.dmn", b""), Resource("b.bpmn", b"")])
    assert (shown["resourceName"], shown["refused"], len(shown["problems"])) == ("b.bpmn", True, 1)


def test_a_number_too_long_to_be_one_is_told(world: World) -> None:
    assert rules(refused(world, Resource("a.json", b"[" + b"9" * 5000 + b"]"))) == [("a.json", "", "json-unreadable")]
