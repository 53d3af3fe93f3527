"""The files of a deployment: read in a process of their own, then held against each other and what is deployed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter

from workflows.governance.schemas import SCHEMA
from workflows.governance.templates import BODY
from workflows.intake.decisions import hash_of, unread
from workflows.intake.files import KINDS, ReadDecisions, Readings, ReadProcess, Resource
from workflows.intake.room import ROOM, ReadingFailed, ReadingTooLong
from workflows.intake.rules import finding
from workflows.runtime.errors import Invalid, TooLarge
from workflows.store.json import clean, clean_text, loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.engine import Finding
    from workflows.runtime.errors import Findings

__all__ = ["Bundle", "Read", "Resource", "look_through", "read"]

# Time and memory are bounded where they are read; this bounds what is written and read again.
MAX_BYTES = {
    "bpmn": 4_000_000, "dmn": 1_000_000, "form": 256_000, "register": 4_000_000, "schema": 4_000_000,
    "template": 100_000, "manifest": 256_000,
}  # fmt: skip
MAX_RESOURCES = 500
_READINGS = TypeAdapter(Readings)
_CHECKED = TypeAdapter(list[dict[str, Any]])


class Written(NamedTuple):
    """A template of documents with its manifest."""

    resource: Resource
    id: str
    manifest: Any
    body: str
    hash: str  # of both


class Read(NamedTuple):
    """What a JSON file holds."""

    resource: Resource
    id: str
    content: Any


@dataclass(slots=True)
class Bundle:
    """The files of one deployment by what they are, and what is wrong with each by itself."""

    processes: list[tuple[Resource, ReadProcess]] = field(default_factory=list)
    decisions: list[tuple[Resource, ReadDecisions, list[bytes]]] = field(default_factory=list)  # with what it imports
    forms: list[Read] = field(default_factory=list)
    registers: list[Read] = field(default_factory=list)
    schemas: list[Read] = field(default_factory=list)  # of registers
    manifests: list[Read] = field(default_factory=list)  # of documents
    templates: list[Written] = field(default_factory=list)
    findings: Findings = field(default_factory=list)


def read(resources: list[Resource]) -> Bundle:
    """Read every file, without a database. TooLarge, Invalid; what is wrong with a file is a finding."""
    _admit(resources)
    bundle = Bundle()
    files = [each for each in resources if each.kind in {"bpmn", "dmn", "template"} or _json(each, bundle)]
    try:
        readings = ROOM.ask("read", files, _READINGS)
    except ReadingFailed as failed:
        bundle.findings.append((failed.name, _unread(failed)))
        return bundle
    bundle.processes = [(files[each.file], each) for each in readings.processes]
    bundle.decisions = [
        (files[each.file], each, [files[file].content for file in each.imported]) for each in readings.decisions
    ]
    bundle.findings += [(files[file].name, found) for file, found in readings.findings]
    bundle.templates = list(_templates(files, bundle))
    held = (bundle.processes, bundle.decisions, bundle.forms, bundle.registers, bundle.schemas, bundle.templates)
    if not any((*held, bundle.findings)):
        raise Invalid("没有可以部署的文件 (nothing to deploy)")
    return bundle


def look_through(resources: list[Resource]) -> list[dict[str, Any]]:
    """What is wrong or doubtful with each DMN file, as ``CheckedFile.to_json`` shows it. TooLarge."""
    for resource in resources:
        _bound(resource, "dmn")
    try:
        return ROOM.ask("check-decisions", resources, _CHECKED)
    except ReadingFailed as failed:
        return [unread(each, _unread(failed)) for each in resources if each.name == failed.name or not failed.name]


def _admit(resources: list[Resource]) -> None:
    if len(resources) > MAX_RESOURCES:
        raise TooLarge(f"一次最多部署 {MAX_RESOURCES} 个文件")
    for resource in resources:
        clean_text(resource.name, "/name")
        if resource.kind is None:
            raise Invalid(f"不认识的文件 {resource.name}:可以部署 {' '.join(KINDS)}")
        _bound(resource, resource.kind)


def _bound(resource: Resource, kind: str) -> None:
    if len(resource.content) > MAX_BYTES[kind]:
        raise TooLarge(f"{resource.name} 有 {len(resource.content)} 字节,最多 {MAX_BYTES[kind]}")


def _json(resource: Resource, bundle: Bundle) -> bool:
    """Read here, since its content goes into a row; what it means is looked at where diagrams are read."""
    try:
        content = clean(loads(resource.content))
    except (ValueError, RecursionError, Invalid) as error:
        bundle.findings.append((resource.name, finding("json-unreadable", what=str(error))))
        return False
    if resource.kind == "form":
        told = content if isinstance(content, dict) else {}
        bundle.forms.append(Read(resource, str(told.get("$id") or told.get("id") or resource.path.stem), content))
    elif resource.kind == "register":
        bundle.registers.append(Read(resource, resource.path.stem, content))
    elif resource.kind == "schema":
        bundle.schemas.append(Read(resource, resource.path.name.removesuffix(SCHEMA), content))
    elif resource.kind == "manifest":
        bundle.manifests.append(Read(resource, resource.path.stem, content))
    return True


def _templates(files: list[Resource], bundle: Bundle) -> Iterator[Written]:
    """Those that can be read, each with its manifest."""
    wrong = {name for name, found in bundle.findings if found.severity == "error"}
    manifests = {manifest.resource.path.with_suffix(BODY): manifest for manifest in bundle.manifests}
    for resource in files:
        if resource.kind == "template" and resource.name not in wrong and (found := manifests.get(resource.path)):
            both = hash_of(resource.content, [found.resource.content])
            yield Written(resource, found.id, found.content, resource.content.decode(), both)


def _unread(failed: ReadingFailed) -> Finding:
    if isinstance(failed, ReadingTooLong):
        return finding("reading-too-long", what=f"{ROOM.seconds:.0f}")
    return finding("reading-failed", what="读取进程中断 (the process that reads ended)")
