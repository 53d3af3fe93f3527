"""What BPMN can also say of an element and is not done here: said, the element would mean something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.xml import BPMN, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from workflows.engine.model import Flow

# Attributes, and the values with which an element means what is executed; the first is the schema's default.
FIXED = {
    "startQuantity": ("1",),
    "completionQuantity": ("1",),
    "instantiate": ("false", "0"),
    "eventGatewayType": ("Exclusive",),
    "behavior": ("All",),  # of a multi-instance: which events it throws
}


def unusual(element: etree._Element) -> Iterator[str]:
    """The attributes that make it something that is not executed."""
    for name, values in FIXED.items():
        value = element.get(name, values[0]).strip()
        if value not in values:
            yield f"{name}={value}"


def contradicted(element: etree._Element, flows: dict[str, Flow]) -> Iterator[str]:
    """The flows that an element lists as its own and that say otherwise, or do not exist."""
    identity = element.get("id", "")
    for child in element.iterchildren(f"{{{BPMN}}}incoming", f"{{{BPMN}}}outgoing"):
        name = (child.text or "").strip().rpartition(":")[2]
        flow = flows.get(name)
        end = flow and (flow.target if split(child.tag)[1] == "incoming" else flow.source)
        if end != identity:
            yield name
