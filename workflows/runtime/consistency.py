"""Whether the files of a deployment fit each other and what is deployed: names lead somewhere, calls come to an end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workflows.engine.references import UNKNOWN
from workflows.governance import organisation, register_schemas, registers
from workflows.governance.cases import Step as PublicStep
from workflows.intake.rules import finding
from workflows.runtime.clock import real_now
from workflows.runtime.inline import HANDLERS
from workflows.runtime.resources import read
from workflows.runtime.start_timers import TimerInvalid, first

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator
    from datetime import datetime

    from workflows.engine import Finding, Process
    from workflows.engine.model import Node
    from workflows.engine.references import Reference
    from workflows.governance.register_schemas import EntrySchema
    from workflows.intake.files import ReadProcess
    from workflows.runtime.errors import Findings
    from workflows.runtime.resources import Bundle, Read, Resource

HANDLER = "handler"  # of a ladder: whoever has the clock
STEPS = [step.value for step in PublicStep]
RULES = UNKNOWN | {
    "job": "handler-unknown",
    "group": "group-unknown",
    "register": "register-unknown",
    "step": "step-unknown",
    "role": "role-unknown",
    "started": "started-unknown",
    "template": "template-unknown",
}


@dataclass(frozen=True, slots=True)
class Deployed:
    """What is deployed already: ids, the seats ``role@unit`` of the organisation, and what a process calls."""

    decisions: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    templates: set[str] = field(default_factory=set)
    processes: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    registers: dict[str, str] = field(default_factory=dict)  # of entries: the pack by the name
    process: Callable[[str], Called | None] = lambda _: None  # the latest version


@dataclass(frozen=True, slots=True)
class Called:
    """A process as those that call it see it."""

    begins: bool  # it has a none start event
    calls: list[str]


class Handled:
    """Job types that someone can do: those with an inline handler, and those of other namespaces, for workers."""

    def __contains__(self, type: object) -> bool:
        return type in HANDLERS or str(type).partition("/")[0] not in {name.partition("/")[0] for name in HANDLERS}


def examine(bundle: Bundle, deployed: Deployed, now: datetime) -> Findings:
    """Everything that is wrong or doubtful in a bundle, of each file by itself and of all together."""
    found = list(bundle.findings)
    found += _duplicates(bundle)
    found += _organisations(bundle)
    found += _entries(bundle, deployed)
    known = _known(bundle, deployed)
    calls = _Calls(bundle, deployed)
    for resource, process in bundle.processes:
        for of in (_unknown(process.references, known), calls.findings(process), _timer_starts(process, now)):
            found += [(resource.name, each) for each in of]
    for resource, decisions, _ in bundle.decisions:
        found += [(resource.name, each) for each in _unknown(decisions.references, known)]
    return found


def check_files(resources: list[Resource]) -> Findings:
    """What a deployment of these files alone would say, without a database. TooLarge, Invalid."""
    return examine(read(resources), Deployed(), real_now())


def starts_by(process: ReadProcess | Process, kind: str) -> list[Node]:
    """The start events of a process that wait for a timer, a message or a signal."""
    return [node for node in process.starts() if node.event is not None and node.event.kind == kind]


def _known(bundle: Bundle, deployed: Deployed) -> dict[str, Container[str]]:
    processes = {process.id for _, process in bundle.processes} | deployed.processes
    known: dict[str, Container[str]] = {
        "decision": {name for _, model, _ in bundle.decisions for name in model.decisions} | deployed.decisions,
        "form": {form.id for form in bundle.forms} | deployed.forms,
        "template": {template.id for template in bundle.templates} | deployed.templates,
        "process": processes,
        "version": processes,
        "started": processes,
        "job": Handled(),
        "step": STEPS,
    }
    if registers := {schema.id for schema in bundle.schemas} | deployed.registers.keys():
        known["register"] = registers
    # A deployed organisation takes the place of the one before.
    if groups := _seats(bundle) or deployed.groups:
        known["group"] = groups
        known["role"] = groups | {group.partition("@")[0] for group in groups} | {HANDLER}
    return known


def _organisations(bundle: Bundle) -> Iterator[tuple[str, Finding]]:
    for register in bundle.registers:
        if register.id == organisation.NAME:
            try:
                organisation.check(register.content)
            except registers.RegisterMismatch as mismatch:
                yield register.resource.name, finding("register-invalid", what=str(mismatch))


def _entries(bundle: Bundle, deployed: Deployed) -> Iterator[tuple[str, Finding]]:
    """Registers of entries: what their schemas say of the house, and each entry by itself."""
    wrong = {name for name, found in bundle.findings if found.severity == "error"}
    packs = dict(deployed.registers)
    for schema in bundle.schemas:
        name, pack = schema.resource.name, schema.resource.path.parts[0]
        seed = next(
            (
                one
                for one in bundle.registers
                if one.resource.path == schema.resource.path.with_name(f"{schema.id}.json")
            ),
            None,
        )
        if name in wrong or (seed is not None and seed.resource.name in wrong):
            continue
        try:
            read = register_schemas.read(schema.id, pack, schema.content)
        except registers.RegisterMismatch as mismatch:
            yield name, finding("schema-invalid", what=str(mismatch))
            continue
        if read is not None and packs.setdefault(schema.id, pack) != pack:
            yield name, finding("register-elsewhere", what=schema.id)
        if read is not None and seed is not None:
            yield from ((seed.resource.name, finding("register-invalid", what=what)) for what in _seeded(read, seed))


def _seeded(schema: EntrySchema, seed: Read) -> Iterator[str]:
    seen: set[str | None] = set()
    for place, data in enumerate(seed.content):
        try:
            key = schema.key_of(schema.checked(data))
        except registers.RegisterMismatch as mismatch:
            yield f"/{place} {mismatch}"
            continue
        if key is None or key in seen:
            yield f"/{place}/{schema.key} {'必填' if key is None else f'{key} 出现了两次'}"
        seen.add(key)


def _seats(bundle: Bundle) -> set[str]:
    wrong = {name for name, _ in _organisations(bundle)}
    sound = [one for one in bundle.registers if one.id == organisation.NAME and one.resource.name not in wrong]
    return {group for one in sound for group in organisation.groups(one.content)}


def _unknown(references: list[Reference], known: dict[str, Container[str]]) -> Iterator[Finding]:
    for kind, element_id, element_name, name in references:
        if kind in known and name not in known[kind]:
            yield finding(RULES[kind], element_id, element_name, what=name, known="、".join(STEPS))


def _duplicates(bundle: Bundle) -> Iterator[tuple[str, Finding]]:
    kinds = {
        "流程": [(resource, process.id) for resource, process in bundle.processes],
        "决策": [(resource, name) for resource, model, _ in bundle.decisions for name in model.decisions],
        "表单": [(form.resource, form.id) for form in bundle.forms],
        "文书模板": [(template.resource, template.id) for template in bundle.templates],
    }
    for kind, names in kinds.items():
        seen: set[str] = set()
        for resource, name in names:
            if name in seen:
                yield resource.name, finding("id-deployed-twice", name, f"{kind} {name}")
            seen.add(name)


def _timer_starts(process: ReadProcess, now: datetime) -> Iterator[Finding]:
    for node in starts_by(process, "timer"):
        try:
            first(node, now)
        except TimerInvalid as error:
            yield finding("timer-invalid", node.id, node.name, what=str(error))


class _Calls:
    """Which process calls which, here and in the latest versions of what is deployed."""

    def __init__(self, bundle: Bundle, deployed: Deployed) -> None:
        self.deployed = deployed
        self.known: dict[str, Called | None] = {process.id: called(process) for _, process in bundle.processes}

    def of(self, process_id: str) -> Called | None:
        if process_id not in self.known:
            self.known[process_id] = self.deployed.process(process_id)
        return self.known[process_id]

    def findings(self, process: ReadProcess) -> Iterator[Finding]:
        for kind, element_id, element_name, name in process.references:
            if kind != "process" or (there := self.of(name)) is None:
                continue
            if not there.begins:
                yield finding("called-without-start", element_id, element_name, what=name)
            if process.id in self.reached(name):
                circle = f"{process.id} → {name} → {process.id}"
                yield finding("calls-in-circles", element_id, element_name, what=circle)

    def reached(self, start: str) -> set[str]:
        seen: set[str] = set()
        open_ = [start]
        while open_:
            name = open_.pop()
            if name not in seen:
                seen.add(name)
                there = self.of(name)
                open_ += there.calls if there else []
        return seen


def called(process: ReadProcess) -> Called:
    """What those that call a process see of it."""
    begins = any(node.event is None for node in process.starts())
    return Called(begins, [each.name for each in process.references if each.kind == "process"])
