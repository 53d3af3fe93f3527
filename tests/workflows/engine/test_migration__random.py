"""Random diagrams and commands: an instance that migrates to and fro behaves as its twin that never does."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.workflows.engine.conftest import Case
from tests.workflows.engine.random_diagrams import VARIABLES, diagrams
from tests.workflows.engine.test_execution__against_token_game import BUDGET, COMMANDS, kind, some_values
from workflows.engine import Definition, parse_processes
from workflows.engine.migration import migrate
from workflows.engine.migration_plan import problems


def renamed(thing, names):
    """A JSON value with the ids in it replaced, as keys too."""
    if isinstance(thing, dict):
        return {name: renamed(value, names) for name, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [renamed(value, names) for value in thing]
    return names.get(thing, thing) if isinstance(thing, str) else thing


def other_drawing(source, names):
    for name, other in names.items():
        source = source.replace(f'"{name}"'.encode(), f'"{other}"'.encode())
    return Definition(parse_processes(source)[0])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(diagram=diagrams(), values=some_values, data=st.data())
def test_a_random_instance_behaves_the_same_however_often_it_migrates(diagram, values, data):
    source, variables = diagram.bpmn(), {"id": "1", **dict(zip(VARIABLES, values, strict=True))}
    case = Case(source, variables, budget=BUDGET)
    drawn = case.definition
    there = {name: f"other-{name}" for name in (*drawn.model.nodes, *drawn.model.flows)}
    back = {other: name for name, other in there.items()}
    other = other_drawing(source, there)
    assert problems(drawn.model, other.model, list(there.items())) == []
    twin, twins, here, stuck = case.ex, drawn, {}, False
    for _ in range(data.draw(st.integers(1, 8))):
        to, names = (drawn, back) if here else (other, there)
        done = migrate(type(twin).load(twins, deepcopy(twin.dump()), case.env()), to, list(names.items()))
        if done.execution is None:
            assert {finding.rule for finding in done.findings} == {"cannot-finish"}
            stuck = True
            twin = type(twin).load(twins, deepcopy(twin.dump()), case.env())
        else:
            twin, twins, here = done.execution, to, {} if here else there
            assert (done.closed, done.opened) == ([], [])
        case.reload()
        assert twin.dump() == renamed(case.ex.dump(), here)
        waits = case.ex.waits()
        if not waits:
            break
        wait = data.draw(st.sampled_from(waits))
        _, command = data.draw(st.sampled_from(COMMANDS[kind(wait)]))
        code = data.draw(st.sampled_from("EF"))
        command(case.ex, wait.key, code)
        command(twin, wait.key, code)
        assume(not any("endless" in one.message for one in case.open("Incident")))
        assert twin.dump() == renamed(case.ex.dump(), here)
        assert renamed(case.ex.flows, here) == twin.flows
    assert not (stuck and case.ex.state == "COMPLETED"), "it was refused, and came to its end all the same"
