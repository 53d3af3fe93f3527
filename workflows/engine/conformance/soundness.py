"""Whether what is drawn can come to its end: found by playing the token game through, said only where it is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.markings import Search
from workflows.engine.model import SCOPES

if TYPE_CHECKING:
    from workflows.engine.conformance.checking import Checking

# Errors that say nothing of how the elements hang together: beside them the search is right, and all is told at once.
INSIDE_AN_ELEMENT = frozenset({
    "timer-empty", "timer-kind", "timer-invalid", "expression-invalid", "expression-required", "message-name",
    "correlation-missing", "signal-name", "user-task-kind", "task-type-missing", "task-retries", "script-missing",
    "result-missing", "decision-missing", "called-missing", "binding-unsupported", "priority-invalid", "mapping-empty",
    "mapping-target", "loop-without-collection", "loop-output", "loop-endless", "loop-maximum", "limit-without-stage",
    "milestone-without-limit", "extension-unknown",
})  # fmt: skip
BOUND = 5_000  # markings of one scope: about a second at the very most


def check_soundness(checking: Checking) -> None:
    """Every scope that can be begun must be able to end, and every parallel join that is reached to go on.

    Not looked at where elements or flows are wrong or missing.
    """
    model = checking.model
    if any(found.severity == "error" and found.rule not in INSIDE_AN_ELEMENT for found in checking.found):
        return
    search = Search(model, BOUND)
    for scope in [None, *(node for node in model.nodes.values() if node.type in SCOPES)]:
        outcome = search.outcome(scope.id if scope else None)
        if not outcome.sure:
            continue
        never = outcome.arrived - outcome.fired
        for name in sorted(outcome.arrived):
            node = model.nodes[name]
            if name in never:
                checking.say(node, "join-never")
            elif name in outcome.left and node.type == "parallelGateway":
                checking.say(node, "join-left")
        if not outcome.exits:
            checking.say(scope, "never-ends" if outcome.stuck else "runs-forever")
