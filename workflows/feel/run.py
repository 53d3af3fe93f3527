"""One evaluation: its clock, its budget, what it warned of, and the chain of scopes it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.feel.errors import FeelBudgetExceeded, FeelWarning
from workflows.feel.types import coerce

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from workflows.feel.errors import Position
    from workflows.feel.regex import Pattern
    from workflows.feel.types import Type

# A step is about half a microsecond. Whatever takes longer than a node of the tree is charged before it is done.
BUDGET = 50_000
MAX_CALLS = 100  # functions inside one another
MAX_STRING = 1_000_000
MAX_WARNINGS = 100
MAX_MESSAGE = 1_000
_NULL = 3  # an exception on the way, and its message
_NOTHING: Mapping[str, Any] = {}


class Run:
    """What all expressions of one evaluation share. A decision with its tables and functions is one run."""

    __slots__ = ("calendar", "calls", "functions", "input", "left", "now", "patterns", "unrepeated", "warnings")

    def __init__(
        self,
        now: datetime | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        budget: int = BUDGET,
        calendar: Callable[[], Any] | None = None,
    ) -> None:
        self.now = now
        self.calendar = calendar  # asked by the functions of a layer further out, which knows what it gives
        self.functions = functions or _NOTHING
        self.left = budget
        self.calls = 0
        self.input: Any = None  # what ? stands for
        self.patterns: dict[tuple[str, str], Pattern] | None = None  # those met so far
        self.warnings: list[FeelWarning] = []
        # Warnings, and looks at the clock or at how a number is written: what an answer remembered by value leaves out.
        self.unrepeated = 0

    def charge(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise FeelBudgetExceeded

    def null(self, at: Position, text: str) -> Any:
        """The value of what cannot be evaluated, after a warning that says why."""
        self.charge(_NULL)
        self.unrepeated += 1
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(FeelWarning(at, text[:MAX_MESSAGE]))
        return None

    def coerce(self, value: Any, type: Type) -> Any:
        return coerce(value, type, self)

    def text(self, text: str) -> str:
        """Charge for a text that was made."""
        self.check_text(len(text))
        self.charge(len(text) >> 6)
        return text

    def check_text(self, length: int) -> None:
        """Before a text is made that may be too long."""
        if length > MAX_STRING:
            raise FeelBudgetExceeded(f"字符串超过 {MAX_STRING} 个字符 (string too long)")

    def check_nesting(self, left: int) -> None:
        """Before the members of a value are looked at: ``left`` is how many levels may follow."""
        if left == 0:
            raise FeelBudgetExceeded("值嵌套太深 (values nested too deeply)")

    def enter(self) -> None:
        """A function begins; whoever calls this takes one off ``calls`` when it has ended."""
        if self.calls >= MAX_CALLS:
            raise FeelBudgetExceeded(f"函数嵌套调用超过 {MAX_CALLS} 层 (functions call each other too deeply)")
        self.calls += 1
        self.charge(self.calls >> 2)  # Python's own stack has to grow and shrink


class Env:
    """Some names and what they mean, inside an outer scope. The outermost holds the caller's variables."""

    __slots__ = ("names", "outer", "run")

    def __init__(self, names: Mapping[str, Any], outer: Env | None, run: Run) -> None:
        self.names = names
        self.outer: Env = outer or self
        self.run = run
