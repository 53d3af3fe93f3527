"""What the readers share: the names FEEL must know, and the problems found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from workflows.decisions.errors import Problem
from workflows.decisions.outcome import Cell, Condition
from workflows.feel import FeelSyntaxError, parse_expression, parse_unary_tests

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.decisions.xml import Node


T = TypeVar("T", Cell, Condition)


@dataclass(slots=True)
class Reading:
    """A file being read. A problem is noted and reading goes on, so that all are told in one answer."""

    names: tuple[str, ...]
    problems: list[Problem] = field(default_factory=list)

    def problem(self, node: Node, text: str) -> None:
        self.problems.append(Problem(node.id, text))

    def expression(self, node: Node, where: str, text: str | None = None) -> Cell:
        """`text` is given where it is not the element's own."""
        return self._parse(
            node, where, lambda source: Cell(node.id, parse_expression(source, self.names)), text, "null"
        )

    def tests(self, node: Node, where: str) -> Condition:
        return self._parse(
            node, where, lambda source: Condition(node.id, parse_unary_tests(source, self.names)), None, "-"
        )

    def _parse(self, node: Node, where: str, parse: Callable[[str], T], text: str | None, instead: str) -> T:
        try:
            return parse(node.content() if text is None else text)
        except FeelSyntaxError as error:
            self.problem(node, f"{where}：{error}")
            return parse(instead)
