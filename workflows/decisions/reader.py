"""Reads a DMN file into a model, or tells everything that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.decisions import table_compiler  # noqa: F401 it registers itself with the compiler
from workflows.decisions.boxed_reader import BoxedReader
from workflows.decisions.errors import DmnError
from workflows.decisions.grammar import unsupported
from workflows.decisions.graph import Graph, Imported
from workflows.decisions.library import File, Library
from workflows.decisions.model import BusinessKnowledgeModel, Decision, DecisionModel, DecisionService, InputData
from workflows.decisions.reading import Reading
from workflows.decisions.table import DecisionTable
from workflows.decisions.type_reader import TypeReader
from workflows.decisions.xml import VERSIONS, read_xml
from workflows.feel import Env, Run
from workflows.feel.compiling import Holds, Level, compile_node
from workflows.feel.errors import FeelSyntaxError
from workflows.feel.expression import VOCABULARY
from workflows.feel.names import PROPERTIES, NameTable, Vocabulary
from workflows.feel.run import BUDGET
from workflows.feel.types import ANY, FunctionType
from workflows.feel.values.functions import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workflows.decisions.xml import Node
    from workflows.feel import tree
    from workflows.feel.compiling import Compiled
    from workflows.feel.types import Type

# One text has the budget of FEEL; a table of a hundred rules that each search a list of thousands needs more.
TEXTS, MAX_BUDGET = 50, 1_000_000
_KINDS = {"decisionTable": "DECISION_TABLE", "literalExpression": "LITERAL_EXPRESSION"}
_NAMED = {
    *("itemComponent", "output", "column", "variable"),
    *("inputData", "decision", "businessKnowledgeModel", "decisionService"),
}


def parse_decisions(xml: bytes, others: Sequence[bytes] = ()) -> DecisionModel:
    """The model of a DMN 1.1 to 1.5 file. `others` are files it may import. Raises DmnError with every problem."""
    model = read_decisions(xml, others)
    if model.problems:
        raise DmnError(model.problems)
    return model


def read_decisions(xml: bytes, others: Sequence[bytes] = ()) -> DecisionModel:
    """As `parse_decisions`, but what would not run is null when evaluated, and among the model's `problems`.

    Raises DmnError for what is no DMN file at all.
    """
    library = Library(others, lambda file, library: _ModelReader(file, library).read())
    model = library.read(File(xml, read_xml(xml)))
    model.problems += tuple(library.problems)
    return model


def _variable(node: Node) -> Node:
    return node.first("variable") or node


def _name(node: Node) -> str:
    """What expressions call an element."""
    return _variable(node).get("name") or node.get("name") or node.get("id")


def _unread_function() -> Function:
    return Function((), FunctionType((), ANY), lambda _run, _arguments: None)


class _ModelReader:
    def __init__(self, file: File, library: Library) -> None:
        self._file = file
        self._definitions = definitions = file.definitions
        self._reading = Reading(list(unsupported(definitions)))
        self._imported = dict(self._import(library))
        self._words = self._vocabulary()
        self._types = TypeReader(definitions, self._reading, self._words)
        self._boxed = BoxedReader(self._reading, self._types)
        self._nodes = self._by_id()
        self._elements = {key: self._SHELLS[node.tag](self, key, node) for key, node in self._nodes.items()}

    def read(self) -> DecisionModel:
        graph = Graph(self._definitions, self._nodes, self._elements, self._imported, self._reading)
        order = graph.linked()
        for key, node in self._nodes.items():
            if reads := self._LOGIC.get(node.tag):
                reads(self, self._elements[key], node, graph)
        decisions = {key: self._elements[key] for key in order if isinstance(self._elements[key], Decision)}
        if not self._elements and not self._types.own:
            self._reading.problem(self._definitions, "文件中没有决策 (there is no decision in the file)")
        return DecisionModel(
            id=self._definitions.get("id") or self._definitions.get("name"),
            name=self._definitions.get("name") or self._definitions.get("id"),
            decisions=decisions,
            invocables={
                key: each
                for key, each in self._elements.items()
                if isinstance(each, (BusinessKnowledgeModel, DecisionService))
            },
            elements=self._elements,
            types=self._types.own,
            imported=tuple(dict.fromkeys(file for each in self._imported.values() for file in each.model.files)),
            xml=self._file.xml,
            tables=tuple(self._reading.tables),
            budget=min(MAX_BUDGET, BUDGET * (1 + self._reading.texts // TEXTS)),
            problems=tuple(self._reading.problems),
        )

    def _import(self, library: Library) -> Iterator[tuple[str, Imported]]:
        for node in self._definitions.all("import"):
            kind, namespace = node.get("importType"), node.get("namespace")
            if kind not in VERSIONS:
                self._reading.problem(node, f"只能引入 DMN 文件，不能引入 (only DMN files can be imported, not) {kind}")
                continue
            try:
                model = library.model(namespace)
            except LookupError as error:
                self._reading.problem(node, str(error.args[0]))
                continue
            yield namespace, Imported(node.get("name"), model)

    def _vocabulary(self) -> Vocabulary:
        """What every expression of the file may name: inputs also where no arrow is drawn from them, as in Camunda."""
        types: dict[str, Type] = {}
        named = {node.get("name") for node in self._definitions.walk() if node.tag in _NAMED} - {""}
        inputs = {_name(node) for node in self._definitions.all("inputData")}
        for prefix, model in self._imported.values():
            elements = {each.name for each in model.elements.values()}
            types.update({f"{prefix}.{name}" if prefix else name: type for name, type in model.types.items()})
            named |= elements
            inputs |= {prefix} if prefix else elements
        return Vocabulary((NameTable(inputs),), NameTable((*PROPERTIES, *named)), VOCABULARY.functions, types)

    def _by_id(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for node in self._definitions.children:
            if node.tag not in self._SHELLS:
                continue
            key = node.get("id") or node.get("name")
            if not key or key in found:
                self._reading.problem(node, f"标识缺失或重复：“{key}” (<{node.tag}> needs an id of its own)")
            found[key] = node
        return found

    # Elements before they are linked and their logic is read.

    def _input_data(self, key: str, node: Node) -> InputData:
        return InputData(key, _name(node), self._types.type(_variable(node).get("typeRef"), node))

    def _decision(self, key: str, node: Node) -> Decision:
        type = self._types.type(_variable(node).get("typeRef"), node)
        kind = next((_KINDS[child.tag] for child in node.children if child.tag in _KINDS), "UNSPECIFIED")
        return Decision(key, node.get("name") or key, _name(node), kind, type)

    def _knowledge(self, key: str, node: Node) -> BusinessKnowledgeModel:
        return BusinessKnowledgeModel(key, _name(node), _unread_function())

    def _service(self, key: str, node: Node) -> DecisionService:
        return DecisionService(key, _name(node), self._result_type(node), _unread_function())

    def _result_type(self, node: Node) -> Type:
        """The variable of what can be invoked is a function; older files give the type of its result."""
        type = self._types.type(_variable(node).get("typeRef"), node)
        resolved = type.resolved()
        return resolved.result if isinstance(resolved, FunctionType) else type

    # Logic.

    def _read_decision(self, decision: Decision, node: Node, graph: Graph) -> None:
        words = self._words.inside(graph.names_of(decision.id))
        logic = self._boxed.inside(node, decision.name, words)
        if logic is None:
            if next(unsupported(node), None) is None:
                self._reading.problem(node, f"决策“{decision.name}”没有内容 (the decision has no logic)")
            return
        decision.table = logic if isinstance(logic, DecisionTable) else None
        decision.logic = self._compiled(logic, node)

    def _read_knowledge(self, model: BusinessKnowledgeModel, node: Node, graph: Graph) -> None:
        encapsulated = node.first("encapsulatedLogic")
        if encapsulated is None:
            self._reading.problem(node, f"业务知识模型“{model.name}”没有内容 (has no logic)")
            return
        words = self._words.inside(graph.names_of(model.id))
        read = self._boxed.function(encapsulated, model.name, words)
        typed = self._boxed.typed(read.body, self._result_type(node), model.name)
        knowledge = graph.knowledge_of(model.id)
        made = self._compiled(type(read)(read.at, read.parameters, typed), node)(Env(knowledge, None, Run()))
        if isinstance(made, Function):
            model.function.parameters, model.function.type, model.function.body = made.parameters, made.type, made.body

    def _read_service(self, service: DecisionService, node: Node, graph: Graph) -> None:
        del node, graph
        names = [each.result_name if isinstance(each, Decision) else each.name for each in service.inputs]
        type = FunctionType(tuple(each.type for each in service.inputs), service.type)
        function = service.function
        function.parameters, function.type, function.body = tuple(names), type, service.invoke

    def _compiled(self, logic: tree.Node, node: Node) -> Compiled:
        try:
            return compile_node(logic, Level(Holds.ANY))
        except FeelSyntaxError as error:
            self._reading.problem(node, f"“{_name(node)}”：{error}")
        except RecursionError:
            self._reading.problem(node, f"“{_name(node)}”：嵌套太深 (nested too deeply)")
        return lambda _: None

    _SHELLS: dict[str, Callable[[_ModelReader, str, Node], Any]] = {  # noqa: RUF012 never changed
        "inputData": _input_data,
        "decision": _decision,
        "businessKnowledgeModel": _knowledge,
        "decisionService": _service,
    }
    _LOGIC: dict[str, Callable[[_ModelReader, Any, Node, Graph], None]] = {  # noqa: RUF012 never changed
        "decision": _read_decision,
        "businessKnowledgeModel": _read_knowledge,
        "decisionService": _read_service,
    }
