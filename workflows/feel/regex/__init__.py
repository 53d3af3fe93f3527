"""Regular expressions of XPath (fn:matches, fn:replace, fn:tokenize) that cannot run away.

Python's ``re`` has another syntax and needs exponential time for some patterns. This one visits every pair of
instruction and position at most once, so its time is linear in the text, and every step is charged to the budget.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from workflows.feel.errors import NoValue
from workflows.feel.regex.program import Pattern
from workflows.feel.regex.syntax import parse_pattern

if TYPE_CHECKING:
    from workflows.feel.run import Run

__all__ = ["Pattern", "compile_pattern"]

MAX_PATTERN = 1_000


def compile_pattern(pattern: str, flags: str, run: Run) -> Pattern:
    """``flags`` of XPath: s dot matches all, m lines, i ignore case, x ignore white space, q quote.

    The run is charged for a pattern when it meets it first, whether or not another run has met it. Raises NoValue.
    """
    if run.patterns is None:
        run.patterns = {}
    known = run.patterns.get((pattern, flags))
    if known is None:
        if not set(flags) <= set("smixq"):
            raise NoValue(f"标志只能是 s m i x q (flags are s m i x q)：{flags[:40]}")
        if len(pattern) > MAX_PATTERN:
            raise NoValue(f"模式超过 {MAX_PATTERN} 个字符 (pattern too long)")
        run.charge(20 + 8 * len(pattern))
        known = run.patterns[pattern, flags] = _compiled(pattern, "".join(sorted(set(flags))))
        run.charge(2 * known.size)
    return known


@lru_cache(maxsize=128)
def _compiled(pattern: str, flags: str) -> Pattern:
    return Pattern(parse_pattern(pattern, flags), flags)
