"""Regular expressions of XPath (fn:matches, fn:replace, fn:tokenize) that cannot run away.

Python's ``re`` has another syntax and needs exponential time for some patterns. This one visits every pair of
instruction and position at most once, so its time is linear in the text, and every step is charged to the budget.
"""

from __future__ import annotations

from functools import lru_cache

from workflows.feel.errors import NoValue
from workflows.feel.regex.program import Pattern
from workflows.feel.regex.syntax import parse_pattern

__all__ = ["Pattern", "compile_pattern"]

MAX_PATTERN = 1_000


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str) -> Pattern:
    """``flags`` of XPath: s dot matches all, m lines, i ignore case, x ignore white space, q quote. Raises NoValue."""
    if not set(flags) <= set("smixq"):
        raise NoValue(f"标志只能是 s m i x q (flags are s m i x q)：{flags}")
    if len(pattern) > MAX_PATTERN:
        raise NoValue(f"模式超过 {MAX_PATTERN} 个字符 (pattern too long)")
    return Pattern(parse_pattern(pattern, flags), flags)
