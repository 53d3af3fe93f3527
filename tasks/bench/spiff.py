"""SpiffWorkflow by itself: in memory, and saved the naive way with its own serializer. Not for use, for comparison."""

from __future__ import annotations

import sqlite3
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.parser.BpmnDmnParser import BpmnDmnParser
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

from tasks.bench.diagrams import ANSWER, TASKS, chain, items, lifecycle, rework

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def in_memory(lifecycles: int) -> list[float]:
    """CPU seconds of each user task's completion, nothing saved."""
    spec = _spec(lifecycle(plain=True), "bench-lifecycle")
    spent = []
    for _ in range(lifecycles):
        workflow = _started(spec)
        for _ in TASKS:
            begin = time.process_time()
            _complete(workflow)
            spent.append(time.process_time() - begin)
    return spent


def saved_lifecycles(file: Path, lifecycles: int) -> float:
    """Lifecycles per second when each step loads the whole workflow, runs and saves it, synchronous=FULL."""
    spec = _spec(lifecycle(plain=True), "bench-lifecycle")
    table = _Table(file)
    begin = time.perf_counter()
    for number in range(lifecycles):
        table.save(number, _started(spec))
        for _ in TASKS:
            table.step(number)
    return lifecycles / (time.perf_counter() - begin)


def saved_rounds(file: Path, rounds: int) -> list[float]:
    """CPU seconds of each round of the rework loop, saved the same way."""
    table = _Table(file)
    table.save(0, _started(_spec(rework(plain=True), "bench-rework")))
    spent = []
    for _ in range(rounds):
        begin = time.process_time()
        table.step(0)
        spent.append(time.process_time() - begin)
    return spent


class _Table:
    """One row per workflow: all there is of log, work list and state."""

    def __init__(self, file: Path) -> None:
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        self._database = sqlite3.connect(file, isolation_level=None)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "DROP TABLE IF EXISTS workflow"):
            self._database.execute(statement)
        self._database.execute("CREATE TABLE workflow (id INTEGER PRIMARY KEY, state TEXT)")

    def save(self, number: int, workflow: Any) -> None:
        state = self._serializer.serialize_json(workflow)
        self._database.execute("INSERT OR REPLACE INTO workflow VALUES (?, ?)", (number, state))

    def step(self, number: int) -> None:
        (state,) = self._database.execute("SELECT state FROM workflow WHERE id = ?", (number,)).fetchone()
        workflow = self._serializer.deserialize_json(state)
        _complete(workflow)
        self.save(number, workflow)


def _spec(xml: bytes, process: str) -> Any:
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(etree.fromstring(xml))
    return parser.get_spec(process)


def _started(spec: Any) -> Any:
    workflow = BpmnWorkflow(spec)
    workflow.do_engine_steps()
    return workflow


def _complete(workflow: Any) -> None:
    task = workflow.get_tasks(state=TaskState.READY, manual=True)[0]
    task.data.update(ANSWER)
    task.run()
    workflow.do_engine_steps()


def items_each(count: int) -> float | None:
    """CPU seconds of each item of a multi-instance of scripts; None when it does not come to its end."""
    workflow = BpmnWorkflow(_spec(items(plain=True), "bench-items"))
    workflow.task_tree.data.update(items=[0] * count, results=[])
    begin = time.process_time()
    workflow.do_engine_steps()
    return (time.process_time() - begin) / count if workflow.completed else None


def chain_of(length: int) -> float | None:
    """CPU seconds to read a chain and run through it; None when it cannot be read or does not come to its end."""
    begin = time.process_time()
    try:
        workflow = _started(_spec(chain(length, plain=True), "bench-chain"))
    except (RecursionError, ValidationException):  # the one wraps the other
        return None
    return time.process_time() - begin if workflow.completed else None


def decision(xml: bytes) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The one decision table of a file, as a function of the variables."""
    parser = BpmnDmnParser()
    parser.add_dmn_xml(etree.fromstring(xml))
    (found,) = parser.dmn_parsers.values()
    found.parse()
    engine = DMNEngine(found.decision.decisionTables[0])
    workflow = SimpleNamespace(script_engine=PythonScriptEngine())

    def decide(variables: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = engine.result(SimpleNamespace(data=variables, workflow=workflow))
        return result

    return decide
