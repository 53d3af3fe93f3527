"""Random block-structured processes: tasks in sequences, forks, choices, sub-processes and loops over items."""

from __future__ import annotations

from itertools import count, pairwise

from hypothesis import strategies as st

from tests.support.diagrams import each, end, inclusive, links, parallel, start, sub, user, xor

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
