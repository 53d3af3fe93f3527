"""`bihuan decide`: what a decision file answers, and which rules fired, without a database."""

from __future__ import annotations

import sys
from datetime import datetime
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from workflows.decisions import DecisionError, DmnError, parse_decisions
from workflows.engine.timers import LOCAL
from workflows.store.json import NotJson, clean, dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions import DecisionModel, Outcome


def decide(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A DMN file; those beside it may be imported.")
    ],
    inputs: Annotated[str, typer.Option(help="The variables: a JSON object, @FILE, or - for standard input.")] = "{}",
    decision: Annotated[str, typer.Option(help="Its id. By default the one that no other requires.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the whole outcome as JSON.")] = False,
) -> None:
    """Evaluate a decision of a file: the result, the inputs it saw, the rules that fired, the warnings."""
    model = opened(file)
    variables = _variables(inputs)
    try:
        outcome = model.evaluate(decision or _topmost(model), variables, datetime.now(LOCAL))
        answer = outcome.to_json()
    except (DecisionError, ValueError) as error:
        _refuse(str(error))
    for line in [dumps(answer)] if json else shown(outcome):
        typer.echo(line)


def opened(file: Path) -> DecisionModel:
    """The model of a file with those beside it; what is wrong with it ends the command."""
    try:
        return parse_decisions(file.read_bytes(), others_beside(file))
    except DmnError as error:
        _refuse(*map(str, error.problems))


def others_beside(file: Path) -> list[bytes]:
    return [each.read_bytes() for each in sorted(file.parent.glob("*.dmn")) if each != file]


def shown(outcome: Outcome) -> Iterator[str]:
    for each in (*outcome.required, outcome):
        yield f"{each.decision_name} ({each.decision_id}) = {dumps(each.to_json()['value'])}"
        for entry in each.inputs:
            yield f"    {entry.name} = {dumps(entry.to_json()['value'])}"
        for rule in each.matched:
            given = "，".join(f"{entry.name} = {dumps(entry.to_json()['value'])}" for entry in rule.outputs)
            yield f"    规则 {rule.index} (rule {rule.rule_id})：{given}"
        for warning in each.warnings:
            yield f"    警告 (warning) {warning}"


def _variables(text: str) -> dict[str, Any]:
    try:
        source = sys.stdin.read() if text == "-" else Path(text[1:]).read_text("utf-8") if text[:1] == "@" else text
        variables = clean(loads(source))
    except (OSError, UnicodeDecodeError, JSONDecodeError, RecursionError, NotJson) as error:
        _refuse(f"--inputs 不是 JSON (is not JSON)：{error}")
    if not isinstance(variables, dict):
        _refuse('--inputs 应为 JSON 对象，例如 (should be an object, for example) {"amount": 5}')
    return variables


def _topmost(model: DecisionModel) -> str:
    required = {each.element.id for decision in model.decisions.values() for each in decision.requires}
    free = [key for key in model.decisions if key not in required]
    if len(free) != 1:
        _refuse(f"请用 --decision 指定决策 (say which decision)：{'、'.join(model.decisions)}")
    return free[0]


def _refuse(*lines: str) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(1)
