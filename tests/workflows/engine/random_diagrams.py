"""Random small diagrams: some of blocks that fit into each other, some with flows between whatever there is."""

from __future__ import annotations

from itertools import count, pairwise

from hypothesis import strategies as st

from tests.workflows.engine.drawn import ACTIVITIES, CAUGHT, WORK, Diagram, Flow, Node

VARIABLES = ("v0", "v1", "v2")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")
CODES = {"error": "E", "escalation": "EF", "signal": "ST"}
BORDERS = {"serviceTask": ("error",), "callActivity": ("error", "escalation"), "subProcess": ("error", "escalation")}
LOOSE = {*ACTIVITIES, "intermediateThrowEvent", "intermediateCatchEvent"}  # may lead nowhere


@st.composite
def diagrams(draw, loops: int = 20) -> Diagram:
    """``loops``: per cent of the activities that are done several times."""
    builder = Builder(draw, loops)
    builder.fill("", builder.node("startEvent", ""), depth=0)
    return builder.diagram


class Builder:
    def __init__(self, draw, loops: int) -> None:
        self.draw = draw
        self.loops = loops
        self.diagram = Diagram()
        self.numbers = count(1)

    def pick(self, *options):
        return self.draw(st.sampled_from(options))

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def chance(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent

    def node(self, kind: str, scope: str, **values) -> Node:
        short = "".join(letter for letter in kind if letter.isupper() or letter == kind[0]).lower()
        node = Node(f"{short}{next(self.numbers)}", kind, scope, **values)
        self.diagram.nodes[node.id] = node
        return node

    def flow(self, source: Node, target: Node, condition: str = "") -> Flow:
        flow = Flow(f"f{next(self.numbers)}", source.id, target.id, condition)
        self.diagram.flows[flow.id] = flow
        return flow

    def change(self, node: Node, **values) -> None:
        self.diagram.nodes[node.id] = self.diagram.nodes[node.id]._replace(**values)

    def condition(self) -> str:
        return self.pick("", "!") + self.pick(*VARIABLES)

    # Scopes

    def fill(self, scope: str, start: Node, depth: int) -> None:
        """What is between the start of a scope and its ends, and its event sub-processes."""
        if self.chance(50):
            self.wild(scope, start, depth)
        else:
            first, last = self.block(scope, depth, self.number(2, 5) - depth)
            self.flow(start, first)
            self.flow(last, self.end(scope))
        self.decide(scope)
        if depth < 2 and self.chance(30):
            for event in ("timer", "message", "signal", "error", "escalation")[self.number(0, 4) :][
                : self.number(1, 2)
            ]:
                reaction = self.node("eventSubProcess", scope)
                self.fill(reaction.id, self.event("startEvent", reaction.id, event), depth + 1)

    def decide(self, scope: str) -> None:
        """Conditions and defaults for the flows that need or may have them."""
        for node in self.diagram.within(scope):
            flows = self.diagram.out(node)
            choosing = node.kind in {"exclusiveGateway", "inclusiveGateway"} and len(flows) > 1
            if not choosing and not (node.kind in ACTIVITIES and flows and self.chance(15)):
                continue
            for flow in flows:
                if choosing or flow is flows[0] or self.chance(50):
                    self.diagram.flows[flow.id] = flow._replace(condition=self.condition())
            if self.chance(70) and (choosing or all(self.diagram.flows[flow.id].condition for flow in flows)):
                other = self.pick(*flows) if choosing or len(flows) > 1 else None
                if other:
                    self.diagram.flows[other.id] = other._replace(condition="")
                    self.change(node, default=other.id)

    def event(self, kind: str, scope: str, event: str, attached: str = "") -> Node:
        value = self.pick(*CODES.get(event, ("",)))
        catching = kind in {"startEvent", "boundaryEvent"}
        if catching and event in {"error", "escalation"} and self.chance(50):
            value = ""  # any code
        interrupting = event == "error" or not catching or self.chance(50)
        times = -1 if event in {"message", "signal"} else 1 if interrupting else self.number(1, 2)
        return self.node(
            kind, scope, event=event, value=value, attached=attached, interrupting=interrupting, times=times
        )

    # Nodes

    def end(self, scope: str) -> Node:
        event = self.pick("error", "escalation", "signal", "message", "terminate") if self.chance(30) else ""
        return self.event("endEvent", scope, event)

    def throw(self, scope: str) -> Node:
        return self.event("intermediateThrowEvent", scope, self.pick("escalation", "signal", "message", ""))

    def catch(self, scope: str) -> Node:
        return self.event("intermediateCatchEvent", scope, self.pick(*CAUGHT))

    def work(self, scope: str, *, passing: bool = False) -> Node:
        kind = self.pick("task", "manualTask", "scriptTask") if passing else self.pick(*WORK)
        return self.node(kind, scope, **self.loop(3))

    def loop(self, most: int) -> dict:
        if not self.chance(self.loops):
            return {}
        condition = self.condition() if self.chance(40) else ""
        if self.chance(60):
            return {"items": self.number(0, most), "sequential": self.chance(50), "condition": condition}
        return {"rounds": self.number(1, most), "test_before": self.chance(30), "condition": condition}

    def sub(self, scope: str, depth: int) -> Node:
        inner = self.node("subProcess", scope, **self.loop(2))
        self.fill(inner.id, self.node("startEvent", inner.id), depth + 1)
        return inner

    def borders(self, host: Node) -> list[Node]:
        events = [*CAUGHT, *BORDERS.get(host.kind, ())]
        if not self.chance(45) or host.kind not in {*WORK, "subProcess"}:
            return []
        chosen = self.draw(st.lists(st.sampled_from(events), min_size=1, max_size=2, unique=True))
        made = [self.event("boundaryEvent", host.scope, event, host.id) for event in chosen]
        for one in [one for one in made if one.event in {"error", "escalation"} and self.chance(40)]:
            other = self.event(
                "boundaryEvent", host.scope, one.event, host.id
            )  # one for a code beside one for any code
            self.change(other, value="" if one.value else "E")
            made.append(self.diagram.nodes[other.id])
        return made

    # Blocks: one way in, one way out

    def block(self, scope: str, depth: int, size: int) -> tuple[Node, Node]:
        kinds = ["one", "one", "border"]
        if size > 1:
            kinds += ["seq", "seq", "split", "split", "rework", "events"]
        if depth < 2:
            kinds += ["nested"]
        return getattr(self, self.pick(*kinds))(scope, depth, size - 1)

    def one(self, scope: str, *_) -> tuple[Node, Node]:
        make = self.pick(self.work, self.work, self.throw, self.catch)
        node = make(scope)
        return node, node

    def nested(self, scope: str, depth: int, _size: int) -> tuple[Node, Node]:
        return self.bordered(self.sub(scope, depth))

    def border(self, scope: str, *_) -> tuple[Node, Node]:
        return self.bordered(self.work(scope))

    def bordered(self, host: Node) -> tuple[Node, Node]:
        borders = self.borders(host)
        if not borders:
            return host, host
        merge = self.node(self.pick("exclusiveGateway", "inclusiveGateway"), host.scope)
        for source in (host, *borders):
            self.flow(source, merge)
        return host, merge

    def seq(self, scope: str, depth: int, size: int) -> tuple[Node, Node]:
        blocks = [self.block(scope, depth, size) for _ in range(self.number(2, 3))]
        for before, after in pairwise(blocks):
            self.flow(before[1], after[0])
        return blocks[0][0], blocks[-1][1]

    def split(self, scope: str, depth: int, size: int) -> tuple[Node, Node]:
        kind = self.pick(*GATEWAYS)
        first, last = self.node(kind, scope), self.node(kind, scope)
        for _ in range(self.number(2, 3)):
            inner = self.block(scope, depth, size)
            self.flow(first, inner[0])
            self.flow(inner[1], last)
        return first, last

    def events(self, scope: str, *_) -> tuple[Node, Node]:
        merge, gateway = self.node("exclusiveGateway", scope), self.gateway(scope)
        for flow in self.diagram.out(gateway):
            self.flow(self.diagram.nodes[flow.target], merge)
        return gateway, merge

    def gateway(self, scope: str) -> Node:
        """An event-based gateway with the events behind it."""
        gateway = self.node("eventBasedGateway", scope)
        for event in ("timer", "message", "signal")[self.number(0, 1) :]:
            self.flow(gateway, self.event("intermediateCatchEvent", scope, event))
        return gateway

    def rework(self, scope: str, *_) -> tuple[Node, Node]:
        merge, gateway = self.node("exclusiveGateway", scope), self.node("exclusiveGateway", scope)
        work = self.node(self.pick(*WORK), scope)
        self.flow(merge, work)
        self.flow(work, gateway)
        self.flow(gateway, merge)
        return merge, gateway

    # No blocks: whatever leads from what is there already to what comes later, and back from where it waits

    def wild(self, scope: str, start: Node, depth: int) -> None:
        rank, sources, targets = {start.id: 0}, [start], []
        for place in range(1, self.number(3, 7) - depth):
            entry, exits = self.piece(scope, depth)
            self.flow(self.pick(*sources), entry)
            targets.append(entry)
            rank |= {node.id: place for node in (entry, *exits)}
            sources += exits
            for border in [b for node in exits for b in self.borders(node)]:
                rank[border.id] = place
                sources.append(border)
        for _ in range(self.number(0, 4)):
            self.connect(self.pick(*sources), rank, targets)
        for source in sources:
            if self.diagram.out(source) or (source.kind in LOOSE and self.chance(20)):
                continue
            if self.chance(50) or not self.connect(source, rank, targets):
                self.flow(source, self.end(scope))

    def connect(self, source: Node, rank: dict[str, int], targets: list[Node]) -> bool:
        """A flow to something later; from where it certainly waits for something to come, to anything."""
        plain = source.items is None and not source.rounds
        pausing = (source.kind in WORK and plain) or (
            source.event in {"timer", "message"} and source.kind != "startEvent"
        )
        fits = [target for target in targets if pausing or rank[target.id] > rank[source.id]]
        if fits:
            self.flow(source, self.pick(*fits))
        return bool(fits)

    def piece(self, scope: str, depth: int) -> tuple[Node, list[Node]]:
        """A node, or a few that belong together: where a flow leads into it, and from where flows lead on."""
        kind = self.pick(
            "work", "work", "join", "join", "join", "pass", "throw", "catch", "events", "link", "end", "sub"
        )
        if kind == "sub" and depth < 2:
            inner = self.sub(scope, depth)
            return inner, [inner]
        if kind == "end":
            return self.end(scope), []
        if kind == "events":
            gateway = self.gateway(scope)
            return gateway, [self.diagram.nodes[flow.target] for flow in self.diagram.out(gateway)]
        if kind == "link":
            name = f"L{next(self.numbers)}"
            throw = self.node("intermediateThrowEvent", scope, event="link", value=name)
            return throw, [self.node("intermediateCatchEvent", scope, event="link", value=name)]
        if kind == "join":
            node = self.node(self.pick(*GATEWAYS), scope)
        elif kind == "pass":
            node = self.work(scope, passing=True)
        else:
            node = {"throw": self.throw, "catch": self.catch}.get(kind, self.work)(scope)
        return node, [node]
