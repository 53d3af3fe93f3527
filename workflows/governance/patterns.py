r"""Patterns of JSON Schema (ECMA-262) as the regular expressions of ``workflows.feel``, which cannot run away.

What there is in both is written over: ``\d``, ``\w`` and ``\s`` mean other characters in XPath. What there is only in
ECMA-262, such as looking ahead, is refused where a schema is deployed.
"""

from __future__ import annotations

from functools import lru_cache

from workflows.feel.errors import FeelBudgetExceeded, NoValue
from workflows.feel.regex import compile_pattern
from workflows.feel.run import Run

MAX_LENGTH = 1_000
_LAST = "\U0010ffff"
#: Members of a character class, for the escape of that name. A bracket in one needs a backslash.
_CLASSES = {
    "d": "0-9",
    "D": f"\0-/:-{_LAST}",
    "w": "0-9A-Z_a-z",
    "W": f"\0-/:-@\\[-\\^`{{-{_LAST}",
    "s": "\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff",
    "S": (
        "\0-\b\x0e-\x1f!-\x9f\xa1-\u167f"
        f"\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-{_LAST}"
    ),
}
_CONTROLS = {"f": "\f", "v": "\v", "0": "\0"}
_CODES = {"u": 4, "x": 2}  # hexadecimal digits
_KEPT = frozenset("nrtpP\\|.-^?*+{}()[]$")  # mean the same behind a backslash


def wrong(pattern: str) -> str | None:
    """Why this cannot be used as a pattern, or None."""
    try:
        compile_pattern(_translated(pattern), "", Run())
    except (FeelBudgetExceeded, NoValue, RecursionError) as error:
        return str(error)
    return None


def found(pattern: str, text: str, run: Run) -> bool:
    """Whether the pattern is found anywhere in the text. FeelBudgetExceeded; NoValue where it is ``wrong``."""
    return compile_pattern(_translated(pattern), "", run).search(text, 0, run) is not None


@lru_cache(maxsize=1_000)
def _translated(pattern: str) -> str:
    if len(pattern) > MAX_LENGTH:
        raise NoValue(f"模式超过 {MAX_LENGTH} 个字符 (pattern too long)")
    out: list[str] = []
    inside, index = False, 0
    while index < len(pattern):
        sign = pattern[index]
        index += 1
        if sign == "\\" and index < len(pattern):
            written, index = _escape(pattern, index, inside=inside)
            out.append(written)
            if inside and pattern[index - 1] in _CLASSES and pattern[index : index + 1] == "-":
                out.append("\\-")  # after a class it is itself: [\w-.]
                index += 1
        elif inside and sign == "[":
            out.append("\\[")
        else:
            inside = sign == "[" or (inside and sign != "]")
            out.append(sign)
    return "".join(out)


def _escape(pattern: str, index: int, *, inside: bool) -> tuple[str, int]:
    """What stands for the escape whose name is at ``index``, and where it goes on."""
    name = pattern[index]
    index += 1
    if name in _CLASSES:
        return _CLASSES[name] if inside else f"[{_CLASSES[name]}]", index
    if name in _CODES:
        code = pattern[index : index + _CODES[name]]
        if len(code) < _CODES[name] or not all(digit in "0123456789abcdefABCDEF" for digit in code):
            raise NoValue(f"不认识的转义 (unknown escape) \\{name}{code}")
        return _literal(chr(int(code, 16))), index + len(code)
    if name in _CONTROLS:
        return _CONTROLS[name], index
    if name in _KEPT or name.isalnum():  # also what is unknown: the parser says so
        return f"\\{name}", index
    return _literal(name), index


def _literal(sign: str) -> str:
    return f"\\{sign}" if sign in "\\|.-^?*+{}()[]$" else sign
