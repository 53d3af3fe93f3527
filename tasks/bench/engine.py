"""The engine by itself, without a database: what a step costs as a case grows old, wide or long."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tasks.bench.diagrams import ANSWER, chain, items, rework
from workflows.engine import Definition, Environment, Execution, check, parse_processes

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = 1 << 20


def rounds(number: int) -> list[float]:
    """CPU seconds of each round of the rework loop: load, complete, dump."""
    definition = _definition(rework())
    state = json.dumps(_start(definition, {}).dump())
    spent = []
    for _ in range(number):
        begin = time.process_time()
        execution = Execution.load(definition, json.loads(state), _environment())
        (wait,) = execution.waits()
        execution.complete(wait.key, dict(ANSWER))
        state = json.dumps(execution.dump())
        spent.append(time.process_time() - begin)
    return spent


def items_each(count: int) -> float:
    """CPU seconds of each item of a multi-instance of scripts."""
    definition = _definition(items())
    return _spent(lambda: _ended(_start(definition, {"items": [0] * count}))) / count


def chain_of(length: int) -> float:
    """CPU seconds to read a chain, check it and run through it."""
    return _spent(lambda: _ended(_start(_definition(chain(length)), {})))


def _spent(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def _definition(xml: bytes) -> Definition:
    models = parse_processes(xml)
    if found := [finding for finding in check(models) if finding.severity == "error"]:
        raise RuntimeError(found)
    return Definition(models[0])


def _start(definition: Definition, variables: dict[str, Any]) -> Execution:
    return Execution.start(definition, key=KEY, variables=variables, env=_environment())


def _ended(execution: Execution) -> None:
    if execution.state != "COMPLETED":
        raise RuntimeError(execution.waits())


def _environment() -> Environment:
    return Environment(datetime.now(UTC))
