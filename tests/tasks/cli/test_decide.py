"""`bihuan decide` on files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from tasks.cli import app

if TYPE_CHECKING:
    from pathlib import Path

DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f" name="f" namespace="f">
<decision id="level" name="等级"><informationRequirement><requiredDecision href="#double"/></informationRequirement>
<decisionTable hitPolicy="FIRST"><input id="i" label="两倍"><inputExpression><text>double</text></inputExpression></input>
<output id="o" name="等级"/>
<rule id="r1"><inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>"低"</text></outputEntry></rule>
<rule id="r2"><inputEntry><text>-</text></inputEntry><outputEntry><text>"高"</text></outputEntry></rule>
</decisionTable></decision>
<decision id="double" name="double"><literalExpression><text>n * 2</text></literalExpression></decision></definitions>"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "level.dmn"
    path.write_text(DMN, "utf-8")
    return path


def run(*arguments: object, text: str = "") -> Result:
    return CliRunner().invoke(app, ["decide", *map(str, arguments)], input=text)


def test_the_result_comes_with_inputs_and_the_rules_that_fired(file: Path) -> None:
    result = run(file, "--inputs", '{"n": 0.1}')
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "double (double) = 0.2",
        '等级 (level) = "低"',
        "    两倍 = 0.2",
        '    规则 1 (rule r1)：等级 = "低"',
    ]


def test_inputs_come_from_a_file_or_from_standard_input(file: Path, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"n": 7}', "utf-8")
    assert '"高"' in run(file, "--inputs", f"@{tmp_path / 'in.json'}").output
    assert '"高"' in run(file, "--inputs", "-", text='{"n": 7}').output


def test_json_has_the_whole_outcome(file: Path) -> None:
    outcome = json.loads(run(file, "--inputs", '{"n": 7}', "--json").output)
    assert outcome["value"] == "高"
    assert [rule["rule_id"] for rule in outcome["matched"]] == ["r2"]
    assert [each["decision_id"] for each in outcome["required"]] == ["double"]


def test_a_warning_is_shown_where_it_arose(file: Path) -> None:
    assert "警告 (warning) double: 第 1 行第 3 列" in run(file, "--decision", "double", "--inputs", '{"n": "x"}').output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--inputs", "{n: 1}"], "JSON"),
        (["--inputs", "[1]"], "JSON"),
        (["--inputs", '{"n": NaN}'], "JSON"),
        (["--inputs", "@nowhere.json"], "nowhere"),
        (["--decision", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_asked_is_said_and_the_exit_code_is_1(file: Path, arguments: list[str], complaint: str) -> None:
    result = run(file, *arguments)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_everything_wrong_with_the_file_is_told(file: Path) -> None:
    file.write_text(DMN.replace("n * 2", "n *").replace("&lt; 10", "&lt;"), "utf-8")
    result = run(file)
    assert result.exit_code == 1
    assert "double" in result.stderr
    assert "规则 1 列“两倍”" in result.stderr


def test_of_several_topmost_decisions_one_is_to_be_named(file: Path) -> None:
    file.write_text(DMN.replace('<requiredDecision href="#double"/>', ""), "utf-8")
    assert "--decision" in run(file).stderr
