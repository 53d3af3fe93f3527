"""The token game without data: whether a scope can come to its end from where its tokens are, and which joins can fire.

A marking is what of the running instance counts for that. Every choice is open (conditions may be true or false, events
may happen), so what is impossible here is impossible in every run. A sub-process is searched by itself: to the scope
around it it is an activity that ends in the ways the search found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from workflows.engine.model import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workflows.engine.model import Node, Process
    from workflows.engine.tokens import Token

BOUND = 20_000  # markings looked at in one scope
MOST_SUBSETS = 10  # conditional flows of which every subset is tried
MOST_TOKENS = 12  # in a scope before a border that does not interrupt adds no more of them
END = ""  # how a scope ends by itself; any other way is the code of the error that leaves it
ANY_ERROR = "*"


class At(NamedTuple):
    """One token: in an element, or waiting at a join with the flow it came by.

    ``inside`` are the markings inside a sub-process that runs, one for each item of a multi-instance.
    """

    node: str
    flow: str | None = None
    inside: tuple[tuple[At, ...], ...] | None = None


Marking = tuple[At, ...]


@dataclass(slots=True)
class Outcome:
    """What a search found: how the scope can be left, which joins fired and at which tokens can be left for ever.

    ``sure`` is False when the bound was reached: then what is not found may yet be possible.
    """

    exits: set[str] = field(default_factory=set)
    fired: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    stuck: bool = False  # tokens can be left waiting for ever, here or in a sub-process that then never ends
    sure: bool = True


def can_finish(model: Process, marking: Marking | None = None, bound: int = BOUND) -> bool | None:
    """Whether there is a way from a marking (the beginning where none is given) to the end; None where it is not sure.

    An error that leaves the process is an end too: a calling process may catch it. What goes round for ever because it
    was drawn so, with nothing left waiting, is not stranded either.
    """
    outcome = Search(model, bound).outcome(None, marking)
    if outcome.exits or (outcome.sure and not outcome.stuck):
        return True
    return False if outcome.sure else None


def marking_of(scope: Token) -> Marking:
    """The marking of a running instance (its outermost token), or of a sub-process in it."""
    return tuple(_at(token) for token in scope.children if not token.armed)


def _at(token: Token) -> At:
    node = token.task_spec.node
    if token.at_join:
        return At(node.id, token.internal_data["flow"])
    if node.type not in SCOPES or "compensating" in token.internal_data:
        return At(node.id)
    if node.loop is not None and token.item is None:
        return At(node.id, None, tuple(marking_of(item) for item in token.children if not item.armed))
    begun = token.inner > 0 or "phase" in token.internal_data
    return At(node.id, None, (marking_of(token),) if begun else None)


class Search:
    """The searches in one process, each scope's from its beginning once."""

    def __init__(self, model: Process, bound: int = BOUND) -> None:
        self.model = model
        self.bound = bound
        self.known: dict[str | None, Outcome] = {}
        self.worked = cache(self._worked)

    def outcome(self, scope: str | None, marking: Marking | None = None) -> Outcome:
        """What can become of a scope, from a marking or from its beginning."""
        if marking is None and scope in self.known:
            return self.known[scope]
        found = Outcome()
        begin = [(At(start.id),) for start in self.model.starts(scope)] if marking is None else [marking]
        self._explore(scope, begin, found)
        for reaction in self.model.event_starts(scope):
            if reaction.event and (reaction.event.kind != "error" or self.worked(scope)):
                self._take_over(found, reaction)
        if marking is None:
            self.known[scope] = found
        return found

    def _take_over(self, found: Outcome, reaction: Node) -> None:
        inner = self.outcome(reaction.scope)
        found.exits |= inner.exits if reaction.interrupting else inner.exits - {END}
        found.sure &= inner.sure

    def _worked(self, scope: str | None) -> bool:
        """Whether a worker or a called process may throw an error in a scope."""
        return any(
            node.type == "callActivity"
            or "taskDefinition" in node.settings
            or (node.type in SCOPES and self.worked(node.id))
            for node in self.model.inside(scope)
        )

    def _explore(self, scope: str | None, begin: Iterable[Marking], found: Outcome) -> None:
        open_ = [frozenset(Counter(marking).items()) for marking in begin]
        seen = set(open_)
        while open_:
            counted = open_.pop()
            if not counted:
                found.exits.add(END)
                continue
            for choices in self._moves(scope, Counter(dict(counted)), found):
                states = {frozenset((+following).items()) for following in choices}
                new = states - seen
                if len(seen) + len(new) > self.bound:
                    found.sure = False
                    return
                seen |= new
                open_ += new
                if states and new == states and frozenset() not in states:
                    break

    def _moves(self, scope: str | None, marking: Counter[At], found: Outcome) -> Iterator[list[Counter[At]]]:
        """What can follow, one token after the other.

        A token whose every move leads to something new is enough: what the others do can come after it just as well.
        One that has gone round, or ends the whole scope, keeps nobody from going before it.
        """
        movers = [at for at in marking if not self._parked(at)]
        for mover in movers:
            rest = marking.copy()
            rest[mover] -= 1
            yield list(self._moved(scope, mover, rest, found))
        if movers:
            return
        fired = list(self._inclusive(marking, found))
        if not fired:
            found.left |= {at.node for at in marking if at.flow is not None}
            found.stuck = True
        yield fired

    def _moved(self, scope: str | None, mover: At, rest: Counter[At], found: Outcome) -> Iterator[Counter[At]]:
        for arriving in self._steps(scope, mover, found, room=rest.total() < MOST_TOKENS):
            following = rest.copy()
            if arriving is None:  # the whole scope ends
                following.clear()
            for at in arriving or ():
                following[at] += 1
            self._join(following, found)
            yield following

    def _parked(self, at: At) -> bool:
        """It waits for others, or has failed for good: an error that nobody catches."""
        return at.flow is not None

    def _steps(self, scope: str | None, at: At, found: Outcome, *, room: bool) -> Iterator[list[At] | None]:
        """The tokens that can come of one; None when it ends the scope."""
        node = self.model.nodes[at.node]
        kind = node.event.kind if node.event else None
        if node.type == "endEvent" and kind == "terminate":
            yield None
            return
        if node.type == "endEvent" and kind == "error":
            yield from self._thrown(scope, node.event.value or ANY_ERROR if node.event else ANY_ERROR, found)
            return
        if node.type in SCOPES:
            yield from self._inner(scope, node, at, found)
        else:
            yield from self._onward(node)
        for border in self.model.boundaries(node.id):
            kind = border.event.kind if border.event else None
            if kind in {None, "compensation"} or (kind == "error" and node.type in SCOPES and not self.worked(node.id)):
                continue
            if border.interrupting:
                yield [At(border.id)]
            elif self._matters(border):  # else what it adds can only be in the way
                found.sure = False  # it may come any number of times
                if room:
                    yield [at, *self._after(border)]

    def _matters(self, node: Node) -> bool:
        """Whether what it adds may be what a join lacks, or may end the scope."""
        seen: set[str] = set()
        open_ = [node.id]
        while open_:
            name = open_.pop()
            if name not in seen:
                seen.add(name)
                open_ += self.model.successors(self.model.nodes[name])
        return any(
            (node.type == "parallelGateway" and self._joins(node.id))
            or (node.type == "endEvent" and node.event is not None and node.event.kind in {"terminate", "error"})
            or node.type in SCOPES
            for node in map(self.model.nodes.__getitem__, seen)
        )

    def _joins(self, name: str) -> bool:
        return len(self.model.nodes[name].incoming) > 1

    def _inner(self, scope: str | None, node: Node, at: At, found: Outcome) -> Iterator[list[At] | None]:
        insides = [self.outcome(node.id, marking) for marking in at.inside] if at.inside is not None else []
        if at.inside is None or node.loop is not None:  # it begins, or further items may
            insides.append(self.outcome(node.id))
        found.sure &= all(inner.sure for inner in insides)
        found.stuck |= any(inner.stuck and not inner.exits for inner in insides)
        if all(END in inner.exits for inner in insides):
            yield from self._onward(node)
        for code in sorted(set().union(*(inner.exits for inner in insides)) - {END}):
            caught = self._catching(node.id, code)
            if caught is None:
                yield from self._thrown(scope, code, found)
            else:
                yield [At(caught.id)]

    def _catching(self, node_id: str, code: str) -> Node | None:
        """The border that catches an error; of an unknown code any that is there."""
        borders = [b for b in self.model.boundaries(node_id) if b.event and b.event.kind == "error"]
        exact = [b for b in borders if b.event and b.event.value == code]
        every = [b for b in borders if b.event and not b.event.value]
        return next(iter(exact or every or (borders if self._unknown(code) else ())), None)

    def _unknown(self, code: str) -> bool:
        return code == ANY_ERROR or code.startswith("=")

    def _thrown(self, scope: str | None, code: str, found: Outcome) -> Iterator[list[At] | None]:
        """An error in a scope: an event sub-process catches it, or it leaves the scope."""
        for start in self.model.event_starts(scope):
            value = start.event.value if start.event and start.event.kind == "error" else None
            if start.event and start.event.kind == "error" and (not value or value == code or self._unknown(code)):
                self._take_over(found, start)
                return
        found.exits.add(code)
        yield from ()

    def _onward(self, node: Node) -> Iterator[list[At]]:
        """A token goes on: by all its flows, by one of them, or by some."""
        model = self.model
        if node.type == "intermediateThrowEvent" and node.event and node.event.kind == "link":
            yield [At(other.id) for other in model.links(node)]
            return
        flows = [model.flows[flow] for flow in node.outgoing]
        if node.type in {"exclusiveGateway", "eventBasedGateway"}:
            for flow in flows:
                yield [self._arriving(flow.id)]
            return
        free = [flow.id for flow in flows if flow.condition is None and flow.id != node.default]
        held = [flow.id for flow in flows if flow.condition is not None and flow.id != node.default]
        for chosen in _subsets(held):
            ways = [*free, *chosen] or ([node.default] if node.default else [])
            if ways or not flows:
                yield [self._arriving(way) for way in ways]

    def _after(self, node: Node) -> list[At]:
        return [self._arriving(flow) for flow in node.outgoing]

    def _arriving(self, flow_id: str) -> At:
        target = self.model.nodes[self.model.flows[flow_id].target]
        joins = target.type in {"parallelGateway", "inclusiveGateway"} and self._joins(target.id)
        return At(target.id, flow_id if joins else None)

    def _join(self, marking: Counter[At], found: Outcome) -> None:
        """A parallel join fires when each of its flows has a token."""
        for name in {at.node for at in marking if at.flow is not None}:
            node = self.model.nodes[name]
            if node.type != "parallelGateway":
                continue
            found.arrived.add(name)
            waiting = [At(name, flow) for flow in node.incoming]
            while all(marking[at] > 0 for at in waiting):
                found.fired.add(name)
                marking.subtract(waiting)
                marking[At(name)] += 1

    def _inclusive(self, marking: Counter[At], found: Outcome) -> Iterator[Counter[At]]:
        """An inclusive join fires when nothing can come any more by the flows that have no token."""
        for name in sorted({at.node for at in marking if self.model.nodes[at.node].type == "inclusiveGateway"}):
            here = [at for at in marking if at.node == name]
            others = {at.node for at in marking} - {name}
            empty = set(self.model.nodes[name].incoming) - {at.flow for at in here}
            if any(others & self.model.upstream(flow) for flow in empty):
                continue
            found.fired.add(name)
            following = marking.copy()
            following.subtract(here)
            following[At(name)] += 1
            yield following


def _subsets(flows: list[str]) -> Iterator[tuple[str, ...]]:
    """Every choice of conditional flows, none included; of very many only single ones, all and none."""
    sizes = range(len(flows) + 1) if len(flows) <= MOST_SUBSETS else (0, 1, len(flows))
    for size in sizes:
        yield from combinations(flows, size)
