"""The requirement graph: what each element of a file requires, of its own file and of others."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions.model import BusinessKnowledgeModel, Decision, DecisionService, InputData, Required

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workflows.decisions.model import DecisionModel
    from workflows.decisions.reading import Reading
    from workflows.decisions.xml import Node

MAX_DEPTH = 50  # decisions resting on decisions
_KINDS: dict[str, tuple[type, ...]] = {
    "requiredInput": (InputData,),
    "requiredDecision": (Decision,),
    "requiredKnowledge": (BusinessKnowledgeModel, DecisionService),
    "inputData": (InputData,),
    "inputDecision": (Decision,),
    "outputDecision": (Decision,),
    "encapsulatedDecision": (Decision,),
}


class Imported(NamedTuple):
    """A model of another file, and the name it has here."""

    prefix: str
    model: DecisionModel


class Graph:
    """`nodes` and `elements` by id, `imported` by namespace."""

    def __init__(
        self,
        definitions: Node,
        nodes: Mapping[str, Node],
        elements: Mapping[str, Any],
        imported: Mapping[str, Imported],
        reading: Reading,
    ) -> None:
        self._definitions = definitions
        self._nodes = nodes
        self._elements = elements
        self._imported = imported
        self._reading = reading
        self._knowledge: dict[str, list[Required]] = {}

    def linked(self) -> list[str]:
        """Gives every element what it requires. All ids, each after those it rests on."""
        rests_on = {key: set(self._link(key, node)) for key, node in self._nodes.items()}
        for key, element in self._elements.items():
            if isinstance(element, Decision):
                element.knowledge = self.knowledge_of(key)
        return self._ordered(rests_on)

    def _link(self, key: str, node: Node) -> Iterator[str]:
        """Yields what the element rests on in its own file; a business knowledge model may call itself."""
        element = self._elements[key]
        required = {kind: list(self._required(node, kind)) for kind in _KINDS}
        self._knowledge[key] = required["requiredKnowledge"]
        if isinstance(element, Decision):
            element.inputs, element.requires = required["requiredInput"], required["requiredDecision"]
        elif isinstance(element, DecisionService):
            element.inputs = [each for _, each in (*required["inputData"], *required["inputDecision"])]
            element.outputs = [each for _, each in required["outputDecision"]]
            if not element.outputs:
                self._reading.problem(node, f"决策服务“{element.name}”没有输出决策 (has no output decision)")
        for kind in ("requiredDecision", "requiredKnowledge", "outputDecision"):
            for _, other in required[kind]:
                own = self._elements.get(other.id) is other
                if own and (other is not element or not isinstance(other, BusinessKnowledgeModel)):
                    yield other.id

    def knowledge_of(self, key: str) -> dict[str, Any]:
        """The functions an element may call, by name."""
        found: dict[str, Any] = {}
        own = self._elements[key]
        itself = [Required("", own)] if isinstance(own, BusinessKnowledgeModel) else []
        for prefix, element in (*self._knowledge[key], *itself):
            if prefix:
                found.setdefault(prefix, {})[element.name] = element.function
            else:
                found[element.name] = element.function
        return found

    def names_of(self, key: str) -> Iterator[str]:
        """What the expressions of an element may name."""
        yield from self.knowledge_of(key)
        element = self._elements[key]
        if isinstance(element, Decision):
            for prefix, each in (*element.inputs, *element.requires):
                if not prefix:
                    yield getattr(each, "result_name", each.name)

    def _required(self, node: Node, kind: str) -> Iterator[Required]:
        containers = [node, *node.all("informationRequirement"), *node.all("knowledgeRequirement")]
        for reference in (each for container in containers for each in container.all(kind)):
            found = self._find(reference.get("href"))
            if found is None or not isinstance(found.element, _KINDS[kind]):
                self._reading.problem(
                    reference, f"找不到所需的“{reference.get('href')}” (required, but not there as <{kind}>)"
                )
            else:
                yield found

    def _find(self, href: str) -> Required | None:
        """`#id` in this file, `namespace#id` in this or an imported one."""
        namespace, _, key = href.rpartition("#")
        if namespace in {"", self._definitions.get("namespace")}:
            element = self._elements.get(key)
            return None if element is None else Required("", element)
        imported = self._imported.get(namespace)
        element = imported.model.elements.get(key) if imported else None
        return None if element is None or imported is None else Required(imported.prefix, element)

    def _ordered(self, rests_on: dict[str, set[str]]) -> list[str]:
        try:
            order = list(TopologicalSorter(rests_on).static_order())
        except CycleError as error:
            circle = " → ".join(error.args[1])
            self._refuse(f"决策互相依赖成环：{circle} (decisions require each other)")
            return list(rests_on)
        depth: dict[str, int] = {}
        for key in order:
            depth[key] = 1 + max((depth[each] for each in rests_on[key]), default=0)
        if depth and max(depth.values()) > MAX_DEPTH:
            self._refuse(f"决策层层依赖超过 {MAX_DEPTH} 层 (the graph is too deep)")
        return order

    def _refuse(self, text: str) -> None:
        """Such a graph is not gone through: its decisions stand alone."""
        self._reading.problem(self._definitions, text)
        for element in self._elements.values():
            if isinstance(element, Decision):
                element.requires = []
