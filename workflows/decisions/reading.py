"""What the readers share: one file being read, its types, and the problems found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from workflows.decisions.errors import Problem
from workflows.feel import FeelSyntaxError, UnaryTests, tree
from workflows.feel.errors import Position
from workflows.feel.parser import Parser

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.decisions.table import DecisionTable
    from workflows.decisions.xml import Node
    from workflows.feel.names import Vocabulary

T = TypeVar("T", bound=tree.Node)
_ANYTHING = ("", "-")


@dataclass(slots=True)
class Reading:
    """A problem is noted and reading goes on, so that all are told in one answer."""

    problems: list[Problem] = field(default_factory=list)
    tables: list[DecisionTable] = field(default_factory=list)
    texts: int = 0

    def problem(self, node: Node, text: str) -> None:
        self.problems.append(Problem(node.id, text))

    def expression(self, node: Node, where: str, vocabulary: Vocabulary, text: str | None = None) -> tree.Node:
        """The element's own text, or another that stands for it. What does not parse reads as null."""
        source = node.content() if text is None else text
        return self._parse(node, where, lambda: Parser(source, vocabulary, node.id).expression()) or _nothing(node)

    def iterated(self, node: Node, where: str, vocabulary: Vocabulary) -> tree.Node:
        """The text after the `in` of an iteration."""
        parsed = self._parse(node, where, lambda: Parser(node.content(), vocabulary, node.id).iterated())
        return parsed or _nothing(node)

    def tests(self, node: Node, where: str, vocabulary: Vocabulary) -> tree.UnaryTests | None:
        """The tests of a cell; none for `-`. What does not parse tests nothing."""
        text = node.content()
        if text in _ANYTHING:
            return None
        return self._parse(node, where, lambda: Parser(text, vocabulary, node.id).unary_tests())

    def allowed(self, node: Node | None, where: str, vocabulary: Vocabulary) -> UnaryTests | None:
        """Allowed values, ready to be asked."""
        tests = None if node is None else self.tests(node, f"{where}的允许值 (allowed values)", vocabulary)
        return None if tests is None or node is None else UnaryTests(node.content(), tests)

    def _parse(self, node: Node, where: str, parse: Callable[[], T]) -> T | None:
        self.texts += 1
        try:
            return parse()
        except FeelSyntaxError as error:
            self.problem(node, f"{where}：{error}")
        except RecursionError:
            self.problem(node, f"{where}：嵌套太深 (nested too deeply)")
        return None


def _nothing(node: Node) -> tree.Node:
    return tree.Literal(Position(1, 1, node.id), None)
