"""The files a model may import, each read once, and only when one is imported."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from workflows.decisions.errors import DmnError, Problem
from workflows.decisions.xml import read_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workflows.decisions.model import DecisionModel
    from workflows.decisions.xml import Node

MAX_DEPTH = 10  # files importing files


class File(NamedTuple):
    xml: bytes
    definitions: Node


class Library:
    """`others` are found by the namespace of their model. One that is no DMN file is nobody's import."""

    def __init__(self, others: Sequence[bytes], read: Callable[[File, Library], DecisionModel]) -> None:
        self._others = others
        self._read = read
        self._files: dict[str, list[File]] | None = None
        self._models: dict[str, DecisionModel] = {}
        self._open: list[str] = []  # being read: who imports one of them imports in a circle
        self.problems: list[Problem] = []  # of the files that were imported, each told once

    def model(self, namespace: str) -> DecisionModel:
        """Raises LookupError with the reason."""
        if namespace in self._open:
            raise LookupError(f"文件互相引入成环 (files import each other)：{namespace}")
        if len(self._open) > MAX_DEPTH:
            raise LookupError(f"层层引入超过 {MAX_DEPTH} 层 (imports go too deep)：{namespace}")
        if namespace not in self._models:
            files = self._by_namespace().get(namespace, [])
            if len(files) != 1:
                raise LookupError(
                    f"命名空间 {namespace} 有 {len(files)} 个文件，应有一个，并与本文件在一起 "
                    f"({len(files)} files have this namespace; there should be one, beside this file)"
                )
            model = self._models[namespace] = self.read(files[0])
            self.problems += [Problem(each.element_id, f"“{model.name}”：{each.text}") for each in model.problems]
        return self._models[namespace]

    def read(self, file: File) -> DecisionModel:
        self._open.append(file.definitions.get("namespace"))
        model = self._read(file, self)
        self._open.pop()
        return model

    def _by_namespace(self) -> dict[str, list[File]]:
        if self._files is None:
            self._files = {}
            for xml in self._others:
                with suppress(DmnError):
                    file = File(xml, read_xml(xml))
                    self._files.setdefault(file.definitions.get("namespace"), []).append(file)
        return self._files
