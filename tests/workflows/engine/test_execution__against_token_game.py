"""Random diagrams and random commands: the engine does what the token game of the specification allows."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import FunctionType

import pytest
from hypothesis import HealthCheck, assume, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.workflows.engine.conftest import Case
from tests.workflows.engine.random_diagrams import VARIABLES, diagrams
from tests.workflows.engine.token_game import Game, TooMany

COMMANDS = {
    "UserTask": ("complete",),
    "Job": ("complete", "complete", "error"),
    "Call": ("complete", "error", "escalation"),
    "Timer": ("fire",),
    "Message": ("correlate",),
    "Signal": ("receive",),
    "Incident": ("resolve",),
}


def fingerprint(thing, seen: dict[int, int] | None = None):
    """The structure of an object graph, whatever holds it."""
    seen = {} if seen is None else seen
    if thing is None or isinstance(thing, str | int | float | bool | Decimal | FunctionType | type):
        return thing
    if id(thing) in seen:
        return ("again", seen[id(thing)])
    seen[id(thing)] = len(seen)
    if isinstance(thing, dict):
        return ("dict", [(key, fingerprint(value, seen)) for key, value in thing.items()])
    if isinstance(thing, list | tuple):
        return (type(thing).__name__, [fingerprint(value, seen) for value in thing])
    if isinstance(thing, set | frozenset):
        return ("set", sorted(map(repr, thing)))
    held = dict(getattr(thing, "__dict__", {}))
    for kind in type(thing).__mro__:
        for name in getattr(kind, "__slots__", ()):
            if hasattr(thing, name):
                held[name] = getattr(thing, name)
    return (type(thing).__qualname__, [(name, fingerprint(value, seen)) for name, value in held.items()])


class Machine(RuleBasedStateMachine):
    @initialize(diagram=diagrams(), values=st.tuples(*[st.booleans()] * len(VARIABLES)))
    def begin(self, diagram, values):
        self.diagram = diagram
        self.values = dict(zip(VARIABLES, values, strict=True))
        self.judged(lambda: Game(diagram, self.values))
        self.case = Case(diagram.bpmn(), {"id": "1", **self.values}, budget=3_000)
        self.before = fingerprint(self.case.definition.spec)
        self.compare()

    def judged(self, play) -> None:
        """Play the token game; what has too many markings is no example."""
        try:
            self.game = play() or self.game
        except TooMany:
            event("too many markings")
            assume(False)  # noqa: FBT003

    @precondition(lambda self: self.case.ex.state == "ACTIVE" and self.case.open())
    @rule(index=st.integers(0, 1_000), way=st.integers(0, 5), code=st.sampled_from("EF"))
    def command(self, index, way, code):
        waits = self.case.open()
        wait = waits[index % len(waits)]
        ways = COMMANDS[type(wait).__name__.removesuffix("Wait")]
        getattr(self, ways[way % len(ways)])(wait, code)
        self.compare()

    @rule(name=st.sampled_from(VARIABLES), value=st.booleans())
    def set(self, name, value):
        if self.case.ex.state != "ACTIVE":
            return
        self.values[name] = value
        self.case.do(lambda ex: ex.set_variables(1 << 20, {name: value}))
        self.compare()

    def complete(self, wait, _code):
        self.judged(lambda: self.game.complete(wait.element_id))
        self.case.do(lambda ex: ex.complete(wait.key, {}))

    def error(self, wait, code):
        self.judged(lambda: self.game.throw(wait.element_id, "error", code))
        self.case.do(lambda ex: ex.throw_error(wait.key, code, "", {}))

    def escalation(self, wait, code):
        self.judged(lambda: self.game.throw(wait.element_id, "escalation", code))
        self.case.do(lambda ex: ex.throw_escalation(wait.key, code, {}))

    def resolve(self, wait, _code):
        self.judged(lambda: self.game.resolve(wait.element_id))
        self.case.do(lambda ex: ex.resolve(wait.key))

    def fire(self, wait, _code):
        self.happen(wait, lambda ex: ex.fire(wait.key))

    def correlate(self, wait, _code):
        self.happen(wait, lambda ex: ex.correlate(wait.key, {}))

    def receive(self, wait, _code):
        self.happen(wait, lambda ex: ex.receive(wait.key, {}))

    def happen(self, wait, does):
        node = self.diagram.nodes[wait.element_id]
        behind = node.kind == "intermediateCatchEvent" and any(
            self.diagram.nodes[flow.source].kind == "eventBasedGateway"
            for flow in self.diagram.flows.values()
            if flow.target == node.id
        )
        flowing = node.kind == "receiveTask" or (node.kind == "intermediateCatchEvent" and not behind)
        play = self.game.complete if flowing else self.game.happen
        self.judged(lambda: play(node.id))
        self.case.do(does)

    def compare(self):
        """Of the markings that the specification allows those remain in which the same is open as in the engine."""
        open_ = Counter((type(wait).__name__.removesuffix("Wait"), wait.element_id) for wait in self.case.open())
        allowed = [self.game.seen(root) for root in self.game.markings]
        fits = {root for root in self.game.markings if self.game.seen(root) == open_}
        ended = {not root.inside for root in fits}
        assert fits, f"the engine has {open_}, allowed is {allowed}"
        assert (self.case.ex.state == "COMPLETED") in ended, (self.case.ex.state, open_)
        self.game.markings = {root for root in fits if (not root.inside) == (self.case.ex.state == "COMPLETED")}

    @invariant()
    def dumping_and_loading_changes_nothing(self):
        case = getattr(self, "case", None)
        if case is None:
            return
        seen = (case.ex.dump(), case.ex.waits(), case.ex.scopes())
        case.reload()
        assert (case.ex.dump(), case.ex.waits(), case.ex.scopes()) == seen

    def teardown(self):
        if hasattr(self, "before"):
            done = {*self.case.path, *["p"] * (self.case.ex.state == "COMPLETED")}
            assert not done & {one.element_id for one in self.case.findings}, "what was said never to happen did"
            assert fingerprint(self.case.definition.spec) == self.before, "running has changed the definition"


CHECKS = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def test_the_engine_does_what_the_token_game_allows():
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=150, stateful_step_count=10, deadline=None, suppress_health_check=CHECKS),
    )
