"""Texts that leave the system: nothing in them breaks a header, deceives the eye or is refused by a database."""

from __future__ import annotations

from unicodedata import category


def one_line(text: str, longest: int) -> str:
    """Text that can stand in a header: no line breaks, no control characters, cut with an ellipsis."""
    return _cut(" ".join(_printable(text).split()), longest)


def plain(text: str, longest: int) -> str:
    """Text of any lines without other control characters, cut with an ellipsis."""
    return _cut("\n".join(_printable(line) for line in text.splitlines()), longest)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _printable(text: str) -> str:
    """Without control characters, marks of direction and surrogates, which deceive the eye or no mail can hold."""
    return "".join(" " if category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else each for each in text)
