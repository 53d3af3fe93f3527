"""Parsed expressions and unary tests, ready to be evaluated any number of times."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.feel.builtins.registry import NAMES
from workflows.feel.compiling import Holds, Level, compile_node
from workflows.feel.errors import FeelBudgetExceeded, FeelSyntaxError, FeelWarning, NoValue, Position
from workflows.feel.names import PROPERTIES, NameTable, Vocabulary
from workflows.feel.parser import Parser
from workflows.feel.run import BUDGET, Env, Run
from workflows.feel.values.python import from_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from workflows.feel.tree import Node

_START = Position(1, 1)
VOCABULARY = Vocabulary(functions=NAMES)  # no variables of several words


class Result(NamedTuple):
    value: Any
    warnings: tuple[FeelWarning, ...]


class _Compiled:
    """A text and its closure. Immutable, shared between threads."""

    def __init__(self, text: str, tree: Node) -> None:
        level = Level(Holds.ANY)
        self.text = text
        self.tree = tree
        self._closure = compile_node(tree, level)
        self.names = frozenset(level.free)

    def value(self, env: Env) -> Any:
        """Within an evaluation that is under way: its budget is used, its warnings are added to.

        Raises FeelBudgetExceeded.
        """
        try:
            return self._closure(env)
        except RecursionError:
            raise FeelBudgetExceeded("嵌套太深 (nested too deeply)") from None


class Expression(_Compiled):
    def evaluate(
        self,
        scope: Mapping[str, Any],
        now: datetime | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        budget: int = BUDGET,
    ) -> Result:
        """Never raises for what the data are: the value is null then, and a warning tells where and why.

        ``now`` is what now() and today() say, in the zone that ``today`` is meant in. Raises FeelBudgetExceeded.
        """
        run = Run(now, functions, budget)
        value = self.value(Env(scope, None, run))
        # A NamedTuple made by its own name takes as long as a simple condition.
        return tuple.__new__(Result, (value, tuple(run.warnings)))


class UnaryTests(_Compiled):
    def evaluate(
        self,
        scope: Mapping[str, Any],
        input: Any,
        now: datetime | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        budget: int = BUDGET,
    ) -> Result:
        """True, False or None: does the input pass. Raises FeelBudgetExceeded."""
        run = Run(now, functions, budget)
        value = self.matches(Env(scope, None, run), input)
        return Result(value, tuple(run.warnings))

    def matches(self, env: Env, input: Any) -> Any:
        """True, False or None, within an evaluation that is under way. Raises FeelBudgetExceeded."""
        try:
            env.run.input = from_python(input)
        except NoValue as problem:
            return env.run.null(_START, str(problem))
        return self.value(env)


def parse_expression(text: str, names: Iterable[str] = ()) -> Expression:
    """``names`` are names of several words that the scope will have. Raises FeelSyntaxError."""
    return _parse_expression(text, frozenset(names))


def parse_unary_tests(text: str, names: Iterable[str] = ()) -> UnaryTests:
    """The text of a cell: ``-``, ``< 5``, ``"a", "b"``, ``not(…)``, or a condition on ``?``. Raises FeelSyntaxError."""
    return _parse_unary_tests(text, frozenset(names))


@lru_cache(maxsize=256)
def _vocabulary(names: frozenset[str]) -> Vocabulary:
    if not names:
        return VOCABULARY
    return Vocabulary((NameTable(names),), NameTable((*PROPERTIES, *names)), NAMES)


@lru_cache(maxsize=2048)
def _parse_expression(text: str, names: frozenset[str]) -> Expression:
    with _bounded():
        return Expression(text, Parser(text, _vocabulary(names)).expression())


@lru_cache(maxsize=2048)
def _parse_unary_tests(text: str, names: frozenset[str]) -> UnaryTests:
    with _bounded():
        return UnaryTests(text, Parser(text, _vocabulary(names)).unary_tests())


@contextmanager
def _bounded() -> Iterator[None]:
    """The limit on nesting leaves room on the stack, unless the caller has used it up."""
    try:
        yield
    except RecursionError:
        raise FeelSyntaxError("嵌套太深 (nested too deeply)", *_START) from None
