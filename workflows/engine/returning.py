"""The flows of a diagram that lead back: where work is done again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.engine.model import Flow, Node, Process


def returning(process: Process) -> list[Flow]:
    """The flows to a node that the way to them has passed already (the back edges of a search from the starts)."""
    found: list[Flow] = []
    done: set[str] = set()
    for start in process.nodes.values():
        if not start.incoming and not start.attached_to:
            found += _from(process, start, done)
    return found


def _from(process: Process, start: Node, done: set[str]) -> list[Flow]:
    """Depth first, without recursion: a diagram may be longer than Python's stack is deep."""
    found: list[Flow] = []
    way: dict[str, Iterator[tuple[Flow | None, str]]] = {start.id: _onward(process, start)}
    while way:
        here, steps = next(reversed(way.items()))
        for flow, target in steps:
            if target in way:
                found += [flow] if flow else []
            elif target not in done:
                way[target] = _onward(process, process.nodes[target])
                break
        else:
            way.pop(here)
            done.add(here)
    return found


def _onward(process: Process, node: Node) -> Iterator[tuple[Flow | None, str]]:
    """Where a token goes from here: by flows, by links, and by the events at its border."""
    yield from ((process.flows[id], process.flows[id].target) for id in node.outgoing)
    yield from ((None, other.id) for other in process.links(node) if node.type == "intermediateThrowEvent")
    yield from ((None, other.id) for other in process.boundaries(node.id))
