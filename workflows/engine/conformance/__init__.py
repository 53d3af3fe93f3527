"""What is refused, and why: every finding of a diagram at once, before anything of it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.clocks import LIMIT
from workflows.engine.conformance.activities import check_activity, check_milestone
from workflows.engine.conformance.catalogue import Catalogue
from workflows.engine.conformance.checking import Checking
from workflows.engine.conformance.events import check_event
from workflows.engine.conformance.soundness import check_soundness
from workflows.engine.conformance.structure import check_connections, check_flow, check_scope
from workflows.engine.findings import finding
from workflows.engine.model import ACTIVITIES, SCOPES
from workflows.engine.references import UNKNOWN, references

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workflows.engine.model import Finding, Node, Process

__all__ = ["Catalogue", "check"]

MAX_NODES = 5_000


def check(models: Iterable[Process], catalogue: Catalogue | None = None) -> list[Finding]:
    """All findings of these processes, errors and warnings, in the order of the drawing; then what does not exist."""
    found: list[Finding] = []
    for model in models:
        found += [*_check(Checking(model)), *_unknown(model, catalogue or Catalogue())]
    return found


def _check(checking: Checking) -> list[Finding]:
    model = checking.model
    if len(model.nodes) > MAX_NODES:
        checking.say(None, "too-large", what=str(len(model.nodes)))
        return checking.found
    check_scope(checking, None)
    for flow in model.flows.values():
        check_flow(checking, flow)
    for node in model.nodes.values():
        _node(checking, node)
        if node.type in SCOPES:
            check_scope(checking, node)
    check_soundness(checking)
    return checking.found


def _node(checking: Checking, node: Node) -> None:
    check_connections(checking, node)
    if node.type.endswith("Event") or node.type == "receiveTask":
        check_event(checking, node)
    if node.type in ACTIVITIES or node.type == "eventSubProcess":
        check_activity(checking, node)
    elif LIMIT in node.properties:
        checking.say(node, "extension-unknown", what=LIMIT)
    check_milestone(checking, node)
    checking.mappings(node)


def _unknown(model: Process, catalogue: Catalogue) -> Iterator[Finding]:
    known = {
        "decision": catalogue.decisions,
        "form": catalogue.forms,
        "process": catalogue.processes,
        "version": catalogue.processes,
    }
    for kind, element_id, element_name, name in references(model):
        names = known.get(kind)
        if names is not None and name not in names:
            yield finding(UNKNOWN[kind], element_id, element_name, what=name)
