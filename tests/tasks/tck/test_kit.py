"""The DMN Technology Compatibility Kit, where a copy of it lies beside the checkout, and its command."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tasks.cli import app

KIT = Path(__file__).resolve().parents[4] / "shared" / "dmn-tck"
ACHIEVED = Path(__file__).parent / "achieved.json"
MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="m">
<decision name="sum"><literalExpression><text>a + 1</text></literalExpression></decision>
<decision name="bad"><literalExpression><text>a +</text></literalExpression></decision>
<decision name="two"><decisionTable><output name="x"/><rule id="r1"><outputEntry><text>1</text></outputEntry></rule>
<rule id="r2"><outputEntry><text>2</text></outputEntry></rule></decisionTable></decision>
<decisionService name="service"><outputDecision href="#sum"/></decisionService></definitions>"""
TESTS = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<modelName>m.dmn</modelName>{}</testCases>"""
CASE = """<testCase id="{id}" {service}><inputNode name="a"><value xsi:type="xsd:decimal">1</value></inputNode>
<resultNode name="{name}" {error}><expected>{expected}</expected></resultNode></testCase>"""
NOTHING = '<value xsi:nil="true"/>'


def number(text: str) -> str:
    return f'<value xsi:type="xsd:decimal">{text}</value>'


def case(id: str, name: str, expected: str, *, error: str = "", service: str = "") -> str:
    return CASE.format(id=id, name=name, expected=expected, error=error, service=service)


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    folder = tmp_path / "level-1" / "0001-sums"
    folder.mkdir(parents=True)
    (folder / "m.dmn").write_text(MODEL, "utf-8")
    cases = [
        case("1", "sum", number("2.000000001")),
        case("2", "sum", number("3")),
        case("3", "bad", NOTHING),
        case("4", "two", NOTHING, error='errorResult="true"'),
        case("5", "two", NOTHING),
        case("6", "sum", NOTHING, service='type="decisionService" invocableName="service"'),
        case("7", "nobody", NOTHING),
    ]
    (folder / "m-test-01.xml").write_text(TESTS.format("".join(cases)), "utf-8")
    (folder / "n-test-01.xml").write_text("<testCases", "utf-8")
    (folder / "other.xml").write_text("<settings/>", "utf-8")
    return tmp_path


def test_figures_come_per_level_and_folder_and_each_failure_with_expected_and_actual(kit: Path) -> None:
    result = CliRunner().invoke(app, ["tck", str(kit)])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].split() == ["4", "/", "8", "level-1"]
    assert "    4 / 8     level-1/0001-sums" in lines
    assert "    expected Decimal('3')" in lines
    assert "    actual   Decimal('2')" in lines
    failed = [line.split()[-1] for line in lines if line.startswith("FAILED")]
    assert failed == [
        "m-test-01/2/sum",
        "m-test-01/5/two",
        "m-test-01/7/nobody",
        "n-test-01",
    ]
    assert "nobody" in result.output
    assert lines[-1] == "4 passed, 4 failed"


def test_fewer_than_were_achieved_is_a_failure(kit: Path, tmp_path: Path) -> None:
    figures = tmp_path / "achieved.json"
    for least, code in ((4, 0), (5, 1)):
        figures.write_text(f'{{"level-1": {least}}}', "utf-8")
        result = CliRunner().invoke(app, ["tck", str(kit), "--achieved", str(figures)])
        assert result.exit_code == code
    assert "5 were achieved before" in result.output


def test_a_folder_without_cases_is_a_failure(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["tck", str(tmp_path)]).exit_code == 1


@pytest.mark.slow
@pytest.mark.skipif(not KIT.is_dir(), reason="the DMN TCK is not beside the checkout")
def test_the_kit_gives_what_was_achieved() -> None:
    result = CliRunner().invoke(app, ["tck", str(KIT), "--achieved", str(ACHIEVED)])
    assert result.exit_code == 0, result.output
