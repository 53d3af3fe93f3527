"""One column of a decision table: from the value of its input to the rules whose cells it passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from workflows.decisions.types import MAX_REMEMBERED, key_of
from workflows.feel import tree
from workflows.feel.compiling import Compiled, Holds, Level, compile_node
from workflows.feel.errors import NoValue
from workflows.feel.values.python import from_python

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workflows.decisions.table import Rule
    from workflows.decisions.types import Key
    from workflows.feel import Env

    Column: TypeAlias = Callable[[Env, Any, int], int]

_CLOCK = {"now", "today"}


class Test(NamedTuple):
    """The text of a cell and what it means."""

    text: str
    tests: tree.UnaryTests


class _Asked(NamedTuple):
    """One test and the rules that ask it, as bits."""

    test: Compiled
    rules: int


def compile_column(place: int, rules: Sequence[Rule], level: Level) -> Column:
    """Equal cells are one test. A rule that asks nothing passes."""
    indifferent = 0
    asking: dict[str, int] = {}
    found: dict[str, tree.UnaryTests] = {}
    for number, rule in enumerate(rules):
        cell = rule.tests[place]
        if cell is None:
            indifferent |= 1 << number
        else:
            asking[cell.text] = asking.get(cell.text, 0) | 1 << number
            found[cell.text] = cell.tests
    asked = [_Asked(compile_node(tests, level), asking[text]) for text, tests in found.items()]
    if all(map(_looks_at_its_input_only, found.values())):
        return _remembering(asked, indifferent)
    return _asking(asked, indifferent)


def _asking(asked: list[_Asked], indifferent: int) -> Column:
    def column(env: Env, value: Any, alive: int) -> int:
        _set_input(env, value)
        passed = indifferent
        for test, rules in asked:
            if rules & alive and test(env) is True:
                passed |= rules
        return passed

    return column


def _remembering(asked: list[_Asked], indifferent: int) -> Column:
    """Asks every test, whoever is alive, and remembers the answer. What is worth a warning is asked again."""
    everyone, ask = -1, _asking(asked, indifferent)
    known: dict[Key | None, int] = {}

    def column(env: Env, value: Any, alive: int) -> int:
        del alive
        key = key_of(value)
        passed = known.get(key)
        if passed is None:
            warnings = len(env.run.warnings)
            env.run.charge(len(asked))
            passed = ask(env, value, everyone)
            if key is not None and len(env.run.warnings) == warnings and len(known) < MAX_REMEMBERED:
                known[key] = passed
        return passed

    return column if asked else lambda _env, _value, _alive: indifferent


def _set_input(env: Env, value: Any) -> None:
    try:
        env.run.input = from_python(value)
    except NoValue:
        env.run.input = None


def _looks_at_its_input_only(tests: tree.UnaryTests) -> bool:
    level = Level(Holds.ANY)
    compile_node(tests, level)
    return not level.free and not _reads_clock(tests)


def _reads_clock(node: tree.Node) -> bool:
    return any(isinstance(each, tree.Name) and each.name in _CLOCK for each in tree.walk(node))
