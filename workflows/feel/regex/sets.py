"""Sets of characters: classes, escapes, Unicode categories and blocks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from workflows.feel.errors import NoValue

CharacterSet = Callable[[str], bool]

_CATEGORIES = frozenset(
    {
        *("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No"),
        *("P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp"),
        *("S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn"),
    }
)
# The blocks that texts in this part of the world use; XML Schema leaves the others to the implementation.
_BLOCKS = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Devanagari": (0x0900, 0x097F),
    "Thai": (0x0E00, 0x0E7F),
    "Tibetan": (0x0F00, 0x0FFF),
    "Mongolian": (0x1800, 0x18AF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "EnclosedAlphanumerics": (0x2460, 0x24FF),
    "CJKRadicalsSupplement": (0x2E80, 0x2EFF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "Bopomofo": (0x3100, 0x312F),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "YiSyllables": (0xA000, 0xA48F),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
    "CJKUnifiedIdeographsExtensionB": (0x20000, 0x2A6DF),
}


def _word(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PZC"


def _initial(character: str) -> bool:
    return character in "_:" or unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lo", "Nl"}


def _name(character: str) -> bool:
    return (
        _initial(character) or character in "-.·" or unicodedata.category(character) in {"Mc", "Me", "Mn", "Lm", "Nd"}
    )


ESCAPES: dict[str, CharacterSet] = {
    "s": lambda character: character in " \t\n\r",
    "d": lambda character: unicodedata.category(character) == "Nd",
    "w": _word,
    "i": _initial,
    "c": _name,
}
SINGLE = {"n": "\n", "r": "\r", "t": "\t", **{sign: sign for sign in "\\|.-^?*+{}()[]$"}}


def any_character(character: str) -> bool:
    del character
    return True


def any_but_line_end(character: str) -> bool:
    return character not in "\n\r"


def negated(positive: CharacterSet) -> CharacterSet:
    return lambda character: not positive(character)


def without(positive: CharacterSet, subtracted: CharacterSet) -> CharacterSet:
    return lambda character: positive(character) and not subtracted(character)


def union(sets: list[CharacterSet]) -> CharacterSet:
    if len(sets) == 1:
        return sets[0]
    return lambda character: any(each(character) for each in sets)


def literal(wanted: str, *, ignore_case: bool) -> CharacterSet:
    if ignore_case:
        folded = wanted.casefold()
        return lambda character: character.casefold() == folded
    return lambda character: character == wanted


def interval(first: str, last: str, *, ignore_case: bool) -> CharacterSet:
    if first > last:
        raise NoValue(f"字符区间颠倒 (reversed range)：{first}-{last}")
    if ignore_case:
        return lambda character: any(
            first <= each <= last for each in (character, character.lower(), character.upper())
        )
    return lambda character: first <= character <= last


def property_set(name: str) -> CharacterSet:
    r"""The name between the braces of ``\p{…}``."""
    if name in _CATEGORIES:
        return lambda character: unicodedata.category(character).startswith(name)
    if name.startswith("Is") and name[2:] in _BLOCKS:
        low, high = _BLOCKS[name[2:]]
        return lambda character: low <= ord(character) <= high
    raise NoValue(f"没有字符类别 (no such category or block)：{name}")
