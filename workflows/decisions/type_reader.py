"""Reads item definitions, type references and allowed values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.decisions.types import Clause, ItemType, Reference
from workflows.feel.types import ANY, SIMPLE, ContextType, FunctionType, ListType, Type

if TYPE_CHECKING:
    from workflows.decisions.errors import Violation
    from workflows.decisions.reading import Reading
    from workflows.decisions.xml import Node
    from workflows.feel.names import Vocabulary

MAX_DEPTH = 20  # types resting on types
# The names DMN 1.1 to 1.5 and Camunda Modeler write for FEEL's types, beside FEEL's own.
_ALSO = {"integer": "number", "long": "number", "double": "number"}


class TypeReader:
    """Adds the file's item definitions to the types of its vocabulary, which holds those of imported files."""

    def __init__(self, definitions: Node, reading: Reading, vocabulary: Vocabulary) -> None:
        self._reading = reading
        self._vocabulary = vocabulary
        self._nodes: dict[str, Node] = {}
        for node in definitions.all("itemDefinition"):
            name = node.get("name")
            if not name or name in self._nodes:
                reading.problem(node, f"类型名缺失或重复：“{name}” (a type needs a name of its own)")
            self._nodes[name] = node
        self.types = vocabulary.types
        for name, node in self._nodes.items():
            self.types[name] = self._item(node, name)
        for name, node in self._nodes.items():
            self._check_base(name, node)

    @property
    def own(self) -> dict[str, Type]:
        """What a file that imports this one may name."""
        return {name: self.types[name] for name in self._nodes}

    def type(self, reference: str, node: Node) -> Type:
        """The type a `typeRef` names, Any where there is none; a problem when none has that name."""
        reference = self._plain(reference)
        if not reference:
            return ANY
        if reference in self._nodes:
            return Reference(reference, self.types) if reference not in self.types else self.types[reference]
        known = self.types.get(reference) or SIMPLE.get(_ALSO.get(reference, reference))
        if known is None:
            self._reading.problem(node, f"没有类型“{reference}” (there is no type {reference!r})")
        return known or ANY

    def _plain(self, reference: str) -> str:
        """Without the prefix that DMN 1.1 writes, as in feel:string."""
        reference = reference.strip()
        if reference in self._nodes or reference in self.types or reference in SIMPLE:
            return reference
        return reference.rpartition(":")[2].removeprefix("feel.")

    def clause(self, node: Node, name: str, type_name: str, values: Node | None, violation: Violation) -> Clause:
        tests = self._reading.allowed(values, f"“{name}”", self._vocabulary)
        return Clause(node.id, name, self.type(type_name, node), tests, violation)

    def _item(self, node: Node, path: str) -> Type:
        """A definition or a component of one. Allowed values of a collection are those of its items."""
        base = self._base(node, path)
        if values := self._reading.allowed(node.first("allowedValues"), f"“{path}”", self._vocabulary):
            base = ItemType(path, base, values)
        if node.get("isCollection") in {"true", "1"}:
            base = ListType(base)
        constraint = self._reading.allowed(node.first("typeConstraint"), f"“{path}”", self._vocabulary)
        return ItemType(path, base, constraint)

    def _base(self, node: Node, path: str) -> Type:
        if components := node.all("itemComponent"):
            return ContextType(
                tuple((each.get("name"), self._item(each, f"{path}.{each.get('name')}")) for each in components)
            )
        if function := node.first("functionItem"):
            parameters = tuple(self.type(each.get("typeRef"), node) for each in function.all("parameters"))
            return FunctionType(parameters, self.type(function.get("outputTypeRef"), node))
        reference = node.first("typeRef")
        return self.type(reference.text, node) if reference else ANY

    def _check_base(self, name: str, node: Node) -> None:
        """A type may have itself among its members, but not rest on itself."""
        seen = {name}
        while len(seen) < MAX_DEPTH and (reference := node.first("typeRef")):
            base = self._plain(reference.text)
            if base not in self._nodes:
                return
            if base in seen:
                self._refuse(name, f"类型“{name}”以自身为基础 (the type {name!r} rests on itself)")
                return
            seen.add(base)
            node = self._nodes[base]
        if len(seen) == MAX_DEPTH:
            self._refuse(name, f"类型“{name}”层层引用太深 (the type {name!r} rests on too many others)")

    def _refuse(self, name: str, text: str) -> None:
        self._reading.problem(self._nodes[name], text)
        self.types[name] = ANY
