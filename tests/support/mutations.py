"""Random damage to a BPMN diagram: what a careless or a hostile hand can make of it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
TAGS = [
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "manualTask",
    "userTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "scriptTask",
    "subProcess",
    "callActivity",
    "adHocSubProcess",
    "transaction",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "complexGateway",
    "sequenceFlow",
    "messageEventDefinition",
    "timerEventDefinition",
    "signalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "linkEventDefinition",
    "terminateEventDefinition",
    "conditionalEventDefinition",
    "standardLoopCharacteristics",
    "multiInstanceLoopCharacteristics",
    "timeDuration",
    "timeCycle",
    "timeDate",
    "association",
]
TEXTS = (
    "", "=", "=1", "=x", "=x > 1", "= (", "=[1,2,3]", "=null", '="a"', "PT1H", "R3/PT1M", "0 0 9 * * *", "-P1D", "2026-03-02",
    "true", "false", "0", "-1", "99999999999", "空", "a b", "=for i in 1..1000000 return i", "=1/0", "\u202e", "end", "start",
)  # fmt: skip


def mutated(source: bytes, seed: int, most: int = 4) -> bytes:
    """The diagram with one to ``most`` random changes; the same seed makes the same."""
    rng = random.Random(seed)  # noqa: S311
    root = etree.fromstring(source)
    for _ in range(rng.randint(1, most)):
        elements = [
            element for element in root.iter(etree.Element) if element is not root and element.getparent() is not None
        ]
        inside = [element for element in elements if "/DI" not in element.tag and "/DD/" not in element.tag]
        if not inside:
            break
        rng.choice(CHANGES)(rng, rng.choice(inside), inside)
    return etree.tostring(root)


def _delete(_rng: random.Random, element: etree._Element, _all: list[etree._Element]) -> None:
    element.getparent().remove(element)


def _double(rng: random.Random, element: etree._Element, _all: list[etree._Element]) -> None:
    copy = etree.fromstring(etree.tostring(element))
    if rng.random() < 0.7:
        for inner in copy.iter(etree.Element):
            if "id" in inner.attrib:
                inner.set("id", f"{inner.get('id')}_{rng.randint(0, 99)}")
    element.addnext(copy)


def _retag(rng: random.Random, element: etree._Element, _all: list[etree._Element]) -> None:
    element.tag = f"{BPMN}{rng.choice(TAGS)}"


def _retarget(rng: random.Random, element: etree._Element, every: list[etree._Element]) -> None:
    ids = [other.get("id") for other in every if other.get("id")]
    names = [name for name in element.attrib if str(name).endswith("Ref") or name in {"default", "id"}]
    if names and ids:
        element.set(rng.choice(names), rng.choice(ids))


def _garble(rng: random.Random, element: etree._Element, _all: list[etree._Element]) -> None:
    if element.attrib and rng.random() < 0.7:
        element.set(rng.choice(list(element.attrib)), rng.choice(TEXTS))
    else:
        element.text = rng.choice(TEXTS)


def _forget(rng: random.Random, element: etree._Element, _all: list[etree._Element]) -> None:
    if element.attrib:
        del element.attrib[rng.choice(list(element.attrib))]


def _say(rng: random.Random, element: etree._Element, _all: list[etree._Element]) -> None:
    name = rng.choice(
        ["triggeredByEvent", "isForCompensation", "isInterrupting", "cancelActivity", "isSequential", "isExecutable"]
    )
    element.set(name, rng.choice(["true", "false", "1", "maybe"]))


def _move(rng: random.Random, element: etree._Element, every: list[etree._Element]) -> None:
    target = rng.choice(every)
    if element not in target.iterancestors() and element is not target:
        target.append(element)


def _swap(rng: random.Random, element: etree._Element, every: list[etree._Element]) -> None:
    other = rng.choice(every)
    names = set(element.attrib) & set(other.attrib)
    for name in sorted(map(str, names)):
        mine, theirs = element.get(name), other.get(name)
        element.set(name, theirs)
        other.set(name, mine)


CHANGES: tuple[Callable[[random.Random, etree._Element, list[etree._Element]], None], ...] = (
    _delete, _double, _retag, _retag, _retarget, _retarget, _garble, _garble, _forget, _say, _move, _swap,
)  # fmt: skip
