"""The files of a deployment: read, checked against each other and against what is deployed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.engine import Catalogue, DiagramError, Finding, Process, check, parse_processes
from workflows.governance import registers
from workflows.governance.cases import Step as PublicStep
from workflows.runtime.cases import STEP
from workflows.runtime.decision_resources import check_decisions, findings
from workflows.runtime.errors import Invalid, TooLarge
from workflows.runtime.forms import schema_problem
from workflows.runtime.start_timers import TimerInvalid, first
from workflows.store.json import clean, clean_text, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from workflows.decisions import DecisionModel
    from workflows.engine.model import Node
    from workflows.runtime.errors import Findings

# The parsers are our own: no entities, no DTD, bounded depth, time in proportion to size. So size is what bounds them:
# a diagram of this size is checked in half a second, a decision table or a form in a few.
MAX_BYTES = {".bpmn": 4_000_000, ".dmn": 1_000_000, ".form": 256_000, ".json": 4_000_000}
MAX_RESOURCES = 500
SCHEMA = ".schema.json"


class Resource(NamedTuple):
    """One file: ``name`` is its path, e.g. ``case-handling/forms/verify.json``."""

    name: str
    content: bytes

    @property
    def path(self) -> PurePosixPath:
        return PurePosixPath(self.name)

    @property
    def hash(self) -> str:
        return sha256(self.content).hexdigest()


class Read(NamedTuple):
    """What a file holds."""

    resource: Resource
    id: str
    content: Any


@dataclass(slots=True)
class Bundle:
    """The files of one deployment by what they are."""

    processes: list[tuple[Resource, Process]] = field(default_factory=list)
    decisions: list[tuple[Resource, DecisionModel]] = field(default_factory=list)
    decision_files: list[Resource] = field(default_factory=list)
    forms: list[Read] = field(default_factory=list)
    registers: list[Read] = field(default_factory=list)
    schemas: list[Read] = field(default_factory=list)  # of registers, by the register's name
    findings: Findings = field(default_factory=list)


def read(resources: list[Resource]) -> Bundle:
    """Read every file. TooLarge; what cannot be read is a finding."""
    if len(resources) > MAX_RESOURCES:
        raise TooLarge(f"一次最多部署 {MAX_RESOURCES} 个文件")
    bundle = Bundle()
    for resource in resources:
        clean_text(resource.name, "/name")
        suffix = resource.path.suffix.lower()
        if suffix not in READERS:
            raise Invalid(f"不认识的文件 {resource.name}:可以部署 {' '.join(READERS)}")
        _bound(resource, suffix)
        READERS[suffix](resource, bundle)
    for checked in check_decisions(bundle.decision_files):
        bundle.findings += findings(checked)
        if checked.model and not checked.problems:
            bundle.decisions.append((checked.resource, checked.model))
    if not (bundle.processes or bundle.decisions or bundle.forms or bundle.registers or bundle.findings):
        raise Invalid("没有可以部署的文件")
    return bundle


def _bound(resource: Resource, suffix: str) -> None:
    if len(resource.content) > MAX_BYTES[suffix]:
        raise TooLarge(f"{resource.name} 有 {len(resource.content)} 字节,最多 {MAX_BYTES[suffix]}")


def examine(bundle: Bundle, deployed: dict[str, set[str]], now: datetime) -> Findings:
    """Everything that is wrong or doubtful in a bundle, given the ids of the decisions, forms, … deployed already."""
    found = list(bundle.findings)
    found += _duplicates(bundle)
    catalogue = Catalogue(
        decisions={name for _, model in bundle.decisions for name in model.decisions} | deployed["decisions"],
        forms={form.id for form in bundle.forms} | deployed["forms"],
        processes={model.id for _, model in bundle.processes} | deployed["processes"],
    )
    for resource, model in bundle.processes:
        found += [(resource.name, finding) for finding in check([model], catalogue)]
        found += [(resource.name, finding) for finding in _ours(model, catalogue, now)]
    if not any(finding.severity == "error" for _, finding in found):
        found += _circles(bundle)
    found += [problem for register in bundle.registers for problem in _register(register, bundle.schemas)]
    return found


def problem(element_id: str, rule: str, message: str, message_en: str = "", hint: str = "") -> Finding:
    return Finding(element_id, "", rule, "error", message, message_en or message, hint)


def _bpmn(resource: Resource, bundle: Bundle) -> None:
    try:
        bundle.processes += [(resource, model) for model in parse_processes(resource.content)]
    except DiagramError as error:
        bundle.findings.append((resource.name, problem("", "diagram-unreadable", str(error))))


def _dmn(resource: Resource, bundle: Bundle) -> None:
    """Read when all files are there, since one may import another."""
    bundle.decision_files.append(resource)


def _json(resource: Resource, bundle: Bundle) -> None:
    try:
        content = clean(loads(resource.content))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError, Invalid) as error:
        bundle.findings.append((resource.name, problem("", "json-unreadable", f"不是 JSON:{error}")))
        return
    if resource.path.parent.name != registers.FOLDER:
        _bound(resource, ".form")
        if reason := schema_problem(content):
            bundle.findings.append((resource.name, problem("", "form-invalid", reason)))
        else:
            given = content.get("$id") or content.get("id") or resource.path.stem
            bundle.forms.append(Read(resource, str(given), content))
    elif resource.name.endswith(SCHEMA):
        bundle.schemas.append(Read(resource, resource.path.name.removesuffix(SCHEMA), content))
    else:
        bundle.registers.append(Read(resource, resource.path.stem, content))


READERS: dict[str, Callable[[Resource, Bundle], None]] = {
    ".bpmn": _bpmn,
    ".dmn": _dmn,
    ".form": _json,
    ".json": _json,
}


def _duplicates(bundle: Bundle) -> Iterator[tuple[str, Finding]]:
    kinds = {
        "流程": [(resource, model.id) for resource, model in bundle.processes],
        "决策": [(resource, name) for resource, model in bundle.decisions for name in model.decisions],
        "表单": [(form.resource, form.id) for form in bundle.forms],
    }
    for kind, names in kinds.items():
        seen: set[str] = set()
        for resource, name in names:
            if name in seen:
                yield resource.name, problem(name, "id-deployed-twice", f"{kind}「{name}」在这次部署里出现了两次")
            seen.add(name)


def _ours(model: Process, catalogue: Catalogue, now: datetime) -> Iterator[Finding]:
    """What the engine cannot know: ladders, public steps, separation of duty, timers that start."""
    steps = {step.value for step in PublicStep}
    for node in model.nodes.values():
        ladder = node.properties.get("bihuan:ladder")
        if ladder is not None and ladder not in (catalogue.decisions or ()):
            yield problem(
                node.id, "decision-unknown", f"「{node.name}」的升级梯级决策 {ladder} 不存在", hint="先部署决策表"
            )
        step = node.properties.get(STEP)
        if step is not None and step not in steps:
            yield problem(node.id, "step-unknown", f"「{node.name}」的公开步骤“{step}”不存在", hint="、".join(steps))
        for other in filter(None, node.properties.get("bihuan:separateFrom", "").split(",")):
            if other.strip() not in model.nodes:
                yield problem(node.id, "reference-missing", f"「{node.name}」要与之分离的环节 {other} 不存在")
    yield from _timer_starts(model, now)


def starts_by(model: Process, kind: str) -> list[Node]:
    """The start events of a process that wait for a timer, a message or a signal."""
    return [node for node in model.starts() if node.event is not None and node.event.kind == kind]


def _timer_starts(model: Process, now: datetime) -> Iterator[Finding]:
    for node in starts_by(model, "timer"):
        try:
            first(node, now)
        except TimerInvalid as error:
            yield problem(node.id, "timer-invalid", str(error))


def _circles(bundle: Bundle) -> Iterator[tuple[str, Finding]]:
    """Processes of a deployment that call each other in a circle would never come to an end."""
    calls = {
        model.id: {
            node.settings.get("calledElement", {}).get("processId", ""): node.id
            for node in model.nodes.values()
            if node.type == "callActivity"
        }
        for _, model in bundle.processes
    }
    for resource, model in bundle.processes:
        for called, node_id in calls[model.id].items():
            if model.id in _reached(called, calls):
                message = f"流程之间循环调用:{model.id} → {called} → {model.id}"
                yield resource.name, problem(node_id, "calls-in-circles", message)


def _reached(start: str, calls: dict[str, dict[str, str]]) -> set[str]:
    seen: set[str] = set()
    open_ = [start]
    while open_:
        name = open_.pop()
        if name not in seen:
            seen.add(name)
            open_ += calls.get(name, {})
    return seen


def _register(register: Read, schemas: list[Read]) -> Iterator[tuple[str, Finding]]:
    schema = next((one.content for one in schemas if one.id == register.id), None)
    if schema is None:
        yield register.resource.name, problem("", "register-without-schema", f"缺少 {register.id}{SCHEMA}")
        return
    try:
        registers.check(register.resource.name, register.content, schema)
    except registers.RegisterMismatch as mismatch:
        yield register.resource.name, problem("", "register-invalid", str(mismatch))
