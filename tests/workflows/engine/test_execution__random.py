"""Random block-structured processes, run in random order, against a model of four lines per kind of block."""

from __future__ import annotations

from itertools import count, pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.diagrams import bpmn, each, end, inclusive, links, parallel, start, sub, user, xor

blocks = st.recursive(
    st.just(("task",)),
    lambda inner: st.one_of(
        st.tuples(st.just("seq"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("par"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("xor"), st.lists(inner, min_size=2, max_size=3), st.integers(0, 2)),
        st.tuples(st.just("or"), st.lists(inner, min_size=2, max_size=3), st.integers(1, 7)),
        st.tuples(st.just("sub"), st.lists(inner, min_size=1, max_size=1)),
        st.tuples(st.just("each"), st.integers(0, 3), st.booleans()),
    ),
    max_leaves=8,
)


class Drawing:
    """Draws a block and gives its first and last element."""

    def __init__(self) -> None:
        self.numbers = count()
        self.parts: list[str] = []
        self.flows: list[str] = []

    def name(self, kind: str) -> str:
        return f"{kind}{next(self.numbers)}"

    def add(self, block: tuple) -> tuple[str, str]:
        return getattr(self, block[0])(*block[1:])

    def task(self) -> tuple[str, str]:
        name = self.name("t")
        self.parts.append(user(name))
        return name, name

    def each(self, size: int, sequential: bool) -> tuple[str, str]:
        name = self.name("m")
        self.parts.append(user(name, inner=each(str(list(range(size))), sequential=sequential)))
        return name, name

    def seq(self, inner: list) -> tuple[str, str]:
        ends = [self.add(block) for block in inner]
        self.flows += [f"{a[1]}>{b[0]}" for a, b in pairwise(ends)]
        return ends[0][0], ends[-1][1]

    def split(self, gateway, inner: list, conditions: list[str], default: int | None = None) -> tuple[str, str]:
        first, last = self.name("g"), self.name("g")
        ends = [self.add(block) for block in inner]
        named = {} if default is None else {"default": f"{first}_{ends[default][0]}"}
        self.parts += [gateway(first, **named), gateway(last)]
        self.flows += [f"{first}>{a}{c}" for (a, _), c in zip(ends, conditions, strict=True)]
        self.flows += [f"{b}>{last}" for _, b in ends]
        return first, last

    def par(self, inner: list) -> tuple[str, str]:
        return self.split(parallel, inner, [""] * len(inner))

    def xor(self, inner: list, choice: int) -> tuple[str, str]:
        last = len(inner) - 1
        conditions = [f"[{str(i == choice).lower()}]" for i in range(last)] + [""]
        return self.split(xor, inner, conditions, default=last)

    def or_(self, inner: list, mask: int) -> tuple[str, str]:
        mask = mask & (2 ** len(inner) - 1) or 1
        return self.split(inclusive, inner, [f"[{str(bool(mask >> i & 1)).lower()}]" for i in range(len(inner))])

    def sub(self, inner: list) -> tuple[str, str]:
        name, drawing = self.name("s"), Drawing()
        drawing.numbers = self.numbers
        first, last = drawing.add(inner[0])
        begin, finish = self.name("b"), self.name("e")
        flows = links(";".join([*drawing.flows, f"{begin}>{first}", f"{last}>{finish}"]))
        self.parts.append(sub(name, start(begin), *drawing.parts, end(finish), flows="", inner=flows))
        return name, name


setattr(Drawing, "or", Drawing.or_)


class Model:
    """What is open in a block: the whole of the semantics, without tokens."""

    def __init__(self, block: tuple) -> None:
        self.kind, rest = block[0], block[1:]
        self.inner: list[Model] = []
        if self.kind == "each":
            self.left, self.sequential = rest
        elif self.kind == "task":
            self.left, self.sequential = 1, False
        elif self.kind == "xor":
            self.inner = [Model(rest[0][min(rest[1], len(rest[0]) - 1)])]
        elif self.kind == "or":
            mask = rest[1] & (2 ** len(rest[0]) - 1) or 1
            self.inner = [Model(b) for i, b in enumerate(rest[0]) if mask >> i & 1]
        else:
            self.inner = [Model(b) for b in rest[0]]

    @property
    def done(self) -> bool:
        return all(m.done for m in self.inner) if self.inner else self.left == 0

    def open(self) -> int:
        if not self.inner:
            return min(self.left, 1) if self.sequential else self.left
        live = [m for m in self.inner if not m.done]
        return sum(m.open() for m in (live[:1] if self.kind == "seq" else live))

    def complete(self, index: int) -> None:
        """Complete the open task of this index, in the order of the drawing."""
        if not self.inner:
            self.left -= 1
            return
        for model in [m for m in self.inner if not m.done]:
            if index < model.open():
                model.complete(index)
                return
            index -= model.open()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(block=blocks, data=st.data())
def test_a_random_process_opens_what_the_model_opens_until_both_are_done(run, block, data):
    drawing = Drawing()
    first, last = drawing.add(block)
    source = bpmn(start(), *drawing.parts, end(), flows=";".join([*drawing.flows, f"start>{first}", f"{last}>end"]))
    case, model = run(source), Model(block)
    order = list(case.definition.model.nodes)
    while not model.done:
        waiting = sorted(case.open("UserTask"), key=lambda w: (order.index(w.element_id), w.key))
        assert len(waiting) == model.open()
        index = data.draw(st.integers(0, len(waiting) - 1))
        case.do(lambda ex, key=waiting[index].key: ex.complete(key, {}))
        model.complete(index)
        before = case.ex.dump()
        case.reload()
        assert case.ex.dump() == before
    assert case.ex.state == "COMPLETED"
    assert case.ex.waits() == []
