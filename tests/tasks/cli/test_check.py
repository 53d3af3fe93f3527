"""`bihuan check` on files and folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from tasks.cli import app
from tests.support import diagrams as d
from tests.support.libraries import IMPORTING, faulty, library

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_findings_come_by_table_and_an_error_is_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "levels.dmn").write_bytes(faulty())
    result = run(tmp_path / "levels.dmn")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[:2] == ["levels.dmn", "  决策表「等级」 UNIQUE，2 条规则 (rules)"]
    assert any(line.startswith("    error OVERLAP") and "分数 = 5" in line for line in lines)
    assert any(line.startswith("    warning GAP") for line in lines)


def test_warnings_alone_are_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "levels.dmn").write_bytes(faulty("FIRST"))
    assert run(tmp_path / "levels.dmn").exit_code == 0


def test_a_folder_is_looked_through_and_files_may_import_each_other(tmp_path: Path) -> None:
    (tmp_path / "lib.dmn").write_bytes(library())
    (tmp_path / "fees.dmn").write_bytes(IMPORTING)
    result = run(tmp_path, "--json")
    assert result.exit_code == 0
    assert {each["resourceName"]: each["problems"] for each in json.loads(result.output)} == {
        "fees.dmn": [],
        "lib.dmn": [],
    }
    assert run(tmp_path / "fees.dmn").exit_code == 0


def test_what_does_not_parse_is_told_with_its_element(tmp_path: Path) -> None:
    (tmp_path / "levels.dmn").write_bytes(faulty().replace(b"[0..5]", b"[0.."))
    result = run(tmp_path / "levels.dmn")
    assert result.exit_code == 1
    assert "规则 1 列“分数”" in result.output


def test_a_folder_without_tables_says_so(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 1
    assert ".dmn" in result.stderr


UNKNOWN_FORM = d.bpmn(d.start(), d.user("a", d.z("formDefinition", formId="f")), d.end(), flows="start>a;a>end")


def test_a_diagram_is_held_against_the_other_files_of_its_pack(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_bytes(UNKNOWN_FORM)
    alone = run(tmp_path / "a.bpmn")
    assert alone.exit_code == 1
    lines = alone.output.splitlines()
    assert lines[0] == "a.bpmn"
    assert lines[1].startswith("  error form-unknown a ")
    assert "does not exist" in lines[2]
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "f.json").write_bytes(b"{}")
    together = run(tmp_path / "a.bpmn")
    assert (together.exit_code, together.output.splitlines()[0]) == (0, "a.bpmn")
    assert "forms/f.json" not in together.output
    assert "forms/f.json" in run(tmp_path).output


def test_a_folder_tells_all_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_bytes(UNKNOWN_FORM)
    (tmp_path / "b.bpmn").write_bytes(b"<bpmn")
    (tmp_path / "levels.dmn").write_bytes(faulty())
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "g.json").write_bytes(b"[]")
    result = run(tmp_path, "--json")
    assert result.exit_code == 1
    said = {each["resourceName"]: each for each in json.loads(result.output)}
    assert all(each["refused"] for each in said.values())
    rules = {name: [f["rule"] for f in each["findings"]] for name, each in said.items() if "findings" in each}
    assert rules == {"a.bpmn": ["form-unknown"], "b.bpmn": ["diagram-unreadable"], "forms/g.json": ["form-invalid"]}
    assert said["levels.dmn"]["tables"]


def test_a_warning_of_a_diagram_alone_is_exit_code_0(tmp_path: Path) -> None:
    foreign = '<x:y xmlns:x="http://flowable.org/bpmn" />'
    task = d.element("userTask", "a", d.z("userTask") + foreign)
    (tmp_path / "a.bpmn").write_bytes(d.bpmn(d.start(), task, d.end(), flows="start>a;a>end"))
    result = run(tmp_path / "a.bpmn")
    assert (result.exit_code, "warning extension-foreign a" in result.output) == (0, True)


def test_what_is_too_large_is_refused_plainly(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_bytes(b" " * 4_000_001)
    result = run(tmp_path / "a.bpmn")
    assert (result.exit_code, result.stderr.startswith("TOO_LARGE")) == (1, True)


@pytest.mark.parametrize("pack", ["case-handling", "loudi"])
def test_our_own_packs_have_nothing_to_be_said_of(pack: str) -> None:
    result = run(f"bpmn/{pack}")
    assert result.exit_code == 0
    assert "error" not in result.output


def test_our_own_tables_have_nothing_to_be_said_of() -> None:
    result = run("bpmn/case-handling")
    assert result.exit_code == 0
    assert "warning" not in result.output
