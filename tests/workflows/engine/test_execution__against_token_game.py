"""Random diagrams and random commands: the engine does what the token game of the specification allows."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from decimal import Decimal
from types import FunctionType

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.workflows.engine.conftest import NOW, Case
from tests.workflows.engine.random_diagrams import VARIABLES, diagrams
from tests.workflows.engine.token_game import Game, TooMany
from workflows.engine import Definition, Environment, Execution, parking, parse_processes

BUDGET = 3_000  # elements in one command

# What can be done to each kind of wait, in the token game and by the engine.
COMPLETE = (lambda game, name, _: game.happen(name), lambda ex, key, _: ex.complete(key, {}))
ERROR = (
    lambda game, name, code: game.throw(name, "error", code),
    lambda ex, key, code: ex.throw_error(key, code, "", {}),
)
ESCALATION = (
    lambda game, name, code: game.throw(name, "escalation", code),
    lambda ex, key, code: ex.throw_escalation(key, code, {}),
)
COMMANDS = {
    "UserTask": (COMPLETE,),
    "Job": (COMPLETE, COMPLETE, ERROR),
    "Call": (COMPLETE, ERROR, ESCALATION),
    "Timer": ((COMPLETE[0], lambda ex, key, _: ex.fire(key)),),
    "Message": ((COMPLETE[0], lambda ex, key, _: ex.correlate(key, {})),),
    "Signal": ((COMPLETE[0], lambda ex, key, _: ex.receive(key, {})),),
    "Incident": ((lambda game, name, _: game.resolve(name), lambda ex, key, _: ex.resolve(key)),),
}


def kind(wait) -> str:
    return type(wait).__name__.removesuffix("Wait")


def seen(waits) -> Counter[tuple[str, str]]:
    return Counter((kind(wait), wait.element_id) for wait in waits)


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


some_values = st.tuples(*[st.booleans()] * len(VARIABLES))


class Machine(RuleBasedStateMachine):
    @initialize(diagram=diagrams(), values=some_values)
    def begin(self, diagram, values):
        self.diagram = diagram
        self.values = dict(zip(VARIABLES, values, strict=True))
        self.judged(lambda: Game(diagram, self.values))
        self.case = self.case_of(diagram.bpmn(), {"id": "1", **self.values})
        self.before = fingerprint(self.case.definition.spec)
        self.compare()

    def case_of(self, source, variables):
        return Case(source, variables, budget=BUDGET)

    def judged(self, play) -> None:
        """Play the token game; what has too many markings is no example."""
        try:
            self.game = play() or self.game
        except TooMany:
            assume(False)

    @precondition(lambda self: self.case.open())
    @rule(index=st.integers(0, 1_000), way=st.integers(0, 5), code=st.sampled_from("EF"))
    def command(self, index, way, code):
        waits = self.case.open()
        wait = waits[index % len(waits)]
        ways = COMMANDS[kind(wait)]
        play, do = ways[way % len(ways)]
        self.judged(lambda: play(self.game, wait.element_id, code))
        self.case.do(lambda ex: do(ex, wait.key, code))
        self.compare()

    @rule(name=st.sampled_from(VARIABLES), value=st.booleans())
    def change(self, name, value):
        if self.case.ex.state == "ACTIVE":
            self.values[name] = value
            self.case.do(lambda ex: ex.set_variables(1 << 20, {name: value}))
            self.compare()

    def compare(self):
        """Of the markings that the specification allows those remain in which the same is open as in the engine."""
        open_, ended = seen(self.case.open()), self.case.ex.state == "COMPLETED"
        fits = {root for root in self.game.markings if self.game.seen(root) == open_ and (not root.inside) == ended}
        assert fits, (ended, open_, [*map(self.game.seen, self.game.markings)])
        self.game.markings = fits

    @invariant()
    def saving_changes_nothing(self):
        if hasattr(self, "case"):
            before = self.state()
            assert json.loads(json.dumps(before)) == before, "a state is a JSON value"
            self.case.reload()
            assert self.state() == before

    def state(self):
        return self.case.ex.dump()

    def teardown(self):
        if hasattr(self, "before"):
            done = {*self.case.path, *["p"] * (self.case.ex.state == "COMPLETED")}
            # That a scope never ends is said of one that is entered; one that is repeated for no item is not.
            may_be_empty = {node.id for node in self.diagram.nodes.values() if node.items == 0 or node.test_before}
            never = {
                one.element_id
                for one in self.case.findings
                if one.rule != "never-ends" or one.element_id not in may_be_empty
            }
            assert not done & never, "what was said never to happen did"
            assert fingerprint(self.case.definition.spec) == self.before, "running has changed the definition"


class Kept(dict):
    """The parts of an instance that are kept apart, by the keys of their items."""

    def holding(self, key):
        return next(
            ((name, deepcopy(part)) for name, part in self.items() if key in [row[0] for row in part["tokens"]]), None
        )

    def inside(self, body):
        return {name: deepcopy(part) for name, part in self.items() if part["tokens"][0][1] == body}


class ApartCase(Case):
    """A case whose items that wait are kept apart, all of them."""

    def _note(self):
        super()._note()
        parts = {}
        self.saved = deepcopy(self.ex.dump(parts))
        kept = self.environment["parts"]
        for key, part in deepcopy(parts).items():
            if part is None:
                kept.pop(key, None)
            else:
                kept[key] = part

    def reload(self):
        self.ex = Execution.load(self.definition, deepcopy(self.saved), self.env())

    def whole(self):
        whole = Execution.load(self.definition, deepcopy(self.saved), self.env())
        whole.make_whole()
        return whole

    def open(self, kind=""):
        return [wait for wait in self.whole().waits() if type(wait).__name__.startswith(kind)]


class ApartMachine(Machine):
    @initialize(diagram=diagrams(loops=70), values=some_values)
    def begin(self, diagram, values):
        super().begin(diagram, values)

    def case_of(self, source, variables):
        return ApartCase(source, variables, budget=BUDGET, parts=Kept())

    def state(self):
        return self.case.whole().dump()


SETTINGS = settings(max_examples=120, stateful_step_count=10, suppress_health_check=list(HealthCheck))


def test_the_engine_does_what_the_token_game_allows():
    run_state_machine_as_test(Machine, settings=SETTINGS)


def test_the_engine_does_the_same_when_items_are_kept_apart(monkeypatch):
    monkeypatch.setattr(parking, "PARKED_ABOVE", 0)
    run_state_machine_as_test(ApartMachine, settings=settings(SETTINGS, max_examples=40))


@pytest.mark.slow
def test_the_engine_does_what_the_token_game_allows_for_long():
    run_state_machine_as_test(Machine, settings=settings(SETTINGS, max_examples=400, stateful_step_count=15))


def played(definition, key, values, choices):
    """An instance step by step: what is open after each command."""
    ex = Execution.start(
        definition, key=key << 20, variables={"id": "1", **values}, env=Environment(NOW, budget=BUDGET)
    )
    yield seen(ex.waits())
    for index in choices:
        waits = ex.waits()
        if not waits:
            return
        ex = Execution.load(definition, deepcopy(ex.dump()), Environment(NOW, budget=BUDGET))
        wait = waits[index % len(waits)]
        ways = COMMANDS[kind(wait)]
        ways[index % len(ways)][1](ex, wait.key, "E")
        yield seen(ex.waits())


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(diagram=diagrams(), values=st.booleans(), choices=st.lists(st.integers(0, 1_000), max_size=8))
def test_instances_of_one_definition_do_not_touch_each_other(diagram, values, choices):
    values = dict.fromkeys(VARIABLES, values)
    model = parse_processes(diagram.bpmn())[0]
    alone = list(played(Definition(model), 1, values, choices))
    shared = Definition(model)
    beside = zip(played(shared, 1, values, choices), played(shared, 2, values, choices), strict=True)
    assert list(beside) == [(open_, open_) for open_ in alone]
    with ThreadPoolExecutor(4) as threads:
        at_once = threads.map(lambda key: list(played(shared, key, values, choices)), range(1, 5))
        assert list(at_once) == [alone] * 4
