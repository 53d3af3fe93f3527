"""Text to tokens. Words stay apart here; the parser joins them to names, because only it knows which names exist."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Any, NamedTuple

from workflows.feel.errors import FeelSyntaxError, Position
from workflows.feel.values.numbers import CONTEXT

MAX_TEXT = 30_000
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
NAME_SYMBOLS = frozenset({".", "/", "-", "'", "’", "+", "*", "**"})  # inside names, rule 30


class Kind(Enum):
    WORD = auto()
    QUOTED = auto()  # a name between backticks, as in Camunda
    NUMBER = auto()
    STRING = auto()
    AT = auto()  # @"2026-01-01"
    SYMBOL = auto()
    END = auto()


class Token(NamedTuple):
    kind: Kind
    text: str
    value: Any  # number or string; for other kinds the text
    start: int
    end: int
    at: Position


# DMN 1.5, 10.3.1.2, rules 28 and 29, without the white space and the full-width punctuation in these ranges;
# no name begins with a full-width digit.
_START = (
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c-\u200d\u2070-\u218f"
    r"\u2c00-\u2fef\u3004-\u3007\u3021-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff21-\uff3a\uff41-\uff5a"
    r"\uff66-\uffdc\U00010000-\U000effff"
)
_PART = _START + r"0-9\uff10-\uff19\u00b7\u0300-\u036f\u203f-\u2040"
_TOKEN = re.compile(
    rf"""
      (?P<SPACE>[\s\u180e\u200b\ufeff]+ | //[^\n\r]* | /\*.*?\*/)
    | (?P<NUMBER>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<WORD>[{_START}][{_PART}]*|\?)
    | (?P<QUOTED>`[^`]+`)
    | (?P<STRING>"(?:[^"\\]|\\.)*")
    | (?P<AT>@\s*"(?:[^"\\]|\\.)*")
    | (?P<SYMBOL>\*\*|\.\.|<=|>=|!=|[-+*/<>=(){{}}\[\],:.'’|])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_FULL_WIDTH = dict(
    zip(
        "（），。：；“”‘’「」【】＝＞＜＋－＊／｛｝０１２３４５６７８９",
        '(),.:;""\'\'""[]=><+-*/{}0123456789',
        strict=True,
    )
)
_HINTS = {
    ";": "FEEL 的各项用逗号隔开 (items are separated by commas)",
    "&": "“并且”写作 and，拼接字符串用 + (write and, or + between strings)",
    "!": "“不等于”写作 !=，“非”写作 not(…) (write != or not(…))",
    "^": "乘方写作 ** (power is **)",
    "%": "百分数写作小数，取余写作 modulo(a, b) (5% is 0.05; the remainder is modulo(a, b))",
    '"': "字符串没有结束的引号 (the string is not closed)",
    "`": "名称没有结束的反引号 (the name is not closed)",
    "/": "注释没有结束的 */ (the comment is not closed)",
    "@": '时间写作 @"2026-01-01" (a temporal literal is @"2026-01-01")',
    "#": "注释以 // 开头 (comments begin with //)",
    "$": "变量直接写名称，不用 ${…} (write the bare name of a variable)",
    "~": "区间写作 [1..5] (a range is [1..5])",
    "～": "区间写作 [1..5] (a range is [1..5])",
    "…": "区间写作 [1..5] (a range is [1..5])",
    "—": "减号是 -，区间写作 [1..5] (minus is -, a range is [1..5])",
    "–": "减号是 -，区间写作 [1..5] (minus is -, a range is [1..5])",
    "≥": "写作 >= (write >=)",
    "≤": "写作 <= (write <=)",
    "≠": "写作 != (write !=)",
    "！": "写作 != 或 not(…) (write != or not(…))",
    "×": "乘写作 * (write *)",
    "÷": "除写作 / (write /)",
    "、": "请用半角逗号 , (use a comma)",
    "％": "百分数写作小数 (5% is 0.05)",
    "￥": "数的前面不写货币 (no currency before a number)",
    "¥": "数的前面不写货币 (no currency before a number)",
}


def tokenize(text: str, element_id: str = "") -> list[Token]:
    """Raises FeelSyntaxError at the first character that cannot begin a token."""
    if len(text) > MAX_TEXT:
        raise FeelSyntaxError(f"表达式超过 {MAX_TEXT} 个字符 (text too long)", 1, 1, element_id)
    tokens: list[Token] = []
    line, line_start, index = 1, 0, 0
    while index < len(text):
        match = _TOKEN.match(text, index)
        at = Position(line, index - line_start + 1, element_id)
        if match is None or (match.lastgroup == "SYMBOL" and text.startswith("/*", index)):
            raise _unexpected(text[index], at)
        found, index = match.group(), match.end()
        if match.lastgroup != "SPACE":
            kind = Kind[match.lastgroup or "END"]
            tokens.append(Token(kind, found, _value(kind, found, at), match.start(), index, at))
        breaks = found.count("\n")
        if breaks:
            line += breaks
            line_start = match.start() + found.rindex("\n") + 1
    tokens.append(Token(Kind.END, "", "", index, index, Position(line, index - line_start + 1, element_id)))
    return tokens


def _unexpected(character: str, at: Position) -> FeelSyntaxError:
    hint = _HINTS.get(character, "")
    if character in _FULL_WIDTH:
        hint = f"请用半角符号 {_FULL_WIDTH[character]} (use the half-width sign)"
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return FeelSyntaxError(f"不认识的符号 {shown} (unexpected character)", *at, hint=hint)


def _value(kind: Kind, text: str, at: Position) -> Any:
    if kind is Kind.NUMBER:
        number = CONTEXT.create_decimal(text)
        if not number.is_finite():
            raise FeelSyntaxError("数字太大 (number out of range)", *at)
        return number
    if kind is Kind.QUOTED:
        return " ".join(text[1:-1].split())
    if kind in {Kind.STRING, Kind.AT}:
        return unescape(text[text.index('"') + 1 : -1])
    return text


def unescape(text: str) -> str:
    """Escapes of DMN 1.5; any other backslash stays, so that regular expressions need no doubling."""
    if "\\" not in text:
        return text
    result = _ESCAPE.sub(_escape, text)
    if any("\ud800" <= character <= "\udfff" for character in result):
        # Two \u escapes can make one character; half a character alone is none.
        return result.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return result


def _escape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    if code is None:
        return _SIMPLE.get(match.group(3), match.group())
    return chr(number) if (number := int(code, 16)) <= 0x10FFFF else match.group()  # noqa: PLR2004 last code point
