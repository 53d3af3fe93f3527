"""Random processes, modified at random: whatever is done to them, they are nowhere that nobody sees."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.blocks import Drawing, blocks
from tests.support.diagrams import bpmn, end, start
from workflows.engine import Activate, Modification, Move, NotModifiable, Terminate


@st.composite
def modifications(draw: st.DrawFn, names: list[str]) -> Modification:
    some = st.sampled_from(names)
    ancestors = st.sampled_from([None, "inferred", "sourceParent"])
    return Modification(
        tuple(Activate(name) for name in draw(st.lists(some, max_size=2))),
        tuple(Move(Terminate(draw(some)), draw(some), draw(ancestors)) for _ in range(draw(st.integers(0, 1)))),
        tuple(Terminate(name) for name in draw(st.lists(some, max_size=1))),
    )


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(block=blocks, data=st.data())
def test_a_modified_instance_waits_for_someone_or_has_ended(run, block, data):
    drawing = Drawing()
    first, last = drawing.add(block)
    case = run(bpmn(start(), *drawing.parts, end(), flows=";".join([*drawing.flows, f"start>{first}", f"{last}>end"])))
    names = list(case.definition.model.nodes)
    for _ in range(8):
        if case.ex.state != "ACTIVE":
            break
        tasks = case.open("UserTask")
        if tasks and data.draw(st.booleans()):
            key = data.draw(st.sampled_from(tasks)).key
            case.do(lambda ex, key=key: ex.complete(key, {}))
        else:
            modification = data.draw(modifications(names))
            before = deepcopy(case.ex.dump())
            try:
                case.do(lambda ex, modification=modification: ex.modify(modification))
            except NotModifiable:
                assert case.ex.dump() == before
        check(case)


def check(case) -> None:
    """It waits for a task or has an incident; nothing is inside what is not there, and no scope is empty."""
    dump = case.ex.dump()
    if case.ex.state != "ACTIVE":
        assert dump["tokens"] == []
        return
    assert case.open("UserTask") or case.open("Incident")
    keys = {token[0] for token in dump["tokens"]} | {dump["key"]}
    scopes = {token[1] for token in dump["tokens"]}
    assert scopes <= keys
    nodes = case.definition.model.nodes
    for key, _parent, name, _state, _started, internal in dump["tokens"]:
        whole = nodes[name].loop is not None and "item" not in internal
        if nodes[name].type == "subProcess" or whole:
            assert key in scopes, name
    assert {int(key) for key in dump["scopes"]} <= keys
    case.reload()
    assert case.ex.dump() == dump
