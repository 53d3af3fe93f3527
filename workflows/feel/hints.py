"""What was most likely meant where an expression cannot be read on: advice for those who write rules, not programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.feel.names import KEYWORDS
from workflows.feel.tokens import COMPARISONS, Kind

if TYPE_CHECKING:
    from workflows.feel.tokens import Token

_CHOICE = "选择写作 if 条件 then 值 else 值 (a choice is if … then … else …)"
# Two signs side by side.
_PAIRS = {
    "==": "相等写作一个 = (equality is a single =)",
    "=>": "“大于等于”写作 >= (write >=)",
    "=<": "“小于等于”写作 <= (write <=)",
    "<>": "不等写作 != (inequality is !=)",
    "||": "“或者”写作 or (write or)",
    "->": "函数写作 function(x) x + 1 (a function is function(x) …)",
    "+=": "FEEL 不给变量赋值 (no variable is assigned to)",
}
# A word that other languages have there, and a sign that none has.
_WORDS = {
    "case": _CHOICE,
    "when": _CHOICE,
    "is": "是否为空写作 x = null (write x = null)",
    "equals": "相等写作 = (equality is =)",
    "like": '包含写作 contains(x, "…") (write contains or matches)',
    "contains": '包含写作 contains(x, "…") (a function stands before its arguments)',
    "instanceof": "写作 instance of (two words)",
    **dict.fromkeys(("not", "非"), "“非”写作 not(…) (write not(…))"),
    **dict.fromkeys(("如果", "那么", "否则"), _CHOICE),
    **dict.fromkeys(("并且", "且", "和"), "“并且”写作 and (write and)"),
    **dict.fromkeys(("或者", "或"), "“或者”写作 or (write or)"),
    **dict.fromkeys(("等于", "是", "为"), "相等写作 = (equality is =)"),
    **dict.fromkeys(("不等于", "不是"), "不等写作 != (inequality is !=)"),
    **dict.fromkeys(("大于等于", "不小于"), "“大于等于”写作 >= (write >=)"),
    **dict.fromkeys(("小于等于", "不大于"), "“小于等于”写作 <= (write <=)"),
    "大于": "“大于”写作 > (write >)",
    "小于": "“小于”写作 < (write <)",
    "属于": "“属于”写作 in (write in)",
    "包含": '包含写作 contains(x, "…") (write contains or matches)',
}
# What stands before its operand, and so is seen only after it was read as a name.
_BEFORE = ("not", "非", "如果")
_SIGNS = {
    "'": "字符串用双引号 (strings go between double quotes)",
    "’": "字符串用双引号 (strings go between double quotes)",
    "..": "区间要加括号：[1..5] (a range stands in brackets)",
    "?": _CHOICE,
    "{": "大括号里是“名称: 值”；分组用 ( )，列表用 [ ] (braces hold name: value)",
    "}": "大括号里是“名称: 值” (braces hold name: value)",
    **dict.fromkeys(")]", "多了一个括号 (one bracket too many)"),
}


def hint_at(tokens: list[Token], index: int, given: str = "") -> str:
    """Advice on the token where reading stopped: a known slip, else what the reader would say, else what may be."""
    token, after = tokens[index], tokens[min(index + 1, len(tokens) - 1)]
    before = tokens[index - 1] if index else None
    return _slip(before, token, after) or given or _guess(before, token, after)


def _slip(before: Token | None, token: Token, after: Token) -> str:
    if before is None:
        leads = token.kind is Kind.SYMBOL and token.text == "="
        return "开头的 = 不属于表达式本身 (the leading = is no part of the expression)" if leads else ""
    if pair := _PAIRS.get(before.text + token.text) or _PAIRS.get(token.text + after.text):
        return pair
    if before.text in _BEFORE and token.kind is not Kind.END:
        return _WORDS[before.text]
    return _WORDS.get(token.text, "") if token.kind is Kind.WORD else ""


def _guess(before: Token | None, token: Token, after: Token) -> str:
    if token.kind is Kind.WORD:
        return _SIGNS.get(token.text) or _word(before, token)
    if token.kind is not Kind.SYMBOL:
        return ""
    if token.text == "," and before and before.kind is after.kind is Kind.NUMBER:
        return "数里没有逗号，小数点是 . (no comma in a number)：1000.5"
    return _SIGNS.get(token.text, "")


def _word(before: Token | None, token: Token) -> str:
    lower = token.text.lower()
    if lower != token.text and lower in KEYWORDS:
        return f"关键字用小写 (keywords are in lower case)：{lower}"
    if before and before.kind is Kind.NUMBER and token.text not in KEYWORDS:
        return "数的后面不写单位 (no unit after a number)"
    if before and before.kind is Kind.WORD and not KEYWORDS & {before.text, token.text}:
        return (
            f"含空格的名称请加反引号：`{before.text} {token.text}` "
            "(a name with spaces that is not known goes between backticks)"
        )
    return ""


def hint_for_value(token: Token) -> str:
    """Advice where a value is missing."""
    if token.text in COMPARISONS and token.kind is Kind.SYMBOL:
        return "比较号左边要写出比较的对象，如 item > 5 (write what is compared)"
    if token.kind is Kind.WORD and token.text in KEYWORDS:
        return f"{token.text} 是保留字，作名称请加反引号 (a reserved word; as a name between backticks)：`{token.text}`"
    return ""
