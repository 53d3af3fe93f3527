"""What can go wrong with an expression, and where in its text."""

from __future__ import annotations

from typing import NamedTuple


class Position(NamedTuple):
    """Line and column of a place in a text, both counted from 1, and the element of a file that holds the text."""

    line: int
    column: int
    element_id: str = ""


class FeelWarning(NamedTuple):
    """Why a part of an expression became null."""

    position: Position
    text: str

    def __str__(self) -> str:
        return f"第 {self.position.line} 行第 {self.position.column} 列：{self.text}"


class FeelSyntaxError(ValueError):
    """表达式不合语法 The text is not FEEL."""

    def __init__(
        self, message: str, line: int, column: int, element_id: str = "", *, expected: str = "", hint: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.element_id = element_id
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        text = f"第 {self.line} 行第 {self.column} 列 (line {self.line}, column {self.column})：{self.message}"
        if self.expected:
            text += f"；此处应为 (expected)：{self.expected}"
        if self.hint:
            text += f"。提示 (hint)：{self.hint}"
        return text


class FeelBudgetExceeded(RuntimeError):
    """表达式的计算量超出限额 The expression costs more than its budget."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(f"{self.__doc__}{'：' if reason else ''}{reason}")


class NoValue(Exception):
    """What was asked for has no value in FEEL: whoever evaluates makes this null and a warning with its place."""
