"""Tokens to tree: the grammar of FEEL (DMN 1.5, 10.3.1.2), one method per construct."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from workflows.feel import tree
from workflows.feel.cursor import Cursor
from workflows.feel.hints import hint_for_value
from workflows.feel.names import KEYWORDS
from workflows.feel.tokens import COMPARISONS, Kind, Token
from workflows.feel.type_parser import parse_type
from workflows.feel.types import ANY, Type

if TYPE_CHECKING:
    from collections.abc import Callable

# How tightly an operator binds; a unary minus binds tighter than all of them.
BINDING = {
    "or": 1,
    "and": 2,
    **dict.fromkeys((*COMPARISONS, "between", "in"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/"), 5),
    "**": 6,
}
_BOTH = "同时满足写作 ? > 1 and ? < 5 或区间 (1..5) (both together: ? > 1 and ? < 5, or a range)"
_FORMS = {
    "for": "写作 for x in 列表 return 值 (for x in list return value)",
    "some": "写作 some x in 列表 satisfies 条件 (some x in list satisfies condition)",
    "every": "写作 every x in 列表 satisfies 条件 (every x in list satisfies condition)",
}
LOOSEST, OPERAND, TIGHTEST = 0, 4, 7
_DATE = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?![0-9.])")


class Parser(Cursor):
    # What can be parsed.

    def expression(self) -> tree.Node:
        # A leading = is a slip of those who know it from the fields of diagrams.
        node = self._expression() if self.at("=") else self._value()
        self.expect_end()
        return node

    def range_literal(self) -> tree.Range | tree.HalfRange:
        """What range() reads (rule 66): an end may be missing where its side is open."""
        opening = self.token
        if opening.text not in {"(", "[", "]"}:
            raise self.error("区间以 ( 或 [ 开头 (a range begins with a bracket)", "( [ ]")
        self.index += 1
        node: tree.Range | tree.HalfRange
        if opening.text != "[" and self.take(".."):
            end, closing = self._range_end()
            node = tree.HalfRange(opening.at, "<=" if closing == "]" else "<", end)
        else:
            with self.inside():
                start = self._expression()
            if self.at("..") and self.peek(1).text in {")", "["} and self.peek(2).kind is Kind.END:
                self.index += 2
                node = tree.HalfRange(opening.at, ">=" if opening.text == "[" else ">", start)
            else:
                node = self._range(opening, start)
        self.expect_end()
        return node

    def iterated(self) -> tree.Node:
        """What may follow the ``in`` of an iteration: an expression or ``1..5``."""
        node = self._iterated()
        self.expect_end()
        return node

    def unary_tests(self) -> tree.UnaryTests:
        at = self.token.at
        if self.token.kind is Kind.END or (self.at("-") and self.peek(1).kind is Kind.END):
            return tree.UnaryTests(at, (), negated=False)
        if self.at("not") and self.peek(1).text == "(":
            start = self.index
            self.index += 2
            tests = self._tests()
            if self.at(")") and self.peek(1).kind is Kind.END:
                return tree.UnaryTests(at, tests, negated=True)
            self.index = start  # the not is a part of a longer expression
        tests = self._tests()
        self.expect_end(_BOTH if self.at("and") else "")
        return tree.UnaryTests(at, tests, negated=False)

    # Expressions, by binding power.

    def _value(self) -> tree.Node:
        """An expression, or a range told by a comparison and its one end, as ``> 5`` (rule 7)."""
        at = self.token.at
        if operator := self.comparison():
            return tree.HalfRange(at, operator, self._expression(OPERAND - 1))
        return self._expression()

    def _expression(self, binding: int = LOOSEST) -> tree.Node:
        with self.deeper():
            node = self._postfix(self._prefix())
            links = 0
            while self.token.kind in {Kind.SYMBOL, Kind.WORD} and BINDING.get(self.token.text, -1) > binding:
                operator = self.advance()
                # Sums and products of any length are compiled without nesting; other chains nest.
                links += operator.text not in {"+", "-", "*", "/"}
                self.check_depth(links)
                node = self._infix(node, operator)
        return node

    def _infix(self, left: tree.Node, operator: Token) -> tree.Node:
        text, at = operator.text, operator.at
        if text in {"and", "or"}:
            operands = [left, self._expression(BINDING[text])]
            while self.take(text):
                operands.append(self._expression(BINDING[text]))
            return tree.Logic(at, text, tuple(operands))
        if text == "between":
            low = self._expression(OPERAND - 1)
            self.expect("and")
            return tree.Between(at, left, low, self._expression(OPERAND - 1))
        if text == "in":
            return tree.In(at, left, self._in_tests())
        right = self._expression(BINDING[text])
        return (tree.Comparison if text in COMPARISONS else tree.Arithmetic)(at, text, left, right)

    def _prefix(self) -> tree.Node:
        token = self.token
        if token.kind is Kind.WORD and (word := self._word()) is not None:
            return word
        if token.kind is Kind.SYMBOL and token.text in self._SYMBOLS:
            self.index += 1
            return self._SYMBOLS[token.text](self, token)
        self.index += 1
        if token.kind is Kind.NUMBER:
            self._refuse_bare_date(token)
        if token.kind in {Kind.NUMBER, Kind.STRING}:
            return tree.Literal(token.at, token.value)
        if token.kind is Kind.AT:
            return tree.TemporalLiteral(token.at, token.value)
        if token.kind is Kind.QUOTED:
            return tree.Name(token.at, token.value)
        self.index -= 1
        raise self.error(
            "缺少表达式 (an expression is missing)", "数、字符串、名称、( [ { … (a value)", hint_for_value(token)
        )

    def _refuse_bare_date(self, year: Token) -> None:
        """``2026-01-01`` is arithmetic to the letter of the grammar, and never meant so."""
        written = _DATE.match(self.text, year.start)
        if written and self.tokens[self.index + 3].end == written.end():
            self.index -= 1
            raise self.error(
                "日期要写明 (a date is written so)", f'@"{written[0]}"', "要做减法就加空格 (to subtract, add spaces)"
            )

    def _word(self) -> tree.Node | None:
        token = self.token
        if (found := self.known()) is not None:
            return tree.Name(token.at, found)
        if token.text == "?":
            self.index += 1
            self.asks_input = True
            return tree.Input(token.at)
        if token.text in self._WORDS:
            self.index += 1
            return self._WORDS[token.text](self, token)
        if token.text in KEYWORDS:
            return None
        self.index += 1
        return tree.Name(token.at, token.text + (self.following_words() if self.in_filter else ""))

    def _postfix(self, node: tree.Node) -> tree.Node:
        links = 0
        while True:
            token = self.token
            if self.take("."):
                node = tree.Path(token.at, node, self.member())
            elif token.text == "[" and token.kind is Kind.SYMBOL and not self.range_end:
                self.index += 1
                with self.inside(in_filter=True):
                    condition = self._expression()
                self.close("]", token)
                node = tree.Filter(token.at, node, condition)
            elif self.take("("):
                node = self._call(node, token)
            elif self.at("instance") and self.peek(1).text == "of":
                self.index += 2
                node = tree.InstanceOf(token.at, node, parse_type(self))
            else:
                return node
            links += 1
            self.check_depth(links)

    # What begins with a symbol.

    def _minus(self, token: Token) -> tree.Node:
        operand = self._expression(TIGHTEST)
        if isinstance(operand, tree.Literal) and isinstance(operand.value, Decimal):
            return tree.Literal(token.at, operand.value.copy_negate())
        return tree.Negate(token.at, operand)

    def _parenthesis(self, token: Token) -> tree.Node:
        with self.inside():
            node = self._value()
            if self.at(".."):
                return self._range(token, node)
        if self.at(","):
            raise self.error(
                "缺少 ) (missing)", ")", "多个值不加括号，或写成列表 [1, 2] (no brackets around several values)"
            )
        self.close(")", token)
        return node

    def _bracket(self, token: Token) -> tree.Node:
        if self.take("]"):
            return tree.ListOf(token.at, ())
        with self.inside():
            items = [self._value()]
            if self.at(".."):
                return self._range(token, items[0])
            while self.another("]"):
                items.append(self._value())
        self.close("]", token)
        return tree.ListOf(token.at, tuple(items))

    def _open_bracket(self, token: Token) -> tree.Node:
        with self.inside():
            return self._range(token, self._expression())

    def _range(self, opening: Token, start: tree.Node) -> tree.Range:
        self.expect("..")
        end, closing = self._range_end()
        return tree.Range(opening.at, start, end, opening.text == "[", closing == "]")

    def _range_end(self) -> tuple[tree.Node, str]:
        with self.inside():
            self.range_end = True  # so that the [ of [1..5[ is no filter
            end = self._expression()
        if not any(self.at(sign) for sign in ("]", ")", "[")):
            raise self.error("区间没有结束 (the range is not closed)", "] ) [", "区间写作 [1..5] (a range is [1..5])")
        return end, self.advance().text

    def _context(self, token: Token) -> tree.Node:
        entries: list[tuple[str, tree.Node]] = []
        with self.inside(()):
            while not self.at("}"):
                if self.token.kind is Kind.STRING:
                    key: str = self.advance().value
                else:
                    key = self.declared_name(":")
                self.expect(":", "名称和值之间是冒号 (a colon stands between name and value)")
                self.scopes[-1].add(key)
                self.own_members.add(key)
                entries.append((key, self._value()))
                if not self.another("}"):
                    break
        self.close("}", token)
        return tree.Context(token.at, tuple(entries))

    # What begins with a word.

    def _if(self, token: Token) -> tree.Node:
        condition = self._expression()
        self.expect("then", "if 条件 then 值 else 值，不用大括号 (if … then … else …, without braces)")
        then = self._expression()
        if not self.at("else"):
            raise self.error("if 缺少 else 部分 (if needs an else)", "else")
        self.index += 1
        return tree.If(token.at, condition, then, self._expression())

    def _iteration(self, token: Token) -> tree.Node:
        variables: list[tuple[str, tree.Node]] = []
        with self.inside((), in_filter=self.in_filter):
            while True:
                name = self.declared_name("in")
                self.expect("in")
                variables.append((name, self._iterated()))
                self.check_depth(len(variables))
                self.scopes[-1].add(name)
                if not self.take(","):
                    break
            self.expect("return" if token.text == "for" else "satisfies", _FORMS[token.text])
            body = self._expression()
        return tree.Iteration(token.at, token.text, tuple(variables), body)

    def _iterated(self) -> tree.Node:
        source = self._expression()
        if not self.at(".."):
            return source
        return tree.Steps(self.advance().at, source, self._expression())

    def _function(self, token: Token) -> tree.Node:
        self.expect("(")
        parameters: list[tuple[str, Type]] = []
        while not self.at(")"):
            name = self.declared_name(":", ",", ")")
            parameters.append((name, parse_type(self) if self.take(":") else ANY))
            if not self.another(")"):
                break
        self.expect(")")
        if self.at("external"):
            raise self.error("不支持外部函数 (external functions are refused)")
        with self.inside(name for name, _ in parameters):
            return tree.FunctionOf(token.at, tuple(parameters), self._expression())

    def _call(self, callee: tree.Node, opening: Token) -> tree.Node:
        positional: list[tree.Node] = []
        named: list[tuple[str, tree.Node]] = []
        with self.inside():
            while not self.at(")"):
                if self.names_argument():
                    name = self.declared_name(":")
                    self.expect(":")
                    named.append((name, self._value()))
                elif named:
                    raise self.error("命名参数之后不能再有位置参数 (positional after named argument)", "name:")
                else:
                    positional.append(self._value())
                if not self.another(")"):
                    break
        self.close(")", opening)
        return tree.Call(callee.at, callee, tuple(positional), tuple(named))

    # Unary tests.

    def _in_tests(self) -> tuple[tree.Test, ...]:
        opening = self.token
        if not self.take("("):
            return (self._test(OPERAND - 1),)
        with self.inside():
            tests = self._tests()
            if self.at("..") and len(tests) == 1 and not tests[0].operator:  # (1..5) is a range, not a list of tests
                return (tree.Test(opening.at, "", self._range(opening, tests[0].operand), asks_input=False),)
        self.expect(")")
        if len(tests) == 1 and not tests[0].operator:  # 1 in (xs)[2] goes on
            return (replace(tests[0], operand=self._postfix(tests[0].operand)),)
        return tests

    def _tests(self) -> tuple[tree.Test, ...]:
        tests = [self._test(LOOSEST)]
        while self.another(")"):
            tests.append(self._test(LOOSEST))
        return tuple(tests)

    def _test(self, binding: int) -> tree.Test:
        at, outer, self.asks_input = self.token.at, self.asks_input, False
        operator = self.comparison()
        test = tree.Test(at, operator, self._expression(OPERAND - 1 if operator else binding), self.asks_input)
        self.asks_input = outer or self.asks_input
        return test

    _SYMBOLS: dict[str, Callable[[Parser, Token], tree.Node]] = {  # noqa: RUF012 never changed
        "-": _minus,
        "(": _parenthesis,
        "[": _bracket,
        "]": _open_bracket,
        "{": _context,
    }
    _WORDS: dict[str, Callable[[Parser, Token], tree.Node]] = {  # noqa: RUF012 never changed
        "true": lambda _, token: tree.Literal(token.at, value=True),
        "false": lambda _, token: tree.Literal(token.at, value=False),
        "null": lambda _, token: tree.Literal(token.at, None),
        "if": _if,
        "for": _iteration,
        "some": _iteration,
        "every": _iteration,
        "function": _function,
    }
