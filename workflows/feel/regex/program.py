"""Pattern trees to instructions, and the machine that runs them without exponential time."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeAlias

from workflows.feel.errors import NoValue
from workflows.feel.regex.syntax import Anchor, Choice, Group, Node, One, Reference, Repeat, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.feel.run import Run

MAX_INSTRUCTIONS = 5_000
_TEXT_PER_STEP = 64  # characters that are compared in the time of one instruction
FAILED = -1

Spans: TypeAlias = "list[tuple[int, int] | None]"  # the whole match, then each group


class Do(Enum):
    TAKE = auto()  # one character of a set
    SPLIT = auto()  # try the first target, then the second
    JUMP = auto()
    SAVE = auto()
    START = auto()
    END = auto()
    REPEAT = auto()  # the text of a group again
    MATCH = auto()


class Pattern:
    def __init__(self, tree: Node, flags: str) -> None:
        self._program: list[list[Any]] = []
        self.groups = 0
        self._remembers = False
        self._lines = "m" in flags
        self._ignore_case = "i" in flags
        if _size(tree) >= MAX_INSTRUCTIONS:
            raise NoValue("模式太大 (the pattern is too large)")
        self._emit(tree)
        self._add(Do.MATCH)

    @property
    def size(self) -> int:
        """Of instructions."""
        return len(self._program)

    # Making the program.

    def _add(self, do: Do, *operands: Any) -> list[Any]:
        self._program.append([do, *operands, *[None] * (2 - len(operands))])
        return self._program[-1]

    @property
    def _here(self) -> int:
        return len(self._program)

    def _emit(self, node: Node) -> None:
        if isinstance(node, One):
            self._add(Do.TAKE, node.allowed, node.weight)
        elif isinstance(node, Anchor):
            self._add(Do.START if node.at_start else Do.END)
        elif isinstance(node, Sequence):
            for part in node.parts:
                self._emit(part)
        elif isinstance(node, Choice):
            self._emit_choice(node)
        elif isinstance(node, Group):
            self.groups = max(self.groups, node.number)
            self._add(Do.SAVE, node.number * 2)
            self._emit(node.inner)
            self._add(Do.SAVE, node.number * 2 + 1)
        elif isinstance(node, Reference):
            self._remembers = True
            self._add(Do.REPEAT, node.number)
        elif isinstance(node, Repeat):
            self._emit_repeat(node)

    def _emit_choice(self, node: Choice) -> None:
        jumps = []
        for branch in node.branches[:-1]:
            split = self._add(Do.SPLIT, self._here + 1, None)
            self._emit(branch)
            jumps.append(self._add(Do.JUMP, None))
            split[2] = self._here
        self._emit(node.branches[-1])
        for jump in jumps:
            jump[1] = self._here

    def _emit_repeat(self, node: Repeat) -> None:
        if _size(node.inner) == 0:
            return  # nothing, any number of times
        for _ in range(node.least):
            self._emit(node.inner)
        if node.most is None:
            loop = self._here
            split = self._add(Do.SPLIT, None, None)
            self._emit(node.inner)
            self._add(Do.JUMP, loop)
            self._aim(split, loop + 1, self._here, greedy=node.greedy)
            return
        splits = []
        for _ in range(node.most - node.least):
            splits.append((self._add(Do.SPLIT, None, None), self._here))
            self._emit(node.inner)
        for split, inside in splits:
            self._aim(split, inside, self._here, greedy=node.greedy)

    @staticmethod
    def _aim(split: list[Any], inside: int, after: int, *, greedy: bool) -> None:
        split[1:] = (inside, after) if greedy else (after, inside)

    # Running it.

    def every(self, text: str, run: Run) -> Iterator[Spans]:
        """Matches that do not overlap, from left to right."""
        position = 0
        while position <= len(text) and (found := self.search(text, position, run)) is not None:
            yield found
            start, end = found[0] or (0, 0)
            position = end if end > start else end + 1

    def search(self, text: str, position: int, run: Run) -> Spans | None:
        """The leftmost match at or after a position."""
        run.charge(5 + self.groups)
        visited: set[Any] = set()
        unset = (-1,) * (2 * self.groups + 2)
        for start in range(position, len(text) + 1):
            if (found := self._match(text, start, unset, visited, run)) is not None:
                return [(found[at], found[at + 1]) if found[at + 1] >= 0 else None for at in range(0, len(found), 2)]
        return None

    def _match(
        self, text: str, start: int, unset: tuple[int, ...], visited: set[Any], run: Run
    ) -> tuple[int, ...] | None:
        """Backtracking, but never twice from the same state: what failed once fails again."""
        program, size, steps = self._program, len(self._program), 0
        saving = 1 + len(unset) // 32
        stack = [(0, start, unset)]
        while stack:
            pc, at, saved = stack.pop()
            while at >= 0:
                do, operand, other = program[pc]
                pc += 1
                steps += 1
                if do is Do.TAKE:
                    steps += other
                    at = at + 1 if at < len(text) and operand(text[at]) else FAILED
                elif do is Do.SPLIT:
                    # Only loops and choices can come to the same state again, and only they can go on for long.
                    state = (pc, at, saved) if self._remembers else at * size + pc
                    run.charge(steps)
                    steps = 0
                    if state in visited:
                        break
                    visited.add(state)
                    stack.append((other, at, saved))
                    pc = operand
                elif do is Do.JUMP:
                    pc = operand
                elif do is Do.SAVE:
                    steps += saving
                    saved = (*saved[:operand], at, *saved[operand + 1 :])
                elif do is Do.MATCH:
                    run.charge(steps)
                    return (start, at, *saved[2:])
                else:
                    at = self._again(operand, text, at, saved, run) if do is Do.REPEAT else self._anchored(do, text, at)
        run.charge(1 + steps)
        return None

    def _anchored(self, do: Do, text: str, at: int) -> int:
        if do is Do.START:
            holds = at == 0 or (self._lines and text[at - 1] == "\n" and at < len(text))
        else:
            holds = at == len(text) or (self._lines and text[at] == "\n")
        return at if holds else FAILED

    def _again(self, group: int, text: str, at: int, saved: tuple[int, ...], run: Run) -> int:
        """Where the reference to a group leads."""
        start, end = saved[group * 2 : group * 2 + 2]
        run.charge((end - start) // _TEXT_PER_STEP)
        again = text[start:end]
        return at + len(again) if self._same(text[at : at + len(again)], again) else FAILED

    def _same(self, one: str, other: str) -> bool:
        return one.casefold() == other.casefold() if self._ignore_case else one == other


def _size(node: Node) -> int:
    """How many instructions it will become."""
    if isinstance(node, Sequence):
        return sum(map(_size, node.parts))
    if isinstance(node, Choice):
        return sum(map(_size, node.branches)) + 2 * (len(node.branches) - 1)
    if isinstance(node, Group):
        return _size(node.inner) + 2
    if isinstance(node, Repeat) and (inner := _size(node.inner)):
        return inner * node.least + (inner + 2 if node.most is None else (inner + 1) * (node.most - node.least))
    return 0 if isinstance(node, Repeat) else 1
