"""One column of a decision table: from the value of its input to the rules whose cells it passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from workflows.decisions.types import MAX_REMEMBERED, key_of
from workflows.feel.compiling import Compiled, Holds, Level, compile_node
from workflows.feel.errors import NoValue
from workflows.feel.values.python import from_python

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflows.decisions.outcome import DecisionRun
    from workflows.decisions.table import Rule
    from workflows.decisions.types import Clause, Key
    from workflows.feel import Env, tree

_TESTS_PER_STEP = 4


class _Asked(NamedTuple):
    """One test and the rules that ask it, as bits."""

    test: Compiled
    rules: int


class Column:
    """`known` remembers the answers of a column whose cells look at nothing but its input.

    Equal cells are one test, and a rule that asks nothing passes.
    """

    __slots__ = ("_asked", "_indifferent", "_remembers", "clause", "known")

    def __init__(self, clause: Clause, place: int, rules: Sequence[Rule], level: Level) -> None:
        self.clause = clause
        self.known: dict[Key, int] = {}
        self._indifferent = 0
        asking: dict[str, int] = {}
        found: dict[str, tree.UnaryTests] = {}
        for number, rule in enumerate(rules):
            cell = rule.tests[place]
            if cell is None:
                self._indifferent |= 1 << number
            else:
                asking[cell.text] = asking.get(cell.text, 0) | 1 << number
                found[cell.text] = cell.node
        self._asked = [_Asked(compile_node(tests, level), asking[text]) for text, tests in found.items()]
        self._remembers = all(map(_looks_at_its_input_only, found.values()))

    def ask(self, env: Env, value: Any, alive: int) -> int:
        """The rules whose cells the value passes, as far as they are alive. Raises DecisionError for a value
        that is not allowed.

        What gave a warning is not remembered, so that it is said each time; nor what the clock said.
        """
        run = cast("DecisionRun", env.run)
        key = key_of(value) if self._remembers and len(self.known) < MAX_REMEMBERED else None
        if key is not None:
            alive = -1
        before = run.unrepeated
        run.charge(1 + len(self._asked) // _TESTS_PER_STEP)
        self.clause.check(value, run)
        _set_input(env, value)
        passed = self._indifferent
        for test, rules in self._asked:
            if rules & alive and test(env) is True:
                passed |= rules
        if key is not None and run.unrepeated == before:
            self.known[key] = passed
        return passed


def _set_input(env: Env, value: Any) -> None:
    try:
        env.run.input = from_python(value)
    except NoValue:
        env.run.input = None


def _looks_at_its_input_only(tests: tree.UnaryTests) -> bool:
    level = Level(Holds.ANY)
    compile_node(tests, level)
    return not level.free
