"""What is read of files, and what is said of those that nobody should have to read."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from tests.support import diagrams as d
from tests.support.libraries import IMPORTING, library
from tests.support.world import table
from workflows.engine import Definition, Environment, Execution, parse_processes
from workflows.intake import child, reading
from workflows.intake.files import Readings, Resource
from workflows.intake.frames import Kind, receive, receive_job, send, send_job
from workflows.intake.reading import read

ONE = d.bpmn(d.start(), d.user("a"), d.end(), flows="start>a;a>end")


def of(name: str, content: bytes) -> Readings:
    return read([Resource(name, content)], lambda _: None)


def rules(readings: Readings) -> list[tuple[int, str]]:
    return [(file, finding.rule) for file, finding in readings.findings]


def test_what_a_deployment_needs_of_each_file_comes_back_and_is_plain() -> None:
    timer = d.bpmn(
        d.start("daily", d.timer("Cycle", "R/P1D")), d.call("c", "p"), d.end(), flows="daily>c;c>end", process_id="q"
    )
    files = [
        Resource("a.bpmn", ONE),
        Resource("fees.dmn", IMPORTING),
        Resource("b.bpmn", timer),
        Resource("lib.dmn", library()),
        Resource("forms/f.json", b'{"type": "object"}'),
    ]
    begun: list[str] = []
    readings = read(files, lambda file: begun.append(file.name))
    assert {*begun} == {file.name for file in files}
    assert [(each.file, each.id, [s.id for s in each.starts()]) for each in readings.processes] == [
        (0, "p", ["start"]),
        (2, "q", ["daily"]),
    ]
    assert [(each.kind, each.name) for each in readings.processes[1].references] == [("process", "p")]
    assert [(each.file, each.decisions, each.imported) for each in readings.decisions] == [
        (1, {"fee": "fee"}, [3]),
        (3, {}, []),
    ]
    assert readings.findings == []
    adapter = TypeAdapter(Readings)
    assert adapter.validate_json(adapter.dump_json(readings)) == readings


def test_what_is_wrong_with_one_file_hides_nothing_of_another() -> None:
    files = [
        Resource("a.dmn", b"<dmn"),
        Resource("a.bpmn", b"<bpmn"),
        Resource("b.bpmn", ONE.replace(b"zeebe:userTask", b"zeebe:nothing")),
        Resource("c.bpmn", ONE),
        Resource("b.dmn", table("t", ["x"], ["y"], ["(", "1"])),
    ]
    readings = read(files, lambda _: None)
    assert {(0, "decision-invalid"), (1, "diagram-unreadable"), (2, "user-task-kind"), (4, "decision-invalid")} <= {
        *rules(readings)
    }
    assert [each.file for each in readings.processes] == [2, 3]
    assert [each.decisions for each in readings.decisions] == [{"t": "t"}], "so that it is not said to be unknown"


def test_a_file_may_hold_several_processes_and_must_hold_one() -> None:
    two = (
        ONE.replace(b"</bpmn:definitions>", b"")
        + d.bpmn(d.start("s"), d.end("e"), flows="s>e", process_id="q").partition(b'targetNamespace="urn:test">')[2]
    )
    assert [each.id for each in of("a.bpmn", two).processes] == ["p", "q"]
    assert rules(of("a.bpmn", ONE.replace(b'isExecutable="true"', b""))) == [(0, "process-missing")]


def test_a_file_that_takes_long_to_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FILE_SECONDS", 0.0)
    assert rules(of("a.bpmn", ONE)) == [(0, "reading-too-long")]
    assert rules(of("a.dmn", library())) == [(0, "reading-too-long")]


def test_what_nobody_foresaw_is_a_finding_and_the_other_files_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_models: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reading, "check", fail)
    readings = read([Resource("a.bpmn", ONE), Resource("a.json", b"[]")], lambda _: None)
    assert rules(readings) == [(0, "reading-failed"), (1, "form-invalid")]
    assert "ZeroDivisionError" in readings.findings[0][1].message


def test_want_of_memory_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_source: object) -> None:
        raise MemoryError

    monkeypatch.setattr(reading, "parse_processes", fail)
    with pytest.raises(MemoryError):
        of("a.bpmn", ONE)


@pytest.mark.parametrize(
    "schema",
    [
        b"[]",
        b"true",
        b'{"type": 5}',
        b'{"properties": {"a": {"pattern": "("}}}',
        b'{"properties": {"a": {"$ref": "http://127.0.0.1/schema"}}}',
        b'{"anyOf": [{"$ref": "#/$defs/a"}]}',
        b'{"$ref": "other.json"}',
        b'{"$dynamicRef": "#/x"}',
        b'{"$ref": "#"}',
        b'{"properties": {"a": {"$ref": "#/properties/a"}}}',
        b'{"allOf": [{"anyOf": [{"$ref": "#"}]}]}',
        b'{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}, "properties": {"x": {"$ref": "#/$defs/a"}}}',
    ],
)
def test_a_schema_that_would_fail_when_it_is_used_is_refused(schema: bytes) -> None:
    assert rules(of("forms/a.json", schema)) == [(0, "form-invalid")]
    assert rules(of("p/registers/a.schema.json", schema)) == [(0, "schema-invalid")]


@pytest.mark.parametrize(
    "schema",
    [
        b"{}",
        b'{"properties": {"child": {"$ref": "#"}}}',
        b'{"$defs": {"a/b": {"type": "string"}}, "properties": {"x": {"$ref": "#/$defs/a~1b"}, "$ref": {"type": "string"}}}',
        b'{"anyOf": [{"properties": {"x": {"$ref": "#"}}}, {"$ref": "#/anyOf/0"}, true]}',
    ],
)
def test_a_schema_may_refer_to_its_own_parts(schema: bytes) -> None:
    assert rules(of("forms/a.json", schema)) == []


def linear(length: int) -> bytes:
    names = [f"t{n}" for n in range(length)]
    flows = ";".join(f"{a}>{b}" for a, b in zip(["start", *names], [*names, "end"], strict=True))
    return d.bpmn(d.start(), *(d.script(name, "1", "x") for name in names), d.end(), flows=flows)


def test_a_linear_diagram_of_2000_nodes_is_read_and_runs() -> None:
    source = linear(2_000)
    assert of("long.bpmn", source).findings == []
    ex = Execution.start(
        Definition(parse_processes(source)[0]),
        key=1 << 20,
        variables={},
        env=Environment(datetime(2026, 3, 2, tzinfo=UTC)),
    )
    assert (ex.state, len(ex.flows)) == ("COMPLETED", 2_001)


def nested(depth: int) -> bytes:
    inner = d.user("u")
    for level in range(depth):
        first, last = f"b{level}", f"e{level}"
        middle = "u" if level == 0 else f"s{level - 1}"
        inner = d.sub(f"s{level}", d.start(first), inner, d.end(last), flows=f"{first}>{middle};{middle}>{last}")
    return d.bpmn(d.start(), inner, d.end(), flows=f"start>s{depth - 1};s{depth - 1}>end")


DEEP = {
    "sub-processes": ("a.bpmn", nested(200)),
    "sub-processes beyond what XML may be": ("a.bpmn", nested(2_000)),
    "XML": ("a.bpmn", ONE.replace(b"<bpmn:userTask", b"<x>" * 100_000 + b"<bpmn:userTask")),
    "brackets of FEEL": ("a.bpmn", d.bpmn(d.start(), d.script("a", "(" * 50_000 + "1" + ")" * 50_000, "x"), d.end(), flows="start>a;a>end")),
    "minus of FEEL": ("a.bpmn", d.bpmn(d.start(), d.script("a", "-" * 50_000 + "1", "x"), d.end(), flows="start>a;a>end")),
    "lists of FEEL": ("a.bpmn", d.bpmn(d.start(), d.script("a", "[" * 50_000, "x"), d.end(), flows="start>a;a>end")),
    "ifs of FEEL": ("a.bpmn", d.bpmn(d.start(), d.script("a", "if a then " * 20_000 + "1", "x"), d.end(), flows="start>a;a>end")),
    "sums of FEEL": ("a.bpmn", d.bpmn(d.start(), d.script("a", "+".join("1" * 50_000), "x"), d.end(), flows="start>a;a>end")),
    "paths of FEEL": ("a.bpmn", d.bpmn(d.start(), d.script("a", ".".join("a" * 50_000), "x"), d.end(), flows="start>a;a>end")),
    "a cell": ("a.dmn", table("t", ["x"], ["y"], ["-", "(" * 50_000 + "1" + ")" * 50_000])),
    "XML of decisions": ("a.dmn", table("t", ["x"], ["y"], ["-", "1"]).replace(b"<rule", b"<x>" * 100_000 + b"<rule")),
    "a schema": ("a.json", b'{"not": ' * 60 + b"{}" + b"}" * 60),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content"), DEEP.values(), ids=DEEP)
def test_what_is_nested_deep_is_read_or_refused_and_breaks_nothing(name: str, content: bytes) -> None:
    readings = of(name, content)
    assert [finding for _, finding in readings.findings if finding.rule == "reading-failed"] == []


def test_jobs_come_and_answers_go_in_frames() -> None:
    requests, answers = io.BytesIO(), io.BytesIO()
    send_job(requests, "read", [Resource("案件.bpmn", ONE), Resource("a.dmn", b"<dmn")])
    send_job(requests, "check-decisions", [Resource("lib.dmn", library())])
    requests.seek(0)
    child.serve(requests, answers, 30)
    answers.seek(0)
    said = []
    while answers.tell() < len(answers.getvalue()):
        said.append(receive(answers))
    kinds = [kind for kind, _ in said]
    assert [said[0], kinds[2]] == [(Kind.BEGIN, "案件.bpmn".encode()), Kind.ANSWER]
    assert json.loads(said[2][1])["processes"][0]["id"] == "p"
    assert json.loads(said[-1][1])[0]["resourceName"] == "lib.dmn"


@pytest.mark.parametrize(
    "sent", [b"", b"j", b"j\0\0\0\x09read", b"j\0\0\0\x06read 1", b"j\0\0\0\x06read 1f\0\0\0\x01a"]
)
def test_half_a_job_is_none(sent: bytes) -> None:
    with pytest.raises(EOFError):
        receive_job(io.BytesIO(sent))


@pytest.mark.parametrize("sent", [b"x\0\0\0\0", b"a\xff\xff\xff\xff"])
def test_what_is_no_frame_is_not_waited_for(sent: bytes) -> None:
    with pytest.raises(ValueError, match=r"frame|Kind"):
        receive(io.BytesIO(sent))


def test_a_frame_may_be_empty() -> None:
    stream = io.BytesIO()
    send(stream, Kind.CONTENT, b"")
    stream.seek(0)
    assert receive(stream) == (Kind.CONTENT, b"")
