"""Migration plans: which element of one process corresponds to which of another, and what forbids it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from workflows.engine.events import SUBSCRIBED
from workflows.engine.migration_findings import reason
from workflows.engine.model import ACTIVITIES, SCOPES, Loop, StandardLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from workflows.engine.model import Finding, Node, Process

Pair = tuple[str, str]  # ids of elements, or of sequence flows, in the source and in the target
GATEWAYS = frozenset({"parallelGateway", "inclusiveGateway"})
CATCHING = frozenset({"boundaryEvent", "intermediateCatchEvent", "startEvent"})


class Plan(NamedTuple):
    """A plan as it is proposed. ``closes`` and ``opens`` are the catch events that lose or gain a subscription."""

    pairs: list[Pair]
    findings: list[Finding]
    closes: list[str]
    opens: list[str]


def _loop(node: Node) -> str:
    match node.loop:
        case StandardLoop():
            return "standard loop"
        case Loop(sequential=True):
            return "sequential"
        case Loop():
            return "parallel"
    return "once"


def _work(node: Node) -> str:
    how = next((name for name in ("calledDecision", "taskDefinition") if name in node.settings), "")
    return f"{how}{' for compensation' if node.for_compensation else ''}".strip() or "plain"


# What has to be the same in both, in the order in which it is looked at.
SAME: dict[str, Callable[[Node], str]] = {
    "type-differs": lambda node: node.type,
    "event-differs": lambda node: node.event.kind if node.event else "none",
    "loop-differs": _loop,
    "work-differs": _work,
}


def propose(old: Process, new: Process, chosen: Sequence[Pair] = ()) -> Plan:
    """Every element onto the one with the same id, where type, event, repetition and scope are the same.

    ``chosen`` pairs come first. Nothing is ever mapped by its name or its place in the drawing.
    """
    mapping = dict(chosen)
    taken, left = set(mapping.values()), []
    for node in _outer_first(old):
        other = new.nodes.get(node.id)
        if node.id in mapping:
            continue
        if other is None or other.id in taken:
            left.append(reason("left-out", node, "新流程里没有同一标识的元素 (no element with this id)"))
        elif differing := next(_differences(node, other, mapping, strict=True), None):
            rule, what = differing
            left.append(reason("left-out", node, f"{what} ({rule})"))
        else:
            mapping[node.id] = node.id
    pairs = [*chosen, *(pair for pair in mapping.items() if pair[0] not in dict(chosen))]
    rests = [found for found in left if _rests(old.nodes[found.element_id])]
    targets = set(mapping.values())
    return Plan(
        pairs,
        [*problems(old, new, pairs), *rests],
        [node.id for node in _subscribed(old) if node.id not in mapping],
        [node.id for node in _subscribed(new) if node.id not in targets],
    )


def problems(old: Process, new: Process, pairs: Iterable[Pair]) -> list[Finding]:
    """Whatever forbids a plan for these two definitions, wherever an instance stands (Camunda 8's rules)."""
    pairs = list(pairs)
    mapping = dict(pairs)
    found: list[Finding] = []
    sources, targets = Counter(source for source, _ in pairs), Counter(target for _, target in set(pairs))
    for source, target in dict.fromkeys(pairs):
        node = old.nodes.get(source)
        here = node or source
        if source not in old.nodes and source not in old.flows:
            found.append(reason("source-unknown", source))
        elif target not in new.nodes and target not in new.flows:
            found.append(reason("target-unknown", here, target))
        elif (source in old.flows) != (target in new.flows):
            found.append(reason("type-differs", here, f"{source} → {target}"))
        elif node is not None:
            differing = _differences(node, new.nodes[target], mapping, strict=False)
            found += [reason(rule, node, what) for rule, what in differing]
        if sources[source] > 1:
            found.append(reason("source-twice", here))
        if targets[target] > 1 and (node is None or node.type in CATCHING | GATEWAYS):
            found.append(reason("target-twice", here, target))
    return found


def _differences(node: Node, other: Node, mapping: Mapping[str, str], *, strict: bool) -> Iterator[tuple[str, str]]:
    """What is not the same first of all, rule and values; ``strict`` asks that what is around it is mapped, too."""
    for rule, of in SAME.items():
        if of(node) != of(other):
            yield rule, f"{of(node)} → {of(other)}"
            return
    for rule, around, now_around in (
        ("scope-differs", node.scope, other.scope),
        ("detached", node.attached_to, other.attached_to),
    ):
        if around is None or around in mapping:
            differs = mapping.get(around or "") != now_around
        else:
            differs = strict or now_around is None
        if differs:
            yield rule, f"{around or '-'} → {now_around or '-'}"


def _outer_first(model: Process) -> Iterator[Node]:
    """All elements, each after the sub-process around it and the activity it is attached to."""
    scopes: list[str | None] = [None]
    for scope in scopes:
        inside = model.inside(scope)
        yield from sorted(inside, key=lambda node: node.attached_to is not None)
        scopes += [node.id for node in inside if node.type in SCOPES]


def _rests(node: Node) -> bool:
    """Whether a token stays here in the ordinary course of things."""
    joins = node.type in GATEWAYS and len(node.incoming) > 1
    return joins or node.type in ACTIVITIES | SCOPES | {"intermediateCatchEvent", "eventBasedGateway"}


def _subscribed(model: Process) -> Iterator[Node]:
    """The events that are waited for on behalf of an element around or before them."""
    for node in model.nodes.values():
        if node.event is None or node.event.kind not in SUBSCRIBED:
            continue
        scope = model.nodes.get(node.scope or "")
        starts = node.type == "startEvent" and scope is not None and scope.type == "eventSubProcess"
        before = [model.nodes[name].type for name in model.predecessors(node)]
        if node.attached_to or starts or (node.type in CATCHING and "eventBasedGateway" in before):
            yield node
