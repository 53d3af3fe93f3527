"""What goes into the reading and what comes out of it: plain values, which is all that leaves the child process."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from typing import NamedTuple

from workflows.engine.model import Finding, Node
from workflows.engine.references import Reference
from workflows.governance.schemas import FOLDER, SCHEMA
from workflows.governance.templates import BODY
from workflows.governance.templates import FOLDER as DOCUMENTS

KINDS = {".bpmn": "bpmn", ".dmn": "dmn", ".form": "form", ".json": "form", BODY: "template"}
#: What is deployed of a pack's folder, by the path in it.
DEPLOYED = ("*.bpmn", "*.dmn", "forms/*.json", "registers/*.json", "documents/*.json", "documents/*.html.j2")


class Resource(NamedTuple):
    """One file: ``name`` is its path, e.g. ``case-handling/forms/verify.json``."""

    name: str
    content: bytes

    @property
    def kind(self) -> str | None:
        """What it is by its name: bpmn, dmn, form, register, schema (of a register), template and manifest (of a
        document); None for what is not known.
        """
        suffix = self.path.suffix.lower()
        if suffix == ".json" and self.path.parent.name == FOLDER:  # any other JSON file is a form
            return "schema" if self.name.endswith(SCHEMA) else "register"
        if self.path.parent.name == DOCUMENTS:
            return "manifest" if suffix == ".json" else KINDS.get("".join(self.path.suffixes[-2:]))
        return KINDS.get(suffix)

    @property
    def path(self) -> PurePosixPath:
        return PurePosixPath(self.name)

    @property
    def hash(self) -> str:
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class ReadProcess:
    """An executable process as a deployment needs it. ``file`` is the place of its file among those that were read."""

    file: int
    id: str
    name: str
    version_tag: str | None
    start_events: list[Node]
    references: list[Reference]

    def starts(self) -> list[Node]:
        return self.start_events


@dataclass(frozen=True, slots=True)
class ReadDecisions:
    """The decisions of a DMN file: names by id, the places of the files that it imports, what its ladders name."""

    file: int
    id: str
    name: str
    decisions: dict[str, str]
    imported: list[int]
    references: list[Reference]


@dataclass(slots=True)
class Readings:
    """What files hold and what is wrong with each by itself. What has an error may be missing among what is held."""

    processes: list[ReadProcess] = field(default_factory=list)
    decisions: list[ReadDecisions] = field(default_factory=list)
    findings: list[tuple[int, Finding]] = field(default_factory=list)

    def say(self, file: int, finding: Finding) -> None:
        self.findings.append((file, finding))
