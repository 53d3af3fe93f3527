"""`bihuan check` on files and folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner, Result

from tasks.cli import app
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


def test_our_own_tables_have_nothing_to_be_said_of() -> None:
    result = run("bpmn/case-handling")
    assert result.exit_code == 0
    assert "warning" not in result.output
