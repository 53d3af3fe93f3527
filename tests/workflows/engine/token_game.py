"""BPMN 2.0's token game (chapter 13), plain and slow: every marking that can follow, whatever the order of the steps.

Written from the specification, not from the engine. A marking is a tree of places: a token on a sequence flow, or an
element instance with what is inside it. Where the specification leaves the order of two steps open, both are played.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from tests.workflows.engine.drawn import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.workflows.engine.drawn import Diagram, Flow, Node

Path = tuple[int, ...]
MOST_MARKINGS, MOST_PLACES = 2_000, 40


class TooMany(Exception):
    """More markings than a test has time for, or without end."""


class Place(NamedTuple):
    """A token on the flow ``at``, or an instance of the node ``at``; the process is the node ``""``.

    ``armed`` are the events waited for on its behalf, each with how often it can still happen (-1: without end).
    Marks: *body* (of a loop, the items are inside), *done* (its work is), *failed* (found no way out, or an error that
    nobody catches), *raised* (an error of its job that nobody catches), *interrupted* (an event sub-process took over),
    *stuck* (nothing can come any more to the join it waits at).
    """

    at: str
    inside: tuple[Place, ...] = ()
    armed: tuple[tuple[str, int], ...] = ()
    marks: tuple[str, ...] = ()
    left: int = 0  # items still to begin; of a standard loop, rounds begun

    def marked(self, *marks: str) -> Place:
        return self._replace(marks=tuple(sorted({*self.marks, *marks})))

    def without(self, *marks: str) -> Place:
        return self._replace(marks=tuple(mark for mark in self.marks if mark not in marks))


def walk(place: Place, path: Path = ()) -> Iterator[tuple[Path, Place]]:
    yield path, place
    for index, inner in enumerate(place.inside):
        yield from walk(inner, (*path, index))


def get(root: Place, path: Path) -> Place:
    for index in path:
        root = root.inside[index]
    return root


def put(root: Place, path: Path, places: Iterable[Place]) -> Place:
    """The same tree with these in the place of the one at ``path``; the paths of what is around it stay valid."""
    if not path:
        (only,) = places
        return only
    index, rest = path[0], path[1:]
    new = (put(root.inside[index], rest, places),) if rest else tuple(places)
    return root._replace(inside=(*root.inside[:index], *new, *root.inside[index + 1 :]))


def ordered(place: Place) -> Place:
    """Which of two equal things comes first means nothing."""
    return place._replace(inside=tuple(sorted(map(ordered, place.inside))), armed=tuple(sorted(place.armed)))


class Game:
    """All markings a diagram can be in after the commands so far."""

    def __init__(self, diagram: Diagram, values: dict[str, bool]) -> None:
        self.diagram = diagram
        self.values = values
        (start,) = (node for node in diagram.within("") if node.kind == "startEvent")
        self.markings = self.settle([Place("", self.out(start), self.listening(""))])

    # What is seen from outside

    def seen(self, root: Place) -> Counter[tuple[str, str]]:
        """What is open, by kind and element."""
        found: Counter[tuple[str, str]] = Counter()
        for _, place in walk(root):
            found.update((self.diagram.nodes[event].waits, event) for event, _ in place.armed if root.inside)
            if self.waiting(place):
                found[self.diagram.nodes[place.at].waits, place.at] += 1
            if "stuck" in place.marks:
                found["Incident", self.diagram.flows[place.at].target] += 1
            elif {"failed", "raised"} & set(place.marks):
                found["Incident", place.at] += 1
        return found

    def waiting(self, place: Place) -> bool:
        node = self.diagram.nodes.get(place.at)
        over = {"done", "failed", "body"} & set(place.marks)
        return node is not None and bool(node.waits) and not over

    def waits_at(self, place: Place, name: str) -> bool:
        return place.at == name and self.waiting(place)

    # Commands: each is tried at every element instance that it can mean

    def happen(self, name: str) -> None:
        """What is waited for has come: work that is done, or an event, in the flow or on behalf of something."""

        def happens(root: Place, path: Path, place: Place) -> Place:
            if name in dict(place.armed):
                return self.happened(root, path, name)
            return put(root, path, [place.marked("done").without("raised")])

        self.command(lambda place: name in dict(place.armed) or self.waits_at(place, name), happens)

    def throw(self, name: str, kind: str, code: str) -> None:
        """An error or escalation from a worker or a called process."""

        def thrown(root: Place, path: Path, place: Place) -> Place:
            unheard = place.marked("raised") if kind == "error" else place
            return self.thrown(root, path, place, kind, code) or put(root, path, [unheard])

        self.command(lambda place: self.waits_at(place, name), thrown)

    def resolve(self, name: str) -> None:
        """Try again what has failed."""

        def failed(place: Place) -> bool:
            at = self.diagram.flows[place.at].target if "stuck" in place.marks else place.at
            return at == name and bool({"failed", "raised", "stuck"} & set(place.marks))

        self.command(failed, lambda root, path, place: put(root, path, [place.without("failed", "raised")]))

    def command(self, means, does) -> None:
        self.markings = self.settle(
            does(root, path, place) for root in self.markings for path, place in walk(root) if means(place)
        )

    # Steps that happen by themselves

    def settle(self, roots: Iterable[Place]) -> set[Place]:
        """The markings in which nothing moves, in whatever order it came to that."""
        open_, seen, quiet = [ordered(root) for root in roots], set[Place](), set[Place]()
        while open_:
            root = open_.pop()
            if root in seen:
                continue
            seen.add(root)
            if len(seen) > MOST_MARKINGS or sum(1 for _ in walk(root)) > MOST_PLACES:
                raise TooMany
            following = self.steps(root)
            # Where nothing can overtake anything, one order is as good as any other.
            new = [ordered(one) for one in (following if self.diagram.racy else islice(following, 1))]
            open_ += new
            if not new:
                quiet.add(ordered(self.stuck(root)))
        return quiet

    def stuck(self, place: Place) -> Place:
        """Where only tokens in front of joins are left, they wait for ever; no flow leads out of an event sub-process."""
        inside = tuple(map(self.stuck, place.inside))
        waiting = [inner.at in self.diagram.flows for inner in inside]
        if all(
            waits or self.diagram.nodes[inner.at].kind == "eventSubProcess"
            for waits, inner in zip(waiting, inside, strict=True)
        ):
            inside = tuple(
                inner.marked("stuck") if waits else inner for waits, inner in zip(waiting, inside, strict=True)
            )
        return place._replace(inside=inside)

    def steps(self, root: Place) -> Iterator[Place]:
        for path, place in walk(root):
            if place.at in self.diagram.flows:
                yield from self.arrive(root, path, self.diagram.nodes[self.diagram.flows[place.at].target])
            elif path and self.idle(place):
                yield self.act(root, path, place)

    def idle(self, place: Place) -> bool:
        """Nothing keeps it: neither what is inside, nor an event, nor a failure."""
        first_event = self.diagram.nodes[place.at].kind == "eventBasedGateway"
        return not (place.inside or first_event or self.waiting(place) or "failed" in place.marks)

    def arrive(self, root: Place, path: Path, node: Node) -> Iterator[Place]:
        if not self.diagram.joins(node):
            yield put(root, path, [self.enter(node)])
            return
        scope = get(root, path[:-1])
        here = {place.at: place for place in scope.inside if place.at in self.diagram.into(node)}
        ready = self.nothing_comes(scope, node, set(here)) if node.kind == "inclusiveGateway" else True
        if ready and (node.kind == "inclusiveGateway" or len(here) == len(self.diagram.into(node))):
            rest = list(scope.inside)
            for token in here.values():
                rest.remove(token)
            yield put(root, path[:-1], [scope._replace(inside=(*rest, Place(node.id)))])

    def nothing_comes(self, scope: Place, node: Node, filled: set[str]) -> bool:
        """13.4.3 (i) to (iii): no token can come by a flow that has none.

        Clauses (iv) to (vi) would not wait for one that can as well go round and come by a flow that has a token; as
        in Camunda 8 it is waited for, or a branch that may be sent back would not be joined.
        """
        return not any(
            self.diagram.ways(token.at, node) - filled
            for token in scope.inside
            if token.at not in filled and token.at != node.id
        )

    def enter(self, node: Node) -> Place:
        if node.kind == "eventBasedGateway":
            return Place(node.id, armed=tuple((flow.target, 1) for flow in self.diagram.out(node)))
        armed = tuple((border.id, border.times) for border in self.diagram.borders(node) if border.waits)
        if node.items is not None:
            count = min(node.items, 1) if node.sequential else node.items
            return Place(node.id, (self.begin(node),) * count, armed, ("body",), node.items - count)
        if node.rounds:
            goes = not node.test_before or self.true(node.condition)
            return Place(node.id, (self.begin(node),) if goes else (), armed, ("body",), 1)
        begun = self.begin(node)
        return begun._replace(armed=begun.armed + armed)

    def begin(self, node: Node) -> Place:
        """One execution of a node's own work."""
        if node.kind not in SCOPES:
            return Place(node.id)
        (start,) = (inner for inner in self.diagram.within(node.id) if inner.kind == "startEvent")
        return Place(node.id, self.out(start), self.listening(node.id))

    def listening(self, scope: str) -> tuple[tuple[str, int], ...]:
        return tuple((start.id, start.times) for start in self.diagram.reactions(scope) if start.waits)

    def out(self, node: Node) -> tuple[Place, ...]:
        return tuple(Place(flow.id) for flow in self.diagram.out(node))

    def act(self, root: Place, path: Path, place: Place) -> Place:
        """What an element instance does that waits for nothing (more)."""
        node = self.diagram.nodes[place.at]
        done = place.marked("done")
        if "done" in place.marks or node.kind not in {"endEvent", "intermediateThrowEvent"}:
            return self.leave(root, path, place)
        if node.event == "signal":
            return self.heard(put(root, path, [done]), node.value)
        if node.event in {"escalation", "error"}:
            unheard = done if node.event == "escalation" else place.marked("failed")
            return self.thrown(root, path, done, node.event, node.value) or put(root, path, [unheard])
        if node.event == "terminate":
            return put(root, path[:-1], [self.emptied(get(root, path[:-1]))])
        return put(root, path, self.out(self.diagram.link(node)) if node.event == "link" else [done])

    def emptied(self, scope: Place) -> Place:
        """Nothing runs in it any more and its event sub-processes cannot begin; its border is still there."""
        armed = tuple((event, times) for event, times in scope.armed if self.diagram.nodes[event].attached)
        return scope._replace(inside=(), armed=armed)

    def leave(self, root: Place, path: Path, place: Place) -> Place:
        body = get(root, path[:-1])
        if "body" in body.marks:
            others = (*body.inside[: path[-1]], *body.inside[path[-1] + 1 :])
            return put(root, path[:-1], [self.next_item(body._replace(inside=others))])
        chosen = self.chosen(self.diagram.nodes[place.at])
        if chosen is None:
            return put(root, path, [self.emptied(place).marked("failed")])
        return put(root, path, [Place(flow.id) for flow in chosen])

    def next_item(self, body: Place) -> Place:
        node = self.diagram.nodes[body.at]
        if node.rounds:
            again = body.left < node.rounds and self.true(node.condition)
            return body._replace(inside=(self.begin(node),), left=body.left + 1) if again else body
        if node.condition and self.true(node.condition):
            return body._replace(inside=(), left=0)
        if node.sequential and body.left:
            return body._replace(inside=(self.begin(node),), left=body.left - 1)
        return body

    def true(self, condition: str) -> bool:
        return not condition or self.values[condition.removeprefix("!")] is not condition.startswith("!")

    def chosen(self, node: Node) -> list[Flow] | None:
        """The flows that get a token; None where there are some and none may be taken."""
        flows = self.diagram.out(node)
        ways = [flow for flow in flows if flow.id != node.default and self.true(flow.condition)]
        if node.kind == "exclusiveGateway":
            ways = ways[:1]
        ways = ways or [flow for flow in flows if flow.id == node.default]
        return ways if ways or not flows else None

    # Events

    def happened(self, root: Place, path: Path, name: str) -> Place:
        host, event = get(root, path), self.diagram.nodes[name]
        if event.kind == "intermediateCatchEvent":
            return put(root, path, self.out(event))
        armed = tuple((e, times - (e == name and times > 0)) for e, times in host.armed if (e, times) != (name, 1))
        return put(root, path, self.caught(host._replace(armed=armed), event))

    def caught(self, host: Place, event: Node) -> list[Place]:
        """What becomes of an element instance when the event at its border, or of an event sub-process, happens."""
        if event.attached:
            return [*self.out(event)] if event.interrupting else [host, *self.out(event)]
        reaction = self.begin(self.diagram.nodes[event.scope])
        if event.interrupting:
            return [self.emptied(host).marked("interrupted")._replace(inside=(reaction,))]
        return [host._replace(inside=(*host.inside, reaction))]

    def reacts(self, host: Place) -> bool:
        """Whether its event sub-processes can begin: it runs, and none has taken over."""
        return bool(host.inside) and not {"interrupted", "body"} & set(host.marks)

    def thrown(self, root: Place, path: Path, rest: Place, kind: str, code: str) -> Place | None:
        """An error or escalation goes outwards to the nearest that catches it; ``rest`` stays if it may go on."""
        root = put(root, path, [rest])
        for depth in range(len(path), -1, -1):
            host = get(root, path[:depth])
            item = depth > 0 and "body" in get(root, path[: depth - 1]).marks
            reactions = self.diagram.reactions(host.at) if depth < len(path) and self.reacts(host) else []
            borders = [] if item or not depth else self.diagram.borders(self.diagram.nodes[host.at])
            for events in (reactions, borders):
                fits = [event for event in events if event.event == kind and event.value in {code, ""}]
                if fits:
                    return put(root, path[:depth], self.caught(host, max(fits, key=lambda event: event.value)))
        return None

    def heard(self, root: Place, name: str) -> Place:
        """A signal reaches everyone who waits for it."""
        (place,) = self.hearing(root, name, item=False)
        return place

    def hearing(self, place: Place, name: str, *, item: bool) -> list[Place]:
        body = "body" in place.marks
        running = self.reacts(place)
        place = place._replace(inside=tuple(p for inner in place.inside for p in self.hearing(inner, name, item=body)))
        node = self.diagram.nodes.get(place.at)
        if node is not None and self.waiting(place) and (node.event, node.value) == ("signal", name):
            return [place.marked("done")]
        places = [place]
        heard = [self.diagram.nodes[event] for event, _ in place.armed]
        for event in sorted(
            (e for e in heard if (e.event, e.value) == ("signal", name)), key=lambda e: bool(e.attached)
        ):
            if event.kind == "intermediateCatchEvent":
                return [*self.out(event)]
            if (event.attached and not item) or (not event.attached and running):
                host, *others = places
                places = [*self.caught(host, event), *others]
        return places
