"""How many conditions and decision tables a second, ours and those of others, on the same values in the same run."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from html import escape
from typing import TYPE_CHECKING, Any

from tasks.bench import spiff
from workflows.decisions import parse_decisions
from workflows.feel import parse_expression

if TYPE_CHECKING:
    from pathlib import Path

# Each with the values that its variables take in turn.
CONDITIONS: dict[str, list[dict[str, Any]]] = {
    'amount > 1000 and level = "high"': [{"amount": n, "level": m} for n in (10, 1500) for m in ("high", "low")],
    "x in [1..10]": [{"x": n} for n in (0, 1, 7, 11)],
    'status = "open"': [{"status": s} for s in ("open", "closed", "已结案")],
    'area in ("涟钢", "娄星", "万宝")': [{"area": s} for s in ("娄星", "新化")],
    "a + b * 2 <= limit": [{"a": n, "b": 3, "limit": 10} for n in (1, 9)],
    "urgent or days between 3 and 5": [{"urgent": u, "days": n} for u in (True, False) for n in (1, 4)],
    "if done then 0 else hours": [{"done": d, "hours": 8} for d in (True, False)],
    "case.reporter.age >= 18": [{"case": {"reporter": {"age": n}}} for n in (17, 40)],
}
INPUTS = ("category", "zone", "days", "fine", "repeated")
CATEGORIES = ("占道经营", "违规停车", "油烟扰民", "乱倒垃圾", "户外广告")
ZONES = ("中心城区", "城郊", "乡镇")
# Days late and the fine in yuan, from and below; whether it happened before. None is any.
_BANDS: tuple[tuple[str | None, tuple[int, int] | None, tuple[int, int] | None, bool | None], ...] = (
    (None, (0, 3), (0, 200), False),
    ("中心城区", (3, 15), (0, 500), False),
    ("乡镇", (0, 15), (500, 2_000), None),
    (None, None, (2_000, 10_000), True),
)
Rule = tuple[str, str | None, tuple[int, int] | None, tuple[int, int] | None, bool | None]
RULES: tuple[Rule, ...] = tuple((category, *band) for category in CATEGORIES for band in _BANDS)


def conditions(rounds: int) -> float:
    """Conditions per second, single-threaded, compiled once, each by `Expression.evaluate`."""
    work = [(parse_expression(text), scope) for text, scopes in CONDITIONS.items() for scope in scopes]
    begin = time.process_time()
    for _ in range(rounds):
        for expression, scope in work:
            expression.evaluate(scope)
    return rounds * len(work) / (time.process_time() - begin)


def feelin(rounds: int, modules: Path | None) -> float | None:
    """The same conditions by npm's feelin, which parses at each evaluation. Nothing where Node or feelin is missing."""
    if (node := shutil.which("node")) is None:
        return None
    work = [(text, scope) for text, scopes in CONDITIONS.items() for scope in scopes]
    given = json.dumps({"work": work, "rounds": rounds, "modules": str(modules.resolve()) if modules else "."})
    ran = subprocess.run(  # noqa: S603 a text of our own
        [node, "--input-type=module", "-e", _FEELIN], input=given, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        return None
    answer = json.loads(ran.stdout)
    ours = [parse_expression(text).evaluate(scope).value for text, scope in work]
    if answer["values"] != ours:
        raise RuntimeError(f"the engines disagree: {answer['values']} {ours}")
    return float(answer["per_second"])


_FEELIN = """
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
const { work, rounds, modules } = JSON.parse(readFileSync(0, 'utf-8'))
const found = createRequire(modules + '/any.js').resolve('feelin', { paths: [modules, modules + '/..'] })
const { evaluate } = await import(pathToFileURL(found).href)
const run = (text, scope) => {
  const result = evaluate(text, scope)
  return result?.value === undefined ? result : result.value
}
const values = work.map(([text, scope]) => run(text, scope))
const begin = process.cpuUsage()
for (let n = 0; n < rounds; n++) for (const [text, scope] of work) run(text, scope)
const { user, system } = process.cpuUsage(begin)
console.log(JSON.stringify({ values, per_second: rounds * work.length / ((user + system) / 1e6) }))
"""


def cases(number: int) -> list[dict[str, Any]]:
    """Inputs of the table as a city would have them, the same each time."""
    chance = random.Random(20260301)  # noqa: S311 no secret
    return [
        {
            "category": chance.choice(CATEGORIES),
            "zone": chance.choice(ZONES),
            "days": chance.randrange(30),
            "fine": chance.choice((50, 100, 200, 500, 1_000, 3_000)),
            "repeated": chance.random() < 0.3,  # noqa: PLR2004 three in ten
        }
        for _ in range(number)
    ]


def ours(xml: bytes, given: list[dict[str, Any]]) -> tuple[float, list[Any]]:
    """Decisions per second by the public API, and what was decided."""
    model = parse_decisions(xml)
    begin = time.process_time()
    decided = [model.evaluate("exemption", variables).value for variables in given]
    return len(given) / (time.process_time() - begin), decided


def theirs(xml: bytes, given: list[dict[str, Any]]) -> tuple[float, list[Any]]:
    """The same by SpiffWorkflow's DMN engine, for which the cells are Python: true and false are variables there."""
    decide = spiff.decision(xml)
    begin = time.process_time()
    decided = [decide({**variables, "true": True, "false": False}).get("grade") for variables in given]
    return len(given) / (time.process_time() - begin), decided


def table(*, ranges: bool) -> bytes:
    """The table of 20 rules and one for all that is left; its numbers as FEEL's ranges or as what Python reads too."""

    def cell(value: Any) -> str:
        if isinstance(value, tuple):
            low, high = value
            return f"[{low}..{high})" if ranges else f"? >= {low} and ? < {high}"
        return "" if value is None else json.dumps(value, ensure_ascii=False)

    rows = [([cell(value) for value in rule], f'"{number % 4}"') for number, rule in enumerate(RULES)]
    rows.append(([""] * len(INPUTS), '"none"'))
    inputs = "".join(
        f'<input id="i{name}" label="{name}"><inputExpression><text>{name}</text></inputExpression></input>'
        for name in INPUTS
    )
    rules = "".join(
        f'<rule id="r{number}">{"".join(_entry("inputEntry", f"r{number}c{n}", text) for n, text in enumerate(cells))}'
        f"{_entry('outputEntry', f'r{number}o', output)}</rule>"
        for number, (cells, output) in enumerate(rows)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="bench" name="bench" namespace="bench">'
        '<decision id="exemption" name="exemption"><decisionTable id="table" hitPolicy="FIRST">'
        f'{inputs}<output id="o" name="grade" label="grade"/>{rules}</decisionTable></decision></definitions>'
    ).encode()


def _entry(kind: str, id: str, text: str) -> str:
    return f'<{kind} id="{id}"><text>{escape(text, quote=False)}</text></{kind}>'
