"""Reads item definitions, type references and allowed values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.decisions.types import FEEL_TYPES, Clause, FeelType, ItemDefinition, Type

if TYPE_CHECKING:
    from workflows.decisions.errors import Violation
    from workflows.decisions.outcome import Condition
    from workflows.decisions.reading import Reading
    from workflows.decisions.xml import Node


class TypeReader:
    def __init__(self, definitions: Node, reading: Reading) -> None:
        self._reading = reading
        self._nodes = {node.get("name"): node for node in definitions.all("itemDefinition")}
        self._known: dict[str, Type | None] = {}
        for name, node in self._nodes.items():
            self.type(name, node)

    def type(self, reference: str, node: Node) -> Type | None:
        """The type a `typeRef` names; a problem when there is none of that name."""
        if reference not in self._nodes and reference not in FEEL_TYPES:
            reference = reference.rpartition(":")[2]  # DMN 1.1 writes feel:string
        if not reference:
            return None
        if reference in self._known:
            return self._known[reference]
        self._known[reference] = None  # who asks again meanwhile asks in a circle
        if reference in self._nodes:
            self._known[reference] = self._item(self._nodes[reference], (reference,))
        elif reference in FEEL_TYPES:
            self._known[reference] = FeelType.named(reference)
        else:
            self._reading.problem(node, f"没有类型“{reference}” (there is no type {reference!r})")
        return self._known[reference]

    def clause(self, node: Node, name: str, type_name: str, values: Node | None, violation: Violation) -> Clause:
        allowed, text = self._allowed(values, name)
        return Clause(node.id, name, self.type(type_name, node), allowed, text, violation)

    def _item(self, node: Node, path: tuple[str, ...]) -> ItemDefinition:
        reference = node.first("typeRef")
        base_name = reference.text.strip() if reference else ""
        allowed, text = self._allowed(node.first("allowedValues"), ".".join(path))
        return ItemDefinition(
            name=node.get("name"),
            base=self._base(base_name, node),
            is_collection=node.get("isCollection") in {"true", "1"},
            allowed=allowed,
            allowed_text=text,
            components=tuple(self._item(each, (*path, each.get("name"))) for each in node.all("itemComponent")),
        )

    def _base(self, name: str, node: Node) -> Type | None:
        base = self.type(name, node)
        if name in self._nodes and base is None:
            self._reading.problem(node, f"类型“{name}”以自身为基础 (the type {name!r} rests on itself)")
        return base

    def _allowed(self, values: Node | None, name: str) -> tuple[Condition | None, str]:
        if values is None or not values.content():
            return None, ""
        return self._reading.tests(values, f"“{name}”的允许值 (allowed values)"), values.content()
