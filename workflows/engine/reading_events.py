"""What happens at an event: its definition and what that refers to in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.model import EventDefinition, Message
from workflows.engine.xml import BPMN, attributes, extensions, is_true, referred, split, text_of, zeebe

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree

    Problem = Callable[..., None]

EVENTS = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "signalEventDefinition": "signal",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "compensateEventDefinition": "compensation",
    "linkEventDefinition": "link",
    "terminateEventDefinition": "terminate",
}
TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
# What a definition refers to: the kind of root element, and the attribute of it that counts.
REFERENCES = {
    "signal": ("signalRef", "signal", "name"),
    "error": ("errorRef", "error", "errorCode"),
    "escalation": ("escalationRef", "escalation", "escalationCode"),
}


class Events:
    """The root elements that events refer to, and the reader of event definitions."""

    def __init__(self, root: etree._Element) -> None:
        self.roots = {
            (split(element.tag)[1], element.get("id", "")): element for element in root.iterchildren(f"{{{BPMN}}}*")
        }

    def read(
        self, element: etree._Element, definition: etree._Element | None, problem: Problem
    ) -> EventDefinition | None:
        """The event of an element; a receive task has no definition, it refers to its message itself."""
        tag = "messageEventDefinition" if definition is None else split(definition.tag)[1]
        kind = EVENTS.get(tag)
        if kind is None:
            problem(element, "event-unsupported", what=tag)
            return None
        read = READERS.get(kind, Events.plain)
        return read(self, element, element if definition is None else definition, kind, problem)

    def plain(
        self, _element: etree._Element, definition: etree._Element, kind: str, _problem: Problem
    ) -> EventDefinition:
        """A link has its name in itself; a terminate event says nothing more."""
        return EventDefinition(kind, value=definition.get("name", "").strip() if kind == "link" else None)

    def compensation(
        self, element: etree._Element, definition: etree._Element, kind: str, problem: Problem
    ) -> EventDefinition:
        if not is_true(definition, "waitForCompletion", "true"):
            problem(element, "event-unsupported", what="waitForCompletion=false")
        return EventDefinition(kind, value=referred(definition, "activityRef") or None)

    def timer(
        self, element: etree._Element, definition: etree._Element, _kind: str, problem: Problem
    ) -> EventDefinition:
        times = [(timer, child) for child in definition if (timer := TIMERS.get(split(child.tag)[1]))]
        if not times:
            problem(element, "timer-empty")
            return EventDefinition("timer")
        if len(times) > 1:
            problem(element, "event-unsupported", what=" + ".join(timer for timer, _ in times))
        timer, child = times[0]
        return EventDefinition("timer", timer=timer, value=text_of(child))

    def message(self, element: etree._Element, holder: etree._Element, _kind: str, problem: Problem) -> EventDefinition:
        reference = referred(holder, "messageRef")
        message = self.roots.get(("message", reference))
        if message is None:
            throws = split(element.tag)[1] in {"endEvent", "intermediateThrowEvent"}
            if reference or not throws:  # a throwing one is a job, which may need no message
                problem(element, "reference-missing", what=f"messageRef={reference}")
            return EventDefinition("message")
        keys = [attributes(e).get("correlationKey") for e in extensions(message) if zeebe(e) == "subscription"]
        return EventDefinition("message", Message(message.get("name", "").strip(), keys[0] if keys else None))

    def reference(
        self, element: etree._Element, definition: etree._Element, kind: str, problem: Problem
    ) -> EventDefinition:
        by, tag, what = REFERENCES[kind]
        reference = referred(definition, by)
        if not reference:  # to catch errors and escalations of any code
            return EventDefinition(kind)
        found = self.roots.get((tag, reference))
        if found is None:
            problem(element, "reference-missing", what=f"{by}={reference}")
            return EventDefinition(kind)
        return EventDefinition(kind, value=found.get(what, "").strip())


READERS = {
    "message": Events.message,
    "timer": Events.timer,
    "signal": Events.reference,
    "error": Events.reference,
    "escalation": Events.reference,
    "compensation": Events.compensation,
}
