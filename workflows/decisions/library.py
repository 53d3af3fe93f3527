"""The files a model may import, each read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.decisions.errors import DmnError, Problem
from workflows.decisions.xml import read_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workflows.decisions.model import DecisionModel
    from workflows.decisions.xml import Node


class Library:
    """`files` are found by the namespace of their model."""

    def __init__(self, files: Sequence[bytes], read: Callable[[Node, Library], DecisionModel]) -> None:
        self._read = read
        self._found: dict[str, list[Node]] = {}
        for xml in files:
            node = read_xml(xml)
            self._found.setdefault(node.get("namespace"), []).append(node)
        self._models: dict[str, DecisionModel] = {}
        self._open: list[str] = []  # being read: who imports one of them imports in a circle

    def model(self, namespace: str) -> DecisionModel:
        """Raises LookupError with the reason."""
        if namespace in self._open:
            raise LookupError(f"文件互相引入成环 (files import each other)：{namespace}")
        if namespace not in self._models:
            nodes = self._found.get(namespace, [])
            if len(nodes) != 1:
                raise LookupError(
                    f"命名空间 {namespace} 有 {len(nodes)} 个文件，应有一个；请与本文件一起部署 "
                    f"({len(nodes)} files have this namespace; deploy the one that is imported together with this)"
                )
            self._models[namespace] = self.read(nodes[0])
        return self._models[namespace]

    def read(self, definitions: Node) -> DecisionModel:
        self._open.append(definitions.get("namespace"))
        model = self._read(definitions, self)
        self._open.pop()
        return model


def refuse_if(problems: Sequence[Problem]) -> None:
    if problems:
        raise DmnError(problems)
