"""Damaged diagrams: each is refused or runs, none hangs or breaks anything."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import diagrams as d
from tests.support.mutations import mutated
from workflows.engine import Definition, Environment, Execution, NotWaiting, parse_processes
from workflows.runtime import Resource
from workflows.runtime.errors import Invalid
from workflows.runtime.resources import read

if TYPE_CHECKING:
    from workflows.engine import Process, Wait

BPMN = Path(__file__).parents[2] / "bpmn"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STEPS = 30
# One of everything, so that damage meets every element.
ZOO = d.bpmn(
    d.start(), d.start("begin", d.on_message("m-m")), d.xor("either"), d.parallel("f"), d.user("a"),
    d.boundary("late", "a", d.timer("Cycle", "R3/PT1H"), interrupting=False), d.service("j"), d.boundary("bad", "j", d.on_error("e-E")),
    d.boundary("undone", "j", d.compensate()), d.undo("u"), d.associate("undone", "u"), d.event_gateway("g"),
    d.catch("t", d.timer("Duration", "PT1H")), d.catch("s", d.on_signal("s")), d.xor("m1"), d.parallel("k"), d.user("after"),
    d.throw("loud", d.on_signal("s")), d.throw("back", d.compensate()), d.throw("l", d.on_link("x")), d.catch("c", d.on_link("x")),
    d.sub("sub", d.start("s1"), d.user("i", inner=d.each("[1,2]", outputCollection="o", outputElement="=item")),
          d.throw("up", d.on_escalation("X")), d.end("e1", d.on_escalation("X")), flows="s1>i;i>up;up>e1"),
    d.boundary("esc", "sub", d.on_escalation("X"), interrupting=False), d.script("sc", "n + 1", "n", inner=d.loop("n < 3", "5")),
    d.event_sub("ev", d.begin_on("es", d.on_error()), d.inclusive("o1", default="o1_o2"), d.user("maybe"), d.inclusive("o2"), d.end("ee"),
                flows="es>o1;o1>o2;o1>maybe[x];maybe>o2;o2>ee"),
    d.call("call", "other"), d.element("task", "plain"), d.element("receiveTask", "r", messageRef="m-m"), d.terminate(), d.end(),
    flows="start>either;begin>either;either>f;f>a;f>j;f>g;a>k;late>end;j>k;bad>end;g>t;g>s;t>m1;s>m1;m1>k;k>after;after>loud;loud>back;back>l;c>sub;sub>sc;"
    "esc>end;sc>call;call>plain;plain>r;r>stop",
    more=d.message("m") + d.signal("s") + d.error("E") + d.escalation("X"),
)  # fmt: skip
SOURCES = [ZOO, *(path.read_bytes() for path in sorted(BPMN.glob("*/*.bpmn")))]


def damage(numbers: range) -> int:
    """How many of these mutations are accepted; each is started and driven."""
    accepted = 0
    for number in numbers:
        source = mutated(SOURCES[number % len(SOURCES)], number)
        try:
            bundle = read([Resource("a.bpmn", source)])
        except Invalid:
            continue
        rules = {finding.rule for _, finding in bundle.findings}
        assert not {"reading-failed", "reading-too-long"} & rules, (number, rules)
        if any(finding.severity == "error" for _, finding in bundle.findings):
            continue
        accepted += 1
        for model in parse_processes(source):
            drive(model, number)
    return accepted


def drive(model: Process, seed: int) -> None:
    """Random commands; whatever comes, the state stays whole."""
    rng = random.Random(seed)  # noqa: S311
    definition = Definition(model)
    environment = Environment(NOW, decide=lambda _id, _seen, _day=None: SimpleNamespace(value=rng.choice([None, 1, [], {}]), failure=None, basis=None), budget=300)  # fmt: skip
    begin = rng.choice(model.starts())
    variables: dict[str, Any] = {"id": "1", "n": 0, "x": rng.random() < 0.5}
    try:
        execution = Execution.start(definition, key=1 << 20, variables=variables, env=environment,
                                    start_event=begin.id if begin.event else None)  # fmt: skip
    except NotWaiting:
        return
    for _ in range(STEPS):
        state = json.dumps(execution.dump())
        execution = Execution.load(definition, json.loads(state), environment)
        assert json.dumps(execution.dump()) == state, seed
        waits = execution.waits()
        if execution.state != "ACTIVE":
            assert waits == [], seed
            return
        assert waits, (seed, "it waits for nothing")
        for wait in waits:
            execution.variables(wait.element_key)  # its element is there
        command(execution, rng.choice(waits), rng)


def command(execution: Execution, wait: Wait, rng: random.Random) -> None:
    kind, given = type(wait).__name__, {"x": rng.random() < 0.5, "n": rng.randint(0, 3)}
    if kind in {"JobWait", "CallWait"} and rng.random() < 0.3:
        execution.throw_error(wait.key, rng.choice(["E", "F"]), "", given)
    elif kind in {"UserTaskWait", "JobWait", "CallWait"}:
        execution.complete(wait.key, given)
    elif kind == "TimerWait":
        execution.fire(wait.key)
    elif kind == "MessageWait":
        execution.correlate(wait.key, given)
    elif kind == "SignalWait":
        execution.receive(wait.key, given)
    elif kind == "IncidentWait":
        execution.resolve(wait.key)
    else:
        execution.set_variables(wait.element_key, given)


def test_the_whole_one_is_accepted() -> None:
    assert [finding for _, finding in read([Resource("a.bpmn", ZOO)]).findings if finding.severity == "error"] == []
    for seed in range(30):
        drive(parse_processes(ZOO)[0], seed)


def test_damaged_diagrams_are_refused_or_run() -> None:
    assert 10 < damage(range(300)) < 290, "some of both"


@pytest.mark.slow
def test_ten_thousand_damaged_diagrams_are_refused_or_run() -> None:
    assert damage(range(300, 10_300)) > 300
