"""One diagram under examination: what was found so far, and what all checks share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workflows.engine.findings import finding
from workflows.engine.formulas import Formula
from workflows.feel import FeelSyntaxError

if TYPE_CHECKING:
    from workflows.engine.model import Node, Process

TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*){0,20}\Z")


class Checking:
    """``found`` begins with what was met while reading."""

    def __init__(self, model: Process) -> None:
        self.model = model
        self.found = list(model.problems)

    def say(self, node: Node | None, rule: str, **values: str) -> None:
        """A finding at a node, or at the process itself."""
        at = self.model if node is None else node
        self.found.append(finding(rule, at.id, at.name, **values))

    def expression(self, node: Node, text: str | None, where: str, *, required: bool = False) -> None:
        """A text of the diagram must be readable; with ``required`` it must be FEEL."""
        if not text:
            return
        try:
            formula = Formula(text)
        except FeelSyntaxError as error:
            self.say(node, "expression-invalid", where=where, what=str(error))
        else:
            if required and formula.expression is None:
                self.say(node, "expression-required", where=where)

    def mappings(self, node: Node) -> None:
        for mapping in (*node.inputs, *node.outputs):
            if not mapping.source or not mapping.target:
                self.say(node, "mapping-empty")
                continue
            if not TARGET.match(mapping.target):
                self.say(node, "mapping-target", what=mapping.target)
            self.expression(node, mapping.source, f"映射 {mapping.target} ")
