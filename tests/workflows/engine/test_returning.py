from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import diagrams as d
from workflows.engine import parse_processes
from workflows.engine.returning import returning

PACKS = Path(__file__).parents[3] / "bpmn"


def back(*parts: str, flows: str) -> list[tuple[str, str]]:
    [process] = parse_processes(d.bpmn(d.start(), *parts, d.end(), flows=flows))
    return [(flow.source, flow.target) for flow in returning(process)]


def test_a_way_that_only_leads_on_has_none():
    assert back(d.user("a"), d.xor("x"), d.user("b"), flows="start>a; a>x; x>b[yes]; x>end; b>end") == []


def test_the_flow_to_what_was_passed_before_leads_back():
    flows = "start>a; a>b; b>x; x>a[again]; x>end"
    assert back(d.user("a"), d.user("b"), d.xor("x"), flows=flows) == [("x", "a")]


def test_a_task_that_leads_to_itself_does():
    assert back(d.user("a"), d.xor("x"), flows="start>x; x>x[again]; x>a; a>end") == [("x", "x")]


def test_two_ways_that_meet_do_not():
    assert (
        back(d.parallel("f"), d.user("a"), d.user("b"), d.parallel("j"), flows="start>f; f>a; f>b; a>j; b>j; j>end")
        == []
    )


def test_what_an_event_at_the_border_sends_back_leads_back():
    parts = (d.user("a"), d.user("b"), d.boundary("late", "b", d.timer("timeDuration", "PT1H")))
    assert back(*parts, flows="start>a; a>b; b>end; late>a") == [("late", "a")]


def test_a_loop_inside_a_sub_process_is_found():
    inner = d.sub("s", d.start("in"), d.user("a"), d.xor("x"), d.end("out"), flows="in>a; a>x; x>a[again]; x>out")
    assert back(inner, flows="start>s; s>end") == [("x", "a")]


@pytest.mark.parametrize("pack", sorted(folder.name for folder in PACKS.iterdir() if list(folder.glob("*.bpmn"))))
def test_without_the_flows_that_lead_back_no_way_comes_back(pack: str):
    """Taken away, what is left of a shipped diagram can be put in an order."""
    for file in (PACKS / pack).glob("*.bpmn"):
        for process in parse_processes(file.read_bytes()):
            leading = {flow.id for flow in returning(process)}
            waiting = {
                node.id: {process.flows[id].source for id in node.incoming if id not in leading}
                | ({node.attached_to} if node.attached_to else set())
                for node in process.nodes.values()
            }
            while ready := {id for id, before in waiting.items() if not before & set(waiting)}:
                waiting = {id: before for id, before in waiting.items() if id not in ready}
            assert waiting == {}
