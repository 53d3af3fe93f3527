"""Scenario files: ``<pack>/scenarios/*.yaml``, one story each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from workflows.engine.timers import parse_duration
from workflows.governance.violations import Outcome

if TYPE_CHECKING:
    from pathlib import Path

PARTS = {"name": str, "process": str, "at": datetime, "given": dict, "steps": list, "expect": dict}
GIVEN = {"case", "before", "variables", "successions", "published"}
# What each kind of step may say besides its own name, and what it must.
STEPS = {
    "task": {"by", "group", "of", "complete"},
    "fail": {"by", "group", "of", "complete", "error"},
    "message": {"key", "variables"},
    "signal": {"variables"},
    "request": {"stage", "until", "reason", "by"},
    "decided": {"matter", "at", "end", "outcome"},
    "evidence": {"title", "by", "status", "electronic", "audited"},
    "move": set(),
}
REQUESTED = ("延期", "挂账", "申诉")  # of a clock; only 挂账 says until when
NEEDED = {
    "fail": {"error"},
    "request": {"stage", "reason"},
    "evidence": {"title"},
    "decided": {"matter", "at", "outcome"},
}
JUDGED = ("verified", "unverified", "excluded")  # evidence, the first where nothing is said
EXPECT = {"path", "decisions", "deadlines", "escalations", "steps", "notices", "case", "end", "variables", "others"}


class ScenarioInvalid(ValueError):
    """场景文件写错了。"""


@dataclass(frozen=True, slots=True)
class Scenario:
    """``given`` holds the report of a case (and reports made before it) or plain start variables.

    ``successions`` are units that are reorganised, {id: {to, date, document}}, as the organisation register has them;
    ``published`` are decisions, [{decision, validFrom, …}], as they are made public.
    """

    file: Path
    name: str
    process: str
    at: datetime
    given: dict[str, Any]
    steps: list[dict[str, Any]]
    expect: dict[str, Any]


def read_scenarios(pack: Path) -> list[Scenario]:
    """All scenarios of a pack by file name; ScenarioInvalid names the file and what is wrong in it."""
    return [read_scenario(file) for file in sorted(pack.glob("scenarios/*.yaml"))]


def read_scenario(file: Path) -> Scenario:
    try:
        content = exact(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioInvalid(f"{file.name}: {error}") from error
    if not isinstance(content, dict) or set(content) != set(PARTS):
        raise ScenarioInvalid(f"{file.name}: 应当有且只有 {', '.join(PARTS)}")
    for part, wanted in PARTS.items():
        if not isinstance(content[part], wanted):
            raise ScenarioInvalid(f"{file.name}: {part} 应当是 {wanted.__name__}")
    if content["at"].tzinfo is None:
        raise ScenarioInvalid(f"{file.name}: at 要写时区")
    _known(file, "given", content["given"], GIVEN)
    _known(file, "expect", content["expect"], EXPECT)
    for number, step in enumerate(content["steps"], start=1):
        _check_step(file, f"第 {number} 步", step)
    return Scenario(file=file, **content)


def kind_of(step: dict[str, Any]) -> str:
    """Which of the kinds of steps it is."""
    return next(kind for kind in STEPS if kind in step)


def exact(value: Any) -> Any:
    """Floats as decimals, as process variables hold them."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {name: exact(each) for name, each in value.items()}
    return [exact(each) for each in value] if isinstance(value, list) else value


def _check_step(file: Path, where: str, step: dict[str, Any]) -> None:
    kinds = [kind for kind in STEPS if kind in step]
    if len(kinds) != 1:
        raise ScenarioInvalid(f"{file.name}: {where}应当有且只有 {', '.join(STEPS)} 之一")
    (kind,) = kinds
    _known(file, where, step, STEPS[kind] | {kind})
    if missing := NEEDED.get(kind, set()) - set(step):
        raise ScenarioInvalid(f"{file.name}: {where}缺少 {', '.join(missing)}")
    if kind == "request" and (step[kind] not in REQUESTED or ("until" in step) != (step[kind] == "挂账")):
        raise ScenarioInvalid(f"{file.name}: {where}是 {'、'.join(REQUESTED)} 之一,只有挂账写 until")
    if kind == "decided" and step["outcome"] not in list(Outcome):
        raise ScenarioInvalid(f"{file.name}: {where}的 outcome 是 {'、'.join(Outcome)} 之一")
    if step.get("status", JUDGED[0]) not in JUDGED:
        raise ScenarioInvalid(f"{file.name}: {where}的 status 是 {'、'.join(JUDGED)} 之一")
    if kind == "move":
        try:
            parse_duration(str(step[kind]))
        except ValueError as error:
            raise ScenarioInvalid(f"{file.name}: {where} {error}") from error


def _known(file: Path, where: str, content: dict[str, Any], names: set[str]) -> None:
    # A misspelt expectation would be met by anything.
    if unknown := set(content) - names:
        raise ScenarioInvalid(f"{file.name}: {where} 里不认识 {', '.join(sorted(unknown))}")
