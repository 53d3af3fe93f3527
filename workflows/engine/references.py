"""What a diagram names and does not hold itself: decisions, forms, processes, job types, groups, registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.engine.model import Node, Process

# The zeebe: element and its attribute, the header of a job or the zeebe:property, and the kind of thing named there.
SETTINGS = {
    ("calledDecision", "decisionId"): "decision",
    ("formDefinition", "formId"): "form",
    ("calledElement", "processId"): "process",
    ("taskDefinition", "type"): "job",
    ("assignmentDefinition", "candidateGroups"): "group",
}
# How the job type begins, and the header of it.
HEADERS = {("register/", "register"): "register", ("document/", "template"): "template"}
PROPERTIES = {"bihuan:ladder": "decision", "bihuan:step": "step"}
VERSION_TAG = "versionTag"  # a binding; a process bound so may be called before a version has the tag
LISTS = frozenset({"group"})  # several names, separated by commas

# The rule for a name that leads nowhere.
UNKNOWN = {
    "decision": "decision-unknown",
    "form": "form-unknown",
    "process": "process-unknown",
    "version": "process-unknown",
}


class Reference(NamedTuple):
    """``kind`` is decision, form, process, version (a process of which not the latest is meant), job, group, step,
    register or template (of a document).
    """

    kind: str
    element_id: str
    element_name: str
    name: str


def references(model: Process) -> list[Reference]:
    """Every name that is written out, in the order of the drawing; those that an expression gives are not known yet."""
    return [Reference(kind, node.id, node.name, name) for node in model.nodes.values() for kind, name in _written(node)]


def _written(node: Node) -> Iterator[tuple[str, str]]:
    for (element, attribute), kind in SETTINGS.items():
        settings = node.settings.get(element, {})
        text = settings.get(attribute, "")
        if not text.startswith("="):
            meant = "version" if settings.get("bindingType") == VERSION_TAG else kind
            names = text.split(",") if kind in LISTS else [text]
            yield from ((meant, name.strip()) for name in names if name.strip())
    job = node.settings.get("taskDefinition", {}).get("type", "")
    for (begins, header), kind in HEADERS.items():
        if job.startswith(begins) and header in node.headers:
            yield kind, node.headers[header]
    for name, kind in PROPERTIES.items():  # no expressions there
        if name in node.properties:
            yield kind, node.properties[name]
